"""Whatever arrives, decode answers; and what is written by the contract is read back as it was."""

import csv
import io
from datetime import date

from decode_samples import payload
from hypothesis import given, settings
from hypothesis import strategies as st

from pch.decode import decode
from pch.registry import BANDS, Feed, feed

LIST: Feed = feed("registered_list")
STARTS = [
    b"", b"PK\x03\x04", b"PAR1", b"\x1f\x8b\x08\x00", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf",
    b"practice_code,sex,age_band,registered_count\n", b"practice_code;sex;age_band;registered_count;period\r",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=300))
def test_any_bytes_end_in_findings(start: bytes, rest: bytes) -> None:
    decoded = decode(LIST, [payload(start + rest)])
    assert decoded.findings or decoded.table.num_rows
    for finding in decoded.findings:
        assert finding.rule != "unreadable" and finding.message.isprintable()


cells = st.one_of(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffd"), max_size=20),
    st.sampled_from(["A81001", "f", "0-4", "95+", "all", "*", "", "12", "1,5", "2022-04", "=1+1", '"', "9" * 40]),
)


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.lists(cells, min_size=5, max_size=5), min_size=1, max_size=20))
def test_any_cells_end_in_findings(rows: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["practice_code", "sex", "age_band", "registered_count", "period"], *rows])
    batch = [payload(out.getvalue(), 1), payload("practice_code,sex,age_band,patients\nA81001,f,0-4,1\n", 2)]
    decoded = decode(LIST, batch)
    assert [f for f in decoded.findings if f.rule == "unreadable" or f.submission_id == 2] == []
    assert decoded.table["submission_id"].to_pylist().count(2) == 1


keys = st.tuples(
    st.from_regex(r"\A[A-Z][0-9]{5}\Z"),
    st.sampled_from(["female", "male", "unknown"]),
    st.sampled_from(BANDS),
)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.dictionaries(keys, st.integers(-(10**14), 10**14), min_size=1, max_size=30),
    delimiter=st.sampled_from(",;\t"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)  # fmt: skip
def test_a_valid_table_comes_back_as_it_was(
    rows: dict[tuple[str, str, str], int], delimiter: str, newline: str, encoding: str, quoting: int
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    writer.writerow(["registered_count", "practice_code", "sex", "age_band", "period"])
    writer.writerows([count, *key, date(2022, 4, 1)] for key, count in rows.items())
    decoded = decode(LIST, [payload(out.getvalue().encode(encoding))])
    assert decoded.findings == []
    table = decoded.table.select(["practice_code", "sex", "age_band", "registered_count"])
    assert [tuple(row.values()) for row in table.to_pylist()] == [(*key, n) for key, n in rows.items()]
    assert decoded.table["row_number"].to_pylist() == list(range(2, len(rows) + 2))
