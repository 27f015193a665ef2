"""Case 9: the disk is full where files land, where they wait, and in the database. No receipt without durable bytes, no
row without a receipt, and all is well again once there is room. The disks are real: two megabytes of memory each."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fresh import fresh_warehouse, superuser
from front import Door, a_port, open_door, register
from rough import HEADER, LIST, address, told

from pch.local.account import account_for
from pch.local.postgres import EmbeddedPostgres
from pch.settings import Settings

MEGABYTE = 1 << 20


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


@contextmanager
def a_door(server: Settings, folder: Path, home: Path, landing: Path | None = None) -> Iterator[Door]:
    with fresh_warehouse(server, folder) as fresh:
        places = {"door_port": a_port(), "home": home} | ({"landing_url": str(landing)} if landing else {})
        settings = fresh.model_copy(update=places)
        settings.secrets_file.write_text(server.secrets_file.read_text())
        register(settings)
        with open_door(settings, folder, PCH_MAX_FILE_MB="1") as opened:
            yield opened


def test_no_room_where_files_land(server: Settings, tmp_path: Path) -> None:
    with small_disk() as disk, a_door(server, tmp_path, tmp_path, disk) as door, door.client("PCH001") as site:
        stuffing = fill(disk)
        refused = site.put(address(), content=LIST)
        assert refused.status_code == 503
        assert "The landing store could not keep the file (No space left on device)" in refused.json()["detail"]
        assert "Nothing was received" in refused.json()["detail"]
        assert refused.headers["Retry-After"]
        assert door.value("select count(*) from ops.submission") == 0
        assert door.value("select count(*) from ops.queue") == 0
        assert [p for p in disk.rglob("*") if p.is_file()] == [stuffing]
        stuffing.unlink()
        assert told(site, address(), LIST)["rows_read"] == 2
        assert door.value("select count(*) from ops.submission") == 1


def test_no_room_where_files_wait(server: Settings, tmp_path: Path) -> None:
    with small_disk() as disk, a_door(server, tmp_path, disk) as door, door.client("PCH001") as site:
        stuffing = fill(disk)
        refused = site.put(address(), content=LIST)
        assert refused.status_code == 507
        assert refused.json()["detail"] == (
            "The central server has no room for files at the moment. Nothing was received."
        )
        assert door.value("select count(*) from ops.submission") == 0
        assert "No room for files: less than 1 MB are free" in door.log.read_text()
        assert site.get("/health").status_code == 200
        stuffing.unlink()
        assert told(site, address(), LIST)["rows_read"] == 2


@contextmanager
def small_tablespace(server: Settings, disk: Path) -> Iterator[str]:
    """Room for tables on that disk; the database that uses it must be gone by the end."""
    account_for(EmbeddedPostgres(server).folder).own(disk)
    with superuser(server) as conn:
        conn.execute(f"create tablespace small location '{disk}'")
        try:
            yield "small"
        finally:
            conn.execute("drop tablespace small")


def test_no_room_in_the_database(server: Settings, tmp_path: Path) -> None:
    with (
        small_disk() as disk,
        small_tablespace(server, disk) as room,
        a_door(server, tmp_path, tmp_path) as door,
        door.client("PCH001") as site,
    ):
        with superuser(server) as conn:
            conn.execute(f"grant create on tablespace {room} to owner")
        door.owner.execute(f"alter table ops.submission set tablespace {room}")
        stuffing = fill(disk)
        files = [f"{HEADER}A81001,female,0-4,{n}\n" for n in range(100)]
        received = 0
        while (answer := push_unseen(site, files[received])).status_code == 201:  # until the last page is full
            received += 1
        assert answer.status_code == 503
        assert answer.json()["detail"] == "The central database does not answer at the moment. Try again in a minute."
        assert "DiskFull" in door.log.read_text()
        assert door.value("select count(*) from ops.submission") == received
        assert door.value("select count(*) from ops.queue") == received
        stuffing.unlink()
        again = push_unseen(site, files[received])
        assert (again.status_code, again.json()["receipt"]["attempt"]) == (201, received + 1)


def push_unseen(site: httpx.Client, content: str) -> httpx.Response:
    return site.put(address(), content=content, headers={"Prefer": "respond-async"})
