"""The suites of expectations: each says in words what is wrong and what to do, and each catches exactly that.

Every expectation has an example below of a row that breaks it; one that is added without fails here.
"""

import json
import string
from dataclasses import fields, replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from pch.errors import RegistryError
from pch.findings import Finding
from pch.quality import suites
from pch.quality.rows import row_findings
from pch.quality.submissions import Candidate, Profile, submission_findings
from pch.quality.suites import FOLDER, Expectation, load, violations
from pch.registry import feeds

SUITES = sorted(path.stem for path in FOLDER.glob("*.json"))
#  Columns that the pipeline adds beside those of the contract (pipeline/collect.py).
HELPERS = {"submission_id", "row_number", "period_end"}

#  A row of each suite that breaks nothing, at the very edge of what is plausible where there is an edge.
CLEAN: dict[str, dict[str, Any]] = {
    "registered_list": {"registered_count": 20_000},
    "hospital_activity": {
        "events_count": 5_000, "bed_days": 0, "live_discharges_count": 5_000, "readmit_30d_count": 5_000,
    },
    "programme_inputs": {
        "hours": -2_000.0, "amount_gbp": 500_000.0,
        "date": pd.Timestamp("2026-03-31"), "period_end": pd.Timestamp("2026-03-31"),
    },
    "submission": {
        "is_copy_of_previous": False, "vanished_practices_count": 0, "silent_practices_count": 0,
        "registered_count_is_tenfold": False, "registered_count_ratio": 1.1,
        "events_count_is_tenfold": False, "events_count_ratio": 0.5,
    },
}  # fmt: skip

#  What to change in the clean row to break one rule and no other; one example for each side of a range.
BREAKS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "registered_list": {
        "negative_patients": [{"registered_count": -1}],
        "implausible_patients": [{"registered_count": 20_001}],
    },
    "hospital_activity": {
        "negative_events": [{"events_count": -1, "live_discharges_count": None}],
        "negative_bed_days": [{"bed_days": -1}],
        "negative_discharges": [{"live_discharges_count": -1, "readmit_30d_count": None}],
        "negative_readmissions": [{"readmit_30d_count": -1}],
        "more_readmissions_than_discharges": [{"live_discharges_count": 4_999}],
        "more_discharges_than_events": [{"events_count": 4_999}],
        "implausible_events": [{"events_count": 5_001}],
    },
    "programme_inputs": {
        "implausible_hours": [{"hours": 2_000.5}, {"hours": -2_000.5}],
        "implausible_amount": [{"amount_gbp": 500_000.01}, {"amount_gbp": -500_000.01}],
        "line_after_period": [{"date": pd.Timestamp("2026-04-01")}],
    },
    "submission": {
        "copy_of_last_month": [{"is_copy_of_previous": True}],
        "practice_vanished": [{"vanished_practices_count": 1}],
        "practice_without_rows": [{"silent_practices_count": 1}],
        "factor_ten_registered_count": [{"registered_count_is_tenfold": True}],
        "change_registered_count": [{"registered_count_ratio": 1.11}, {"registered_count_ratio": 0.89}],
        "factor_ten_events_count": [{"events_count_is_tenfold": True}],
        "change_events_count": [{"events_count_ratio": 2.01}, {"events_count_ratio": 0.49}],
    },
}
EVERY = [pytest.param(suite, e, id=f"{suite}-{e.meta['rule']}") for suite in SUITES for e in load(suite)]


def test_there_is_a_suite_a_feed_and_one_for_submissions() -> None:
    assert sorted([*feeds(), "submission"]) == SUITES
    for suite in SUITES:
        assert json.loads((FOLDER / f"{suite}.json").read_text())["name"] == suite


@pytest.mark.parametrize("suite", SUITES)
def test_a_rule_is_named_once(suite: str) -> None:
    rules = [e.meta["rule"] for e in load(suite)]
    assert len(rules) == len(set(rules))
    assert all(set(rule) <= set(string.ascii_lowercase + "_") for rule in rules)


@pytest.mark.parametrize(("suite", "expectation"), EVERY)
def test_every_expectation_says_what_why_and_what_next(suite: str, expectation: Expectation) -> None:
    assert set(expectation.meta) == {"rule", "message", "next_step", "reason"}
    for text in (expectation.meta[key] for key in ("message", "next_step", "reason")):
        assert text.strip() == text and text.endswith((".", "?")) and len(text) > 15
    assert expectation.severity in ("error", "warning", "information")
    #  The words of a row follow "3 rows:"; those of a submission are a sentence with its own figures.
    assert expectation.meta["message"][0].isupper() == (suite == "submission")


def candidate(feed: str) -> Candidate:
    """A submission with all there can be: a predecessor, and practices where the feed names them."""
    contract = feeds()[feed]
    profile = Profile(2, frozenset({"A00001"}), dict.fromkeys(contract.numeric_columns, 100.0), "1")
    return Candidate(
        1, feed, "U00001", date(2026, 3, 1), frozenset({"A00001"}), contract.names_practices, profile,
        replace(profile, content_hash="2"),
    )  # fmt: skip


def submission_columns() -> set[str]:
    from pch.quality.submissions import _row

    return {column for feed in feeds() for column in _row(candidate(feed))}


@pytest.mark.parametrize(("suite", "expectation"), EVERY)
def test_every_expectation_looks_at_columns_there_are(suite: str, expectation: Expectation) -> None:
    """An expectation on a column that does not exist would never apply and never be missed."""
    assert expectation.columns
    known = submission_columns() if suite == "submission" else {c.name for c in feeds()[suite].columns} | HELPERS
    assert set(expectation.columns) <= known


@pytest.mark.parametrize(("suite", "expectation"), EVERY)
def test_the_words_use_figures_there_are(suite: str, expectation: Expectation) -> None:
    named = {name for _, name, _, _ in string.Formatter().parse(expectation.meta["message"]) if name}
    assert named <= (submission_columns() if suite == "submission" else set())
    assert "{" not in expectation.meta["next_step"] + expectation.meta["reason"]


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_plausible_breaks_nothing(suite: str) -> None:
    clean = CLEAN[suite]
    assert {c for e in load(suite) for c in e.columns} <= clean.keys()
    assert list(violations(suite, pd.DataFrame([clean, clean]))) == []


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_absent_breaks_nothing(suite: str) -> None:
    absent: dict[str, Any] = {k: (v if isinstance(v, bool) else None) for k, v in CLEAN[suite].items()}
    assert list(violations(suite, pd.DataFrame([CLEAN[suite], absent]))) == []


@pytest.mark.parametrize(("suite", "expectation"), EVERY)
def test_every_expectation_catches_its_row_and_no_other_does(suite: str, expectation: Expectation) -> None:
    rule = expectation.meta["rule"]
    assert rule in BREAKS[suite], f"add a row that breaks {rule} to BREAKS"
    sides = {"min_value", "max_value"} & expectation.declared["kwargs"].keys()
    examples = BREAKS[suite][rule]
    assert len(examples) >= max(len(sides), 1), "an example for each side of the range"
    for example in examples:
        frame = pd.DataFrame([CLEAN[suite], CLEAN[suite] | example, CLEAN[suite], CLEAN[suite] | example])
        found = [(v.expectation.meta["rule"], v.positions.tolist()) for v in violations(suite, frame)]
        assert found == [(rule, [1, 3])]


def test_no_example_outlives_its_rule() -> None:
    assert {s: set(rules) for s, rules in BREAKS.items()} == {s: {e.meta["rule"] for e in load(s)} for s in SUITES}


def test_several_violations_come_with_their_own_rows() -> None:
    rows = [CLEAN["hospital_activity"] | change for change in ({}, {"bed_days": -1}, {"events_count": 5_001})]
    found = {
        v.expectation.meta["rule"]: v.positions.tolist() for v in violations("hospital_activity", pd.DataFrame(rows))
    }
    assert found == {"negative_bed_days": [1], "implausible_events": [2]}


def test_a_finding_on_rows_names_each_submissions_own_lines() -> None:
    import pyarrow as pa

    rows = pa.table(
        {
            "submission_id": pa.array([7, 7, 8, 8, 8], pa.int64()),
            "row_number": pa.array([2, 3, 2, 9, 10], pa.int32()),
            "registered_count": pa.array([5, -4, -1, -2, None], pa.int64()),
        }
    )
    one, two = sorted(row_findings("registered_list", rows), key=lambda f: f.submission_id)
    assert (one.submission_id, one.rows_count, two.submission_id, two.rows_count) == (7, 1, 8, 2)
    assert one.message == "1 row: a number of patients below zero. First: line 3 (registered_count -4)."
    assert two.message == "2 rows: a number of patients below zero. First: line 2 (registered_count -1)."
    assert [(e.row_number, e.value) for e in two.examples] == [(2, "registered_count -1"), (9, "registered_count -2")]
    assert one.severity == "error" and one.layer == "row" and one.column == "registered_count"
    assert all(getattr(one, f.name) is not None for f in fields(Finding))


PAST = Profile(2, frozenset({"A00001", "A00002"}), {"registered_count": 41_000.0}, "1")


@pytest.mark.parametrize(
    ("now", "members", "rule", "said"),
    [
        ({"content_hash": "1"}, {"A00001", "A00002"}, "copy_of_last_month", "exactly what last month's said"),
        ({"totals": {"registered_count": 410_000.0}}, {"A00001", "A00002"}, "factor_ten_registered_count",
         "The total of registered patients is 410,000; last month it was 41,000, about ten times different"),
        ({"totals": {"registered_count": 4_100.0}}, {"A00001", "A00002"}, "factor_ten_registered_count",
         "The total of registered patients is 4,100; last month it was 41,000, about ten times different"),
        ({"totals": {"registered_count": 47_000.0}}, {"A00001", "A00002"}, "change_registered_count",
         "The total of registered patients is 47,000; last month it was 41,000."),
        ({"totals": {"registered_count": 0.0}}, {"A00001", "A00002"}, "change_registered_count",
         "The total of registered patients is 0; last month it was 41,000."),
        ({"practices": frozenset({"A00001"})}, {"A00001", "A00002"}, "practice_vanished", "Practice(s) A00002 had rows last month"),
        ({}, {"A00001", "A00002", "A00003"}, "practice_without_rows", "Practice(s) A00003 of the site have no rows."),
    ],
)  # fmt: skip
def test_a_submission_beside_the_month_before(now: dict[str, Any], members: set[str], rule: str, said: str) -> None:
    profile = replace(PAST, **({"content_hash": "2"} | now))
    beside = Candidate(5, "registered_list", "U00001", date(2026, 3, 1), frozenset(members), True, profile, PAST)
    quiet = replace(beside, submission_id=6, members=frozenset(PAST.practices), profile=replace(PAST, content_hash="3"))
    (finding,) = submission_findings([quiet, beside])
    assert (finding.submission_id, finding.rule, finding.severity, finding.layer) == (5, rule, "warning", "submission")
    assert said in finding.message and "{" not in finding.message


def test_a_practice_that_left_by_the_register_is_not_missed() -> None:
    profile = replace(PAST, practices=frozenset({"A00001"}), content_hash="2")
    beside = Candidate(5, "registered_list", "U00001", date(2026, 3, 1), frozenset({"A00001"}), True, profile, PAST)
    assert submission_findings([beside]) == []


def test_the_first_month_has_nothing_to_be_compared_with() -> None:
    first = Candidate(5, "registered_list", "U00001", date(2026, 3, 1), PAST.practices, True, PAST, None)
    assert submission_findings([first]) == []
    assert submission_findings([]) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"meta": {"rule": "r", "message": "m", "reason": "r"}}, "meta lacks next_step"),
        ({"severity": "fatal"}, "severity must be one of critical, warning, info"),
    ],
)
def test_a_suite_without_its_words_is_refused(
    change: dict[str, Any], said: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = load("registered_list")[0].declared | change
    (tmp_path / "wrong.json").write_text(json.dumps({"name": "wrong", "expectations": [declared]}))
    monkeypatch.setattr(suites, "FOLDER", tmp_path)
    with pytest.raises(RegistryError) as refused:
        load("wrong")
    assert str(tmp_path / "wrong.json") in str(refused.value) and said in str(refused.value)
