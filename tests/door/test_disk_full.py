"""Case 9: the disk is full where files land, where they wait, and in the database. No receipt without durable bytes, no
row without a receipt, and all is well again once there is room. The disks are real: two megabytes of memory each."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fresh import fresh_warehouse, superuser
from front import Door, a_port, open_door, register
from rough import HEADER, LIST, address, told

from pch.local.account import account_for
from pch.local.postgres import EmbeddedPostgres
from pch.settings import Settings


@contextmanager
def small_disk() -> Iterator[Path]:
    """A disk of two megabytes. Skips the test where nobody may mount one."""
    folder = Path(tempfile.mkdtemp(prefix="pch-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m,mode=755", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("a disk that can be filled needs the right to mount one (root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


def fill(disk: Path) -> Path:
    """Leaves no byte free."""
    stuffing = disk / "stuffing"
    with stuffing.open("wb") as file:
        try:
            while True:
                os.write(file.fileno(), bytes(64 << 10))
        except OSError:
            assert shutil.disk_usage(disk).free == 0
    return stuffing


@dataclass
class Desk:
    """A door, and the disks that its files wait on, land on, and its ledger is on."""

    door: Door
    waiting: Path
    landing: Path
    ledger: Path


@pytest.fixture(scope="module")
def desk(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("full")
    with (
        small_disk() as waiting,
        small_disk() as landing,
        small_disk() as ledger,
        small_tablespace(server, ledger) as room,
        fresh_warehouse(server, folder) as fresh,
    ):
        places = {"door_port": a_port(), "home": waiting, "landing_url": str(landing)}
        settings = fresh.model_copy(update=places)
        settings.secrets_file.write_text(server.secrets_file.read_text())
        register(settings)
        with open_door(settings, folder, PCH_MAX_FILE_MB="1") as door:
            door.owner.execute(f"alter table ops.submission set tablespace {room}")
            yield Desk(door, waiting, landing, ledger)


@pytest.fixture
def site(desk: Desk) -> Iterator[httpx.Client]:
    with desk.door.client("PCH001") as client:
        yield client


@contextmanager
def small_tablespace(server: Settings, disk: Path) -> Iterator[str]:
    """Room for tables on that disk; the database that uses it must be gone by the end."""
    account_for(EmbeddedPostgres(server).folder).own(disk)
    with superuser(server) as conn:
        conn.execute(f"create tablespace small location '{disk}'")
        conn.execute("grant create on tablespace small to owner")
        try:
            yield "small"
        finally:
            conn.execute("drop tablespace small")


def test_no_room_where_files_land(desk: Desk, site: httpx.Client) -> None:
    stuffing = fill(desk.landing)
    before = counted(desk)
    refused = site.put(address(), content=LIST)
    assert refused.status_code == 503
    assert "The landing store could not keep the file (No space left on device)" in refused.json()["detail"]
    assert "Nothing was received" in refused.json()["detail"]
    assert refused.headers["Retry-After"]
    assert counted(desk) == before
    assert [p for p in desk.landing.rglob("*") if p.is_file()] == [stuffing]
    stuffing.unlink()
    assert told(site, address(), LIST)["rows_read"] == 2
    assert counted(desk) == (before[0] + 1, before[1] + 1)


def test_no_room_where_files_wait(desk: Desk, site: httpx.Client) -> None:
    stuffing = fill(desk.waiting)
    before = counted(desk)
    refused = site.put(address(), content=f"{LIST}A81001,male,5-9,1\n")
    assert refused.status_code == 507
    assert refused.json()["detail"] == "The central server has no room for files at the moment. Nothing was received."
    assert counted(desk) == before
    assert "No room for files: less than 1 MB are free" in desk.door.log.read_text()
    assert site.get("/health").status_code == 200
    stuffing.unlink()
    assert told(site, address(), f"{LIST}A81001,male,5-9,1\n")["rows_read"] == 3


def test_no_room_in_the_database(desk: Desk, site: httpx.Client) -> None:
    stuffing = fill(desk.ledger)
    files = [f"{HEADER}A81001,female,0-4,{n}\n" for n in range(100)]
    before, received = counted(desk), 0
    while (answer := push_unseen(site, files[received])).status_code == 201:  # until the last page is full
        received += 1
    assert answer.status_code == 503
    assert answer.json()["detail"] == "The central database does not answer at the moment. Try again in a minute."
    assert "DiskFull" in desk.door.log.read_text()
    assert counted(desk) == (before[0] + received, before[1] + received)
    stuffing.unlink()
    again = push_unseen(site, files[received])
    assert (again.status_code, again.json()["receipt"]["attempt"]) == (201, before[0] + received + 1)


def push_unseen(site: httpx.Client, content: str) -> httpx.Response:
    return site.put(address(), content=content, headers={"Prefer": "respond-async"})


def counted(desk: Desk) -> tuple[int, int]:
    """Rows of the ledger, and files that wait for the pipeline."""
    row = desk.door.owner.execute(
        "select (select count(*) from ops.submission), (select count(*) from ops.queue)"
    ).fetchone()
    assert row is not None
    return row[0], row[1]
