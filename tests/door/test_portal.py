"""The portal over HTTP: signing in, the calendar, sending a file, what a page says; and whose it is."""

import csv
import hashlib
import io
import re
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from front import Door
from person import Person, due_in_five_days, person
from rough import answered, line

from pch.door.portal.help import MEANINGS
from pch.door.portal.pages import error_page
from pch.door.problems import KINDS, Problem
from pch.warehouse import keys
from pch.warehouse.calendar import ensure_periods, last_complete_month

PERIOD = last_complete_month(datetime.now(UTC).date())
MONTH = f"{PERIOD:%Y-%m}"
RETURN = f"/sites/PCH001/registered_list/{MONTH}"
HEADER = "practice_code,sex,age_band,registered_count\n"
LIST = HEADER + "A81001,female,0-4,10\nA81001,male,0-4,12\n"
BAD = HEADER + "A81001,female,0-4,ten\nA81001,male,0-4,=1+1\n"


@pytest.fixture(scope="module", autouse=True)
def calendar(door: Door) -> None:
    """The last month is due in five days."""
    ensure_periods(door.owner, PERIOD, PERIOD)
    due_in_five_days(door.owner)


def submissions(door: Door) -> object:
    return door.value("select count(*) from ops.submission")


def submission_of(person: Person) -> int:
    found = re.search(r"Submission (\d+)", person.text)
    assert found
    return int(found[1])


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


def test_a_file_is_received_checked_and_can_be_had_back(door: Door) -> None:
    visitor = person(door, "PCH001")
    answer = visitor.upload(RETURN, BAD, "März '26\".csv")
    assert answer.history[0].status_code == 303
    number = submission_of(visitor)
    assert hashlib.sha256(BAD.encode()).hexdigest() in visitor.text
    assert "Manager of PCH001 (portal)" in visitor.text and "In time for the primary edition" in visitor.text
    stored = door.owner.execute("select file_name, door, bytes from ops.submission where submission_id = %s", (number,))
    assert stored.fetchone() == ("März '26\".csv".replace('"', "%22"), "portal", len(BAD))
    awaited = visitor.client.get(f"/submissions/{number}/state").json()
    for _ in range(200):
        if (awaited := visitor.client.get(f"/submissions/{number}/state").json())["basis"] == "contract":
            break
    assert awaited == {
        "basis": "contract", "is_checked": False,
        "sentence": "The file cannot be used as it is: 1 error. The rest is still being checked.",
    }  # fmt: skip
    visitor.go(f"/submissions/{number}")
    assert "Line Value 2 ten 3 =1+1 What to do: Write whole numbers in digits." in visitor.text
    as_csv = visitor.client.get(f"/submissions/{number}/findings.csv")
    assert as_csv.headers["content-disposition"] == f'attachment; filename="findings-of-submission-{number}.csv"'
    lines = list(csv.DictReader(io.StringIO(as_csv.content.decode("utf-8-sig"))))
    assert [(line["line"], line["column"], line["value"]) for line in lines] == [
        ("2", "registered_count", "ten"), ("3", "registered_count", "'=1+1"),
    ]  # fmt: skip
    book = openpyxl.load_workbook(io.BytesIO(visitor.client.get(f"/submissions/{number}/findings.xlsx").content))
    assert [cell.value for cell in book.worksheets[0]["D"]] == ["value", "ten", "'=1+1"]
    file = visitor.client.get(f"/submissions/{number}/file")
    assert file.content == BAD.encode() and file.headers["content-type"] == "application/octet-stream"


def test_the_same_file_again_has_the_same_receipt(door: Door) -> None:
    visitor = person(door, "PCH001")
    visitor.upload(RETURN, LIST)
    first, count = submission_of(visitor), submissions(door)
    visitor.upload(RETURN, LIST)
    assert submission_of(visitor) == first and submissions(door) == count
    assert "These very bytes were received before" in visitor.text


def test_a_correction_beside_what_it_replaces(door: Door) -> None:
    visitor = person(door, "PCH002")
    path = RETURN.replace("PCH001", "PCH002")
    rows = "".join(f"B81001,female,{age}-{age + 4},{age + 1}\n" for age in range(0, 90, 5))
    visitor.upload(path, HEADER + rows)
    visitor.upload(
        path, HEADER + rows.replace("0-4,1\n", "0-4,9\n").replace("B81001,female,5-9,6\n", "") + "B81001,male,0-4,2\n"
    )
    visitor.go(f"/submissions/{submission_of(visitor)}/compare")
    assert "rows 18 18 0" in visitor.text and "registered_count 783 787 +4" in visitor.text
    assert re.search(
        r"Added: 1 row All of them, by line Line practice_code sex age_band imd_quintile 19 B81001 male 0-4",
        visitor.text,
    )
    assert "Gone (lines of the file before): 1 row" in visitor.text and "3 B81001 female 5-9" in visitor.text
    assert "Changed: 1 row" in visitor.text and "registered_count: 1 to 9" in visitor.text


def test_a_file_that_cannot_be_read_is_not_compared(door: Door) -> None:
    visitor = person(door, "PCH003")
    path = RETURN.replace("PCH001", "PCH003")
    visitor.upload(path, "not,a,list\n1,2,3\n")
    visitor.upload(path, HEADER + "C81001,female,0-4,10\n")
    visitor.go(f"/submissions/{submission_of(visitor)}/compare")
    assert "The file before could not be read as it stands, so there is nothing to compare: " in visitor.text


def test_a_nil_return_needs_a_reason(door: Door) -> None:
    visitor = person(door, "PCH003")
    path = RETURN.replace("PCH001", "PCH003").replace("registered_list", "workforce")
    visitor.go(path)
    assert visitor.send(f"{path}/nil", reason="  ").status_code == 400
    assert "Say why there is nothing to report." in visitor.text
    assert visitor.send(f"{path}/nil", reason="No team was in post yet.").status_code == 200
    assert "Nil return, because No team was in post yet." in visitor.text
    assert door.value("select nil_reason from ops.submission where site_code = 'PCH003'") == "No team was in post yet."


def test_a_form_that_is_not_ours_stores_nothing(door: Door) -> None:
    visitor = person(door, "PCH001")
    visitor.go(RETURN)
    before, new = submissions(door), LIST.replace("12", "13")
    for sent in ({"data": {"form_token": "0" * 64}}, {"data": {}}, {"data": {"form_token": visitor.form_token},
                 "headers": {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}}):  # fmt: skip
        answer = visitor.client.post(RETURN, files={"file": ("a.csv", new)}, **sent)
        assert answer.status_code == 403 and "did not come from a page of ours" in answer.text
    after_the_file = visitor.client.post(
        RETURN, files=[("file", ("a.csv", new)), ("form_token", (None, visitor.form_token))]
    )
    assert after_the_file.status_code == 403
    assert visitor.client.post(f"{RETURN}/nil", data={"reason": "nothing"}).status_code == 403
    assert submissions(door) == before


@pytest.mark.parametrize(
    ("cut", "status", "said"),
    [
        (lambda body: body[:-20], 400, "The connection ended before the file did."),
        (lambda body: body[:40], 400, "The connection ended before the file did."),
        (lambda body: b"no form", 400, "This is not the form of a page."),
        (lambda body: body.replace(b"list.csv", b""), 400, "Choose a file."),
        (lambda body: body.replace(b"A81001", b"A81001" * 100), 200, "Submission"),
    ],
)
def test_a_broken_form_stores_nothing(door: Door, cut: object, status: int, said: str) -> None:
    visitor = person(door, "PCH001")
    visitor.go(RETURN)
    before = submissions(door)
    request = visitor.client.build_request(
        "POST", RETURN, data={"form_token": visitor.form_token}, files={"file": ("list.csv", LIST.replace("12", "77"))}
    )
    content = cut(request.read())  # type: ignore[operator]
    answer = visitor.client.post(RETURN, content=content, headers={"Content-Type": request.headers["content-type"]})
    assert answer.status_code == status and said in answer.text
    assert submissions(door) == (before if status != 200 else before + 1)  # type: ignore[operator]


def test_a_form_too_large_is_refused_before_it_comes(door: Door) -> None:
    visitor = person(door, "PCH001")
    visitor.go(RETURN)
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.client.cookies.items())
    with line(door) as wire:
        wire.sendall(
            f"POST {RETURN} HTTP/1.1\r\nHost: door\r\nCookie: {cookies}\r\nContent-Length: {600 << 20}\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n".encode()
        )
        status, page = answered(wire)
    assert status == 413 and "The file is larger than 512 MB." in page
    fields = {"form_token": visitor.form_token, "more": "x" * 20_000}
    assert visitor.client.post(RETURN, data=fields, files={"file": ("a", b"b")}).status_code == 413


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
