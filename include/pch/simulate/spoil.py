"""One function a fault: the bytes of a sound CSV file -> the bytes somebody sent instead.

The decorator says what should come of it (``expected``), which feeds it can befall, whether it can only be
noticed against the month before (``needs_history``), and how the file's name then ends.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from pch.registry import feed as contract
from pch.simulate.months import shift
from pch.simulate.xlsx import workbook

Expected = Literal["accepted", "accepted_with_warnings", "rejected", "missing"]
AGGREGATES = ("registered_list", "hospital_activity")
ALL = (*AGGREGATES, "programme_inputs")
#  The column that carries what the feed is about, and a category column.
AMOUNT = {
    "registered_list": "registered_count",
    "hospital_activity": "events_count",
    "programme_inputs": "amount_gbp",
}
CATEGORY = {"registered_list": "sex", "hospital_activity": "pod", "programme_inputs": "funding_source"}
SMALL = 7  # counts up to here are what a site suppresses
EN_DASH = b"\x96"  # in cp1252


@dataclass(frozen=True)
class Scene:
    """What a fault may need to know besides the bytes."""

    feed: str
    period: date
    other_site: str
    stranger: str  # practice code of another site
    last_month: Callable[[], bytes]  # the sound file of the same site and feed, a month before
    rng: np.random.Generator


Spoiler = Callable[[bytes, Scene], bytes]


@dataclass(frozen=True)
class Fault:
    name: str
    spoil: Spoiler
    expected: Expected
    feeds: tuple[str, ...] = ALL
    needs_history: bool = False
    suffix: str = ".csv"


FAULTS: dict[str, Fault] = {}


def _fault(
    expected: Expected, feeds: tuple[str, ...] = ALL, needs_history: bool = False, suffix: str = ".csv"
) -> Callable[[Spoiler], Spoiler]:
    def register(spoil: Spoiler) -> Spoiler:
        FAULTS[spoil.__name__] = Fault(spoil.__name__, spoil, expected, feeds, needs_history, suffix)
        return spoil

    return register


#  --- files that cannot be read, or hold nothing


@_fault("rejected")
def garbage(content: bytes, scene: Scene) -> bytes:
    return scene.rng.bytes(2_000)


@_fault("rejected")
def empty(content: bytes, scene: Scene) -> bytes:
    return b""


@_fault("rejected")
def header_only(content: bytes, scene: Scene) -> bytes:
    return content[: content.index(b"\n") + 1]


@_fault("rejected", suffix=".csv.gz")
def truncated_gzip(content: bytes, scene: Scene) -> bytes:
    whole = gzip.compress(content, mtime=0)
    return whole[: len(whole) * 6 // 10]


#  --- files that break the contract


@_fault("rejected")
def missing_column(content: bytes, scene: Scene) -> bytes:
    rows = _rows(content)
    gone = rows[0].index(AMOUNT[scene.feed])
    return _text([row[:gone] + row[gone + 1 :] for row in rows])


@_fault("rejected")
def other_period(content: bytes, scene: Scene) -> bytes:
    return _with_column(content, "period", f"{shift(scene.period, -1):%Y-%m}")


@_fault("rejected")
def other_site(content: bytes, scene: Scene) -> bytes:
    return _with_column(content, "site_code", scene.other_site)


@_fault("rejected")
def not_a_number(content: bytes, scene: Scene) -> bytes:
    rows = _rows(content)
    column = rows[0].index(AMOUNT[scene.feed])
    for row in _some(rows, scene, 3):
        row[column] = "1O4"  # the letter, as in a retyped table
    return _text(rows)


@_fault("rejected")
def unknown_category(content: bytes, scene: Scene) -> bytes:
    rows = _rows(content)
    column = rows[0].index(CATEGORY[scene.feed])
    for row in _some(rows, scene, 3):
        row[column] = "see attached note"
    return _text(rows)


@_fault("rejected")
def conflicting_rows(content: bytes, scene: Scene) -> bytes:
    rows = _rows(content)
    column = rows[0].index(AMOUNT[scene.feed])
    again = [list(row) for row in _some(rows, scene, 2, holding=column)]
    for row in again:
        row[column] = "1" + row[column].lstrip("-")
    return _text(rows + again)


#  --- files that are read, with a warning


@_fault("accepted_with_warnings")
def unknown_column(content: bytes, scene: Scene) -> bytes:
    return _with_column(content, "checked_by", "JS")


@_fault("accepted_with_warnings")
def repeated_rows(content: bytes, scene: Scene) -> bytes:
    rows = _rows(content)
    return _text(rows + _some(rows, scene, 5))


@_fault("accepted_with_warnings", feeds=AGGREGATES, needs_history=True)
def factor_ten_slip(content: bytes, scene: Scene) -> bytes:
    """Every count of the file has a nought too many."""
    rows = _rows(content)
    column = rows[0].index(AMOUNT[scene.feed])
    for row in rows[1:]:
        row[column] = str(int(row[column]) * 10)
    return _text(rows)


@_fault("accepted_with_warnings", feeds=AGGREGATES, needs_history=True)
def last_months_file(content: bytes, scene: Scene) -> bytes:
    return scene.last_month()


@_fault("accepted_with_warnings", feeds=AGGREGATES)
def foreign_practice(content: bytes, scene: Scene) -> bytes:
    """A few rows of one practice stand a second time, under a practice of another site."""
    rows = _rows(content)
    same = [row for row in rows[1:] if row[0] == rows[1][0]]
    return _text(rows + [[scene.stranger, *row[1:]] for row in same[:6]])


@_fault("accepted_with_warnings")
def cp1252(content: bytes, scene: Scene) -> bytes:
    """An extra column whose en dash is byte 0x96, which is not UTF-8."""
    return _with_column(content, "note", "checked ? final").replace(b"?", EN_DASH)


#  --- files that are merely unusual


@_fault("accepted", feeds=("hospital_activity",))
def suppressed_values(content: bytes, scene: Scene) -> bytes:
    """Small counts that need not be filled are stars: suppressed, which is neither empty nor zero."""
    columns = contract(scene.feed).columns
    rows = _rows(content)
    optional = [rows[0].index(c.name) for c in columns if c.type == "count" and c.nullable]
    for row in rows[1:]:
        for column in optional:
            if row[column].isdigit() and 1 <= int(row[column]) <= SMALL:
                row[column] = "*"
    return _text(rows)


@_fault("accepted")
def utf16(content: bytes, scene: Scene) -> bytes:
    return b"\xff\xfe" + content.decode().encode("utf-16-le")


@_fault("accepted")
def semicolon(content: bytes, scene: Scene) -> bytes:
    return content.replace(b",", b";")


@_fault("accepted", suffix=".xlsx")
def xlsx(content: bytes, scene: Scene) -> bytes:
    header, *rows = _rows(content)
    numeric = set(contract(scene.feed).numeric_columns)
    return workbook(header, rows, [name in numeric for name in header])


#  --- tools. A sound file is plain: no quotes, no comma inside a cell.


def _rows(content: bytes) -> list[list[str]]:
    return [line.split(",") for line in content.decode().splitlines()]


def _text(rows: list[list[str]]) -> bytes:
    return ("\n".join(",".join(row) for row in rows) + "\n").encode()


def _with_column(content: bytes, name: str, value: str) -> bytes:
    header, *rows = _rows(content)
    return _text([[*header, name], *([*row, value] for row in rows)])


def _some(rows: list[list[str]], scene: Scene, count: int, holding: int | None = None) -> list[list[str]]:
    """The same few rows of the file itself (not copies), those with something in column ``holding``."""
    able = [row for row in rows[1:] if holding is None or row[holding]]
    picked = scene.rng.choice(len(able), min(count, len(able)), replace=False)
    return [able[i] for i in sorted(picked.tolist())]
