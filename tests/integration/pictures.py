"""What a warehouse holds, without what may differ between two ways to the same content.

Left out: numbers that only count (submission, revision, batch, finding) and moments that only say when we
worked. A submission is named by its return and attempt. Figures are compared to twelve digits: the order in
which a sum is taken moves the sixteenth.
"""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from pch import registry
from pch.warehouse.db import Connection

LEDGER = ("publication", "profile", "submission_total", "current_verdict", "current_finding", "finding_course")
_MOMENTS = ("as_of", "built_at", "decided_at", "published_at", "superseded_at")
_COUNTERS = ("submission_id", "previous_submission_id", "finding_id", "revision", "batch_id")

Picture = dict[str, Counter[str]]


def loaded(conn: Connection) -> Picture:
    """The raw tables and the ledger's latest word on every submission."""
    tables = [f"raw.{feed}" for feed in registry.feeds()]
    return {table: _rows(conn, table, of_submission=True) for table in [*tables, *(f"ops.{name}" for name in LEDGER)]}


def marts(conn: Connection) -> Picture:
    """All of them, as they were last built."""
    names = conn.execute("select table_name from information_schema.tables where table_schema = 'mart'").fetchall()
    return {name: _rows(conn, f"mart.{name}", of_submission=False) for (name,) in names}


def assert_same(one: Picture, other: Picture) -> None:
    """Fails with the first rows of each table that only one of them has."""
    for table in one:
        gone, come = one[table] - other[table], other[table] - one[table]
        assert not gone and not come, f"{table}: {len(gone)} gone {_first(gone)}, {len(come)} come {_first(come)}"


def _rows(conn: Connection, table: str, of_submission: bool) -> Counter[str]:
    address = (
        "to_jsonb(array[s.site_code, s.feed, s.period::text, s.attempt::text])" if of_submission else "null::jsonb"
    )
    joined = "inner join ops.submission as s using (submission_id)" if of_submission else ""
    rows = conn.execute(f"select {address}, to_jsonb(t) from {table} as t {joined}").fetchall()
    return Counter(json.dumps([address, _plain(row)], sort_keys=True) for address, row in rows)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: _rounded(v) for k, v in row.items() if k not in _MOMENTS and k not in _COUNTERS}


def _rounded(value: Any) -> Any:
    return float(f"{value:.12g}") if isinstance(value, float) else value


def _first(rows: Iterable[str]) -> list[str]:
    return sorted(rows)[:3]
