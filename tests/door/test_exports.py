"""Tables that sites download: nothing in them is computed by a spreadsheet program, and numbers stay numbers."""

import csv
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from pch.door.exports import FINDING_COLUMNS, Kind, findings_lines, harmless, written
from pch.findings import Example, Finding

ATTACKS = (
    "=cmd|'/C calc'!A0", "+1+1", "-1+1|cmd", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1", "  =1+1", "\u00a0=1+1", "＝1+1",
    "\ufeff=1+1", '"=1+1', "'=1+1", "=HYPERLINK(\"http://x.example\",\"open\")", "-", "--1", "+44 20 7946 0000",
)  # fmt: skip
NUMBERS = {"-12.50": Decimal("-12.50"), "-1,234.5": Decimal("-1234.5"), "+7": Decimal("7"), "-0": Decimal("0")}
PLAIN = ("A81001", "01E00", "1-4", "female", "", "12", "3.5", "a=b", "O'Brien", "1,204")


def finding(value: str) -> Finding:
    return Finding(
        7, "not_a_number", "error", "contract", f"The cell holds {value}.", "Mend it.", "hours", 2,
        [Example(3, value), Example(9, "-4")],
    )  # fmt: skip


def opened(kind: Kind, content: bytes) -> list[list[Any]]:
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    return [[c.value for c in row] for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].iter_rows()]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_would_be_computed_is_text(attack: str) -> None:
    assert harmless(attack) == f"'{attack}"


@pytest.mark.parametrize(("text", "number"), NUMBERS.items())
def test_a_signed_number_is_a_number(text: str, number: Decimal) -> None:
    assert harmless(text) == number


@pytest.mark.parametrize("text", PLAIN)
def test_the_rest_is_untouched(text: str) -> None:
    assert harmless(text) == text
    assert harmless(-12.5) == -12.5 and harmless(None) is None


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("attack", [a for a in ATTACKS if a.isprintable()])
def test_findings_as_a_file(kind: Kind, attack: str) -> None:
    header, *lines = opened(kind, written(kind, "Findings", FINDING_COLUMNS, findings_lines([finding(attack)])))
    assert tuple(header) == FINDING_COLUMNS
    assert [str(line[header.index("line")]) for line in lines] == ["3", "9"]
    assert lines[0][header.index("value")] == f"'{attack}"
    assert lines[1][header.index("value")] == ("-4" if kind == "csv" else -4)
    assert lines[0][header.index("what_was_found")] == f"The cell holds {attack}."


def test_a_workbook_holds_no_formula_whatever_is_written() -> None:
    lines = [(a, 1) for a in ("=1+1", "\x00=1", "=A1\x0b", "#REF!", "x" * 40_000)]
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", "Findings of a very long name indeed", ("a", "b"), lines)))
    assert {c.data_type for row in book.worksheets[0].iter_rows() for c in row} == {"s", "n"}
    assert [c.value for c in book.worksheets[0]["A"]][1:5] == ["'=1+1", "?=1", "'=A1?", "#REF!"]


def test_a_number_in_csv_is_not_quoted() -> None:
    assert written("csv", "", ("a", "b", "c"), [("-4", "x", None)]) == b'\xef\xbb\xbf"a","b","c"\r\n-4,"x",""\r\n'
