"""Templates and examples of the feeds: what a site downloads is what is read without a word against it."""

import csv
import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from pch import registry
from pch.decode import Decoded, Payload, decode
from pch.desk.check import look
from pch.desk.forms import EXAMPLE_PERIOD, Kind, blank, choices, example
from pch.registry.rules import rules_of

FEEDS = sorted(registry.feeds())
KINDS: tuple[Kind, ...] = ("csv", "xlsx")


def read(feed: str, content: bytes) -> Decoded:
    return decode(registry.feeds()[feed], [Payload(1, "PCH001", EXAMPLE_PERIOD, "x", content)])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("feed", FEEDS)
def test_an_example_is_accepted(feed: str, kind: Kind, tmp_path: Path) -> None:
    """By the contract and by the suite of the rows: nothing is said of it, not even as information."""
    file = tmp_path / "example"
    file.write_bytes(example(registry.feeds()[feed], kind))
    looked = look(file, file.name, feed, EXAMPLE_PERIOD, "PCH001", deep=True)
    assert [f.message for f in looked.findings] == []
    assert looked.rows_read >= 5
    assert not {n.rule for n in looked.not_run} & {
        r.rule for r in rules_of(feed, EXAMPLE_PERIOD).values() if r.layer == "row"
    }


@pytest.mark.parametrize("feed", FEEDS)
def test_both_kinds_of_an_example_hold_the_same(feed: str) -> None:
    contract = registry.feeds()[feed]
    as_csv, as_workbook = (read(feed, example(contract, kind)).table for kind in KINDS)
    assert as_csv.equals(as_workbook)
    assert as_csv.num_rows == len(set(zip(*(as_csv[c].to_pylist() for c in contract.grain), strict=True)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("feed", FEEDS)
def test_a_blank_template_lacks_only_rows(feed: str, kind: Kind) -> None:
    decoded = read(feed, blank(registry.feeds()[feed], kind))
    assert [f.rule for f in decoded.findings] == ["no_rows"]


def test_a_blank_csv_is_its_header() -> None:
    (header,) = csv.reader(io.StringIO(blank(registry.feeds()["registered_list"], "csv").decode()))
    assert header == ["practice_code", "sex", "age_band", "imd_quintile", "registered_count"]


def test_a_workbook_keeps_codes_as_text_and_offers_what_can_be_said() -> None:
    contract = registry.feeds()["registered_list"]
    book = openpyxl.load_workbook(io.BytesIO(blank(contract, "xlsx")))
    sheet = book["registered_list"]
    assert [sheet.column_dimensions[c].number_format for c in "ABCDE"] == ["@", "@", "@", "@", "General"]
    offered = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation if rule.formula1}
    assert offered["C2:C20000"] == "lists!$C$1:$C$19"
    assert [cell.value for (cell,) in book["lists"]["C1:C19"]] == choices(contract.column("age_band"))
    assert book["lists"].sheet_state == "hidden"


def test_dates_of_an_example_workbook_are_dates() -> None:
    book = openpyxl.load_workbook(io.BytesIO(example(registry.feeds()["programme_inputs"], "xlsx")))
    cell = book["programme_inputs"]["C2"]
    assert cell.is_date and cell.value.date() == date(2026, 3, 2)
