"""What is known of the files in a source: settled ones, on record for ever, and sightings of those that are not.

A look compares its whole listing with the tables in three statements, however many old files lie there.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from pch.errors import Temporary
from pch.intake.drops.sources import Found
from pch.intake.receive import Receipt
from pch.warehouse.db import Connection


class Busy(Temporary):
    """Somebody else is looking at the source."""


@dataclass(frozen=True)
class Item:
    """A file with its companion, if it has one; ``fingerprint`` is of both."""

    found: Found
    companion: Found | None

    @property
    def fingerprint(self) -> str:
        return self.found.state + (f"; checksum {self.companion.state}" if self.companion else "")


@dataclass(frozen=True)
class Listed:
    """A row of ``ops.dropped_file``: a receipt, or the sentence that says why there is none."""

    recorded_at: datetime
    source: str
    file_path: str
    bytes: int
    site_code: str | None
    sha256: str | None
    submission_id: int | None
    refusal: str | None


@dataclass(frozen=True)
class Waiting:
    """A row of ``ops.drop_sighting``: it has been as it is since ``seen_at``."""

    source: str
    file_path: str
    bytes: int
    seen_at: datetime
    problem: str | None


@contextmanager
def only_one(conn: Connection, source: str) -> Iterator[None]:
    """One look at a source at a time. Raises Busy while another is under way."""
    lock = (f"drops {source}",)
    row = conn.execute("select pg_try_advisory_lock(hashtext(%s))", lock).fetchone()
    if row is None or not row[0]:
        raise Busy(f"Another process is looking at the drop folder {source} at the moment.")
    try:
        yield
    finally:
        conn.execute("select pg_advisory_unlock(hashtext(%s))", lock)


def unsettled(conn: Connection, source: str, items: Mapping[str, Item]) -> dict[str, bool]:
    """Those that are new or changed since they were settled, by key; True: as it was when its name or its size was
    refused, which holds as long as the reason does."""
    return dict(
        conn.execute(
            """select l.file_path, coalesce(d.fingerprint = l.fingerprint, false)
               from unnest(%(paths)s::text[], %(fingerprints)s::text[]) as l (file_path, fingerprint)
               left join (
                 select distinct on (file_path) file_path, fingerprint, sha256 from ops.dropped_file
                 where source = %(source)s order by file_path, dropped_file_id desc
               ) as d on d.file_path = l.file_path
               where d.fingerprint is distinct from l.fingerprint or d.sha256 is null""",
            _listing(source, items),
        ).fetchall()
    )


def sight(conn: Connection, source: str, items: Mapping[str, Item], before: datetime) -> list[str]:
    """Notes these as what is not settled, and no others; the keys of those that have been as they are since
    ``before``."""
    conn.execute(
        """with listed as (
             select * from unnest(%(paths)s::text[], %(fingerprints)s::text[], %(bytes)s::bigint[])
               as l (file_path, fingerprint, bytes)
           ), gone as (
             delete from ops.drop_sighting
             where source = %(source)s and not (file_path = any(%(paths)s))
           )
           insert into ops.drop_sighting as s (source, file_path, fingerprint, bytes)
           select %(source)s, file_path, fingerprint, bytes from listed
           on conflict (source, file_path) do update
           set fingerprint = excluded.fingerprint, bytes = excluded.bytes, seen_at = clock_timestamp(), problem = null
           where s.fingerprint <> excluded.fingerprint""",
        _listing(source, items),
    )
    rows = conn.execute(
        "select file_path from ops.drop_sighting where source = %s and seen_at <= %s", (source, before)
    ).fetchall()
    return [file_path for (file_path,) in rows]


def settle(
    conn: Connection, source: str, item: Item, site_code: str | None, sha256: str | None, outcome: Receipt | str
) -> None:
    """Puts on record what became of a file, and forgets that it was waiting."""
    submission_id, refusal = (None, outcome) if isinstance(outcome, str) else (outcome.submission_id, None)
    with conn.transaction():
        conn.execute(
            """insert into ops.dropped_file
               (source, file_path, fingerprint, bytes, site_code, sha256, submission_id, refusal)
               values (%s, %s, %s, %s, %s, %s, %s, %s)""",
            (source, item.found.key, item.fingerprint, item.found.bytes, site_code, sha256, submission_id, refusal),
        )
        conn.execute("delete from ops.drop_sighting where (source, file_path) = (%s, %s)", (source, item.found.key))


def keep_waiting(conn: Connection, source: str, item: Item, problem: str, *, afresh: bool) -> None:
    """Notes what is in a file's way. ``afresh``: it has to stay as it is for the whole time again."""
    conn.execute(
        """update ops.drop_sighting
           set problem = %s, seen_at = case when %s then clock_timestamp() else seen_at end
           where (source, file_path) = (%s, %s)""",
        (problem, afresh, source, item.found.key),
    )


def listed(
    conn: Connection, site_code: str | None = None, *, refused_only: bool = False, limit: int | None = None
) -> list[Listed]:
    """What was received and refused, the newest first."""
    return (
        conn.cursor(row_factory=class_row(Listed))
        .execute(
            """select recorded_at, source, file_path, bytes, site_code, sha256, submission_id, refusal
           from ops.dropped_file
           where (%(site)s::text is null or site_code = %(site)s) and (submission_id is null or not %(refused)s)
           order by dropped_file_id desc limit %(limit)s""",
            {"site": site_code, "refused": refused_only, "limit": limit},
        )
        .fetchall()
    )


def waiting(conn: Connection) -> list[Waiting]:
    """What lies in the sources and is not settled, as the last look saw it."""
    return (
        conn.cursor(row_factory=class_row(Waiting))
        .execute("select source, file_path, bytes, seen_at, problem from ops.drop_sighting order by source, file_path")
        .fetchall()
    )


def _listing(source: str, items: Mapping[str, Item]) -> dict[str, object]:
    return {
        "source": source,
        "paths": list(items),
        "fingerprints": [item.fingerprint for item in items.values()],
        "bytes": [item.found.bytes for item in items.values()],
    }
