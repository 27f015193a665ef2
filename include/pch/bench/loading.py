"""The load path of one month in this process, and the floor under it: COPY of the very rows it put in use."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg import sql

from pch import registry
from pch.pipeline.batches import plan
from pch.pipeline.collect import load
from pch.pipeline.review import review
from pch.settings import Settings
from pch.warehouse.db import connect

_SLICE = 1 << 20


@dataclass(frozen=True)
class Load:
    """Sums over the batches of a month; ``review``: the look at the month as a whole that follows them. ``wall``:
    claim, ledger and commits included."""

    rows: int
    decode: float
    stage: float
    check: float
    publish: float
    review: float
    wall: float

    @property
    def total(self) -> float:
        return self.decode + self.stage + self.check + self.publish + self.review

    @property
    def check_share(self) -> float:
        """Of the load path, what goes into checks of any layer."""
        return (self.check + self.review) / self.total


@dataclass(frozen=True)
class Floor:
    """Seconds of COPY, commit included, into a table like raw without partitions; logged as raw is, and unlogged."""

    rows: int
    logged: float
    unlogged: float


def load_waiting(settings: Settings) -> Load:
    """Loads all that waits, batch after batch, and reviews the months."""
    with connect(settings, "loader") as conn:
        before = conn.execute("select max(batch_id) from ops.batch").fetchone()
    begun = time.perf_counter()
    for batch in plan(settings):
        load(settings, batch)
    loaded = time.perf_counter()
    review(settings)
    wall = time.perf_counter() - begun
    with connect(settings, "loader") as conn:
        sums = conn.execute(
            """select sum(rows_count)::bigint, sum(decode_seconds), sum(stage_seconds), sum(check_seconds),
                 sum(publish_seconds) from ops.batch where batch_id > coalesce(%s, 0)""",
            before,
        ).fetchone()
    rows, decode, stage, check, publish = sums or (0, 0, 0, 0, 0)
    return Load(rows, decode, stage, check, publish, begun + wall - loaded, wall)


def copy_floor(settings: Settings, period: date) -> Floor:
    """Takes the month's rows of all feeds out of raw as CSV bytes, then times nothing but their COPY."""
    seconds = {"": 0.0, "unlogged": 0.0}
    rows = 0
    with connect(settings, "owner", autocommit=True) as conn:
        for feed in registry.feeds():
            content = b"".join(_rows_of(conn, feed, period))
            for kind in seconds:
                table = sql.SQL("create {} table bench.copied (like {})").format(
                    sql.SQL(kind), sql.Identifier("raw", feed)
                )
                conn.execute(table)
                begun = time.perf_counter()
                with conn.cursor() as cursor:
                    with cursor.copy("copy bench.copied from stdin (format csv)") as copy:
                        for start in range(0, len(content), _SLICE):
                            copy.write(content[start : start + _SLICE])
                    copied = cursor.rowcount
                seconds[kind] += time.perf_counter() - begun
                conn.execute("drop table bench.copied")
            rows += copied
    return Floor(rows, seconds[""], seconds["unlogged"])


def _rows_of(conn: psycopg.Connection, feed: str, period: date) -> Iterator[bytes]:
    rows = sql.SQL("copy (select * from {} where period = {}) to stdout (format csv)").format(
        sql.Identifier("raw", feed), sql.Literal(period)
    )
    with conn.cursor().copy(rows) as copy:
        for data in copy:
            yield bytes(data)
