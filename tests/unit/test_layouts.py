"""Files written for others read as ours: the declarations, what is made of a file, and whose line is whose."""

import csv
import gzip
import io
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from decode_samples import errors, found, payload
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet as pq

from pch.decode import Decoded, Reject, decode, lines
from pch.decode.lines import heading_of, lines_of
from pch.errors import RegistryError
from pch.registry import HERE, feed, feeds, layouts, load_layouts

PEOPLE = (
    "Data_source,CENSUS_YEAR,CENSUS_MONTH,PCN_CODE,STAFF_GROUP,STAFF_ROLE,DETAILED_STAFF_ROLE,FTE,UNIQUE_IDENTIFIER\n"
)
DRUGS = "YEAR_MONTH,PRACTICE_CODE,BNF_CODE,BNF_DESCRIPTION,QUANTITY,ITEMS,TOTAL_QUANTITY,ADQUSAGE,NIC,ACTUAL_COST\n"
VISITS = (
    "APPOINTMENT_MONTH_START_DATE,GP_CODE,SUPPLIER,HCP_TYPE,APPT_MODE,NATIONAL_CATEGORY,TIME_BETWEEN_BOOK_AND_APPT,"
    "COUNT_OF_APPOINTMENTS,APPT_STATUS\n"
)
CARE = "Other Direct Patient Care staff"


def person(identifier: str, fte: str, role: str = "Pharmacists", group: str = CARE, **more: str) -> str:
    """A line of the workforce file, of site U00001 and April 2022."""
    cell = {"source": "NWRS Staff", "year": "2022", "month": "4", "site": "U00001", "detail": role} | more
    return f"{cell['source']},{cell['year']},{cell['month']},{cell['site']},{group},{role},{cell['detail']},{fte},{identifier}\n"


def drug(bnf: str, items: str, nic: str, cost: str, practice: str = "A81001") -> str:
    return f"202204,{practice},{bnf},Tablets,28,{items},28,28,{nic},{cost}\n"


def visit(wait: str, count: str, category: str = "Planned Clinics") -> str:
    return f"01APR2022,A81001,EMIS,GP,Face-to-Face,{category},{wait},{count},Attended\n"


def people(*rows: str) -> Decoded:
    return decode(feed("workforce"), [payload(PEOPLE + "".join(rows))])


def drugs(*rows: str) -> Decoded:
    return decode(feed("prescribing"), [payload(DRUGS + "".join(rows))])


def visits(*rows: str) -> Decoded:
    return decode(feed("gp_appointments"), [payload(VISITS + "".join(rows))])


def rows_of(decoded: Decoded, *columns: str) -> list[tuple[object, ...]]:
    return [tuple(row[c] for c in columns) for row in decoded.table.to_pylist()]


# --- the declarations


def refusal(folder: Path, before: str, after: str, name: str = "pcn_workforce") -> str:
    """What is said of a layout of ours in which ``before`` is written as ``after``."""
    text = (HERE / "layouts" / f"{name}.yml").read_text(encoding="utf-8")
    assert before in text
    (folder / f"{name}.yml").write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(RegistryError) as refused:
        load_layouts(folder, feeds())
    return str(refused.value)


def test_every_declared_layout_is_of_a_feed() -> None:
    declared = {path.stem for path in (HERE / "layouts").glob("*.yml")}
    assert declared == {each.layout for name in feeds() for each in layouts(name)}
    assert declared == {"pcn_workforce", "gp_appointments_crosstab", "english_prescribing"}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("rows_are:", "rows_were:", "rows_were: Extra inputs are not permitted"),
        ("sum: FTE, usual", "sums: FTE, usual", "columns.3.sums: Extra inputs are not permitted"),
        ("read: STAFF_ROLE", "read: STAFF_ROLE, sum: FTE", "a column is made in one way"),
        ("distinct: UNIQUE_IDENTIFIER", "distinct: UNIQUE_IDENTIFIER, usual: [0, 1]", "'times' and 'usual' belong to"),
        ("feed: workforce", "feed: workers", "there is no feed 'workers'"),
        ("layout: pcn_workforce", "layout: workforce", "layout 'workforce' must stand in a file named workforce.yml"),
        ("name: fte, sum", "name: ftes, sum", "ftes is no column of workforce"),
        ("name: fte, sum: FTE, usual: [0, 10]", "name: leavers, sum: FTE", "fte is not made, and may not be empty"),
        ("name: role, read", "name: role, distinct", "role: columns of the grain are read, the others added up"),
        ("name: headcount, distinct", "name: headcount, read", "headcount: columns of the grain are read"),
        ("name: headcount, distinct", "name: leavers, distinct", "leavers: a number is no number of different things"),
        ("NWRS Staff: pcn", "NWRS Staff: network", "employer_type: network is no value of it"),
        ("[DETAILED_STAFF_ROLE]", "[Staff Role]", "headers with two meanings: staff_role"),
        ("name: role, read", "name: staff_group, read", "columns made twice: staff_group"),
    ],
)  # fmt: skip
def test_a_wrong_layout_names_its_file(tmp_path: Path, before: str, after: str, said: str) -> None:
    message = refusal(tmp_path, before, after)
    assert f"{tmp_path / 'pcn_workforce.yml'}:" in message and said in message


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("category: wait_band", "category: minutes_sum", "wait_days_sum: minutes_sum is not read by this layout"),
        ("same_day: 0", "some_day: 0", "wait_days_sum: some_day is no value of wait_band"),
    ],
)
def test_worth_goes_by_a_category_that_is_read(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert said in refusal(tmp_path, before, after, "gp_appointments_crosstab")


# --- what is made of a file


def test_persons_are_added_up_to_roles() -> None:
    decoded = people(
        person("1", "0.4"), person("2", "0.35"), person("1", "0.1"), person("3", "1", role="Care Coordinators"),
    )  # fmt: skip
    assert rows_of(decoded, "row_number", "practice_code", "staff_group", "role", "employer_type", "fte", "headcount") == [
        (2, None, "direct_patient_care", "pharmacist", "pcn", 0.85, 2),
        (5, None, "direct_patient_care", "care_coordinator", "pcn", 1.0, 1),
    ]  # fmt: skip
    (finding,) = decoded.findings
    assert (finding.rule, finding.severity, finding.rows_count) == ("read_as", "information", 4)
    assert finding.message == (
        "Read as Primary Care Network Workforce, individual level: 4 rows of persons were added up to 2 rows of Workforce."
    )
    assert decoded.rows_read == {1: 4}


def test_two_spellings_of_one_category_share_a_row() -> None:
    """Directors are administrative staff here, trainee nursing associates nursing associates."""
    decoded = people(
        person("1", "1", role="Nursing Associates"), person("2", "0.5", role="Trainee Nursing Associates"),
        person("3", "0.2", role="Other Admin/Non-clinical", group="Other Admin/Non-clinical staff"),
        person("4", "0.3", role="Non-clinical Director", group="Directors"),
    )  # fmt: skip
    assert rows_of(decoded, "staff_group", "role", "fte") == [
        ("direct_patient_care", "nursing_associate", 1.5), ("administrative", "other", 0.5),
    ]  # fmt: skip


def test_one_person_twice_counts_once_and_is_named() -> None:
    decoded = people(person("1", "0.4"), person("2", "1"), person("1", "0.4"), person("1", "0.4", detail="Senior"))
    assert rows_of(decoded, "fte", "headcount") == [(1.8, 2)]  # another detailed role is another row
    finding = found(decoded, "repeated_row")
    assert (finding.severity, finding.rows_count) == ("warning", 1)
    assert "line 4 repeats line 2" in finding.message


def test_rows_without_identifier_all_count_and_nobody_knows_the_heads() -> None:
    pooled = person("NULL", "5", source="NWRS contracted services")
    decoded = people(person("1", "1"), pooled, pooled)
    assert rows_of(decoded, "employer_type", "fte", "headcount") == [("pcn", 1.0, 1), ("other", 10.0, None)]
    assert rows_of(decoded, "absent") == [(None,), (None,)]
    finding = found(decoded, "alike_rows")
    assert (finding.severity, finding.rows_count) == ("information", 1)
    assert "first on line 4" in finding.message


def test_figures_out_of_the_ordinary_are_kept_and_named() -> None:
    decoded = people(person("1", "-0.5"), person("2", "14"), person("3", "10"))
    assert rows_of(decoded, "fte") == [(23.5,)]
    finding = found(decoded, "unusual_row")
    assert (finding.severity, finding.column, finding.rows_count) == ("warning", "fte", 2)
    assert [(e.row_number, e.value) for e in finding.examples] == [(2, "-0.5"), (3, "14")]
    assert "outside 0 to 10, first on line 2 ('-0.5'). They were counted." in finding.message


def test_the_address_is_compared_from_year_and_month() -> None:
    decoded = people(person("1", "1"), person("2", "1", month="5"), person("3", "1", site="U00002"))
    assert errors(decoded) == ["other_period", "other_site"] and decoded.table.num_rows == 0
    assert "May 2022 ('2022-5')" in found(decoded, "other_period").message
    assert "'U00002'" in found(decoded, "other_site").message


def test_what_is_wrong_is_found_on_its_line() -> None:
    decoded = people(
        person("1", "1"), person("2", "1", role="Wizards"), person("3", "half"), person("4", "1", role="Wizards")
    )
    assert errors(decoded) == ["unknown_category", "bad_number"]
    assert [(e.row_number, e.value) for e in found(decoded, "unknown_category").examples] == [(3, "Wizards")]
    assert [(e.row_number, e.value) for e in found(decoded, "bad_number").examples] == [(4, "half")]
    assert "'STAFF_ROLE' (role)" in found(decoded, "unknown_category").message


def test_a_sum_is_never_made_of_a_part() -> None:
    code, other = "0101010A0AAAAAA", "0101010B0AAAAAA"
    decoded = drugs(drug(code, "3", "1.00", "0.93"), drug(code, "*", "1.00", "0.93"), drug(other, "2", "1.00", "0.93"))
    assert errors(decoded) == []
    assert rows_of(decoded, "row_number", "bnf_code", "items_count", "absent") == [
        (3, code, None, "items_count=suppressed"), (4, other, 2, None),
    ]  # fmt: skip
    empty = drugs(drug(code, "3", "1.00", "0.93"), drug(code, "", "1.00", "0.93"))
    assert [(e.row_number, e.value) for e in found(empty, "empty_cell").examples] == [(3, "")]


def test_pounds_are_added_up_before_they_are_rounded() -> None:
    code = "0101010A0AAAAAA"
    decoded = drugs(*(drug(code, "1", "0.03", cost) for cost in ("0.00499", "0.00499", "0.00499", "-0.00001")))
    assert rows_of(decoded, "items_count", "quantity") == [(4, 112.0)]
    assert [str(row[0]) for row in rows_of(decoded, "actual_cost_gbp")] == ["0.01"]  # one by one it would be nothing
    halves = drugs(drug(code, "1", '"£1,200.10"', "0.12500"), drug("0101010B0AAAAAA", '"1,000"', "(3.00)", "0.13500"))
    assert [tuple(map(str, row)) for row in rows_of(halves, "items_count", "nic_gbp", "actual_cost_gbp")] == [
        ("1", "1200.10", "0.12"), ("1000", "-3.00", "0.14"),
    ]  # fmt: skip


def test_waits_come_from_the_bands() -> None:
    decoded = visits(
        visit("Same Day", "10"), visit("2 to 7 Days", "4"), visit("8  to 14 Days", "2"), visit("8 to 14 Days", "1"),
        visit("Unknown / Data Issue", "3"),
    )  # fmt: skip
    assert rows_of(
        decoded, "week_start_date", "wait_band", "appointments_count", "wait_days_sum", "wait_days_sumsq"
    ) == [
        (date(2022, 4, 1), "same_day", 10, 0.0, 0.0),
        (date(2022, 4, 1), "2_to_7_days", 4, 18.0, pytest.approx(4 * (4 + 9 + 16 + 25 + 36 + 49) / 6, abs=1e-5)),
        (date(2022, 4, 1), "8_to_14_days", 3, 33.0, 375.0),
        (date(2022, 4, 1), "unknown", 3, None, None),
    ]
    assert errors(decoded) == []


def test_several_national_categories_are_one_of_ours() -> None:
    decoded = visits(visit("1 Day", "4", "Walk-in"), visit("1 Day", "2", "Structured Medication Review"))
    assert rows_of(decoded, "category", "appointments_count", "wait_days_sum") == [("care_related", 6, 6.0)]


def test_headers_decide_and_their_order_does_not() -> None:
    turned = list(csv.reader(io.StringIO(VISITS + visit("1 Day", "4"))))
    text = "\n".join(",".join(reversed(row)).replace("_", " ").lower() for row in turned) + "\n"
    decoded = decode(
        feed("gp_appointments"), [payload(text.replace("01apr2022", "01APR2022").replace("a81001", "A81001"))]
    )
    assert rows_of(decoded, "appointments_count") == [(4,)]
    assert "read_as" in {f.rule for f in decoded.findings}
    without = decode(feed("gp_appointments"), [payload((VISITS + visit("1 Day", "4")).replace("SUPPLIER", "VENDOR"))])
    assert "read_as" not in {f.rule for f in without.findings}
    assert errors(without) == ["missing_column"]  # it has no practice_code by a name of the contract


def test_a_header_that_the_layout_does_not_know_is_said() -> None:
    text = (PEOPLE + person("1", "1")).replace("\n", ",x\n").replace(",x\n", ",Shoe size\n", 1)
    finding = found(decode(feed("workforce"), [payload(text)]), "unknown_column")
    assert finding.severity == "warning"
    assert "not part of Primary Care Network Workforce, individual level and not read: 'Shoe size'" in finding.message


def test_any_format_holds_a_layout_and_a_batch_mixes_them() -> None:
    text = PEOPLE + person("1", "0.5") + "\n" + person("2", "1") + ",,,,,,,,\n"
    rows = list(csv.reader(io.StringIO(PEOPLE + person("1", "0.5") + person("2", "1"))))
    columns = {name: [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}
    parquet = io.BytesIO()
    pq.write_table(pa.table(columns | {"FTE": [0.5, 1.0]}), parquet)
    own = "practice_code,staff_group,role,employer_type,fte,headcount,vacant_fte,joiners,leavers,advertised,filled_90d,absence_days,available_days\n,gp,gp_partner,practice,2,2,,,,,,,\n"
    files = [text, gzip.compress(text.encode()), parquet.getvalue(), own]
    decoded = decode(feed("workforce"), [payload(f, number) for number, f in enumerate(files)])
    assert errors(decoded) == []
    assert rows_of(decoded, "submission_id", "fte", "headcount") == [(0, 1.5, 2), (1, 1.5, 2), (2, 1.5, 2), (3, 2.0, 2)]
    assert [f.submission_id for f in decoded.findings if f.rule == "read_as"] == [0, 1, 2]


@pytest.mark.parametrize("rows", ["", "\n\n", ",,,,,,,,\n"])
def test_a_layout_without_rows(rows: str) -> None:
    decoded = decode(feed("workforce"), [payload(PEOPLE + rows)])
    assert errors(decoded) == ["no_rows"]


# --- whose line is it


def told(content: bytes, name: str = "registered_list") -> list[tuple[str, bytes]]:
    """Every line after the header, with the code on it."""
    heading = heading_of(feed(name), content[: 64 * 1024])
    stream = io.BytesIO(content)
    stream.seek(len(heading.start))
    return [
        (block.codes[code], block.content[start:end])
        for block in lines_of(heading, stream)
        for code, start, end in zip(block.code_of, block.starts, block.ends, strict=True)
    ]


LIST = "sex,practice_code,age_band,registered_count"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("f,A81001,0-4,1\nf,B81001,0-4,2\n", ["A81001", "B81001"]),
        ("f,A81001,0-4,1\r\n\r\nf,B81001,0-4,2", ["A81001", "B81001"]),
        ('"f",A81001,"0\n4",1\nf," B81001 ",0-4,"2"\n\n', ["A81001", "B81001"]),
        ("f,,0-4,1\n,,,\n", ["", ""]),
    ],
    ids=["plain", "Windows, empty line, no end", "quoted newline", "no code"],
)
def test_lines_are_told_apart_as_they_are(content: str, expected: list[str]) -> None:
    whole = f"\ufeffA title above\n{LIST}\n{content}".encode()
    apart = told(whole)
    assert [code for code, _ in apart] == expected
    rest = whole[whole.index(b"registered_count\n") + len(b"registered_count\n") :]
    blank = (b"\r\n\r\n", b"\n\n")
    for b in blank:
        rest = rest.replace(b, b[: len(b) // 2])
    assert b"".join(line for _, line in apart) == rest


def test_cp1252_stays_as_it_is() -> None:
    whole = f"{LIST},name\nf,A81001,0-4,1,Dr \x96\n".encode("latin-1")
    assert told(whole) == [("A81001", b"f,A81001,0-4,1,Dr \x96\n")]


@pytest.mark.parametrize(
    ("content", "rule", "said"),
    [
        (f"{LIST}\nf,A81001,0-4,1\n\nf,A81001,0-4\n", "wrong_field_count", "4 fields, but line 4 has 3"),
        (f'{LIST}\nf,A81001,0-4,1\nf,"A81001,0-4,1\n', "broken_quotes", "row that starts on line 3"),
        ("sex,age_band,registered_count\nf,0-4,1\n", "missing_column", "'practice_code'"),
        ("\x00".join(LIST), "unsupported_format", "not text in lines"),
        ("PK\x03\x04", "unsupported_format", "not text in lines"),
        ("%PDF-1.7", "unsupported_format", "not text in lines"),
        (LIST, "no_rows", "no rows"),
    ],
)
def test_a_file_whose_lines_cannot_be_told_apart(content: str, rule: str, said: str) -> None:
    with pytest.raises(Reject) as refused:
        told(content.encode())
    assert refused.value.rule == rule and said in refused.value.message


def test_sites_and_practices_are_told_by_the_feed() -> None:
    by = {
        name: heading_of(feed(name), header.encode()).by
        for name, header in (("workforce", PEOPLE), ("prescribing", DRUGS), ("gp_appointments", VISITS))
    }
    assert by == {"workforce": "site", "prescribing": "practice", "gp_appointments": "practice"}
    ledger = "line_id,date,workstream,cost_category,funding_source,staff_role,hours,amount_gbp,basis,practice_code"
    assert heading_of(feed("programme_inputs"), f"{ledger}\n".encode()).by == "practice"
    assert heading_of(feed("programme_inputs"), f"{ledger},site_code\n".encode()).by == "site"


CELLS = st.text(st.sampled_from('ab,"\n é'), max_size=4)


@given(st.lists(st.tuples(CELLS, st.sampled_from(["A81001", "B81001"]), CELLS, CELLS), max_size=12), st.integers(1, 40))
def test_blocks_of_any_size_tell_the_same(rows: list[tuple[str, ...]], block: int) -> None:
    """As Python's csv module tells records apart, wherever a block happens to end."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([LIST.split(","), *rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK", block)
        apart = told(out.getvalue().encode())
    assert [code for code, _ in apart] == [row[1] for row in rows]
    assert b"".join(line for _, line in apart).decode() == out.getvalue()[len(LIST) + 1 :]
