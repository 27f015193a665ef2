"""Dates, ages and numbers as sites write them, and the sentences about cells that cannot be read."""

from datetime import date
from decimal import Decimal

import pytest
from decode_samples import HEADER, found, read, rejected

from pch.decode.ages import five_year_band, source_band
from pch.decode.dates import looks_like_date, read_date, read_month
from pch.decode.numbers import read_count, read_money, read_number


@pytest.mark.parametrize(
    ("text", "day"),
    {
        "2022-04-01": date(2022, 4, 1), "01/04/2022": date(2022, 4, 1), "1/4/22": date(2022, 4, 1),
        "01JAN2021": date(2021, 1, 1), "01-Sep-20": date(2020, 9, 1), "1st Apr 2022": date(2022, 4, 1),
        "1st -Ju l-22": date(2022, 7, 1), "2022-04-01 00:00:00": date(2022, 4, 1),
        "2022-04-01T13:30:00.000Z": date(2022, 4, 1), "01/04/2022 00:00": date(2022, 4, 1),
        "3 September 2022": date(2022, 9, 3), "20220401": date(2022, 4, 1), "29/02/2020": date(2020, 2, 29),
        "44652": None, "04/13/2022": None, "30/02/2022": None, "2022-13-01": None, "01-Foo-22": None,
        "2022": None, "": None, "01/04/1066": None, "٢٠٢٢-٠٤-٠١": None,
    }.items(),
)  # fmt: skip
def test_dates(text: str, day: date | None) -> None:
    assert read_date(text) == day


@pytest.mark.parametrize(
    "text",
    ["2022-04", "2022_04", "202204", "Apr-22", "April 2022", "01APR2021", "1st Apr 2022", "04/2022", "2022-04-01 00:00:00"],
)  # fmt: skip
def test_months(text: str) -> None:
    assert read_month(text) == (date(2021, 4, 1) if "2021" in text else date(2022, 4, 1))


@pytest.mark.parametrize("text", ["202213", "Q1 2022", "44652", "22", "April"])
def test_no_months(text: str) -> None:
    assert read_month(text) is None


@pytest.mark.parametrize(
    ("text", "source", "band"),
    [
        ("0-4", "0-4", "0-4"), ("0_4", "0-4", "0-4"), ("0-4 years", "0-4", "0-4"), ("00-04", "0-4", "0-4"),
        ("0–4", "0-4", "0-4"), ("5 to 9", "5-9", "5-9"), ("0", "0", "0-4"), ("1-4", "1-4", "0-4"),
        ("37", "37", "35-39"), ("85-89yrs", "85-89", "85-89"), ("90-94", "90-94", "90+"),
        ("95+", "95+", "90+"), ("95+ years", "95+", "90+"), ("90 and over", "90+", "90+"),
        ("Aged 90 or older", "90+", "90+"), ("102", "102", "90+"),
    ],
)  # fmt: skip
def test_ages(text: str, source: str, band: str) -> None:
    assert source_band(text) == source
    assert five_year_band(source) == band


@pytest.mark.parametrize("text", ["3-7", "0-9", "85+", "9-5", "95-90", "-4", "5-Sep", "2022-10", "all", "44840", ""])
def test_no_ages(text: str) -> None:
    assert source_band(text) is None


@pytest.mark.parametrize("text", ["05-Sep", "10-Oct-2022", "2022-10-14", "Oct-14", "14-Oct"])
def test_ages_that_became_dates(text: str) -> None:
    assert looks_like_date(text)
    message = rejected(f"{HEADER}A81001,female,{text},12\n", "age_band_as_date")
    assert text in message and "line 2" in message


@pytest.mark.parametrize(
    ("text", "value"),
    {
        "12": 12, "1,234": 1234, "12.0": 12, "-3": -3, "−3": -3, "007": 7, "+5": 5, "12.": 12, "1,234,567.00": 1234567,
        "12.5": None, "1e3": None, "12,5": None, "1,23": None, "٣": None, "1 2": None, "0x1F": None, "": None,
        "1000000000000000": None, "9" * 50: None, "999999999999999": 999999999999999,
    }.items(),
)  # fmt: skip
def test_counts(text: str, value: int | None) -> None:
    assert read_count(text) == value
    #  What Arrow casts and what Python reads must be the same.
    decoded = read(f'{HEADER}A81001,female,0-4,"{text}"\n')
    assert decoded.table["registered_count"].to_pylist() == ([] if value is None else [value])


@pytest.mark.parametrize(
    ("text", "value"),
    {"7.25": 7.25, "1,234.5": 1234.5, "-.5": -0.5, "1e3": 1000.0, "nan": None, "inf": None, "1e999": None, "7,5": None}.items(),
)  # fmt: skip
def test_numbers(text: str, value: float | None) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    {
        "12": "12.00", "£1,234.50": "1234.50", "(12.00)": "-12.00", "12.00-": "-12.00", "-£3": "-3.00",
        "£-3": "-3.00", "(£1,000)": "-1000.00", "0.125": "0.12", "0.135": "0.14", ".5": "0.50",
        "999999999999.99": "999999999999.99", "999999999999.999": None, "£": None, "(-5)": None, "--5": None,
        "12,50": None, "twelve": None, "$5": None, "9" * 70: None,
    }.items(),
)  # fmt: skip
def test_money(text: str, value: str | None) -> None:
    assert read_money(text) == (None if value is None else Decimal(value))


def test_a_message_says_what_where_and_the_value() -> None:
    rows = "".join(f"A81001,female,{age},{age}.5\n" for age in range(20, 27))
    decoded = read(f"{HEADER}A81001,male,0-4,1\n{rows}")
    finding = found(decoded, "bad_count")
    assert finding.message == ("Column 'registered_count': 7 cells are not whole numbers, first on line 3 ('20.5').")
    assert (finding.column, finding.rows_count) == ("registered_count", 7)
    assert [e.row_number for e in finding.examples] == [3, 4, 5, 6, 7]


def test_a_message_names_the_column_as_the_site_does() -> None:
    message = rejected("ods_code,sex,age,Patients\nA81001,female,0-4,x\n", "bad_count")
    assert message == "Column 'Patients' (registered_count): 1 cell is not a whole number, first on line 2 ('x')."


def test_quoted_values_are_cut_and_control_characters_shown() -> None:
    finding = found(read(f"{HEADER}A81001,female,0-4,\x1b[31m{'x' * 200}\n"), "bad_count")
    assert len(finding.examples[0].value) == 60
    assert finding.examples[0].value.startswith("\\x1b[31mxxx") and "\x1b" not in finding.message


def test_an_unknown_category_lists_the_known_ones() -> None:
    finding = found(read(f"{HEADER}A81001,ladies,0-4,1\n"), "unknown_category")
    assert "female, male, unknown" in finding.next_step


@pytest.mark.parametrize("text", ["-1", "<1", "1%"])
def test_signs_are_not_folded_away(text: str) -> None:
    rejected(f"{HEADER}A81001,{text},0-4,1\n", "unknown_category")


def test_codes_keep_their_letters() -> None:
    header = "practice_code,line_id,date,workstream,cost_category,funding_source,staff_role,hours,amount_gbp,basis\n"
    codes = ["01E00", "007", "1.0", "TRUE", "2022-04-01", "null_", "é-1"]
    rows = "".join(f", {code}\u00a0,2022-04-01,W,it,own,,,1,actual\n" for code in codes)
    assert read(header + rows, "programme_inputs").table["line_id"].to_pylist() == codes


def test_suppressed_is_neither_nought_nor_empty() -> None:
    decoded = read(f"{HEADER}A81001,female,0-4,*\nA81001,male,0-4,0\n")
    assert decoded.table["registered_count"].to_pylist() == [None, 0]
    assert decoded.table["absent"].to_pylist() == ["registered_count=suppressed", None]
    assert found(decoded, "suppressed_values").rows_count == 1


@pytest.mark.parametrize("text", ["", "-", "NULL", "N/A"])
def test_a_required_number_may_only_be_absent_when_suppressed(text: str) -> None:
    rejected(f"{HEADER}A81001,female,0-4,{text}\n", "empty_cell")


def test_a_suppressed_category_is_an_empty_cell() -> None:
    rejected(f"{HEADER}A81001,*,0-4,4\n", "empty_cell")
