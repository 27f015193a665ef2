"""A file, or a folder of files, handed in from the command line: receive() for each, one after the other.

    path -> (site, file) pairs -> receive() -> a receipt, or the sentence that says why there is none

One file that is refused does not stop the others. What was received stays received whatever comes after, so
after an interruption the same push can simply be made again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from getpass import getuser
from os import getuid

import psycopg

from pch.errors import PchError, Refused, Temporary
from pch.intake.items import Item
from pch.intake.landing import Landing
from pch.intake.receive import Receipt, Return, Sender, receive
from pch.settings import Settings
from pch.warehouse.db import Connection, connect

COMMAND_LINE = "command line"


@dataclass(frozen=True)
class Received:
    """``notes``: sentences the sender should read."""

    receipt: Receipt
    notes: list[str]


@dataclass(frozen=True)
class NotReceived:
    site_code: str
    file_name: str
    why: str


Outcome = Received | NotReceived


def push(
    settings: Settings,
    found: Iterable[Item],
    feed: str,
    period: date,
    *,
    door: str = COMMAND_LINE,
    reinstate: bool = False,
) -> Iterator[Outcome]:
    """Hands in each; yields what became of it as it goes. Raises Temporary when the warehouse goes away."""
    landing = Landing(settings.landing)
    with connect(settings, "intake", autocommit=True) as conn:
        for item in found:
            try:
                content = _read(settings, item)
                address = Return(item.site_code, feed, period)
                receipt = receive(conn, landing, address, item.file_name, content, sender(door), reinstate=reinstate)
                yield Received(receipt, _notes(conn, receipt))
            except PchError as e:
                yield NotReceived(item.site_code, item.file_name, str(e))
            except psycopg.OperationalError as e:
                raise Temporary(
                    f"The warehouse went away at {item.file_name}. What has a receipt is safe; push again for the rest."
                ) from e


def push_nil(
    settings: Settings, site: str, feed: str, period: date, reason: str, *, reinstate: bool = False
) -> Received:
    """Says that a site has nothing to report, and why."""
    with connect(settings, "intake", autocommit=True) as conn:
        receipt = receive(
            conn, Landing(settings.landing), Return(site, feed, period), "nil return", b"", sender(),
            nil_reason=reason, reinstate=reinstate,
        )  # fmt: skip
        return Received(receipt, _notes(conn, receipt))


def sender(door: str = COMMAND_LINE) -> Sender:
    """Whoever runs this process; by number where the machine has no name for it."""
    try:
        name = getuser()
    except (KeyError, OSError):
        name = f"user {getuid()}"
    return Sender(door, name)


def _read(settings: Settings, item: Item) -> bytes:
    try:
        if item.path.stat().st_size > settings.max_file_mb << 20:
            raise Refused(f"The file is larger than {settings.max_file_mb} MB. Was it meant for this feed?")
        return item.path.read_bytes()
    except OSError as e:
        raise Refused(f"The file cannot be read ({e.strerror or type(e).__name__}).") from e


def _notes(conn: Connection, receipt: Receipt) -> list[str]:
    row = conn.execute(
        """select
             exists (select from ref.site where site_code = %(site)s),
             (select v.verdict from ops.current_verdict as v where v.submission_id = %(id)s),
             (select s.submission_id from ops.submission as s
              where (s.site_code, s.feed, s.period) = (%(site)s, %(feed)s, %(period)s) and s.attempt > %(attempt)s
              order by s.attempt desc limit 1)""",
        {"site": receipt.site_code, "feed": receipt.feed, "period": receipt.period, "id": receipt.submission_id,
         "attempt": receipt.attempt},
    ).fetchone()  # fmt: skip
    assert row is not None
    is_registered, verdict, later = row
    notes = []
    if not is_registered:
        notes.append(f"Site {receipt.site_code} is not in the register; nothing of it is used before it is.")
    if not receipt.is_new:
        known = {None: "it is still being checked"}.get(verdict, f"it was {str(verdict).replace('_', ' ')}")
        notes.append(f"These bytes were received before, as submission {receipt.submission_id}; {known}.")
        if later is not None:
            notes.append(
                f"Submission {later} came after it. To have this file taken again in its place, push it with "
                "--reinstate."
            )
    return notes
