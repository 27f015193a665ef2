"""Cases 1 to 4, 11 and 14 over HTTP: once is once, corrections replace, late is told so, contradictions are rejected."""

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from front import Door
from rough import FEED, HEADER, address, rules, told

from pch.pipeline.batches import plan
from pch.pipeline.collect import load
from pch.pipeline.review import review

MAY, JUNE, JULY, AUGUST = "2026-05", "2026-06", "2026-07", "2026-08"
THIRTY = 30


@pytest.fixture
def site(door: Door) -> Iterator[httpx.Client]:
    with door.client("PCH001") as client:
        yield client


def whole(count: int) -> str:
    """Both practices of PCH001, with ``count`` patients in each cell."""
    return HEADER + "".join(
        f"{practice},{sex},{band},{count}\n"
        for practice in ("A81001", "A81002") for sex in ("female", "male") for band in ("0-4", "5-9", "90+")
    )  # fmt: skip


def at_once(door: Door, calls: list[Callable[[httpx.Client], httpx.Response]]) -> list[httpx.Response]:
    """Each call on a connection of its own, all at the same time."""

    def one(call: Callable[[httpx.Client], httpx.Response]) -> httpx.Response:
        with door.client("PCH001") as client:
            return call(client)

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def judge(door: Door) -> None:
    """What the pipeline does with everything that waits."""
    for batch in plan(door.settings):
        load(door.settings, batch)
    review(door.settings)


def stored(door: Door) -> set[str]:
    return {p.name for p in Path(door.settings.landing).rglob("*") if p.is_file()}


def get(site: httpx.Client, path: str) -> Any:
    return site.get(path).raise_for_status().json()


def test_case_1_thirty_pushes_at_once_are_one_submission(door: Door) -> None:
    content = whole(10)
    answers = at_once(door, [lambda site: site.put(address(period=MAY), content=content)] * THIRTY)
    assert sorted(a.status_code for a in answers) == [200] * (THIRTY - 1) + [201]
    receipts = {json.dumps(a.json()["receipt"], sort_keys=True) for a in answers}
    assert len(receipts) == 1
    assert sum(a.json()["is_new"] for a in answers) == 1
    digest = hashlib.sha256(content.encode()).hexdigest()
    assert json.loads(receipts.pop())["sha256"] == digest
    assert door.value("select count(*) from ops.submission where sha256 = %s", digest) == 1
    assert door.value("select count(*) from ops.queue inner join ops.submission using (submission_id)"
                      " where sha256 = %s", digest) == 1  # fmt: skip
    assert stored(door) == {digest}


def test_case_2_a_key_reused_for_another_file_is_refused_and_audited(door: Door, site: httpx.Client) -> None:
    content, other, key = whole(20), whole(21), "8e03978e-40d5-43dd-bc93-6894a57f9324"
    first = site.put(address(period=JUNE), content=content, headers={"Idempotency-Key": f'"{key}"'})
    same = site.put(address(period=JUNE), content=content, headers={"Idempotency-Key": key})  # quotes left out
    assert first.json()["receipt"] == same.json()["receipt"]
    submissions, files = door.value("select count(*) from ops.submission"), stored(door)
    for path, body in ((address(period=JUNE), other), (address(period=JULY), content)):
        refused = site.put(path, content=body, headers={"Idempotency-Key": f'"{key}"'})
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
        assert refused.json()["type"] == "/problems#key-reused"
        number = first.json()["receipt"]["submission_id"]
        assert refused.json()["detail"].startswith(f"The idempotency key '{key}' belongs to submission {number}, which")
    assert (door.value("select count(*) from ops.submission"), stored(door)) == (submissions, files)
    refusals = "select count(*) from ops.audit where action = 'refuse' and detail ->> 'why' like %s"
    assert door.value(refusals, f"%'{key}'%") == 2


def test_a_key_that_came_with_bytes_known_before_stands_for_them_too(door: Door, site: httpx.Client) -> None:
    content, key = whole(22), {"Idempotency-Key": '"came second"'}
    first = site.put(address(period=JUNE), content=content)
    again = site.put(address(period=JUNE), content=content, headers=key)
    assert again.json()["receipt"]["submission_id"] == first.json()["receipt"]["submission_id"]
    refused = site.put(address(period=JUNE), content=whole(23), headers=key)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems#key-reused")


def test_case_3_a_correction_is_used_and_what_it_replaced_can_be_had(door: Door, site: httpx.Client) -> None:
    path = address(period=JULY)
    one = told(site, path, whole(30))
    judge(door)
    two = told(site, path, whole(31))
    judge(door)
    return_ = get(site, path)
    assert [(s["attempt"], s["verdict"], s["is_in_use"]) for s in return_["submissions"]] == [
        (1, "accepted", False), (2, "accepted", True)
    ]  # fmt: skip
    assert return_["expected"] | {
        "state": "received", "attempts_count": 2, "submission_in_use": two["receipt"]["submission_id"],
        "last_verdict": "accepted", "being_checked_count": 0,
    } == return_["expected"]  # fmt: skip
    assert door.value("select sum(registered_count) from raw.registered_list where period = '2026-07-01'") == 31 * 12
    assert site.get(one["links"]["file"]).text == whole(30)
    assert get(site, one["links"]["submission"])["is_in_use"] is False


def test_case_4_of_two_corrections_at_once_one_is_used_and_none_is_lost(door: Door, site: httpx.Client) -> None:
    path = address(period=AUGUST)
    site.put(path, content=whole(40)).raise_for_status()
    judge(door)
    answers = at_once(door, [lambda s: s.put(path, content=whole(41)), lambda s: s.put(path, content=whole(42))])
    assert sorted(a.json()["receipt"]["attempt"] for a in answers) == [2, 3]
    judge(door)
    submissions = get(site, path)["submissions"]
    assert [(s["attempt"], s["is_in_use"]) for s in submissions] == [(1, False), (2, False), (3, True)]
    last = next(a.json()["receipt"] for a in answers if a.json()["receipt"]["attempt"] == 3)
    assert submissions[2]["sha256"] == last["sha256"]
    assert submissions[0]["received_at"] < submissions[1]["received_at"] < submissions[2]["received_at"]


def test_case_11_after_the_close_is_the_refresh_and_the_site_is_told_so(door: Door, site: httpx.Client) -> None:
    """The clock of the door against a close that has just passed; ``test_push`` has the second before and after it."""
    path = address(feed="workforce", period=MAY)
    content = "practice_code,staff_role,fte\nA81001,gp,1.5\n"
    close = "update ref.period set primary_close_at = {}, refresh_close_at = {} where period = '2026-05-01'"
    door.owner.execute(close.format("now() + interval '1 hour'", "now() + interval '2 hours'"))
    early = site.put(path, content=content).json()
    door.owner.execute(close.format("clock_timestamp()", "now() + interval '2 hours'"))
    late = site.put(path, content=content + "A81002,gp,2\n").json()
    assert (early["edition"], late["edition"]) == ("primary", "refresh")
    assert "it counts in the refresh edition; primary figures do not change" in late["notes"][0]
    assert [s["edition"] for s in get(site, path)["submissions"]] == ["primary", "refresh"]


def test_case_14_a_file_of_another_month_or_site_is_rejected_at_the_door(site: httpx.Client) -> None:
    header = "practice_code,sex,age_band,registered_count,period,site_code\n"
    other_month = told(site, address(period="2026-04"), header + "A81001,female,0-4,10,2026-03,PCH001\n")
    other_site = told(site, address(period="2026-04"), header + "A81001,female,0-4,10,2026-04,PCH002\n")
    assert (other_month["verdict"], rules(other_month)) == ("rejected", ["other_period"])
    assert (other_site["verdict"], rules(other_site)) == ("rejected", ["other_site"])
    assert "PCH002" in other_site["findings"][0]["message"]


def test_the_verdict_replaces_what_the_contract_said(door: Door, site: httpx.Client) -> None:
    path = address(period="2026-03")
    said = told(site, path, whole(50) + "B81001,female,0-4,7\n")
    assert (said["verdict"], said["basis"], said["findings"]) == ("being_checked", "contract", [])
    judge(door)
    found = get(site, said["links"]["findings"])
    assert (found["verdict"], found["basis"]) == ("accepted_with_warnings", "verdict")
    assert rules(found, "warning") == ["practice_not_of_site"]
    submission = get(site, said["links"]["submission"])
    assert {k: submission[k] for k in ("verdict", "rows_read", "rows_published", "rows_set_aside", "is_in_use")} == {
        "verdict": "accepted_with_warnings", "rows_read": 13, "rows_published": 13, "rows_set_aside": 1,
        "is_in_use": True,
    }  # fmt: skip
    table = site.get(said["links"]["findings"], headers={"Accept": "text/csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert "practice_not_of_site" in table.text
    assert FEED in said["links"]["return"]
