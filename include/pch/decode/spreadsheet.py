"""XLSX -> text, from the one visible sheet that holds the table.

A workbook is a zip of XML written by strangers: everything is bounded and searched for entity declarations
before a parser sees it. Formulas are never computed and macros never run: a formula counts as the value that
Excel stored beside it, and one without a value is refused.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pyarrow as pa
from openpyxl.utils import get_column_letter, range_boundaries

from pch.decode.headers import HEADER_WITHIN, SPACES, Spellings
from pch.decode.model import Limits, Reject, Report, counted, listed, quoted
from pch.decode.source import Rows, cells_of

AS_CSV = "Or save the sheet as 'CSV UTF-8' and send that."
MOST_MEMBERS = 1_000
MOST_MEGABYTES = 128  # of XML; a month of the largest feed is a tenth of it
MOST_CELLS = 3_000_000
MOST_COLUMNS = 500
MOST_LINES = 1_048_576
_SMALL = 1024 * 1024  # below this a high ratio is ordinary
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Za-z0-9:$]+)[\"']")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")

Grid = list[tuple[int, list[str]]]  # the sheet's row number, its cells as text


@dataclass(frozen=True)
class Sheet:
    header: Sequence[str]
    rows: Grid

    def read(self, wanted: Sequence[int]) -> Rows:
        wide = max(wanted) + 1
        cells = [row + [""] * (wide - len(row)) for _, row in self.rows]
        return Rows(
            [cells_of([row[i] for row in cells]) for i in wanted],
            pa.array([number for number, _ in self.rows], pa.int32()),
        )


def open_workbook(
    archive: zipfile.ZipFile, content: bytes, spellings: Spellings, limits: Limits, report: Report
) -> Sheet:
    """Raises Reject where the workbook is unsafe, or does not hold exactly one table that can be read."""
    _bound(archive, len(content), limits)
    if any(name.lower().endswith("vbaproject.bin") for name in archive.namelist()):
        report.add(
            "warning",
            "macros",
            "The workbook holds macros. They were not run; only the cells were read.",
            "Save it as XLSX (without macros) next time.",
        )
    book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheets = [s for s in book.worksheets if s.sheet_state == "visible"]
    grids = {s.title: grid for s in sheets if (grid := _grid(s))}
    if not grids:
        raise Reject("empty_file", "No visible sheet of the workbook holds anything.", "Send a sheet with a table.")
    title = _choose(grids, spellings, report)
    grid = grids[title]
    at = _header_at(grid, spellings)
    number, header = grid[at]
    sheet = next(s for s in sheets if s.title == title)
    _refuse_merged(archive.read(sheet._worksheet_path), title, number)  # type: ignore[attr-defined]
    _refuse_unreadable_cells(archive, content, sheet, number)
    if at > 0 and spellings.score(header):
        report.add(
            "information",
            "header_below_title",
            f"The header was found on line {number}; what stands above it was not read.",
            "Nothing. Files without a title above the header are safer.",
        )
    width = max((i for i, cell in enumerate(header) if cell.strip(SPACES)), default=0) + 1
    return Sheet(header[:width], grid[at + 1 :])


def _bound(archive: zipfile.ZipFile, sent: int, limits: Limits) -> None:
    """Refuses a bomb before it goes off: by the sizes the archive states (zipfile reads no more than those),
    then member by member by what its XML holds."""
    members = archive.infolist()
    most = min(limits.max_bytes, MOST_MEGABYTES * 1024**2)
    size = sum(m.file_size for m in members)
    is_bomb = any(
        m.file_size > _SMALL and m.file_size > max(m.compress_size, 1) * limits.max_expansion for m in members
    )
    if len(members) > MOST_MEMBERS or size > most or size > max(sent, _SMALL) * limits.max_expansion or is_bomb:
        raise Reject(
            "too_large",
            f"The workbook holds more than is allowed (at most {most // 1024**2:,} MB in "
            f"{MOST_MEMBERS:,} parts); it was not opened any further.",
            "Send only the sheet with the table. " + AS_CSV,
        )
    if any(m.flag_bits & 1 for m in members):
        raise Reject("unsupported_format", "The workbook is protected by a password.", "Remove the password.")
    try:
        for member in members:
            if member.filename.lower().endswith((".xml", ".rels", ".vml")):
                _search(archive.read(member))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
        raise Reject("damaged_file", "The workbook is damaged or cut short.", "Save it and send it again.") from None


def _search(xml: bytes) -> None:
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or b"\0" in xml:
        raise Reject(
            "unsafe_workbook",
            "The workbook declares XML entities or hides its text in another encoding. Excel does neither; "
            "it was not opened.",
            "Save the table anew from Excel. " + AS_CSV,
        )
    if sum(1 for _ in _CELL.finditer(xml)) > MOST_CELLS:
        raise Reject("too_large", f"A sheet holds more than {MOST_CELLS:,} cells.", AS_CSV)


def _grid(sheet: Any) -> Grid:
    """The rows of a sheet that hold anything, whatever dimensions the sheet claims to have."""
    grid: Grid = []
    for number, row in _lines(sheet):
        texts = [_text(value) for value in row]
        if any("\ufffd" in t for t in texts):
            raise Reject(
                "replacement_character",
                f"Line {number} of sheet {quoted(sheet.title)} holds the replacement character (a question mark "
                "in a diamond): a letter was lost before the file was saved.",
                "Export it again from the source.",
            )
        if any(t.strip(SPACES) for t in texts):
            grid.append((number, texts))
    return grid


def _lines(sheet: Any, values_only: bool = True) -> Iterator[tuple[int, tuple[Any, ...]]]:
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=values_only), 1):
        if number > MOST_LINES or len(row) > MOST_COLUMNS:
            raise Reject(
                "too_large",
                f"Sheet {quoted(sheet.title)} has a cell beyond line {MOST_LINES:,} or column {MOST_COLUMNS:,}.",
                "Delete the columns and lines outside the table. " + AS_CSV,
            )
        yield number, row


def _header_at(grid: Grid, spellings: Spellings) -> int:
    """Of the first lines, the one that names most of the contract's columns; the first where none does."""
    first = [i for i, (number, _) in enumerate(grid) if number <= HEADER_WITHIN] or [0]
    return max(first, key=lambda i: (spellings.score(grid[i][1]), -i))


def _choose(grids: dict[str, Grid], spellings: Spellings, report: Report) -> str:
    if len(grids) == 1:
        return next(iter(grids))
    scores = {title: spellings.score(grid[_header_at(grid, spellings)][1]) for title, grid in grids.items()}
    best = [title for title, score in scores.items() if score == max(scores.values())]
    if len(best) > 1:
        alike = f"{listed(best)} look equally like the table" if scores[best[0]] else "none looks like the table"
        raise Reject(
            "ambiguous_sheet",
            f"The workbook holds {len(grids)} sheets with something on them, and {alike}.",
            "Send a workbook with one sheet.",
        )
    report.add(
        "information",
        "sheet_chosen",
        f"The workbook holds {len(grids)} sheets; the table was read from sheet {quoted(best[0])}.",
        "Nothing, if that is the right sheet. A workbook with one sheet is safer.",
    )
    return best[0]


def _refuse_merged(xml: bytes, title: str, header_row: int) -> None:
    """Merged cells above the header are a title; among the rows they hide which value is whose."""
    ranges = [m.decode().replace("$", "") for m in _MERGED.findall(xml)]
    if merged := [r for r in ranges if int(range_boundaries(r)[3] or 0) >= header_row]:
        raise Reject(
            "merged_cells",
            f"Sheet {quoted(title)} has merged cells in the table: {listed(merged, 5)}.",
            "Unmerge them and write the value into each cell. " + AS_CSV,
        )


def _refuse_unreadable_cells(archive: zipfile.ZipFile, content: bytes, sheet: Any, header_row: int) -> None:
    """Formulas that no value was stored for, and cells that hold an Excel error such as #REF!."""
    xml = archive.read(sheet._worksheet_path)
    if _FORMULA.search(xml) is None and b't="e"' not in xml:
        return
    formulas = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
    pairs = zip(_lines(sheet, False), _lines(formulas[sheet.title], False), strict=False)
    bare: list[str] = []
    errors: list[str] = []
    for (number, stored), (_, written) in pairs:
        for place, (value, formula) in enumerate(zip(stored, written, strict=False), 1):
            name = f"{get_column_letter(place)}{number}"
            if number < header_row:
                continue
            if formula.data_type == "f" and value.value is None:
                bare.append(name)
            elif value.data_type == "e":
                errors.append(name)
    if bare:
        raise Reject(
            "formula_without_value",
            f"{counted(len(bare), 'cell holds a formula', 'cells hold formulas')} without a stored value: "
            f"{listed(bare, 5)}.",
            "Open the workbook in Excel and save it, or paste the cells as values. " + AS_CSV,
        )
    if errors:
        raise Reject(
            "excel_error",
            f"{counted(len(errors), 'cell holds an Excel error', 'cells hold Excel errors')} instead of a "
            f"value: {listed(errors, 5)}.",
            "Mend the formulas, or leave those cells empty where that is right.",
        )


def _text(value: Any) -> str:
    """A cell as a person sees it, but for dates, which are written ISO: 12.0 is 12, and Excel's own fifteen
    digits are all there are."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, float):
        shown = f"{value:.15g}"
        return format(Decimal(shown), "f") if "e" in shown else shown
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value)
