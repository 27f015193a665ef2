"""The sample files: a good one reads without a word, every other ends in the rule it is named for."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from decode_samples import SAMPLES, errors, found, payload, read

from pch.decode import decode
from pch.registry import feed


def samples(kind: str) -> list[Path]:
    paths = sorted(SAMPLES.glob(f"*/{kind}/*.csv"))
    assert paths
    return paths


def name(path: Path) -> str:
    return f"{path.parts[-3]}-{path.stem}"


@pytest.mark.parametrize("path", samples("good"), ids=name)
def test_good(path: Path) -> None:
    decoded = read(path.read_bytes(), path.parts[-3])
    assert [f for f in decoded.findings if f.severity != "information"] == []
    if path.parts[-3] == "registered_list":
        assert decoded.findings == []
        rows = decoded.table.select(["practice_code", "sex", "age_band", "registered_count"]).to_pylist()
        assert [tuple(row.values()) for row in rows] == [
            ("A81001", "female", "0-4", 12),
            ("A81001", "male", "90+", 3),
        ]


@pytest.mark.parametrize("path", samples("error"), ids=name)
def test_error(path: Path) -> None:
    decoded = read(path.read_bytes(), path.parts[-3])
    assert errors(decoded) == [path.stem]
    assert decoded.table.num_rows == 0
    finding = found(decoded, path.stem)
    assert finding.message.endswith(".") and finding.next_step.endswith(".")


@pytest.mark.parametrize("path", [*samples("warning"), *samples("information")], ids=name)
def test_rows_stay_with_lesser_findings(path: Path) -> None:
    decoded = read(path.read_bytes(), path.parts[-3])
    assert {f.severity for f in decoded.findings if f.rule == path.stem} == {path.parts[-2]}
    assert {f.rule for f in decoded.findings} - {path.stem} <= {"total_rows"}
    assert decoded.table.num_rows >= 1


def test_physical_lines_are_told_past_empty_lines_and_quoted_newlines() -> None:
    for stem, lines in {
        "windows_newlines_and_empty_lines": [2, 4],
        "mixed_newlines": [2, 3],
        "quoted": [3, 4],
        "plain": [2, 3],
    }.items():
        decoded = read((SAMPLES / "registered_list" / "good" / f"{stem}.csv").read_bytes())
        assert decoded.table["row_number"].to_pylist() == lines, stem
        assert decoded.rows_read == {1: 2}


def test_every_type_of_column() -> None:
    decoded = read((SAMPLES / "programme_inputs/good/plain.csv").read_bytes(), "programme_inputs")
    assert decoded.table.drop_columns(["submission_id", "row_number"]).to_pylist() == [
        {
            "practice_code": "A81001", "line_id": "001", "date": date(2022, 4, 1), "workstream": "Frailty",
            "cost_category": "staff", "funding_source": "own", "staff_role": "gp", "hours": 7.5,
            "amount_gbp": None, "basis": "actual", "correction_of": None, "absent": None,
        },
        {
            "practice_code": None, "line_id": "002", "date": date(2022, 4, 1), "workstream": "Falls, home",
            "cost_category": "staff", "funding_source": "per_patient_grant", "staff_role": None, "hours": None,
            "amount_gbp": Decimal("1234.50"), "basis": "actual", "correction_of": None, "absent": None,
        },
        {
            "practice_code": None, "line_id": "003", "date": date(2022, 7, 1), "workstream": "Falls",
            "cost_category": "other", "funding_source": "commissioner", "staff_role": None, "hours": None,
            "amount_gbp": Decimal("-12.00"), "basis": "estimate", "correction_of": None,
            "absent": "hours=not_applicable",
        },
    ]  # fmt: skip


def test_absent_names_every_reason() -> None:
    decoded = read((SAMPLES / "hospital_activity/good/plain.csv").read_bytes(), "hospital_activity")
    first, second = decoded.table.to_pylist()
    assert first["absent"] is None and first["cost_gbp"] == Decimal("1234.50")
    assert second["pod"] == "ae1" and second["frailty"] == "unknown" and second["bed_days"] is None
    assert second["absent"] == (
        "live_discharges_count=not_recorded;readmit_30d_count=not_applicable;cost_gbp=suppressed"
    )


def test_one_bad_file_does_not_hold_up_the_others() -> None:
    good = (SAMPLES / "registered_list/good/plain.csv").read_bytes()
    bad = [path.read_bytes() for path in samples("error") if path.parts[-3] == "registered_list"]
    batch = [payload(content, number) for number, content in enumerate([good, *bad, good])]
    decoded = decode(feed("registered_list"), iter(batch))
    assert decoded.table["submission_id"].to_pylist() == [0, 0, len(bad) + 1, len(bad) + 1]
    assert {f.submission_id for f in decoded.findings if f.severity == "error"} == set(range(1, len(bad) + 1))
    #  The batch says of each file what the file alone says.
    for number, content in enumerate(bad, 1):
        alone = read(content)
        together = [f for f in decoded.findings if f.submission_id == number]
        assert [(f.rule, f.message, f.examples) for f in together] == [
            (f.rule, f.message, f.examples) for f in alone.findings
        ]
        assert decoded.rows_read[number] == alone.rows_read[1]


def test_nothing_at_all() -> None:
    decoded = decode(feed("registered_list"), [])
    assert decoded.table.num_rows == 0 and decoded.findings == [] and decoded.rows_read == {}
    assert decoded.table.column_names == [
        "submission_id", "row_number", "practice_code", "sex", "age_band", "imd_quintile", "registered_count",
        "absent",
    ]  # fmt: skip
