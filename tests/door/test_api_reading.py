"""What the API shows: the calendar, files as they came, contracts, keys; and that others see nothing of it."""

import hashlib
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from fresh import superuser
from front import Door
from rough import HEADER, LIST, address, told

from pch.registry import feeds
from pch.settings import Settings


@pytest.fixture
def site(door: Door) -> Iterator[httpx.Client]:
    with door.client("PCH001") as client:
        yield client


def get(client: httpx.Client, path: str, **asked: Any) -> Any:
    return client.get(path, params=asked).raise_for_status().json()


def test_the_calendar_says_what_is_expected_and_what_became_of_it(site: httpx.Client) -> None:
    site.put(address(period="2026-06"), content=LIST).raise_for_status()
    rejected = told(site, address(period="2026-08"), LIST.replace("female", "nobody"))
    returns = get(site, "/v1/returns/PCH001", **{"from": "2026-06", "to": "2026-08"})
    assert len(returns) == 3 * len(feeds())
    assert {r["site"] for r in returns} == {"PCH001"}
    assert [r["period"] for r in returns] == sorted(r["period"] for r in returns)
    june, august = (r for r in returns if r["feed"] == "registered_list" and r["attempts_count"])
    assert {k: june[k] for k in ("period", "is_due", "attempts_count", "being_checked_count", "last_verdict",
                                 "submission_in_use", "questions_count", "link")} == {
        "period": "2026-06", "is_due": True, "attempts_count": 1, "being_checked_count": 1,
        "last_verdict": "being_checked", "submission_in_use": None, "questions_count": 0,
        "link": "/v1/returns/PCH001/registered_list/2026-06",
    }  # fmt: skip
    assert (june["primary_close_at"], june["refresh_close_at"]) == (
        "2026-07-14T22:59:59.999999Z", "2026-08-14T22:59:59.999999Z"
    )  # fmt: skip
    assert august["last_submission"] == rejected["receipt"]["submission_id"]
    survey = next(r for r in returns if r["feed"] == "staff_survey" and r["period"] == "2026-08")
    assert (survey["is_due"], survey["state"], survey["last_verdict"]) == (False, "not_due", None)
    missing = get(site, "/v1/returns/PCH001", **{"from": "2026-06", "to": "2026-08", "state": ["missing", "late"]})
    assert {r["state"] for r in missing} <= {"missing", "late"}
    assert len(missing) == sum(r["state"] in ("missing", "late") for r in returns) > 0


def test_a_month_that_nothing_is_expected_of_is_not_there(site: httpx.Client) -> None:
    assert site.get(address(period="2024-12")).status_code == 404
    assert site.get(address(feed="no_such_feed")).status_code == 404
    assert get(site, "/v1/returns/PCH001", **{"from": "2023-01", "to": "2024-12"}) == []


def test_the_file_comes_back_as_it_came_to_be_saved_not_shown(site: httpx.Client) -> None:
    content = b"<html><script>alert(1)</script>\x00\xff"
    name = quote('évil\r\nSet-Cookie: a=b";.html')
    said = site.put(
        address(period="2026-05"), content=content, headers={"Content-Disposition": f"a; filename*=UTF-8''{name}"}
    ).json()
    kept = site.get(said["links"]["file"])
    assert kept.content == content
    assert kept.headers["content-type"] == "application/octet-stream"
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert kept.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%C3%A9vil%3F%3FSet-Cookie%3A%20a%3Db%22%3B.html"
    )
    assert "set-cookie" not in kept.headers
    assert kept.headers["content-digest"].startswith("sha-256=:")
    assert said["receipt"]["sha256"] == hashlib.sha256(kept.content).hexdigest()


def test_a_table_of_findings_holds_no_formula(site: httpx.Client) -> None:
    said = told(site, address(period="2026-05"), HEADER + "\"=cmd|' /C calc'!A0\",female,0-4,10\n")
    table = site.get(said["links"]["findings"], headers={"Accept": "text/csv"})
    assert table.headers["content-disposition"].startswith("attachment; filename*=UTF-8''findings-")
    assert "\"'=cmd|" in table.text
    assert '"=cmd' not in table.text


def test_another_sites_things_are_as_those_that_never_were(door: Door, site: httpx.Client) -> None:
    number = site.put(address(period="2026-04"), content=LIST).json()["receipt"]["submission_id"]
    with door.client("PCH002") as other:
        for theirs, never in [
            (f"/v1/submissions/{number}", "/v1/submissions/999999"),
            (f"/v1/submissions/{number}/findings", "/v1/submissions/999999/findings"),
            (f"/v1/submissions/{number}/file", "/v1/submissions/999999/file"),
            (address(period="2026-04"), address("PCH999", period="2026-04")),
            ("/v1/returns/PCH001", "/v1/returns/PCH999"),
        ]:
            one, two = other.get(theirs), other.get(never)
            assert (one.status_code, two.status_code) == (404, 404)
            assert one.json() | {"instance": ""} == two.json() | {"instance": ""}
        before = door.value("select count(*) from ops.submission")
        assert other.put(address(period="2026-04"), content=LIST + "A81002,female,0-4,1\n").status_code == 404
        assert door.value("select count(*) from ops.submission") == before


def test_a_key_for_one_feed_sees_that_feed(door: Door, site: httpx.Client) -> None:
    lists = site.put(address(period="2026-04"), content=LIST).json()
    with door.client("PCH001", door.key("PCH001", feeds=["workforce"])) as supplier:
        assert {r["feed"] for r in get(supplier, "/v1/returns/PCH001", to="2026-06")} == {"workforce"}
        for path in (*lists["links"].values(),):
            refused = supplier.get(path)
            assert (refused.status_code, refused.json()["type"]) == (403, "/problems#not-yours")
        assert supplier.put(address(), content=LIST).status_code == 403


def test_whose_key_it_is(door: Door, site: httpx.Client) -> None:
    me = get(site, "/v1/me")
    key_id = door.key("PCH001").split("_")[1]
    assert {k: me[k] for k in ("key_id", "holder", "site", "feeds", "is_simulation")} == {
        "key_id": key_id, "holder": "Manager of PCH001", "site": "PCH001", "feeds": None, "is_simulation": False,
    }  # fmt: skip
    ends = door.value("select expires_at from ops.access_key where key_id = %s", key_id)
    assert me["expires_at"] == str(ends).replace(" ", "T").replace("+00:00", "Z")


def test_the_contracts(site: httpx.Client) -> None:
    listed = get(site, "/v1/feeds")
    assert [f["feed"] for f in listed] == list(feeds())
    contract = get(site, listed[0]["link"])
    assert contract == feeds()[listed[0]["feed"]].model_dump(mode="json")
    survey = get(site, "/v1/feeds/staff_survey", period="2026-03")
    assert survey["due_months"] == feeds()["staff_survey"].due_months
    assert site.get("/v1/feeds/no_such_feed").status_code == 404


def test_the_central_team_sees_every_site(door: Door, site: httpx.Client) -> None:
    number = site.put(address(period="2026-04"), content=LIST).json()["receipt"]["submission_id"]
    with door.client(None) as team:
        sites = get(team, "/v1/sites", period="2026-04")
        assert [s["site"] for s in sites] == ["PCH001", "PCH002", "PCH003"]
        assert all(sum(s["states"].values()) == len(feeds()) for s in sites)
        assert get(team, f"/v1/submissions/{number}")["site"] == "PCH001"
        assert team.get("/v1/returns/PCH999").status_code == 404
        assert {r["site"] for r in get(team, "/v1/returns/PCH003", to="2026-05")} == {"PCH003"}
    refused = site.get("/v1/sites")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems#not-yours")


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/v1/returns/pch001", 400, "bad-request"), ("GET", "/v1/submissions/one", 400, "bad-request"),
        ("GET", "/v1/submissions/99999999999999999999", 400, "bad-request"),
        ("PUT", "/v1/returns/PCH001/registered_list/2026-13", 400, "bad-request"),
        ("PUT", "/v1/returns/PCH001/no_such_feed/2026-04", 422, "refused"),
        ("PUT", "/v1/returns/PCH001/registered_list/2019-04", 422, "refused"),
        ("GET", "/v1/nothing", 404, "not-found"), ("DELETE", "/v1/me", 405, "no-such-method"),
        ("GET", "/v1/returns/PCH001?state=lost", 400, "bad-request"),
    ],
)  # fmt: skip
def test_every_refusal_is_a_problem_in_words(
    site: httpx.Client, method: str, path: str, status: int, kind: str
) -> None:
    answer = site.request(method, path, content=LIST)
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert (answer.status_code, said["status"], said["type"]) == (status, status, f"/problems#{kind}")
    assert said["title"] and said["detail"].endswith(".")
    assert said["instance"] == path.split("?")[0]
    assert ("allow" in answer.headers) == (status == 405)


def test_the_door_says_when_the_database_is_away_and_recovers(door: Door, server: Settings) -> None:
    with httpx.Client(base_url=door.url, trust_env=False, timeout=30) as anybody:
        assert anybody.get("/health").json() == {"status": "open"}
        with superuser(server) as conn:
            _cut_off(conn, door.settings.db_name)
            try:
                away = anybody.get("/health")
            finally:
                conn.execute(f"alter database {door.settings.db_name} allow_connections true")
        assert (away.status_code, away.json()["type"]) == (503, "/problems#not-now")
        assert int(away.headers["retry-after"]) > 0
        deadline = time.monotonic() + 60
        while anybody.get("/health").status_code != 200:
            assert time.monotonic() < deadline


def _cut_off(conn: psycopg.Connection[Any], database: str) -> None:
    """As when the server goes away: whoever is connected is not any more, and nobody gets in."""
    conn.execute(f"alter database {database} allow_connections false")
    conn.execute(
        """select pg_terminate_backend(pid) from pg_stat_activity
           where datname = %s and application_name = 'pch door'""",
        (database,),
    )
