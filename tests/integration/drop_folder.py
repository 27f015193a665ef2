"""A warehouse of three sites with drop folders: what the tests of a folder, a bucket and an SFTP account share."""

import hashlib
import socket
from dataclasses import dataclass
from datetime import date
from typing import Any

from desk import Desk, list_file

from pch.intake.drops import Looked, sweep

SITES = {"PCH001": ["A81001"], "PCH002": ["B81001"], "PCH003": ["C81001"]}
LIST = list_file(["A81001"]).encode()
PLACE = "PCH001/registered_list/2026-04"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def a_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass
class Drops:
    """Looks at drop folders, and reads what the warehouse knows of them."""

    desk: Desk

    @classmethod
    def at(cls, desk: Desk, *urls: object, settle: int = 0, **more: object) -> "Drops":
        desk.register(SITES)
        values = {"drop_urls": " ".join(map(str, urls)), "drop_settle_seconds": settle}
        return cls(Desk(desk.settings.model_copy(update=values | more), desk.owner))

    def look(self) -> Looked:
        """One look at the only source."""
        [looked] = sweep(self.desk.settings)
        return looked

    def look_twice(self) -> Looked:
        """The second of two looks: what was there and finished before the first is taken."""
        self.look()
        return self.look()

    def submissions(self) -> list[tuple[Any, ...]]:
        return self.desk.rows(
            "select site_code, feed, to_char(period, 'YYYY-MM'), file_name, attempt, sha256 from ops.submission order by 1, 2, 3, 5"
        )

    def refusals(self) -> dict[str, str]:
        """By path, of those that have no receipt."""
        return dict(
            self.desk.rows("select file_path, refusal from ops.dropped_file where refusal is not null order by 1")
        )

    def waits(self) -> dict[str, str | None]:
        return dict(self.desk.rows("select file_path, problem from ops.drop_sighting"))


def figures(looked: Looked) -> tuple[int, int, int, int]:
    return looked.files, looked.received, looked.refused, looked.waiting


def expected(path: str, content: bytes = LIST, attempt: int = 1, period: date = date(2026, 4, 1)) -> tuple[Any, ...]:
    """The row of ``submissions()`` for a file in its place."""
    site, feed, month = path.split("/")[:3]
    return (site, feed, month, path.split("/")[-1], attempt, sha256(content))
