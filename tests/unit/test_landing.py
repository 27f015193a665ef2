"""The landing store: bytes under their own checksum, on a disk and behind any other fsspec URL."""

import hashlib
import uuid
from pathlib import Path

import pytest

from pch.intake.landing import BytesLost, Landing, Spooled
from pch.intake.receive import _as_data


@pytest.fixture(params=["folder", "memory"])
def landing(request: pytest.FixtureRequest, tmp_path: Path) -> Landing:
    return Landing(str(tmp_path / "landing") if request.param == "folder" else f"memory://{uuid.uuid4().hex}")


def test_what_is_put_is_had_back_under_its_checksum(landing: Landing) -> None:
    content = b"practice_code\x00\xff\r\n"
    stored = landing.put(content)
    assert (stored.sha256, stored.bytes) == (hashlib.sha256(content).hexdigest(), 17)
    assert landing.put(content) == stored
    assert landing.get(stored.sha256) == content


def test_lost_and_damaged_bytes_are_named(landing: Landing) -> None:
    stored = landing.put(b"abc")
    address = landing._address(stored.sha256)
    landing.fs.pipe_file(address, b"abd")
    with pytest.raises(BytesLost, match=f"{stored.sha256} is damaged"):
        landing.get(stored.sha256)
    landing.fs.rm_file(address)
    with pytest.raises(BytesLost, match=f"no object {stored.sha256}"):
        landing.get(stored.sha256)


def test_a_torn_object_is_written_again(landing: Landing) -> None:
    """A copy of another size is no copy: put replaces it instead of trusting the name."""
    stored = landing.put(b"abcdef")
    landing.fs.pipe_file(landing._address(stored.sha256), b"abc")
    assert landing.put(b"abcdef") == stored
    assert landing.get(stored.sha256) == b"abcdef"


def test_nothing_half_written_is_left_in_a_folder(tmp_path: Path) -> None:
    landing = Landing(str(tmp_path))
    stored = landing.put(b"x" * 100_000)
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [stored.sha256]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "../../etc/passwd"),
        ("a\nb\x00c.csv", "a?b?c.csv"),
        ("", "unnamed"),
        ("x" * 300, "x" * 255),
    ],
)
def test_a_name_is_data_and_nothing_else(name: str, kept: str) -> None:
    assert _as_data(name) == kept


def test_a_file_is_put_as_its_bytes_are(landing: Landing, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_bytes(b"practice_code\r\n" * 100_000)
    stored = landing.put_file(Spooled.of(path))
    assert stored == landing.put(path.read_bytes())
    assert landing.get(stored.sha256) == path.read_bytes()
