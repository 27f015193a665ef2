"""Sessions of people at the real door: by key and by link, ended, guarded against other sites' pages, on record."""

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from fastapi import Request, Response
from front import Door

from pch.door import sessions
from pch.door.app import create_app
from pch.warehouse import keys

HOME = "/sites/PCH001"


class Browser(httpx.Client):
    """Keeps cookies, follows nothing by itself."""

    def form_token(self, page: str = HOME) -> str:
        found = re.search(r'name="form_token"[^>]*value="([0-9a-f]{64})"', self.get(page).text)
        assert found, "the page has a form, and its token"
        return found[1]

    def sign_in(self, key: str, **headers: str) -> httpx.Response:
        return self.post("/sign-in", data={"key": key}, headers=headers)


@pytest.fixture
def browser(door: Door) -> Iterator[Browser]:
    with Browser(base_url=door.url, trust_env=False) as opened:
        yield opened


def sent_to_sign_in(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")


def link(door: Door, site: str | None, hours: float = 1) -> str:
    return "/sign-in/" + keys.make_link(door.owner, site, "Jo Manager", timedelta(hours=hours), "tests")


def test_by_key_in_and_out(door: Door, browser: Browser) -> None:
    assert browser.get(HOME).headers["location"] == "/sign-in?next=/sites/PCH001"
    answer = browser.sign_in(f"  {door.key('PCH001')} ")
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert re.fullmatch(r"session=[A-Za-z0-9_-]{43}; HttpOnly; Path=/; SameSite=lax", cookie)
    assert browser.get(HOME).status_code == 200
    token = browser.cookies["session"]
    out = browser.post("/sign-out", data={"form_token": browser.form_token()})
    assert out.headers["location"].startswith("/sign-in")
    assert "session" not in browser.cookies
    assert sent_to_sign_in(httpx.get(door.url + HOME, cookies={"session": token}, trust_env=False))
    assert door.value("select count(*) from ops.session where token_sha256 = %s", keys.digest(token)) == 1


def test_a_session_is_no_key_and_a_key_no_session(door: Door, browser: Browser) -> None:
    browser.sign_in(door.key("PCH001"))
    assert browser.get("/v1/returns/PCH001").status_code == 401
    token = browser.cookies["session"]
    assert browser.get("/v1/returns/PCH001", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    with door.client("PCH001") as program:
        assert sent_to_sign_in(program.get(HOME))


def test_a_session_ends_with_its_key_at_once(door: Door, browser: Browser) -> None:
    key = door.key("PCH001", feeds=None)
    browser.sign_in(key)
    token = browser.form_token()
    keys.revoke(door.owner, keys.id_of(key) or "", "The manager has left.", "tests")
    assert sent_to_sign_in(browser.get(HOME))
    assert sent_to_sign_in(browser.post("/sign-out", data={"form_token": token}))
    assert browser.sign_in(key).status_code == 401
    assert "session" not in browser.cookies


def test_a_session_is_over_in_time(door: Door, browser: Browser) -> None:
    browser.sign_in(door.key("PCH001"))
    lasts = "select extract(epoch from expires_at - started_at) from ops.session where token_sha256 = %s"
    digest = keys.digest(browser.cookies["session"])
    assert round(door.value(lasts, digest)) == 8 * 3600  # type: ignore[call-overload]
    assert browser.get(HOME).status_code == 200
    door.owner.execute("update ops.session set expires_at = now() where token_sha256 = %s", (digest,))
    assert sent_to_sign_in(browser.get(HOME))


def test_a_link_signs_in_once_and_opening_it_uses_nothing_up(door: Door, browser: Browser) -> None:
    address = link(door, "PCH001")
    for _ in range(3):  # a scanner of mails, a preview, a person
        shown = browser.get(address)
        assert shown.status_code == 200
        assert "Jo Manager" in shown.text
    assert browser.post(address).status_code == 303
    assert browser.get(HOME).status_code == 200
    with Browser(base_url=door.url, trust_env=False) as other:
        for answer in (other.get(address), other.post(address)):
            assert answer.status_code == 404
            assert "session" not in other.cookies
    old = link(door, "PCH001")
    door.owner.execute("update ops.sign_in_link set made_at = now() - interval '2 days', expires_at = now()"
                       " where token_sha256 = %s", (keys.digest(old.rpartition("/")[2]),))  # fmt: skip
    assert [browser.get(old).status_code, browser.post(old).status_code] == [404, 404]


def test_a_link_that_went_astray_is_taken_back(door: Door, browser: Browser) -> None:
    unused = keys.make_link(door.owner, "PCH001", "Jo Manager", timedelta(hours=1), "tests")
    keys.revoke_link(door.owner, unused, "It went to somebody else.", "tests")
    assert [browser.get(f"/sign-in/{unused}").status_code, browser.post(f"/sign-in/{unused}").status_code] == [404, 404]
    used = keys.make_link(door.owner, "PCH001", "Jo Manager", timedelta(hours=1), "tests")
    browser.post(f"/sign-in/{used}")
    assert browser.get(HOME).status_code == 200
    keys.revoke_link(door.owner, used, "It went to somebody else.", "tests")
    assert sent_to_sign_in(browser.get(HOME))


def test_a_session_is_of_its_site_and_the_team_sees_all(door: Door, browser: Browser) -> None:
    browser.sign_in(door.key("PCH001"))
    theirs, nobodys = browser.get("/sites/PCH002"), browser.get("/sites/PCH999")
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.text.replace("PCH002", "") == nobodys.text.replace("PCH999", "")
    with Browser(base_url=door.url, trust_env=False) as team:
        team.post(link(door, None))
        assert [team.get(f"/sites/{site}").status_code for site in ("PCH001", "PCH002")] == [200, 200]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({}, 303),
    ],
)
def test_what_another_sites_page_sends_is_refused(
    door: Door, browser: Browser, headers: dict[str, str], status: int
) -> None:
    assert browser.sign_in(door.key("PCH001"), **headers).status_code == status
    browser.sign_in(door.key("PCH001"), Origin=door.url)
    form = {"form_token": browser.form_token()}
    assert browser.post("/sign-out", data=form, headers=headers).status_code == status
    assert browser.get(HOME).status_code == (200 if status == 403 else 303)


def test_a_form_without_its_token_is_refused(door: Door, browser: Browser) -> None:
    with Browser(base_url=door.url, trust_env=False) as other:
        other.sign_in(door.key("PCH001"))
        of_another = other.form_token()
    browser.sign_in(door.key("PCH001"))
    for token in ("", "0" * 64, of_another, "\u20ac"):
        assert browser.post("/sign-out", data={"form_token": token}).status_code == 403
    assert browser.post("/sign-out").status_code == 403
    assert browser.post("/sign-out", content=b"\x00\xff" * 5000, headers={"Content-Type": "multipart/form-data"}).status_code == 400  # fmt: skip
    assert browser.get(HOME).status_code == 200


def test_behind_a_proxy_that_speaks_https_the_cookie_is_for_https_alone(door: Door) -> None:
    outside = door.settings.model_copy(update={"door_url": "https://returns.example.nhs.uk"})
    headers = [(b"host", b"10.0.0.7:58180"), (b"origin", b"https://returns.example.nhs.uk")]
    request = Request({"type": "http", "method": "POST", "app": create_app(outside), "headers": headers})
    sessions.same_origin(request)
    for change in (sessions.forget, lambda r, q: sessions.keep(r, q, "token")):
        response = Response()
        change(response, request)
        cookie = response.headers["set-cookie"]
        assert cookie.startswith("__Host-session=")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
        assert "Domain" not in cookie


@pytest.mark.parametrize("next_page", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "evil"])
def test_signing_in_leads_nowhere_else(door: Door, browser: Browser, next_page: str) -> None:
    answer = browser.post("/sign-in", data={"key": door.key("PCH001"), "next": next_page})
    assert answer.headers["location"] == "/"


def test_guessing_in_the_portal_is_stopped_and_on_record(door: Door, browser: Browser) -> None:
    key = door.key("PCH002", feeds=None)
    wrong = f"pch_{keys.id_of(key)}_{'w' * 43}"
    proxy = {"X-Forwarded-For": "198.51.100.7"}
    assert [browser.sign_in(wrong, **proxy).status_code for _ in range(11)] == [401] * 10 + [429]
    locked = browser.sign_in(key, **proxy)
    assert (locked.status_code, "session" in browser.cookies) == (429, False)
    assert int(locked.headers["retry-after"]) > 500
    assert browser.post("/sign-in/no-such-link", headers=proxy).status_code == 404
    assert browser.sign_in(door.key("PCH001"), **proxy).status_code == 303
    rows = door.owner.execute(
        """select action, subject, detail ->> 'why', count(*) from ops.audit where detail ->> 'address' = '198.51.100.7'
           group by 1, 2, 3 order by 1, 2, 3"""
    ).fetchall()
    assert rows == [
        ("refuse", "sign in", "unknown", 10), ("refuse", "sign in", "unknown or used link", 1), ("sign_in", "key", None, 1),
    ]  # fmt: skip


def test_every_page_is_on_record_with_its_session(door: Door, browser: Browser) -> None:
    browser.post(link(door, "PCH001"))
    browser.get(HOME)
    browser.get("/sites/PCH002")
    number = door.value("select session_id from ops.session where token_sha256 = %s",
                        keys.digest(browser.cookies["session"]))  # fmt: skip
    rows = door.owner.execute(
        """select subject, detail ->> 'outcome', detail ->> 'by', detail ->> 'site_code' from ops.audit
           where action = 'access' and (detail ->> 'session_id')::bigint = %s order by audit_id""", (number,),
    ).fetchall()  # fmt: skip
    assert rows == [
        ("GET /sites/PCH001", "answered", "Jo Manager", "PCH001"),
        ("GET /sites/PCH002", "not-found", "Jo Manager", "PCH001"),
    ]
