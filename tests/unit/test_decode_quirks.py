"""Oddities seen in published files, each through decode as a site would send it (feeds.md, "What real extracts look
like"). Dates, months, bands and numbers one by one: test_decode_values.py."""

import io
from datetime import date, datetime

import openpyxl
import pytest
from decode_samples import HEADER, errors, found, payload, read, rejected

from pch.decode import decode
from pch.registry import feed

APPOINTMENTS = (
    "practice_code,week_start_date,staff_type,mode,status,wait_band,category,appointments_count,wait_days_sum,"
    "wait_days_sumsq,minutes_sum\n"
)
INPUTS = "practice_code,line_id,date,workstream,cost_category,funding_source,staff_role,hours,amount_gbp,basis\n"


@pytest.mark.parametrize(
    "written", ["01APR2022", "01-Apr-22", "1st Apr 2022", "1st -Ap r-22", "2022-04-01 00:00:00", "2022_04"]
)
def test_the_month_beside_every_row(written: str) -> None:
    decoded = read(f"{HEADER.strip()},extract_date\nA81001,female,0-4,7,{written}\n")
    assert decoded.findings == [] and decoded.table.num_rows == 1


def test_excel_days_and_times_are_dates() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(INPUTS.strip().split(","))
    for number, day in enumerate((date(2022, 4, 1), datetime(2022, 4, 1), datetime(2022, 4, 1, 13, 30))):
        sheet.append([None, str(number), day, "Frailty", "it", "own", None, None, -12.5, "actual"])
    file = io.BytesIO()
    book.save(file)
    decoded = read(file.getvalue(), "programme_inputs")
    assert decoded.table["date"].to_pylist() == [date(2022, 4, 1)] * 3
    assert [str(v) for v in decoded.table["amount_gbp"].to_pylist()] == ["-12.50"] * 3  # and money below nought


def test_bands_as_published() -> None:
    rows = [("0_4", 1), ("5-9 years", 2), ("10\x9614", 3), ("95+ years", 4)]
    content = HEADER + "".join(f"A81001,female,{band},{count}\n" for band, count in rows)
    decoded = read(content.encode("latin-1"))
    assert decoded.table["age_band"].to_pylist() == ["0-4", "5-9", "10-14", "90+"]
    assert [f.rule for f in decoded.findings] == ["read_as_cp1252"]  # the dash of line 4 is Windows' own
    assert "line 4" in found(decoded, "read_as_cp1252").message


def test_categories_with_two_spaces() -> None:
    row = "A81001,2022-04-04,Other  Practice staff,Face to  Face,Attended,{},General Consultation  Routine,3,,,\n"
    bands = ("8  to 14 Days", "15  to 21 Days", "More than  28 Days")
    decoded = read(APPOINTMENTS + "".join(row.format(b) for b in bands), "gp_appointments")
    assert errors(decoded) == []
    assert decoded.table["wait_band"].to_pylist() == ["8_to_14_days", "15_to_21_days", "over_28_days"]
    assert set(decoded.table["staff_type"].to_pylist()) == {"other"}


def test_a_mark_at_the_start_some_months_only() -> None:
    plain = f"{HEADER}A81001,female,0-4,7\n".encode()
    decoded = decode(feed("registered_list"), [payload(b"\xef\xbb\xbf" + plain, 1), payload(plain, 2)])
    assert decoded.findings == [] and decoded.table["practice_code"].to_pylist() == ["A81001"] * 2


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_newline_within_a_quoted_header(newline: str) -> None:
    header = f'"Practice{newline}Code",sex,"Age{newline}Group",Number of  Patients{newline}'
    decoded = read(f"{header}A81001,female,0-4,7{newline}A81001,male,0-4,x{newline}")
    assert errors(decoded) == ["bad_count"]
    assert "line 5" in found(decoded, "bad_count").message  # the header takes three


def test_a_newline_within_a_header_of_a_sheet() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Notes"])
    sheet = book.create_sheet("Table")
    sheet.append(["Practice\nCode", "Sex", "Age\nGroup", "Patients"])
    sheet.append(["A81001", "female", "0-4", 7])
    file = io.BytesIO()
    book.save(file)
    decoded = read(file.getvalue())
    assert decoded.table.num_rows == 1
    assert "'Table'" in found(decoded, "sheet_chosen").message  # the second sheet holds the real table


def test_right_data_under_the_wrong_header() -> None:
    """The rows of two columns changed places: each finding says where its cells seem to belong."""
    rows = "".join(f"A81001,{band},{sex},7\n" for sex in ("female", "male") for band in ("0-4", "5-9"))
    decoded = read(HEADER + rows)
    assert errors(decoded) == ["unknown_category", "bad_age_band"]
    assert found(decoded, "unknown_category").next_step.startswith("These could be values of 'age_band': ")
    assert found(decoded, "bad_age_band").next_step.startswith("These could be values of 'sex': ")


def test_a_slip_of_one_cell_is_not_called_a_wrong_header() -> None:
    rejected(f"{HEADER}A81001,female,0-4,7\nA81001,male,0-4,7\nA81001,0-4,5-9,7\n", "unknown_category")
    decoded = read(f"{HEADER}A81001,female,0-4,7\nA81001,male,0-4,7\nA81001,0-4,5-9,7\n")
    assert "could be" not in found(decoded, "unknown_category").next_step


def test_a_column_that_takes_anything_is_not_named() -> None:
    """Any text could be a line_id or a workstream: that tells nobody anything."""
    decoded = read(f"{INPUTS},1,Tuesday,Frailty,it,own,,,5,actual\n", "programme_inputs")
    assert "could be" not in found(decoded, "bad_date").next_step
