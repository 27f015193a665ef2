"""Cases 14, 16-18, 21, 22 and 24, and poison of other kinds: what is sent, and what must be said of it."""

import gzip
from collections.abc import Callable
from typing import Any

import pyarrow as pa
from input_cases import ACTIVITY, INPUTS, LIST, Case, broken_gzip, good, parquet, with_macros, workbook

Change = Callable[[str], str]
LINE_1 = ",1,2026-03-04,Frailty,staff,own,gp,10,,actual,"


def of(feed: str, change: Change) -> Callable[[str, str], str]:
    """The good file of a feed with something changed; never nothing."""

    def content(one: str, two: str) -> str:
        before = good(feed, one, two)
        after = change(before)
        assert after != before
        return after

    return content


def replaced(feed: str, old: str, new: str) -> Callable[[str, str], str]:
    return of(feed, lambda text: text.replace(old, new, 1))


def with_column(feed: str, header: str, value: str) -> Callable[[str, str], str]:
    def change(text: str) -> str:
        first, *rest = text.splitlines()
        return "\n".join([f"{first},{header}", *(f"{line},{value}" for line in rest)]) + "\n"

    return of(feed, change)


def as_bytes(content: Callable[[str, str], str | bytes], encoding: str) -> Callable[[str, str], bytes]:
    return lambda one, two: str(content(one, two)).encode(encoding)


def as_workbook(feed: str, change: Callable[[Any], None] = lambda sheet: None) -> Callable[[str, str], bytes]:
    return lambda one, two: workbook(good(feed, one, two), change)


def fixed(content: bytes | str) -> Callable[[str, str], bytes | str]:
    return lambda one, two: content


def set_cell(place: str, value: Any) -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        sheet[place] = value

    return change


def without_last_column(text: str) -> str:
    return "\n".join(line.rpartition(",")[0] for line in text.splitlines()) + "\n"


def shuffled_list(one: str, two: str) -> str:
    """Other order, case, spaces, aliases; semicolons."""
    rows = [line.split(",") for line in good(LIST, one, two).splitlines()[1:]]
    return "\n".join(
        ["Number  of Patients; AGE GROUP ;Gender;ODS Code", *(f"{n};{b};{s.upper()};{p}" for p, s, b, n in rows)]
    )


ADDRESS = [  # case 14: the content contradicts the return
    Case("list of another month", LIST, with_column(LIST, "extract_date", "1st Apr 2022"), "other_period",
         says=("sent for March 2026", "April 2022 ('1st Apr 2022')")),
    Case("activity of another site", ACTIVITY, with_column(ACTIVITY, "PCN Code", "U12345"), "other_site",
         says=("sent for site 'S0", "'U12345'")),
    Case("inputs of another month", INPUTS, with_column(INPUTS, "Month", "2026-02"), "other_period",
         says=("sent for March 2026", "February 2026 ('2026-02')")),
    Case("inputs of no month", INPUTS, with_column(INPUTS, "month", "soon"), "bad_period", says=("'soon'",)),
    Case("list that says its month", LIST, with_column(LIST, "period", "2026_03"), rows=76),
]  # fmt: skip

UNREADABLE = [  # case 16: garbage, empty, header only, cut short
    Case("list of noise", LIST, fixed(bytes(range(1, 256)) * 40), "unknown_encoding", says=("Line 3 (byte 129 ",)),
    Case("activity in prose", ACTIVITY, fixed("Dear team,\nplease find our figures attached.\n"), "missing_column",
         says=("'practice_code'", "'Dear team'")),
    Case("inputs as PDF", INPUTS, fixed(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), "unsupported_format", says=("a PDF document",)),
    Case("list as web page", LIST, fixed("<html><body>Session expired</body></html>"), "unsupported_format", says=("a web page",)),
    Case("list of nothing", LIST, fixed(b""), "empty_file", says=("empty",)),
    Case("activity of blanks", ACTIVITY, fixed(" \r\n\r\n"), "empty_file"),
    Case("inputs of header only", INPUTS, fixed(good(INPUTS, "P00001", "P00002").splitlines()[0] + "\n"), "no_rows",
         says=("a header but no rows",)),
    Case("list cut short in gzip", LIST, lambda one, two: broken_gzip(good(LIST, one, two)), "damaged_file", says=("cut short",)),
    Case("activity cut short", ACTIVITY, of(ACTIVITY, lambda t: t[:-12]), "wrong_field_count", says=("line 77 (6)",)),
    Case("inputs with a count too long", INPUTS, replaced(INPUTS, "gp,10,", "gp,1e308,"), "bad_number", says=("line 2", "'1e308'")),
    Case("inputs with a trifle", INPUTS, replaced(INPUTS, "gp,10,", "gp,5e-324,"), "bad_number", says=("line 2", "'5e-324'")),
    Case("activity in broken quotes", ACTIVITY, replaced(ACTIVITY, "female,0-4", '"female,0-4'), "broken_quotes", says=("line 2",)),
    Case("list in Parquet with broken text", LIST, lambda one, two: parquet(
        practice_code=[one], sex=pa.array([b"\xff\xfe"]).view(pa.string()), age_band=["0-4"], registered_count=[1]),
        "unreadable", says=("could not be read",)),
    Case("inputs in Parquet with broken text", INPUTS, lambda one, two: parquet(
        practice_code=[one], line_id=["1"], date=["2026-03-04"], workstream=pa.array([b"\xff\xfe"]).view(pa.string()),
        cost_category=["it"], funding_source=["own"], staff_role=[None], hours=[None], amount_gbp=[1], basis=["actual"]),
        "unreadable", says=("could not be read",)),
    Case("list in gzip", LIST, lambda one, two: gzip.compress(good(LIST, one, two).encode()), rows=76),
]  # fmt: skip

ENCODINGS = [  # case 17
    Case("inputs in cp1252", INPUTS, as_bytes(replaced(INPUTS, "Frailty", "Café – frailty"), "cp1252"), "read_as_cp1252",
         "information", ("Windows text (cp1252)", "line 2"), rows=2),
    Case("inputs in UTF-8 with a mark", INPUTS, as_bytes(replaced(INPUTS, "Frailty", "Café – frailty"), "utf-8-sig"), rows=2),
    Case("inputs in UTF-16", INPUTS, as_bytes(replaced(INPUTS, "Frailty", "Café – frailty"), "utf-16"), rows=2),
    Case("list in UTF-16 without a mark", LIST, as_bytes(lambda one, two: good(LIST, one, two), "utf-16-le"), rows=76),
    Case("activity with a zero byte", ACTIVITY, replaced(ACTIVITY, "male,5-9", "ma\0le,5-9"), "nul_byte", says=("Line 3 ",)),
    Case("inputs with a lost letter", INPUTS, replaced(INPUTS, "Frailty", "Caf\ufffd"), "replacement_character", says=("Line 2 ",)),
    Case("inputs in two encodings", INPUTS, lambda one, two: good(INPUTS, one, two).replace("Frailty", "Café", 1).encode()
         + ",3,2026-03-05,Café,it,own,,,1,actual,\n".encode("cp1252"), "unknown_encoding", says=("Line 4 ",)),
    Case("activity with mixed newlines", ACTIVITY, of(ACTIVITY, lambda t: t.replace("\n", "\r\n", 5).replace("\n", "\r", 9)
         .replace("\r\r", "\r")), rows=76),
]  # fmt: skip

HEADERS = [  # case 18
    Case("list with other headers", LIST, shuffled_list, rows=76),
    Case("activity with spaced headers", ACTIVITY, replaced(
        ACTIVITY, "practice_code,sex,age_band,pod", " Practice Code ,GENDER,Age-Group,Point of  Delivery"), rows=76),
    Case("inputs with aliases", INPUTS, replaced(INPUTS, "line_id,date", "Ledger Line,POSTING DATE"), rows=2),
    Case("list with more", LIST, with_column(LIST, "Comment", "x"), "unknown_column", "warning",
         ("1 column is not part of Registered patients", "'Comment'"), rows=76),
    Case("activity with more", ACTIVITY, with_column(ACTIVITY, "hrg", "x"), "unknown_column", "warning", ("'hrg'",), rows=76),
    Case("inputs with more", INPUTS, with_column(INPUTS, "signed by", "x"), "unknown_column", "warning", ("'signed by'",), rows=2),
    Case("list with less", LIST, of(LIST, without_last_column), "missing_column", says=("1 column is missing: 'registered_count'",)),
    Case("activity with less", ACTIVITY, of(ACTIVITY, without_last_column), "missing_column", says=("'readmit_30d_count'",)),
    Case("inputs with less", INPUTS, replaced(INPUTS, "amount_gbp", "money"), "missing_column", says=("'amount_gbp'", "'money'")),
    Case("list with a column twice", LIST, with_column(LIST, "Patients", "10"), "repeated_column",
         says=("'registered_count'", "'Patients'")),
]  # fmt: skip

KEYS = [  # case 22
    Case("list with rows twice", LIST, of(LIST, lambda t: t + t.splitlines()[1] + "\n"), "repeated_row", "warning",
         ("line 78 repeats line 2",), rows=76),
    Case("activity with rows twice", ACTIVITY, of(ACTIVITY, lambda t: t + t.splitlines()[3] + "\n"), "repeated_row", "warning",
         ("line 78 repeats line 4",), rows=76),
    Case("inputs with a line twice", INPUTS, of(INPUTS, lambda t: t + t.splitlines()[1] + "\n"), "repeated_row", "warning",
         ("line 4 repeats line 2",), rows=2),
    Case("list that contradicts itself", LIST, of(LIST, lambda t: t + t.splitlines()[1].replace(",10", ",11") + "\n"),
         "conflicting_rows", says=("lines 2 and 78", "practice_code, sex, age_band")),
    Case("activity that contradicts itself", ACTIVITY, of(ACTIVITY, lambda t: t + t.splitlines()[3].replace(",2,", ",3,") + "\n"),
         "conflicting_rows", says=("lines 4 and 78",)),
    Case("inputs that contradict themselves", INPUTS, of(INPUTS, lambda t: t + LINE_1.replace(",10,", ",11,") + "\n"),
         "conflicting_rows", says=("lines 2 and 4", "line_id")),
]  # fmt: skip

WORKBOOKS = [  # case 24
    Case("list as workbook", LIST, as_workbook(LIST), rows=76),
    Case("activity as workbook", ACTIVITY, as_workbook(ACTIVITY), rows=76),
    Case("inputs as workbook", INPUTS, as_workbook(INPUTS), rows=2),
    Case("list with macros", LIST, lambda one, two: with_macros(workbook(good(LIST, one, two))), "macros", "warning",
         ("They were not run",), rows=76),
    Case("list with formulas only", LIST, as_workbook(LIST, set_cell("D5", "=SUM(1,2)")), "formula_without_value", says=("'D5'",)),
    Case("activity with merged cells", ACTIVITY, as_workbook(ACTIVITY, lambda s: s.merge_cells("A2:A3")), "merged_cells",
         says=("'A2:A3'",)),
    Case("inputs with a password", INPUTS, fixed(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)), "unsupported_format",
         says=("protected by a password",)),
    Case("inputs with an Excel error", INPUTS, as_workbook(INPUTS, set_cell("I3", "#REF!")), "excel_error", says=("'I3'",)),
    Case("inputs with a zero byte in disguise", INPUTS, as_workbook(INPUTS, set_cell("D2", "Fra_x0000_ilty")), rows=2),
    Case("list as date bands", LIST, replaced(LIST, ",5-9,", ",05-Sep,"), "age_band_as_date", says=("line 3", "'05-Sep'")),
]  # fmt: skip

CELLS = [  # cells that are not what the column holds, and figures beyond belief
    Case("list with a word for a number", LIST, replaced(LIST, ",10", ",ten"), "bad_count", says=("line 2", "'ten'")),
    Case("list below nought", LIST, replaced(LIST, ",10", ",-1"), "negative_patients", says=("line 2", "registered_count -1")),
    Case("activity of another kind", ACTIVITY, replaced(ACTIVITY, ",em,", ",ambulance,"), "unknown_category",
         says=("line 2", "'ambulance'")),
    Case("inputs on no day", INPUTS, replaced(INPUTS, "2026-03-04", "31/02/2026"), "bad_date", says=("line 2", "'31/02/2026'")),
    Case("inputs after the month", INPUTS, replaced(INPUTS, "2026-03-04", "2026-04-01"), "line_after_period", "warning",
         ("line 2", "date 2026-04-01"), rows=2),
    Case("list beyond belief", LIST, replaced(LIST, ",10", ",999999999999999"), "implausible_patients", "warning",
         ("line 2",), rows=76, beside=("ratio_too_high",)),
    Case("activity beyond belief", ACTIVITY, replaced(ACTIVITY, ",none,2,", ",none,999999999999999,"), "implausible_events",
         "warning", ("line 2",), rows=76),
    Case("inputs beyond belief", INPUTS, replaced(INPUTS, ",,100,", ",,999999999999.99,"), "implausible_amount", "warning",
         ("line 3",), rows=2),
    Case("list with a practice of others", LIST, lambda one, two: good(LIST, one, two) + "P00001,female,0-4,7\nX99999,male,0-4,8\n",
         "practice_not_of_site", "warning", ("2 rows of practices that do not belong to S0", "first on line 78: ", "P00001 (of S000), X99999 (not on the register)"), rows=78),
    Case("inputs of a practice of others", INPUTS, lambda one, two: good(INPUTS, "P00001", two), "practice_not_of_site",
         "warning", ("1 row of practices", "first on line 2: ", "P00001 (of S000)"), rows=2),
    Case("activity of others only", ACTIVITY, lambda one, two: good(ACTIVITY, "P00001", "X99999"), "no_practice_of_site",
         says=("No row is of a practice that belongs to S0", "on 1 March 2026", "76 rows of ", "P00001 (of S000), X99999 (not on the register)")),
]  # fmt: skip

CASES = [*ADDRESS, *UNREADABLE, *ENCODINGS, *HEADERS, *KEYS, *WORKBOOKS, *CELLS]
