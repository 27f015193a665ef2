"""The front door as a real process, with a warehouse of its own and sites that have keys.

server (tests/conftest.py) -> warehouse of the module -> ``pch door`` -> Door (address, keys, its database)
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import psutil

from pch.settings import Settings
from pch.warehouse import keys
from pch.warehouse.db import Connection, connect
from pch.warehouse.register import Line, import_sites

SITES = {"PCH001": ["A81001", "A81002"], "PCH002": ["B81001", "B81002"], "PCH003": ["C81001"]}


@dataclass
class Door:
    """A running door. ``client(site)`` speaks to it with a key of the site; ``owner`` reads its warehouse."""

    settings: Settings
    owner: Connection
    process: psutil.Process
    log: Path
    known: dict[str | None, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.settings.door_address

    def key(self, site: str | None, **how: object) -> str:
        """A key of the site (None: of the central team); the same one each time, unless it is to be a special one."""
        if how or site not in self.known:
            expires = how.pop("expires_at", datetime.now(UTC) + timedelta(days=1))
            made = keys.make(self.owner, site, f"Manager of {site or 'all'}", expires, "tests", **how)  # type: ignore[arg-type]
            if how:
                return made
            self.known[site] = made
        return self.known[site]

    def client(self, site: str | None, key: str | None = None, **how: object) -> httpx.Client:
        """Closes with the test's process; a connection to localhost costs nothing."""
        authorization = {"Authorization": f"Bearer {key or self.key(site)}"}
        return httpx.Client(base_url=self.url, headers=authorization, timeout=30, trust_env=False, **how)  # type: ignore[arg-type]

    def value(self, query: str, *parameters: object) -> object:
        row = self.owner.execute(query, parameters).fetchone()
        return row[0] if row else None


@contextmanager
def open_door(settings: Settings, folder: Path, **environment: str) -> Iterator[Door]:
    """Starts ``pch door`` for a warehouse, waits until it answers, stops it at the end."""
    log = folder / "door.log"
    ours = {f"PCH_{name.upper()}": str(value) for name, value in settings.model_dump(mode="json").items()
            if value not in (None, "")}  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "pch.cli", "door"], env=os.environ | ours | environment, stdout=out, stderr=out
        )
    try:
        _wait(settings, process, log)
        with connect(settings, "owner", autocommit=True) as owner:
            yield Door(settings, owner, psutil.Process(process.pid), log)
    finally:
        process.terminate()
        process.wait(20)


def _wait(settings: Settings, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{settings.door_address}/openapi.json", timeout=5, trust_env=False)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"The door did not open:\n{log.read_text()}")


def a_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def register(settings: Settings, sites: dict[str, list[str]] = SITES, start: str = "2025-01-01") -> None:
    since = date.fromisoformat(start)
    pairs = [(site, practice) for site, practices in sites.items() for practice in practices]
    lines = [Line(n, s, f"Site {s}", p, since, None, None, None) for n, (s, p) in enumerate(pairs)]
    with connect(settings, "owner") as conn:
        import_sites(conn, lines, date.today())
