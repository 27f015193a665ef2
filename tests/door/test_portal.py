"""The portal over HTTP: signing in, the calendar, what pages say; and whose they are."""

import re
from datetime import timedelta

import pytest
from front import Door
from person import BAD, LIST, PERIOD, RETURN, Person, due_in_five_days, person, submission_of

from pch.door.portal.help import MEANINGS
from pch.door.portal.pages import error_page
from pch.door.problems import KINDS, Problem
from pch.warehouse import keys


@pytest.fixture(scope="module", autouse=True)
def calendar(door: Door) -> None:
    due_in_five_days(door.owner)


def test_a_wrong_key_is_told_and_a_right_one_leads_on(door: Door) -> None:
    visitor = Person(door)
    wrong = visitor.client.post("/sign-in", data={"key": "pch_aaaaaaaaaa_" + "x" * 43, "next": RETURN})
    assert wrong.status_code == 401 and "The key is not known." in wrong.text and "There is a problem" in wrong.text
    right = visitor.client.post("/sign-in", data={"key": f" {door.key('PCH001')}\n", "next": RETURN})
    assert right.status_code == 200 and right.url.path == RETURN
    cookie = right.history[0].headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    elsewhere = Person(door).client.post("/sign-in", data={"key": door.key("PCH001"), "next": "//evil.example/"})
    assert elsewhere.url.host == "127.0.0.1" and elsewhere.url.path == "/sites/PCH001"


def test_nothing_is_shown_to_a_stranger(door: Door) -> None:
    visitor = Person(door)
    for path in ("/", "/sites", "/sites/PCH001", RETURN, "/submissions/1", "/submissions/1/file"):
        answer = visitor.client.get(path, follow_redirects=False)
        assert answer.status_code == 303 and answer.headers["location"] == f"/sign-in?next={path}"
    assert visitor.client.post(RETURN, files={"file": ("a", b"b")}, follow_redirects=False).status_code == 303


def test_signing_out_ends_the_session(door: Door) -> None:
    visitor = person(door, "PCH001")
    kept = dict(visitor.client.cookies)
    visitor.send("/sign-out")
    assert "You have signed out." in visitor.text
    assert visitor.client.get("/sites/PCH001", cookies=kept, follow_redirects=False).status_code == 303


def test_a_link_signs_in_once_and_looking_at_it_uses_nothing_up(door: Door) -> None:
    link = keys.make_link(door.owner, "PCH002", "Ann Example", timedelta(hours=1), "tests")
    scanner, reader, late = Person(door), Person(door), Person(door)
    for each in (scanner, reader):
        assert each.go(f"/sign-in/{link}").status_code == 200
        assert "Sign in as Ann Example" in each.text
    assert reader.client.post(f"/sign-in/{link}", data={"go": "1"}).url.path == "/sites/PCH002"
    assert late.go(f"/sign-in/{link}").status_code == 404
    assert "This link was used already" in late.text


def test_the_calendar_says_what_is_due_and_by_when(door: Door) -> None:
    visitor = person(door, "PCH003")
    assert f"Due now: {PERIOD:%B %Y} Due in 5 days, by " in visitor.text
    heading = f"{PERIOD:%b %Y}"
    assert heading in visitor.text and "Registered patients" in visitor.text
    assert visitor.go("/sites/PCH003?to=2025-03").status_code == 200
    assert visitor.go("/sites/PCH003?to=0001-01").status_code == 400


def test_anothers_is_as_if_it_never_was(door: Door) -> None:
    owner, other = person(door, "PCH001"), person(door, "PCH002")
    owner.upload(RETURN, LIST)
    number = submission_of(owner)
    for there, never in (
        (f"/submissions/{number}", "/submissions/999999"), (f"/submissions/{number}/findings.csv", "/submissions/999999/file"),
        (f"/submissions/{number}/compare", "/submissions/999999/compare"), ("/sites/PCH001", "/sites/NOBODY1"),
        (RETURN, RETURN.replace("PCH001", "NOBODY1")), (f"/submissions/{number}/state", "/sites"),
    ):  # fmt: skip
        answers = [other.client.get(path) for path in (there, never)]
        assert [a.status_code for a in answers] == [404, 404] and answers[0].text == answers[1].text
    assert other.client.post(RETURN, data={"form_token": "x"}, files={"file": ("a", b"b")}).status_code == 404
    staff = person(door, None)
    assert "PCH001" in staff.text and staff.go(f"/submissions/{number}").status_code == 200
    assert staff.go("/sites/NOBODY1").status_code == 404


def test_a_key_for_one_feed_opens_that_feed_only(door: Door) -> None:
    visitor = Person(door)
    key = door.key("PCH001", feeds=["workforce"])
    visitor.html = visitor.client.post("/sign-in", data={"key": key}).text
    assert "Workforce" in visitor.text and "Registered patients" not in visitor.text
    assert visitor.go(RETURN).status_code == 403


def test_what_a_site_writes_is_text_on_every_page(door: Door) -> None:
    hostile = "<script>alert(1)</script>{{ 7 * 7 }}"
    visitor = person(door, "PCH002")
    path = RETURN.replace("PCH001", "PCH002").replace("registered_list", "hospital_activity")
    visitor.upload(path, f"{hostile},b\n1,2\n", f"{hostile}.csv")
    number = submission_of(visitor)
    pages = [visitor.go(p).text for p in (f"/submissions/{number}", path, "/sites/PCH002")]
    visitor.send(f"{path}/nil", reason=hostile)
    pages += [visitor.html, visitor.go(path).text]
    for page in pages:
        assert "<script>alert" not in page
    assert all("&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}" in pages[place] for place in (0, 1, 3, 4))


def test_pages_hold_nothing_that_the_policy_forbids(door: Door) -> None:
    visitor = person(door, "PCH001")
    visitor.upload(RETURN, BAD.replace("ten", "eleven"))
    number = submission_of(visitor)
    for path in ("/sites/PCH001", RETURN, f"/submissions/{number}", f"/submissions/{number}/compare", "/feeds",
                 "/feeds/workforce", "/help", "/problems", "/sign-in", "/nowhere"):  # fmt: skip
        answer = visitor.go(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", answer.text), path
        assert re.findall(r"<script[^>]*>", answer.text) in ([], ['<script src="/static/checked.js" defer>'])
        linked = re.findall(r'(?:src|href|action)="([^"]+)"', answer.text)
        assert all(address.startswith(("/", "#", "?")) for address in linked), linked


def test_static_files_are_all_here(door: Door) -> None:
    visitor = Person(door)
    for name in ("nhsuk/nhsuk.css", "portal.css", "checked.js", "icon.svg"):
        answer = visitor.client.get(f"/static/{name}")
        assert answer.status_code == 200 and answer.headers["cache-control"] == "no-cache"
        assert "://" not in answer.text.replace("http://www.w3.org/2000/svg", ""), "asks another server for something"
        again = visitor.client.get(f"/static/{name}", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    assert visitor.client.get("/static/../pages.py").status_code == 404


def test_problems_are_pages_for_people_and_documents_for_programs(door: Door) -> None:
    visitor = person(door, "PCH001")
    assert visitor.go("/nowhere").status_code == 404 and "There is no such thing" in visitor.text
    assert visitor.client.put("/feeds").status_code == 405
    assert visitor.go("/submissions/none").status_code == 400
    program = visitor.client.get("/v1/nowhere")
    assert program.headers["content-type"] == "application/problem+json" and program.json()["status"] == 404


def test_every_problem_is_explained(door: Door) -> None:
    assert set(MEANINGS) == set(KINDS)
    visitor = Person(door)
    visitor.go("/problems")
    for kind in KINDS.values():
        assert f'id="{kind.name}"' in visitor.html and kind.title in visitor.text


def test_every_problem_has_a_page() -> None:
    for kind in KINDS.values():
        answer = error_page(Problem(kind.name, "What <happened>.", "What to do.", {"Retry-After": "9"}))
        page = bytes(answer.body).decode()
        assert answer.status_code == kind.status and answer.headers["retry-after"] == "9"
        assert kind.title in page and "What &lt;happened&gt;." in page and f"/problems#{kind.name}" in page


def test_feeds_are_open_and_their_forms_can_be_had(door: Door) -> None:
    visitor = Person(door)
    visitor.go("/feeds")
    assert visitor.html.count("/template.xlsx") == 10 and "Sign out" not in visitor.html
    visitor.go("/feeds/registered_list")
    assert "No two rows have the same practice_code, sex, age_band, imd_quintile." in visitor.text
    template = visitor.client.get("/feeds/registered_list/template.csv")
    assert template.text == "practice_code,sex,age_band,imd_quintile,registered_count\r\n"
    assert template.headers["content-disposition"] == 'attachment; filename="registered_list-template.csv"'
    assert visitor.client.get("/feeds/registered_list/example.xlsx").content.startswith(b"PK")
    assert visitor.client.get("/feeds/nothing").status_code == 404


def test_every_visit_to_a_sites_data_is_on_record(door: Door) -> None:
    visitor = person(door, "PCH003")
    visitor.go("/sites/PCH003")
    seen = door.owner.execute(
        """select detail ->> 'by', detail ->> 'site_code', detail ->> 'outcome' from ops.audit
           where action = 'access' and subject = 'GET /sites/PCH003' order by audit_id desc limit 1"""
    ).fetchone()
    assert seen == ("Manager of PCH003", "PCH003", "answered")
