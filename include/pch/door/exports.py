"""Tables for people to open in a spreadsheet, as CSV and as a workbook: findings, or anything else.

    findings -> a line a place -> cells made harmless -> CSV | XLSX

A cell that a spreadsheet program would take for a formula is text that begins with an apostrophe, whatever a site
wrote into its file; a number stays the number it is, a negative one too.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Literal

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from pch.findings import Finding

Kind = Literal["csv", "xlsx"]
Cell = str | int | float | Decimal | None

MEDIA_TYPE: dict[Kind, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

FINDING_COLUMNS = (
    "severity", "line", "column", "value", "what_was_found", "what_to_do", "rows_count", "course", "rule",
)  # fmt: skip
_WIDE = ("what_was_found", "what_to_do")

_BEGINS_A_FORMULA = re.compile(r"[\s\ufeff'\"]*[=+\-@＝＋－＠]|[\t\r\n]")
_SIGNED_NUMBER = re.compile(r"[+-](\d+|\d{1,3}(,\d{3})+)(\.\d+)?")


def findings_lines(findings: Iterable[Finding]) -> Iterator[tuple[Cell, ...]]:
    """A line for each place that a finding shows, and one for a finding that shows none: ``FINDING_COLUMNS``."""
    for f in findings:
        said = (f.message, f.next_step, f.rows_count, getattr(f, "course", None), f.rule)
        for place in f.examples:
            yield (f.severity, place.row_number, f.column, place.value, *said)
        if not f.examples:
            yield (f.severity, None, f.column, None, *said)


def written(kind: Kind, title: str, columns: Sequence[str], lines: Iterable[Sequence[Cell]]) -> bytes:
    """The table as a file. CSV begins with a byte order mark, without which Excel reads it as cp1252."""
    if kind == "xlsx":
        return _workbook(title, columns, lines)
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in line] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def harmless(cell: Cell) -> Cell:
    """``cell`` as no spreadsheet program computes it."""
    if not isinstance(cell, str):
        return cell
    if _SIGNED_NUMBER.fullmatch(cell):
        return Decimal(cell.replace(",", ""))
    text = ILLEGAL_CHARACTERS_RE.sub("?", cell)
    return f"'{text}" if _BEGINS_A_FORMULA.match(text) else text


def _workbook(title: str, columns: Sequence[str], lines: Iterable[Sequence[Cell]]) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title, sheet.freeze_panes = title[:31], "A2"
    for number, line in enumerate((columns, *lines), 1):
        for place, value in enumerate(map(harmless, line), 1):
            cell = sheet.cell(number, place, value)
            cell.alignment, cell.font = Alignment(wrap_text=True, vertical="top"), Font(bold=number == 1)
            if isinstance(value, str):
                cell.data_type = "s"  # never a formula
    for place, name in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = 60 if name in _WIDE else 20
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
