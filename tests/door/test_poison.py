"""Cases 16 and 17 at the door: every bad sample gets a receipt, is refused by the rule it is named for, and is kept.

The answer to the push says so; no pipeline runs here.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from front import Door, register
from rough import LIST, address, rules, told

SAMPLES = Path(__file__).parents[1] / "samples"
SITE, PERIOD = "U00001", "2022-04"
"""Whose the samples are."""


def samples(kind: str) -> list[Path]:
    return sorted(SAMPLES.glob(f"*/{kind}/*.csv"))


def name(path: Path) -> str:
    return f"{path.parts[-3]}-{path.stem}"


@pytest.fixture(scope="module")
def site(door: Door) -> Iterator[httpx.Client]:
    register(door.settings, {SITE: ["Y00001"]}, start="2022-01-01")  # the samples are of that year
    with door.client(SITE) as client:
        yield client


@pytest.mark.parametrize("path", samples("error"), ids=name)
def test_a_bad_file_is_received_refused_and_kept(door: Door, site: httpx.Client, path: Path) -> None:
    content = path.read_bytes()
    said = told(site, address(SITE, path.parts[-3], PERIOD), content)
    assert rules(said) == [path.stem]
    assert (said["verdict"], said["basis"]) == ("rejected", "contract")
    assert said["findings"][0]["message"] and said["findings"][0]["next_step"]
    file = site.get(f"/v1/submissions/{said['receipt']['submission_id']}/file")
    assert file.content == content


@pytest.mark.parametrize("path", [*samples("warning"), *samples("information"), *samples("good")], ids=name)
def test_a_lesser_finding_refuses_nothing(site: httpx.Client, path: Path) -> None:
    said = told(site, address(SITE, path.parts[-3], PERIOD), path.read_bytes())
    assert (said["verdict"], rules(said)) == ("being_checked", [])
    if path.parts[-2] != "good":
        assert path.stem in rules(said, path.parts[-2])


POISON = {
    "noise": (bytes(range(1, 256)) * 40, "unknown_encoding"),
    "nothing": (b"", "empty_file"),
    "blanks": (b" \r\n\r\n", "empty_file"),
    "header only": (LIST.splitlines()[0].encode(), "no_rows"),
    "gzip cut short": (gzip.compress(LIST.encode() * 50)[:-9], "damaged_file"),
    "gzip of gzip": (gzip.compress(gzip.compress(LIST.encode())), "unsupported_format"),
    "zip cut short": (b"PK\x03\x04" + bytes(100), "damaged_file"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "unsupported_format"),
    "UTF-16 cut short": (LIST.encode("utf-16")[:-1], "unknown_encoding"),
    "a zero byte": (LIST.replace("male", "ma\0le").encode(), "nul_byte"),
    "a lost letter": (LIST.replace("A81001", "A8100\ufffd").encode(), "replacement_character"),
}


@pytest.mark.parametrize("kind", POISON)
def test_poison(site: httpx.Client, kind: str) -> None:
    content, rule = POISON[kind]
    said = told(site, address(SITE), content)
    assert (rules(said), said["verdict"]) == ([rule], "rejected")
    assert said["receipt"]["bytes"] == len(content)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_that_are_read(site: httpx.Client, encoding: str) -> None:
    text = LIST.replace("registered_count\n", "registered_count,remark\n").replace("10\n", "10,Caf\u00e9\n")
    said = told(site, address(SITE), text.replace("12\n", "12,\n").encode(encoding))
    assert (said["rows_read"], rules(said)) == (2, [])
    assert rules(said, "information") == (["read_as_cp1252"] if encoding == "cp1252" else [])
