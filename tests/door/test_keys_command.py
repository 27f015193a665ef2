"""``pch keys`` as people type it, and the key it prints at the real door."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from front import Door

from pch.errors import Refused
from pch.warehouse import keys

PCH = Path(sys.executable).with_name("pch")


def run(door: Door, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    values = door.settings.model_dump(mode="json")
    ours = {f"PCH_{name.upper()}": str(value) for name, value in values.items() if value not in (None, "")}
    done = subprocess.run([PCH, "keys", *arguments], env=os.environ | ours, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def says(door: Door, *arguments: str, code: int = 0) -> str:
    done = run(door, *arguments, code=code)
    return " ".join((done.stdout + done.stderr).split())


def status(door: Door, key: str) -> int:
    return httpx.get(f"{door.url}/v1/me", headers={"Authorization": f"Bearer {key}"}, trust_env=False).status_code


def test_a_key_from_its_making_to_its_end(door: Door) -> None:
    made = run(door, "make", "pch001", "--feed", "registered_list", "--feed", "prescribing", "--by", "Ann")
    key = made.stdout.strip()
    key_id = keys.id_of(key) or ""
    assert len(key) == len("pch__") + 10 + 43
    assert "The key of Site PCH001, for PCH001 and registered_list, prescribing, is valid until" in made.stderr
    short = run(door, "make", "PCH001", "--days", "20", "--holder", "Supplier Ltd").stdout.strip()
    team = run(door, "make", "--team", "--holder", "Ann Example").stdout.strip()
    assert [status(door, k) for k in (key, short, team)] == [200, 200, 200]

    shown = says(door, "list")
    assert "3 key(s), 3 valid, 1 of these for 30 days at most. Make their successors with 'pch keys make'" in shown
    assert "central team every feed Ann Example valid" in shown
    assert "Supplier Ltd ends soon" in shown

    said = says(door, "revoke", key_id, "--because", "The laptop was stolen.", "--by", "Ann")
    assert said == f"The key {key_id} is not valid any more."
    assert [status(door, k) for k in (key, short, team)] == [401, 200, 200]

    printed = run(door, "list", "--json", "--site", "pch001").stdout
    listed = {k["holder"]: k for k in json.loads(printed)}
    assert set(listed) == {"Site PCH001", "Supplier Ltd"}
    ended = listed["Site PCH001"]
    assert (ended["state"], ended["revoked_by"], ended["reason"]) == ("revoked", "Ann", "The laptop was stolen.")
    assert ended["feeds"] == ["prescribing", "registered_list"]
    assert ended["last_used_at"] is not None
    assert (listed["Supplier Ltd"]["state"], listed["Supplier Ltd"]["ends_soon"]) == ("valid", True)
    for secret in (key, short, team):
        assert secret[-43:] not in shown + printed
    audit = door.owner.execute(
        "select action, who, detail ->> 'by' from ops.audit where subject = %s order by audit_id", (key_id,)
    ).fetchall()
    assert audit == [("make_key", "owner", "Ann"), ("revoke_key", "owner", "Ann")]


def test_what_cannot_be_is_refused_in_a_sentence(door: Door) -> None:
    assert "There is no site 'PCH999' in the register." in says(door, "make", "PCH999", code=1)
    assert "There is no feed 'lists'. The feeds are:" in says(door, "make", "PCH001", "--feed", "lists", code=1)
    assert "Name a site, or say --team" in says(door, "make", code=1)
    owner = door.owner
    with pytest.raises(Refused, match=r"There is no key 'nothing'\. 'pch keys list' has them all\."):
        keys.revoke(owner, "nothing", "Nobody has it.", "tests")
    with pytest.raises(Refused, match="A revocation needs a sentence"):
        keys.revoke(owner, keys.id_of(door.key("PCH001")) or "", "lost", "tests")
    with pytest.raises(Refused, match="give the holder's name"):
        keys.make_link(owner, "PCH001", " ", timedelta(hours=1), "tests")
    with pytest.raises(Refused, match="There is no such link"):
        keys.revoke_link(owner, "nothing", "Nobody has it.", "tests")


def test_a_link_is_printed_and_kept_as_a_checksum(door: Door) -> None:
    made = run(door, "link", "PCH002", "--holder", "Jo Manager", "--hours", "2", "--by", "Ann")
    address, _, token = made.stdout.strip().rpartition("/")
    assert address == f"{door.url}/sign-in"
    assert "It signs Jo Manager in for PCH002, once, within 2 hour(s). If it goes astray, end it:" in made.stderr
    kept = door.owner.execute(
        "select site_code, holder, made_by, expires_at - made_at from ops.sign_in_link where token_sha256 = %s",
        (keys.digest(token),),
    ).fetchone()
    assert kept is not None
    assert kept[:3] == ("PCH002", "Jo Manager", "Ann")
    assert round(kept[3].total_seconds()) == 7200
    assert door.value("select count(*) from ops.sign_in_link where token_sha256 = %s", token) == 0
    astray = says(door, "revoke", f"{address}/{token}", "--because", "It went to somebody else.")
    assert astray == "The link is not valid any more."
    with pytest.raises(Refused, match="The link was revoked already"):
        keys.revoke_link(door.owner, token, "It went to somebody else.", "tests")
