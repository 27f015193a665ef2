"""Totals, repeats and contradictions."""

from datetime import date

import pyarrow.compute as pc
import pytest
from decode_samples import HEADER, REAL, errors, found, payload, read, rejected

from pch.decode import decode
from pch.registry import feed

ACTIVITY = (
    "practice_code,sex,age_band,pod,condition_group,frailty,events_count,bed_days,live_discharges_count,"
    "readmit_30d_count\n"
)


def test_finer_bands_are_not_repeats_of_one_another() -> None:
    decoded = read(f"{HEADER}A81001,female,90-94,7\nA81001,female,95+,7\nA81001,female,0,1\nA81001,female,1-4,2\n")
    assert decoded.findings == []
    assert decoded.table["age_band"].to_pylist() == ["90+", "90+", "0-4", "0-4"]


def test_repeats_collapse_to_the_first() -> None:
    decoded = read(f"{HEADER}A81001,f,0-4,7\nA81001,m,0-4,7\nA81001,f,0-4,7\nA81001,f,0-4,7\n")
    assert decoded.table["row_number"].to_pylist() == [2, 3]
    finding = found(decoded, "repeated_row")
    assert (finding.severity, finding.rows_count) == ("warning", 2)
    assert decoded.rows_read == {1: 4}


def test_a_contradiction_names_both_lines() -> None:
    message = rejected(f"{HEADER}A81001,f,0-4,7\nA81001,m,0-4,7\nA81001,Female,0_4,8\n", "conflicting_rows")
    assert "lines 2 and 4" in message


def test_suppressed_contradicts_a_number() -> None:
    decoded = read(f"{HEADER}A81001,f,0-4,*\nA81001,f,0-4,0\n")
    assert errors(decoded) == ["conflicting_rows"]


def test_the_same_rows_of_two_files_are_not_repeats() -> None:
    text = f"{HEADER}A81001,f,0-4,7\n"
    decoded = decode(feed("registered_list"), [payload(text, 1), payload(text, 2)])
    assert decoded.findings == [] and decoded.table["submission_id"].to_pylist() == [1, 2]


def test_totals_are_set_aside_and_compared_at_every_level() -> None:
    rows = [
        "A81001,ALL,ALL,10", "A81001,f,0-4,1", "A81001,f,5-9,2", "A81001,m,0-4,3", "A81001,m,5-9,4",
        "A81001,f,All ages,3", "A81001,m,total,8", "A81001,persons,0-4,4", "B81002,f,0-4,100", "B81002,ALL,ALL,100",
    ]  # fmt: skip
    decoded = read(HEADER + "\n".join(rows))
    assert found(decoded, "total_rows").rows_count == 5
    finding = found(decoded, "total_differs")
    assert (finding.severity, finding.rows_count) == ("warning", 1)
    assert "line 8, which says 8 where the rows add up to 7" in finding.message
    assert decoded.table["registered_count"].to_pylist() == [1, 2, 3, 4, 100]
    assert errors(decoded) == []


def test_a_total_of_90_plus_covers_the_finer_bands() -> None:
    rows = "A81001,f,90-94,5\nA81001,f,95+,2\nA81001,all,90+,7\nA81001,all,95+,2\n"
    assert [f.rule for f in read(HEADER + rows).findings] == ["total_rows"]


def test_a_sum_with_a_suppressed_count_in_it_is_not_compared() -> None:
    rows = "A81001,f,0-4,*\nA81001,m,0-4,2\nA81001,all,0-4,9\n"
    assert {f.rule for f in read(HEADER + rows).findings} == {"total_rows", "suppressed_values"}


def test_each_count_of_a_total_is_compared_with_its_own_sum() -> None:
    rows = "A81001,f,0-4,em,other,none,4,10,,1\nA81001,m,0-4,em,other,none,6,5,,1\n"
    decoded = read(f"{ACTIVITY}{rows}A81001,all,0-4,em,other,none,10,16,,3\n", "hospital_activity")
    assert [f.column for f in decoded.findings if f.rule == "total_differs"] == [
        "bed_days",
        "readmit_30d_count",
    ]


def test_a_grand_total_may_leave_cells_empty() -> None:
    decoded = read(f"{HEADER}A81001,f,0-4,4\nB81001,f,0-4,5\n,Total,,9\n")
    assert [f.rule for f in decoded.findings] == ["total_rows"]
    assert decoded.table["registered_count"].to_pylist() == [4, 5]


def test_a_total_without_detail_differs() -> None:
    decoded = read(f"{HEADER}A81001,f,0-4,4\nB81001,all,all,9\n")
    assert "says 9 where the rows add up to 0" in found(decoded, "total_differs").message


def test_the_published_list_of_2017() -> None:
    path = REAL / "samples" / "gp-reg-pat-prac-quin-age_2017_09.csv"
    if not path.exists():
        pytest.skip("the shared real data are not beside this checkout")
    decoded = decode(feed("registered_list"), [payload(path.read_bytes(), period=date(2017, 9, 1))])
    assert [(f.rule, f.rows_count) for f in decoded.findings] == [("total_rows", 12)]
    assert decoded.rows_read == {1: 172} and decoded.table.num_rows == 160
    first = decoded.table.filter(pc.equal(decoded.table["practice_code"], "B85010"))
    assert pc.sum(first["registered_count"]).as_py() == 6939  # what its ALL,ALL row says


def test_the_real_lists_of_sussex() -> None:
    paths = sorted((REAL / "registered_list" / "2022-04").glob("*.csv"))
    if not paths:
        pytest.skip("the shared real data are not beside this checkout")
    batch = [payload(path.read_bytes(), number, site=path.stem) for number, path in enumerate(paths)]
    decoded = decode(feed("registered_list"), batch)
    assert len(paths) == 40 and sum(decoded.rows_read.values()) == 7_000
    assert {f.severity for f in decoded.findings} == {"warning"}
    repeats = [f for f in decoded.findings if f.rule == "repeated_row"]
    assert [f.rows_count for f in repeats] == [40]
    assert decoded.table.num_rows == 6_960
    assert len(pc.unique(decoded.table["practice_code"])) == 160
    #  1,955,445 patients as published, the practice that stands twice counted once (see README of the data).
    assert pc.sum(decoded.table["registered_count"]).as_py() == 1_948_621
    assert len([f for f in decoded.findings if f.rule == "unknown_column"]) == 40
