"""Encodings, newlines, delimiters and headers of text files."""

import pytest
from decode_samples import HEADER, errors, found, payload, read, rejected

from pch.decode import decode
from pch.registry import feed

GOOD = f"{HEADER}A81001,female,0–4,12\nA81001,male,90+,3\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_read_in_silence(encoding: str) -> None:
    decoded = read(GOOD.encode(encoding))
    assert decoded.findings == []
    assert decoded.table["registered_count"].to_pylist() == [12, 3]


def test_cp1252_is_said() -> None:
    decoded = read(GOOD.encode("cp1252"))
    assert "line 2" in found(decoded, "read_as_cp1252").message
    assert decoded.table["age_band"].to_pylist() == ["0-4", "90+"]


def test_text_that_is_partly_utf8_is_not_read_as_cp1252() -> None:
    header = HEADER.replace("\n", ",site_name\n").encode()
    rows = "A81001,female,0-4,12,Café\n".encode() + "A81001,male,0-4,12,Café\n".encode("cp1252")
    message = rejected(header + rows, "unknown_encoding")
    assert "Line 3" in message and "0xE9" in message


def test_a_broken_utf16_file() -> None:
    assert "UTF-16" in rejected(GOOD.encode("utf-16")[:-1], "unknown_encoding")


def test_a_zero_byte_is_never_the_end_of_a_cell() -> None:
    assert "Line 3" in rejected(GOOD.replace("90+,3", "90+,\0003"), "nul_byte")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_newlines(newline: str) -> None:
    decoded = read(GOOD.replace("\n", newline))
    assert decoded.findings == [] and decoded.table["row_number"].to_pylist() == [2, 3]


def test_lines_after_a_quoted_newline_are_told_by_the_line_they_start_on() -> None:
    header = HEADER.replace("\n", ",site_name\n")
    text = header + 'A81001,female,0-4,1,"two\nlines"\nA81001,female,5-9,x,one\n\nA81001,female,10-14,y,one\n'
    finding = found(read(text), "bad_count")
    assert [(e.row_number, e.value) for e in finding.examples] == [(4, "x"), (6, "y")]


def test_lines_with_another_number_of_fields_are_named() -> None:
    text = HEADER + "".join(f"A81001,female,{age},1{',extra' if age % 2 else ''}\n" for age in range(20, 40))
    decoded = read(text)
    finding = found(decoded, "wrong_field_count")
    assert finding.rows_count == 10 and [e.row_number for e in finding.examples] == [3, 5, 7, 9, 11]
    assert "line 3 (5)" in finding.message


def test_a_title_above_the_header_is_stepped_over() -> None:
    decoded = read("Extract of April, by practice\nsep=;\n" + GOOD.replace(",", ";"))
    assert decoded.table["row_number"].to_pylist() == [4, 5]
    assert "line 3" in found(decoded, "header_below_title").message


def test_a_header_below_the_tenth_line_is_not_looked_for() -> None:
    assert errors(read("title\n" * 10 + GOOD)) == ["missing_column"]


def test_missing_columns_and_those_found_are_named() -> None:
    message = rejected("ods_code,sex,Alter,patients\nA81001,f,0-4,1\n", "missing_column")
    assert "'age_band'" in message and "'Alter'" in message


def test_unknown_columns_are_one_warning() -> None:
    finding = found(read("a,b," + HEADER + "1,2,A81001,female,0-4,12\n"), "unknown_column")
    assert "2 columns" in finding.message and "'a' and 'b'" in finding.message


def test_ignored_columns_and_empty_ones_at_the_end_are_not_mentioned() -> None:
    decoded = read("PCN_Name," + HEADER.strip() + ",,\nCare,A81001,female,0-4,12,,\n")
    assert decoded.findings == [] and decoded.table.num_rows == 1


@pytest.mark.parametrize("month", ["2022-04", "2022_04", "202204", "Apr-22", "April 2022", "01APR2022", "30/04/2022"])
def test_the_month_restated(month: str) -> None:
    assert read(f"period,{HEADER}{month},A81001,female,0-4,12\n").findings == []


def test_another_month_anywhere_in_the_file_is_an_error_naming_both() -> None:
    text = f"period,{HEADER}2022-04,A81001,female,0-4,12\n2022-03,A81001,male,0-4,12\n"
    message = rejected(text, "other_period")
    assert "April 2022" in message and "March 2022" in message


def test_another_site_is_an_error_naming_both() -> None:
    message = rejected(f"PCN_Code,{HEADER}U00002,A81001,female,0-4,12\n", "other_site")
    assert "'U00001'" in message and "'U00002'" in message


def test_a_large_file_of_several_blocks_keeps_its_lines() -> None:
    """Larger than what Arrow reads at once, and with a quoted newline near the end."""
    padding = "x" * 4_000
    header = HEADER.replace("\n", ",site_name\n")
    codes = [f"A{81000 + i:05d}" for i in range(4_000)]
    text = header + "".join(f"{code},female,0-4,{i},{padding}\n" for i, code in enumerate(codes))
    decoded = decode(feed("registered_list"), [payload(text)])
    assert decoded.table["row_number"].to_pylist() == list(range(2, 4_002))
    decoded = decode(feed("registered_list"), [payload(text + 'A99999,female,0-4,1,"a\nb"\nA99998,male,0-4,1,c\n')])
    assert decoded.table["row_number"].to_pylist()[-2:] == [4_002, 4_004]
    assert decoded.table["registered_count"].to_pylist()[:4_000] == list(range(4_000))
