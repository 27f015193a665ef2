"""Files that are not text: gzip, workbooks, Parquet, and what people send by mistake."""

import gzip
import io
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from decode_samples import HEADER, errors, found, payload, read, rejected
from pyarrow import parquet as pq

from pch.decode import Limits, decode
from pch.registry import feed

COLUMNS = ["practice_code", "sex", "age_band", "registered_count"]
ROWS = [["A81001", "female", "0-4", 12], ["A81001", "male", "90+", 3.0]]
TEXT = f"{HEADER}A81001,female,0-4,12\nA81001,male,90+,3\n"
SMALL = Limits(max_bytes=5_000_000, max_expansion=100)


def workbook(*sheets: tuple[str, list[list[Any]]], change: Callable[[Any], None] | None = None) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TABLE = ("Table", [COLUMNS, *ROWS])


def rezipped(content: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    """The same archive with its members changed, and more members."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, data in more.items():
            new.writestr(name, data)
    return out.getvalue()


def in_sheet(old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    def change(name: str, data: bytes) -> bytes:
        if not name.startswith("xl/worksheets/"):
            return data
        assert old in data
        return data.replace(old, new)

    return change


# ------------------------------------------------------------------------------------------------ gzip


def test_gzip_is_opened_also_of_several_members() -> None:
    half = len(HEADER)
    for content in (
        gzip.compress(TEXT.encode()),
        gzip.compress(TEXT[:half].encode()) + gzip.compress(TEXT[half:].encode()),
    ):
        decoded = read(content)
        assert decoded.findings == [] and decoded.table["registered_count"].to_pylist() == [12, 3]


def test_gzip_cut_short() -> None:
    whole = gzip.compress(TEXT.encode())
    for end in (11, len(whole) // 2, len(whole) - 9, len(whole) - 1):
        assert "breaks off" in rejected(whole[:end], "damaged_file")


def test_gzip_damaged() -> None:
    whole = bytearray(gzip.compress(TEXT.encode()))
    whole[-6] ^= 0xFF  # its checksum
    assert "damaged" in rejected(bytes(whole), "damaged_file")


def test_gzip_twice() -> None:
    rejected(gzip.compress(gzip.compress(TEXT.encode())), "unsupported_format")


def test_gzip_bomb_is_not_held_in_memory() -> None:
    squeeze = zlib.compressobj(9, wbits=31)
    bomb = b"".join(squeeze.compress(b"0" * 1_000_000) for _ in range(500)) + squeeze.flush()
    assert len(bomb) < 1_000_000
    tracemalloc.start()
    rejected(bomb, "too_large", limits=SMALL)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_a_small_file_that_expands_beyond_the_ratio() -> None:
    rejected(gzip.compress(b"0" * 4_000_000), "too_large", limits=SMALL)


def test_text_beyond_the_limit() -> None:
    rejected(TEXT + "x" * 1_000, "too_large", limits=Limits(max_bytes=500))


# ------------------------------------------------------------------------------------------- by mistake


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n....", "PNG"),
        (b"\xff\xd8\xff\xe0....", "JPEG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "protected by a password or in the old Excel format"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"<?xml version='1.0'?><Workbook/>", "XML"),
        (b'{"practice_code": "A81001"}', "JSON"),
        (b'[\n {"practice_code": "A81001"}\n]', "JSON"),
        (b"Rar!\x1a\x07\x00", "RAR"),
    ],
)  # fmt: skip
def test_other_formats_are_named(content: bytes, kind: str) -> None:
    assert kind in rejected(content, "unsupported_format")


@pytest.mark.parametrize(
    ("member", "kind"),
    [("word/document.xml", "Word"), ("content.xml", "OpenDocument"), ("xl/workbook.bin", "xlsb"), ("a.csv", "zip archive")],
)  # fmt: skip
def test_other_archives_are_named(member: str, kind: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(member, TEXT)
    assert kind in rejected(out.getvalue(), "unsupported_format")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  \r\n"])
def test_empty(content: bytes) -> None:
    decoded = read(content)
    assert errors(decoded) == ["empty_file"]
    assert "nil return" in found(decoded, "empty_file").next_step


def test_the_name_of_the_file_says_nothing() -> None:
    book = workbook(TABLE)
    assert read(book).table.num_rows == 2  # whatever 'sample' may be


# -------------------------------------------------------------------------------------------- workbooks


def test_a_workbook() -> None:
    decoded = read(workbook(TABLE))
    assert decoded.findings == []
    assert decoded.table["registered_count"].to_pylist() == [12, 3]
    assert decoded.table["row_number"].to_pylist() == [2, 3]


def test_a_workbook_within_gzip() -> None:
    assert read(gzip.compress(workbook(TABLE))).table.num_rows == 2


def test_cells_of_every_kind() -> None:
    header = [
        "practice_code",
        "line_id",
        "date",
        "workstream",
        "cost_category",
        "funding_source",
        "staff_role",
        "hours",
        "amount_gbp",
        "basis",
    ]
    rows = [
        ["A81001", "007", datetime(2022, 4, 1), "W", "it", "own", None, 0.1 + 0.2, 1234.5, "actual"],
        [None, 8, "1st Apr 2022", "W", "it", "own", "GP", 7, -12, "actual"],
    ]
    decoded = read(workbook(("Lines", [header, *rows])), "programme_inputs")
    assert decoded.findings == []
    assert decoded.table["line_id"].to_pylist() == ["007", "8"]
    assert decoded.table["date"].to_pylist() == [date(2022, 4, 1)] * 2
    assert decoded.table["hours"].to_pylist() == [0.3, 7.0]
    assert decoded.table["amount_gbp"].to_pylist() == [Decimal("1234.50"), Decimal("-12.00")]


def test_the_sheet_that_holds_the_table_is_taken_and_said() -> None:
    decoded = read(workbook(("About", [["Extract of April"], ["by the practice"]]), TABLE, ("Empty", [])))
    assert decoded.table.num_rows == 2
    assert "'Table'" in found(decoded, "sheet_chosen").message


def test_two_tables_are_one_too_many() -> None:
    message = rejected(workbook(TABLE, ("Again", TABLE[1])), "ambiguous_sheet")
    assert "'Table' and 'Again'" in message


def test_a_hidden_sheet_is_not_read() -> None:
    def hide(book: Any) -> None:
        book["Old"].sheet_state = "hidden"

    decoded = read(workbook(TABLE, ("Old", TABLE[1]), change=hide))
    assert decoded.findings == [] and decoded.table.num_rows == 2


def test_empty_lines_and_a_title_keep_the_lines_of_the_sheet() -> None:
    decoded = read(workbook(("Table", [["Practice list"], [], COLUMNS, ROWS[0], [], ROWS[1]])))
    assert decoded.table["row_number"].to_pylist() == [4, 6]
    assert "line 3" in found(decoded, "header_below_title").message


def test_formulas_count_as_their_stored_value_or_are_refused() -> None:
    book = workbook(("Table", [COLUMNS, ["A81001", "female", "0-4", "=6+6"], ROWS[1]]))
    assert "'D2'" in rejected(book, "formula_without_value")
    stored = rezipped(book, in_sheet(b"<f>6+6</f><v />", b"<f>6+6</f><v>12</v>"))
    assert read(stored).table["registered_count"].to_pylist() == [12, 3]


def test_an_excel_error_is_named() -> None:
    book = workbook(("Table", [COLUMNS, ["A81001", "female", "0-4", "#REF!"], ROWS[1]]))
    assert "'D2'" in rejected(book, "excel_error")


def test_merged_cells_among_the_rows_are_named() -> None:
    def merge(book: Any) -> None:
        book["Table"].merge_cells("A2:A3")

    assert "'A2:A3'" in rejected(workbook(TABLE, change=merge), "merged_cells")


def test_a_merged_title_is_harmless() -> None:
    def merge(book: Any) -> None:
        book["Table"].merge_cells("A1:D1")

    decoded = read(workbook(("Table", [["Practice list"], COLUMNS, *ROWS]), change=merge))
    assert errors(decoded) == [] and decoded.table.num_rows == 2


def test_macros_are_left_alone() -> None:
    decoded = read(rezipped(workbook(TABLE), lambda _, data: data, **{"xl/vbaProject.bin": b"\0" * 100}))
    assert found(decoded, "macros").severity == "warning"
    assert decoded.table.num_rows == 2


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "docProps/core.xml", "[Content_Types].xml"]
)
def test_entities_are_refused_in_any_part(part: str) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'

    def change(name: str, data: bytes) -> bytes:
        if name != part:
            return data
        if data.startswith(b"<?xml"):
            end = data.index(b"?>") + 2
            return data[:end] + bomb + data[end:]
        return bomb + data

    rejected(rezipped(workbook(TABLE), change), "unsafe_workbook")


def test_entities_in_another_encoding_are_refused() -> None:
    def change(name: str, data: bytes) -> bytes:
        return data.decode().encode("utf-16") if name == "xl/worksheets/sheet1.xml" else data

    rejected(rezipped(workbook(TABLE), change), "unsafe_workbook")


def test_a_zip_bomb_is_not_opened() -> None:
    bomb = rezipped(workbook(TABLE), lambda _, data: data, **{"xl/media/image1.png": b"\0" * 50_000_000})
    assert len(bomb) < 100_000
    rejected(bomb, "too_large", limits=SMALL)
    rejected(bomb, "too_large", limits=Limits())


def test_absurd_dimensions_cost_nothing() -> None:
    claimed = rezipped(workbook(TABLE), in_sheet(b'<dimension ref="A1:D3"', b'<dimension ref="A1:XFD1048576"'))
    assert read(claimed).table.num_rows == 2
    for cell, limit in ((b"XFD3", "column 500"), (b"D99999999999", "line 1,048,576")):
        far = in_sheet(b'<c r="D3"', b'<c r="%s"' % cell)
        row = in_sheet(b'<row r="3"', b'<row r="99999999999"') if b"999" in cell else (lambda _, data: data)
        assert limit in rejected(rezipped(rezipped(workbook(TABLE), far), row), "too_large")


def test_a_workbook_cut_short() -> None:
    book = workbook(TABLE)
    rejected(book[: len(book) // 2], "damaged_file")


def test_a_damaged_member() -> None:
    book = bytearray(workbook(TABLE))
    at = book.index(b"xl/worksheets/sheet1.xml") + 60
    book[at : at + 20] = b"\xff" * 20
    rejected(bytes(book), "damaged_file")


# ---------------------------------------------------------------------------------------------- Parquet


def parquet(table: pa.Table, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def test_parquet() -> None:
    columns = dict(zip(COLUMNS, map(list, zip(*ROWS, strict=True)), strict=True))
    for table in (
        pa.table(columns),
        pa.table(columns).set_column(1, "sex", pa.array(columns["sex"]).dictionary_encode()),
        pa.table(columns).set_column(0, "practice_code", pa.array(columns["practice_code"], pa.large_string())),
    ):
        decoded = read(parquet(table, row_group_size=1))
        assert decoded.findings == []
        assert decoded.table["registered_count"].to_pylist() == [12, 3]
        assert decoded.table["row_number"].to_pylist() == [2, 3]


def test_parquet_types_become_what_the_contract_says() -> None:
    table = pa.table(
        {
            "practice_code": pa.array(["A81001", None]), "line_id": pa.array([7, 8]),
            "date": pa.array([datetime(2022, 4, 1), datetime(2022, 4, 2)], pa.timestamp("ns")),
            "workstream": pa.array(["W", "W"]), "cost_category": pa.array(["it", "it"]),
            "funding_source": pa.array(["own", "own"]), "staff_role": pa.nulls(2),
            "hours": pa.array([float("nan"), 7.5]), "amount_gbp": pa.array([Decimal("12.345"), None]),
            "basis": pa.array(["actual", "actual"]),
        }
    )  # fmt: skip
    decoded = read(parquet(table), "programme_inputs")
    assert decoded.findings == []
    first, second = decoded.table.to_pylist()
    assert (first["line_id"], first["date"], first["hours"]) == ("7", date(2022, 4, 1), None)
    assert (first["amount_gbp"], second["amount_gbp"], second["hours"]) == (Decimal("12.34"), None, 7.5)
    assert second["practice_code"] is None and first["absent"] is None


def test_parquet_with_lists_is_refused() -> None:
    columns = dict(zip(COLUMNS, map(list, zip(*ROWS, strict=True)), strict=True))
    columns["sex"] = [["female"], ["male"]]
    rejected(parquet(pa.table(columns)), "nested_column")


def test_parquet_cut_short() -> None:
    rejected(parquet(pa.table({"practice_code": ["A81001"]}))[:-20], "damaged_file")


def test_a_parquet_bomb_is_not_opened() -> None:
    rows = 20_000_000
    table = pa.table(
        {"practice_code": pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int8()).fill_null(0), ["A81001"])}
    )
    content = parquet(table)
    assert len(content) < 500_000
    rejected(content, "too_large", limits=SMALL)


def test_a_text_repeated_a_million_times_is_held_once() -> None:
    rows = 100_000
    long = pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int8()).fill_null(0), ["x" * 1_000_000])
    rest = {name: pa.array(["x"] * rows) for name in COLUMNS[1:]}
    before = pa.total_allocated_bytes()
    rejected(parquet(pa.table({"practice_code": long, **rest})), "too_large")
    assert pa.total_allocated_bytes() - before < 50_000_000


def test_formats_may_be_mixed_in_a_batch() -> None:
    columns = dict(zip(COLUMNS, map(list, zip(*ROWS, strict=True)), strict=True))
    contents: list[bytes] = [
        TEXT.encode(),
        gzip.compress(TEXT.encode()),
        workbook(TABLE),
        parquet(pa.table(columns)),
    ]
    decoded = decode(feed("registered_list"), [payload(c, n) for n, c in enumerate(contents)])
    assert decoded.findings == []
    rows = decoded.table.drop_columns(["submission_id"])
    for n in range(1, len(contents)):
        assert rows.slice(2 * n, 2).equals(rows.slice(0, 2))
