"""A correction beside what it replaces: sums of both, and which rows came, went and changed, told apart by the grain.

    bytes, bytes -> decode (the contract of their month) -> two tables -> Compared

Values are compared as they are read and not as they are written: ``1,204`` and ``1204.0`` are the same.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pch import registry
from pch.decode import Limits, Payload, decode
from pch.desk.compared import Compared, Key, Row, Rows, Total
from pch.registry import Feed

SHOWN = 20
"""Rows of each kind that are shown; how many there are is always said."""

MOST_ROWS = 300_000
"""Of a file whose rows are told apart; of larger ones only the sums are compared."""


def compare(before: bytes, after: bytes, feed: str, period: date, site_code: str, limits: Limits) -> Compared:
    """``before`` and ``after`` are files of the same return."""
    contract = registry.feed(feed, period)
    old, new = (_read(contract, Payload(0, site_code, period, "", content), limits) for content in (before, after))
    unread = [
        f"{which} could not be read as it stands, so there is nothing to compare: {table}"
        for which, table in (("The file before", old), ("This file", new))
        if isinstance(table, str)
    ]
    if isinstance(old, str) or isinstance(new, str):
        return Compared(contract.grain, _count(old), _count(new), unread)
    totals = [Total(name, _sum(old, name), _sum(new, name)) for name in contract.numeric_columns]
    if max(len(old), len(new)) > MOST_ROWS:
        return Compared(contract.grain, len(old), len(new), [], totals)
    return Compared(contract.grain, len(old), len(new), [], totals, *_told_apart(contract, old, new))


def _read(contract: Feed, payload: Payload, limits: Limits) -> pa.Table | str:
    """The rows, or the first thing that is wrong with the file."""
    decoded = decode(contract, [payload], limits)
    errors = [f.message for f in decoded.findings if f.severity == "error"]
    return errors[0] if errors else decoded.table


def _count(read: pa.Table | str) -> int:
    return 0 if isinstance(read, str) else len(read)


def _sum(table: pa.Table, column: str) -> float | None:
    found = pc.sum(table.column(column)).as_py()
    return None if found is None else float(found)


def _told_apart(contract: Feed, before: pa.Table, after: pa.Table) -> tuple[Rows, Rows, Rows]:
    """Rows added, removed and changed."""
    values = [c.name for c in contract.columns if c.name not in contract.grain] + ["absent"]
    old, new = (dict(_by_key(contract.grain, values, table)) for table in (before, after))
    changed = [key for key in new if key in old and new[key][1] != old[key][1]]
    return (
        _rows([Row(_text(key), new[key][0]) for key in new if key not in old]),
        _rows([Row(_text(key), old[key][0]) for key in old if key not in new]),
        _rows([Row(_text(key), new[key][0], _changes(values, old[key][1], new[key][1])) for key in changed]),
    )


def _by_key(grain: list[str], values: list[str], table: pa.Table) -> Iterator[tuple[Any, tuple[int, Any]]]:
    keys, rest = (zip(*(table.column(n).to_pylist() for n in names), strict=True) for names in (grain, values))
    return zip(keys, zip(table.column("row_number").to_pylist(), rest, strict=True), strict=True)


def _changes(names: list[str], before: tuple[Any, ...], after: tuple[Any, ...]) -> tuple[tuple[str, str, str], ...]:
    pairs = zip(names, _text(before), _text(after), strict=True)
    return tuple((name, old, new) for name, old, new in pairs if old != new)


def _rows(rows: list[Row]) -> Rows:
    return Rows(len(rows), sorted(rows, key=lambda r: r.row_number)[:SHOWN])


def _text(values: tuple[Any, ...]) -> Key:
    return tuple(map(_as_text, values))


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
