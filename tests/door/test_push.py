"""A push over HTTP: receipt and findings in the answer, and whatever its headers and parameters ask for."""

import base64
import gzip
import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from front import Door
from rough import FEED, HEADER, LIST, address, told

LEDGER = """select (select count(*) from ops.submission), (select count(*) from ops.queue),
  (select count(*) from ops.door_check), (select count(*) from ops.audit where action <> 'access')"""


@pytest.fixture
def site(door: Door) -> Iterator[httpx.Client]:
    with door.client("PCH001") as client:
        yield client


def sha256(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def digest(content: str | bytes, algorithm: str = "sha256") -> str:
    data = content.encode() if isinstance(content, str) else content
    return base64.b64encode(hashlib.new(algorithm, data).digest()).decode()


def held(door: Door) -> tuple[Any, set[str]]:
    """What the ledger counts, and the files of the landing store."""
    store = Path(door.settings.landing)
    return door.owner.execute(LEDGER).fetchone(), {p.name for p in store.rglob("*") if p.is_file()}


def a_list(count: int) -> str:
    """A file of its own for a test."""
    return f"{HEADER}A81001,female,0-4,{count}\n"


def test_the_answer_has_the_receipt_and_what_the_contract_says(door: Door, site: httpx.Client) -> None:
    """Within a moment, where the machine has one: of a few files at least one."""
    for count in range(10):
        bad = f"{HEADER}A81001,female,0-4,ten\nA81001,mail,0-4,{count}\n"
        answer = site.put(address(period="2025-06"), content=bad)
        said = answer.json()
        if said["basis"] == "contract":
            break
    assert answer.status_code == 201
    assert (said["verdict"], said["basis"], said["is_new"], said["rows_read"]) == ("rejected", "contract", True, 2)
    receipt = said["receipt"]
    assert answer.headers["location"] == said["links"]["submission"] == f"/v1/submissions/{receipt['submission_id']}"
    assert {k: receipt[k] for k in ("site", "feed", "period", "attempt", "sha256", "bytes", "file_name")} == {
        "site": "PCH001", "feed": FEED, "period": "2025-06", "attempt": count + 1, "sha256": sha256(bad),
        "bytes": len(bad), "file_name": "PCH001.registered_list.2025-06",
    }  # fmt: skip
    places = {(f["column"], f["severity"], *f["examples"][0].values()) for f in said["findings"]}
    assert places == {("registered_count", "error", 2, "ten"), ("sex", "error", 3, "mail")}
    assert all(f["message"] and f["next_step"] and f["layer"] == "contract" for f in said["findings"])
    kept = Path(door.settings.landing) / receipt["sha256"][:2] / receipt["sha256"]
    assert kept.read_text() == bad


def test_a_good_file_is_being_checked_and_the_same_bytes_get_the_same_receipt(site: httpx.Client) -> None:
    first = site.put(address(period="2026-03"), content=LIST)
    again = site.put(address(period="2026-03"), content=LIST, headers={"Content-Disposition": "x; filename=b.csv"})
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["verdict"], first.json()["findings"]) == ("being_checked", [])
    assert first.json()["receipt"] == again.json()["receipt"]
    assert first.headers["location"] == again.headers["location"]
    assert (first.json()["is_new"], again.json()["is_new"]) == (True, False)
    number = first.json()["receipt"]["submission_id"]
    assert f"These bytes were received before, as submission {number}." in again.json()["notes"]


@pytest.mark.parametrize(("algorithm", "name"), [("sha256", "sha-256"), ("sha512", "sha-512")])
def test_the_digest_is_compared(door: Door, site: httpx.Client, algorithm: str, name: str) -> None:
    content, other = a_list(100 + len(algorithm)), a_list(200)
    right, wrong = (f"{name}=:{digest(c, algorithm)}:, md5=:AAAA:" for c in (content, other))
    before = held(door)
    refused = site.put(address(period="2026-02"), content=content, headers={"Content-Digest": wrong})
    assert (refused.status_code, refused.json()["type"]) == (400, "/problems#digest-differs")
    assert refused.json()["detail"].startswith(f"The {name} of the {len(content)} bytes that arrived is not the one")
    assert held(door) == before
    assert site.put(address(period="2026-02"), content=content, headers={"Content-Digest": right}).is_success


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Content-Digest", "sha-256=AAAA"), ("Content-Digest", "sha-256=:AAAA"), ("Content-Digest", "sha-256"),
        ("Idempotency-Key", '"half'), ("Idempotency-Key", '""'), ("Idempotency-Key", "x" * 256),
        ("Idempotency-Key", "two words"),
    ],
)  # fmt: skip
def test_a_header_that_cannot_be_read_is_refused(door: Door, site: httpx.Client, header: str, value: str) -> None:
    before = held(door)
    answer = site.put(address(period="2026-02"), content=a_list(300), headers={header: value})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems#bad-request")
    assert answer.json()["detail"] == f"The header {header} cannot be read."
    assert held(door) == before


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="april list.csv"', "april list.csv"),
        ("attachment; filename=\"list.csv\"; filename*=UTF-8''%E2%82%AC%20list.csv", "€ list.csv"),
        ('attachment; filename="Zoë\'s list.csv"', "Zoë's list.csv"),  # UTF-8 where the RFC has none, as curl does it
        ("attachment", "PCH001.registered_list.2026-01"),
    ],
)
def test_the_name_is_the_senders(site: httpx.Client, header: str, name: str) -> None:
    content = a_list(sum(header.encode()))
    answer = site.put(
        address(period="2026-01"), content=content, headers={"Content-Disposition": header.encode()}
    )  # fmt: skip
    assert answer.json()["receipt"]["file_name"] == name


def test_who_does_not_want_to_wait_gets_the_receipt_alone(door: Door, site: httpx.Client) -> None:
    content = a_list(1).replace("female", "nobody")
    answer = site.put(address(period="2025-12"), content=content, headers={"Prefer": "wait=5, respond-async"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (201, "respond-async")
    said = answer.json()
    assert (said["basis"], said["verdict"], said["findings"]) == ("nothing_yet", "being_checked", [])
    looks = "select count(*) from ops.door_check where submission_id = %s"
    assert door.value(looks, said["receipt"]["submission_id"]) == 0
    assert said["receipt"]["sha256"] == sha256(content)


def test_a_gzip_file_is_kept_as_it_came_and_read(site: httpx.Client) -> None:
    packed = gzip.compress(LIST.encode())
    said = told(site, address(period="2025-11"), packed, **{"Content-Encoding": "gzip"})
    assert (said["receipt"]["sha256"], said["rows_read"], said["findings"]) == (sha256(packed), 2, [])
    kept = site.get(said["links"]["file"])
    assert kept.content == packed


@pytest.mark.parametrize("headers", [{"Content-Encoding": "br"}, {"Content-Type": "multipart/form-data; boundary=x"}])
def test_a_body_that_is_not_the_file_is_refused(door: Door, site: httpx.Client, headers: dict[str, str]) -> None:
    before = held(door)
    answer = site.put(address(), content=a_list(500), headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems#encoding")
    assert held(door) == before


def test_a_nil_return_has_a_reason_and_a_receipt(door: Door, site: httpx.Client) -> None:
    nil = f"{address(feed='patient_experience', period='2026-04')}/nil"
    key = {"Idempotency-Key": '"nil-1"'}
    first = site.put(nil, json={"reason": "No survey was sent out this month."}, headers=key)
    again = site.put(nil, json={"reason": "No survey was sent out this month."}, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["receipt"] == again.json()["receipt"]
    submission = site.get(first.json()["links"]["submission"]).json()
    assert (submission["nil_reason"], submission["verdict"]) == ("No survey was sent out this month.", "being_checked")
    before = held(door)
    for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "a\x00b"}, {"reason": "x", "why": "y"}, [], "x"):
        answer = site.put(nil, json=body)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems#bad-request"), body
    assert held(door) == before


def test_a_file_that_was_replaced_is_taken_again_when_asked_for(site: httpx.Client) -> None:
    path = address(period="2025-10")
    one, two = (site.put(path, content=a_list(n)).json() for n in (600, 601))
    again = site.put(path, content=a_list(600)).json()
    assert again["receipt"] == one["receipt"]
    assert again["notes"][-1] == (
        f"Submission {two['receipt']['submission_id']} came after it. To have this file taken again in its place, push "
        "it with reinstate=true."
    )
    third = site.put(path, content=a_list(600), params={"reinstate": "true"})
    assert (third.status_code, third.json()["receipt"]["attempt"]) == (201, 3)
    assert site.get(third.json()["links"]["submission"]).json()["reinstates"] == one["receipt"]["submission_id"]


def test_a_rehearsal_says_what_would_be_found_and_files_nothing(door: Door, site: httpx.Client) -> None:
    content = LIST + "B81001,female,0-4,7\n" + "A81002,female,0-4,5000000\n"
    before, accesses = held(door), "select count(*) from ops.audit where action = 'access'"
    count = door.value(accesses)
    answer = site.put(address(period="2026-04"), content=content, params={"dry_run": "true"})
    said = answer.json()
    assert (answer.status_code, said["receipt"], said["links"], said["basis"]) == (200, None, None, "contract_and_rows")
    rules = {f["rule"]: f["layer"] for f in said["findings"]}
    assert rules["practice_not_of_site"] == "register"
    assert "row" in rules.values()
    assert said["verdict"] == "accepted_with_warnings"
    assert {r["rule"] for r in said["not_run"]} >= {"return_locked"}
    assert said["notes"][0] == "This was a rehearsal: nothing was filed."
    assert held(door) == before
    assert door.value(accesses) == int(str(count)) + 1


def test_only_a_simulation_says_when_a_file_arrived(door: Door, site: httpx.Client) -> None:
    at = {"Simulated-Received-At": "2025-08-30T10:00:00+01:00"}
    before = held(door)
    refused = site.put(address(period="2025-07"), content=a_list(700), headers=at)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems#not-yours")
    assert held(door) == before
    with door.client("PCH001", door.key("PCH001", is_simulation=True)) as simulation:
        taken = simulation.put(address(period="2025-07"), content=a_list(700), headers=at)
        unread = simulation.put(address(period="2025-07"), content=a_list(701), headers={
            "Simulated-Received-At": "2025-08-30T10:00:00"})  # fmt: skip
    assert taken.json()["receipt"]["received_at"] == "2025-08-30T09:00:00Z"
    assert unread.status_code == 400


def test_a_late_look_is_kept_when_it_comes(door: Door, site: httpx.Client) -> None:
    """The workers stand still for as long as the answer waits, and go on when it was given."""
    workers = door.process.children(recursive=True)
    _each(workers, "suspend")
    try:
        answer = site.put(address(period="2025-09"), content=a_list(800).replace("female", "nobody"))
    finally:
        _each(workers, "resume")
    said = answer.json()
    assert (answer.status_code, said["basis"], said["findings"]) == (201, "nothing_yet", [])
    deadline = time.monotonic() + 20
    while (found := site.get(said["links"]["findings"]).json())["basis"] == "nothing_yet":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (found["basis"], found["verdict"], [f["column"] for f in found["findings"]]) == (
        "contract", "rejected", ["sex"]
    )  # fmt: skip
    spool = door.settings.home / "spool"
    while any(spool.iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _each(processes: list[psutil.Process], what: str) -> None:
    for process in processes:
        getattr(process, what)()


def test_the_answer_says_where_the_file_counts(door: Door) -> None:
    """April 2026 closes on 15 May and 12 June at the end of the day in London, which is an hour before midnight UTC;
    what was known of the past when the site was registered may still come."""
    closes = door.owner.execute(
        "select primary_close_at, refresh_close_at from ref.period where period = '2026-04-01'"
    ).fetchone()
    assert closes is not None
    with door.client("PCH002", door.key("PCH002", is_simulation=True)) as simulation:

        def edition(at: datetime) -> str:
            header = {"Simulated-Received-At": at.isoformat()}
            said = simulation.put(address("PCH002"), content=a_list(int(at.timestamp())), headers=header).json()
            return f"{said['edition']}: {said['notes'][0]}"

        second = timedelta(seconds=1)
        assert edition(closes[0] - second).startswith("primary: In time for the primary edition of April 2026")
        assert edition(closes[0] + second) == (
            "refresh: After the primary close of April 2026 (15 May 2026): it counts in the refresh edition; primary "
            "figures do not change."
        )
        until = datetime(2026, 7, 1, tzinfo=UTC)
        door.owner.execute("update ref.site set history_open_until = %s where site_code = 'PCH002'", (until,))
        assert edition(until + second) == (
            "locked: April 2026 was locked after 1 July 2026: the file is kept and not used, unless the central team "
            "unlocks the return."
        )
