"""The blank template of a feed and an example of it, as CSV and as a workbook, both made from its contract.

    contract -> header, formats, lists to choose from -> blank
    the same, and the rows of registry/examples/<feed>.csv -> example

A spreadsheet program turns the band 5-9 into a day and 01E00 into a number; in these workbooks codes, bands and
categories are text from the start.
"""

import csv
import io
from datetime import date
from typing import Literal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from pch import registry
from pch.registry import BANDS, NUMERIC, Column, Feed

Kind = Literal["csv", "xlsx"]

EXAMPLE_PERIOD = date(2026, 3, 1)
"""The month of every example; a quarter of the staff survey ends with it."""

_EXAMPLES = registry.HERE / "examples"
_MOST_ROWS = 20_000  # lines that the lists of a workbook reach to
_LONGEST_PROMPT = 255  # of a spreadsheet program


def blank(contract: Feed, kind: Kind) -> bytes:
    """The header and nothing else."""
    return _written(contract, [], kind)


def example(contract: Feed, kind: Kind) -> bytes:
    """A small good file of ``EXAMPLE_PERIOD``."""
    with (_EXAMPLES / f"{contract.feed}.csv").open(encoding="utf-8", newline="") as file:
        return _written(contract, list(csv.DictReader(file)), kind)


def _written(contract: Feed, rows: list[dict[str, str]], kind: Kind) -> bytes:
    return _workbook(contract, rows) if kind == "xlsx" else _delimited(contract, rows)


def _delimited(contract: Feed, rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [c.name for c in contract.columns])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _workbook(contract: Feed, rows: list[dict[str, str]]) -> bytes:
    book = Workbook()
    sheet, lists = book.worksheets[0], book.create_sheet("lists")
    sheet.title = contract.feed[:31]
    sheet.freeze_panes = "A2"
    lists.sheet_state = "hidden"  # only visible sheets are read
    for place, column in enumerate(contract.columns, 1):
        _head(sheet, lists, place, column)
    for line, row in enumerate(rows, 2):
        for place, column in enumerate(contract.columns, 1):
            cell = sheet.cell(line, place, _value(column, row[column.name]))
            cell.number_format = _format(column)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(sheet: Worksheet, lists: Worksheet, place: int, column: Column) -> None:
    """The header of a column, its format and, for a category or band, its list."""
    letter = get_column_letter(place)
    cell = sheet.cell(1, place, column.name)
    cell.font, cell.alignment = Font(bold=True), Alignment(vertical="top")
    sheet.column_dimensions[letter].width = max(12, len(column.name) + 2)
    sheet.column_dimensions[letter].number_format = _format(column)
    rule = DataValidation(promptTitle=column.name[:32], prompt=column.description[:_LONGEST_PROMPT])
    if values := choices(column):
        for line, value in enumerate(values, 1):
            lists.cell(line, place, value).number_format = "@"
        rule.type, rule.formula1 = "list", f"lists!${letter}$1:${letter}${len(values)}"
        rule.showErrorMessage = False  # other spellings are read, too
    rule.showInputMessage = True
    rule.add(f"{letter}2:{letter}{_MOST_ROWS}")
    sheet.add_data_validation(rule)


def choices(column: Column) -> list[str]:
    """What a cell of the column can say, for those of which that is a list."""
    return list(BANDS) if column.type == "age_band" else list(column.values)


def _format(column: Column) -> str:
    if column.type == "date":
        return "yyyy-mm-dd"
    return "General" if column.type in NUMERIC else "@"


def _value(column: Column, text: str) -> str | float | date | None:
    if not text:
        return None
    if column.type == "date":
        return date.fromisoformat(text)
    return float(text) if column.type in NUMERIC else text
