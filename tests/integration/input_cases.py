"""One month in which many sites send something odd, each its own, beside sites that send what they should.

CASES (what is sent, what must be said of it) -> one warehouse -> all pushed, one collect, one build

Every case has a site of its own with two practices, so that what becomes of one is seen apart from the rest.
"""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
from desk import Desk, activity_file, inputs_file, list_file
from fresh import fresh_warehouse
from pyarrow import parquet as pq

from pch.intake.receive import Receipt
from pch.settings import Settings
from pch.warehouse.db import connect

PERIOD = "2026-03"
LIST, ACTIVITY, INPUTS = "registered_list", "hospital_activity", "programme_inputs"
Content = Callable[[str, str], bytes | str]  # of the site's two practices


@dataclass(frozen=True)
class Case:
    """``rule`` None: nothing is said. ``says``: parts of the finding's message. ``rows``: that reach raw. ``beside``:
    what the review of the month says of it as well."""

    name: str
    feed: str
    content: Content
    rule: str | None = None
    severity: str = "error"
    says: tuple[str, ...] = ()
    rows: int = 0
    beside: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        if self.rule is None or self.severity == "information":
            return "accepted"
        return "rejected" if self.severity == "error" else "accepted_with_warnings"


@dataclass
class Month:
    """The warehouse after the month was collected and built. ``receipts`` by the name of the case."""

    desk: Desk
    receipts: dict[str, Receipt] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)

    def site(self, name: str) -> str:
        return self.receipts[name].site_code


def good(feed: str, one: str, two: str) -> str:
    """What a site sends on a good day."""
    if feed == LIST:
        return list_file([one, two])
    if feed == ACTIVITY:
        return activity_file([one, two])
    return inputs_file(
        f"{one},1,2026-03-04,Frailty,staff,in_kind,gp,10,,actual,", ",2,2026-03-05,Frailty,it,own,,,100,actual,"
    )


def practices(number: int) -> tuple[str, str]:
    return f"P{number:03}01", f"P{number:03}02"


@contextmanager
def fresh_desk(server: Settings, folder: Path) -> Iterator[Desk]:
    """A warehouse that several tests of a module share; as the fixture ``desk``, which is for one."""
    with fresh_warehouse(server, folder) as settings, connect(settings, "owner", autocommit=True) as owner:
        yield Desk(settings, owner)


def run_month(desk: Desk, cases: list[Case]) -> Month:
    """Good sites first, in the middle and last; every case's site sends its other two feeds as it should."""
    month = Month(desk)
    odd, half = [c.name for c in cases], len(cases) // 2
    names = ["good 1", *odd[:half], "good 2", *odd[half:], "good 3"]
    by_name = {c.name: c for c in cases}
    desk.register({f"S{i:03}": list(practices(i)) for i in range(len(names))})
    for i, name in enumerate(names):
        case, pair = by_name.get(name), practices(i)
        for feed in (LIST, ACTIVITY, INPUTS):
            is_odd = case is not None and case.feed == feed
            content = case.content(*pair) if case and is_odd else good(feed, *pair)
            month.sent[name if is_odd else f"{name} {feed}"] = content.encode() if isinstance(content, str) else content
            month.receipts[name if is_odd else f"{name} {feed}"] = desk.push(f"S{i:03}", feed, PERIOD, content)
    desk.collect()
    desk.build_figures()
    return month


def workbook(text: str, change: Callable[[Any], None] = lambda sheet: None) -> bytes:
    """The lines of a CSV text as a workbook of one sheet, whole numbers as numbers."""
    book = openpyxl.Workbook()
    for line in text.splitlines():
        book.active.append([int(c) if c.isdigit() and not c.startswith("0") else c or None for c in line.split(",")])
    change(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet(**columns: list[Any] | pa.Array) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def with_macros(content: bytes) -> bytes:
    """A workbook with a macro project in it, as Excel keeps one."""
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 Sub Workbook_Open()")
    return out.getvalue()


def broken_gzip(text: str) -> bytes:
    whole = gzip.compress(text.encode())
    return whole[: len(whole) - 40]
