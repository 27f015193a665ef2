"""The suites of the feeds: each says in words what is wrong and what to do, and each catches exactly that.

Every expectation has an example in ``suite_rows`` of a row that breaks it; one that is added without fails here.
"""

import json
import string
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from suite_rows import BREAKS, CLEAN, LEGITIMATE

from pch.decode import Payload, decode
from pch.errors import RegistryError
from pch.findings import CheckResult, Finding
from pch.quality import suites
from pch.quality.cross_feed import ratios
from pch.quality.rows import row_findings
from pch.quality.suites import FOLDER, Expectation, load, outcomes
from pch.quality.totals import totals_of
from pch.registry import NUMERIC, feeds
from pch.simulate import Programme

SUITES = sorted(feeds())
#  Columns that the pipeline adds beside those of the contract (pipeline/collect.py).
HELPERS = {"submission_id", "row_number", "period", "period_end"}
EVERY = [pytest.param(suite, e, id=f"{suite}-{e.meta['rule']}") for suite in SUITES for e in load(suite)]
REVIEWS = ("submission", "history", "cross_feed")  # suites over whole submissions, beside one another
OF_REVIEWS = [pytest.param(e, id=f"{suite}-{e.meta['rule']}") for suite in REVIEWS for e in load(suite)]
TOTALS = [pytest.param(feed, t, id=f"{feed}-{t.name}") for feed in SUITES for t in totals_of(feed)]


def broken(suite: str, *rows: dict[str, Any]) -> list[tuple[Expectation, list[int]]]:
    """What these rows break, with the places of those that do."""
    found = outcomes(suite, pd.DataFrame(rows))
    return [(o.expectation, o.positions.tolist()) for o in found if len(o.positions)]


def test_every_feed_has_a_suite() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} >= set(SUITES)
    for suite in SUITES:
        assert json.loads((FOLDER / f"{suite}.json").read_text())["name"] == suite


@pytest.mark.parametrize("suite", SUITES)
def test_a_rule_is_named_once(suite: str) -> None:
    rules = [e.meta["rule"] for e in load(suite)]
    assert len(rules) == len(set(rules))
    assert all(set(rule) <= {*string.ascii_lowercase, "_", *string.digits} for rule in rules)


@pytest.mark.parametrize(("suite", "expectation"), EVERY)
def test_every_expectation_says_what_why_and_what_next(suite: str, expectation: Expectation) -> None:
    assert set(expectation.meta) - {"asks", "from", "to"} == {"rule", "message", "next_step", "reason"}
    for text in (expectation.meta[key] for key in ("message", "next_step", "reason")):
        assert text.strip() == text and text.endswith((".", "?")) and len(text) > 15
        assert "{" not in text
    #  The words follow "3 rows:".
    assert expectation.meta["message"][0].islower()
    assert "None" not in expectation.threshold


@pytest.mark.parametrize(("suite", "expectation"), EVERY)
def test_only_what_is_odd_asks_for_a_reason(suite: str, expectation: Expectation) -> None:
    assert expectation.asks == ("answer the question" in expectation.meta["next_step"])
    assert expectation.severity == "warning" or not expectation.asks


@pytest.mark.parametrize(("suite", "expectation"), EVERY)
def test_every_expectation_looks_at_columns_there_are(suite: str, expectation: Expectation) -> None:
    """An expectation on a column that does not exist would never apply and never be missed."""
    assert expectation.columns
    assert set(expectation.columns) <= {c.name for c in feeds()[suite].columns} | HELPERS
    assert expectation.columns[0] not in HELPERS, "the first column is the one a finding names"


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_plausible_breaks_nothing(suite: str) -> None:
    assert {c for e in load(suite) for c in e.columns} == CLEAN[suite].keys()
    assert broken(suite, CLEAN[suite], CLEAN[suite]) == []


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_absent_breaks_nothing(suite: str) -> None:
    """Any number may be withheld, any other cell be empty only where the contract says so."""
    can_be_absent = {c.name for c in feeds()[suite].columns if c.type in NUMERIC or c.nullable}
    absent = {k: None if k in can_be_absent else v for k, v in CLEAN[suite].items()}
    assert None in absent.values()
    assert broken(suite, CLEAN[suite], absent) == []


@pytest.mark.parametrize(("suite", "expectation"), EVERY)
def test_every_expectation_catches_its_row_and_no_other_does(suite: str, expectation: Expectation) -> None:
    rule = expectation.meta["rule"]
    assert rule in BREAKS[suite], f"add a row that breaks {rule} to BREAKS"
    sides = len({"min_value", "max_value"} & expectation.declared["kwargs"].keys())
    ways = (expectation.condition or "").count(" or ") + 1
    assert len(BREAKS[suite][rule]) >= max(sides, ways), "an example for each side of a range and each 'or'"
    for example in BREAKS[suite][rule]:
        bad = CLEAN[suite] | example
        found = broken(suite, CLEAN[suite], bad, CLEAN[suite], bad)
        assert [(e.meta["rule"], positions) for e, positions in found] == [(rule, [1, 3])]


def test_no_example_outlives_its_rule() -> None:
    assert {s: set(rules) for s, rules in BREAKS.items()} == {s: {e.meta["rule"] for e in load(s)} for s in SUITES}


@pytest.mark.parametrize(
    ("suite", "change", "severities"),
    [pytest.param(s, change, said, id=f"{s}-{i}") for s, rows in LEGITIMATE.items() for i, (change, said) in enumerate(rows)],
)  # fmt: skip
def test_what_is_odd_but_legitimate_is_never_an_error(
    suite: str, change: dict[str, Any], severities: list[str]
) -> None:
    assert [e.severity for e, _ in broken(suite, CLEAN[suite] | change)] == severities


def test_several_violations_come_with_their_own_rows() -> None:
    rows = [CLEAN["hospital_activity"] | change for change in ({}, {"bed_days": -1}, {"events_count": 5_001})]
    found = {e.meta["rule"]: positions for e, positions in broken("hospital_activity", *rows)}
    assert found == {"negative_bed_days": [1], "implausible_events": [2]}


def test_a_relation_is_asked_of_rows_that_hold_all_its_columns() -> None:
    rows = [CLEAN["workforce"], CLEAN["workforce"] | {"headcount": None}, CLEAN["workforce"] | {"fte": 400.0}]
    (outcome,) = [
        o for o in outcomes("workforce", pd.DataFrame(rows)) if o.expectation.meta["rule"] == "fte_over_headcount"
    ]
    assert outcome.expectation.columns == ["fte", "headcount"]
    assert outcome.expectation.threshold == "never fte > 1.5 * headcount"
    assert (outcome.checked, outcome.positions.tolist()) == (2, [2])


MARCH = date(2026, 3, 1)


def test_a_finding_on_rows_names_each_submissions_own_lines() -> None:
    rows = pa.table(
        {
            "submission_id": pa.array([7, 7, 8, 8, 8], pa.int64()),
            "row_number": pa.array([2, 3, 2, 9, 10], pa.int32()),
            "registered_count": pa.array([5, -4, -1, -2, None], pa.int64()),
        }
    )
    findings, results = row_findings("registered_list", rows, MARCH)
    one, two = sorted(findings, key=lambda f: f.submission_id)
    assert (one.submission_id, one.rows_count, two.submission_id, two.rows_count) == (7, 1, 8, 2)
    assert one.message == "1 row: a number of patients below zero. First: line 3 (registered_count -4)."
    assert two.message == "2 rows: a number of patients below zero. First: line 2 (registered_count -1)."
    assert [(e.row_number, e.value) for e in two.examples] == [(2, "registered_count -1"), (9, "registered_count -2")]
    assert one.severity == "error" and one.layer == "row" and one.column == "registered_count"
    assert all(getattr(one, f.name) is not None for f in fields(Finding) if f.name != "exemption")
    assert results == [
        CheckResult("registered_list", "row", "negative_patients", "error", "at least 0", 4, 3, 2, 2),
        CheckResult("registered_list", "row", "implausible_patients", "warning", "at most 20000", 4, 0, 2, 0),
    ]


def test_a_finding_on_a_relation_shows_every_column_of_it() -> None:
    rows = pa.table(
        {
            "submission_id": pa.array([7, 7], pa.int64()),
            "row_number": pa.array([2, 3], pa.int32()),
            "wave": ["2026-Q1", "2025-Q4"],
            "period": pa.array([MARCH, MARCH], pa.date32()),
        }
    )
    ((finding,), _) = row_findings("staff_survey", rows, MARCH)
    assert (finding.rule, finding.severity, finding.column) == ("wave_of_another_quarter", "error", "wave")
    assert finding.message == (
        "1 row: a wave that is not of the quarter of the month the file was sent for. "
        "First: line 3 (wave 2025-Q4, period 2026-03-01)."
    )


@pytest.mark.parametrize("feed", SUITES)
def test_totals_are_named_once_and_rows_are_among_them(feed: str) -> None:
    totals = totals_of(feed)
    assert len({t.name for t in totals}) == len({t.label for t in totals}) == len(totals) > 1
    (rows,) = [t for t in totals if t.column is None]
    assert rows.name == "rows" and not rows.where


@pytest.mark.parametrize(("feed", "total"), TOTALS)
def test_a_total_sums_what_its_feed_declares(feed: str, total: Any) -> None:
    contract = feeds()[feed]
    assert total.column is None or total.column in contract.numeric_columns
    for column, values in total.where.items():
        assert contract.column(column).type == "category"
        assert values and set(values) <= contract.column(column).values.keys()
    assert set(total.name) <= {*string.ascii_lowercase, "_"}
    #  "The total of {label} is 12,345; usual is 11,900."
    assert total.label.strip(" .") == total.label and (total.label[0].islower() or total.label.startswith("GP "))
    assert total.reason.endswith(".") and len(total.reason) > 30
    if total.least_change_pct is None:
        assert "least_change_pct" in total.model_fields_set and not total.least_total
    else:
        assert total.least_total > 0
        #  Half a file missing is seen, or the total is one that legitimately doubles or halves.
        assert total.least_change_pct < 50 or total.least_change_pct >= 80


@pytest.mark.parametrize("expectation", OF_REVIEWS)
def test_what_is_odd_beside_others_may_be_true_and_is_asked_about(expectation: Expectation) -> None:
    meta = expectation.meta
    assert set(meta) == {"rule", "message", "next_step", "reason", "asks"}
    assert expectation.severity == "warning" and expectation.asks
    assert "answer the question with a reason" in meta["next_step"]
    for text in (meta["message"], meta["next_step"], meta["reason"]):
        assert text.strip() == text and text[0].isupper() and text.endswith((".", "?"))
    #  A sentence of its own, that names what it is about.
    assert [name for _, name, _, _ in string.Formatter().parse(meta["message"]) if name]


def test_no_rule_of_the_review_is_one_of_a_feed() -> None:
    """A site is asked by rule: one name must not stand for two things."""
    rules = [e.meta["rule"] for suite in REVIEWS for e in load(suite)]
    assert len(rules) == len(set(rules)) == 9
    assert set(rules).isdisjoint(e.meta["rule"] for suite in SUITES for e in load(suite))


def test_ratios_are_of_two_feeds_and_have_room_between_their_ends() -> None:
    assert len({r.name for r in ratios()}) == len({r.label for r in ratios()}) == len(ratios()) > 0
    for r in ratios():
        assert r.above.feed != r.below.feed and r.above.feed in SUITES
        assert 0 <= r.low < r.high and r.multiplier > 0 and r.least_below > 0
        assert r.label.strip(" .") == r.label and r.reason.endswith(".")


def test_what_is_compared_across_feeds_is_summed() -> None:
    asked = {(term.feed, term.total) for r in ratios() for term in (r.above, r.below)}
    assert {(feed, total) for feed, total in asked if feed != "register"} <= {
        (feed, t.name) for feed in SUITES for t in totals_of(feed)
    }


def test_a_sound_simulated_month_breaks_nothing() -> None:
    september, last = date(2026, 9, 1), date(2026, 9, 30)  # a month in which every feed is due
    programme = Programme.create(sites=3, months=1, end=last)
    payloads: dict[str, list[Payload]] = {feed: [] for feed in SUITES}
    for number, file in enumerate(programme.files(september)):
        payloads[file.feed].append(Payload(number, file.site_code, september, file.file_name, file.content))
    for feed in SUITES:
        rows = decode(feeds()[feed], payloads[feed]).table
        for name, day in (("period", september), ("period_end", last)):
            rows = rows.append_column(name, pa.repeat(pa.scalar(day), len(rows)))
        findings, results = row_findings(feed, rows, september)
        assert findings == [], feed
        assert len({*rows.column("submission_id").to_pylist()}) == 3 and all(r.checked_count for r in results), feed


def test_real_prescribing_breaks_nothing(shared: Path) -> None:
    """Four practices, September 2017: 10,027 rows of 5,324 presentations, some dearer than their list price."""
    epd = pd.read_csv(shared / "realdata/samples/epd_201709.csv")
    names = {"ITEMS": "items_count", "TOTAL_QUANTITY": "quantity", "NIC": "nic_gbp", "ACTUAL_COST": "actual_cost_gbp"}
    rows = epd.rename(columns=names).groupby(["PRACTICE_CODE", "BNF_CODE"])[list(names.values())].sum()
    assert len(rows) == 5_324 and (rows.actual_cost_gbp > rows.nic_gbp).sum() == 269
    found = list(outcomes("prescribing", rows))
    assert [o.checked for o in found] == [5_324] * 5
    assert sum(len(o.positions) for o in found) == 0


@pytest.mark.parametrize(
    ("quarter", "people", "odd"),
    [
        ("2020_03", 534, 3),
        ("2020_06", 2_044, 6),
        ("2020_09", 3_159, 19),
        ("2020_12", 5_007, 15),
        ("2021_03", 7_371, 32),
    ],
)
def test_real_staff_is_odd_and_not_wrong(quarter: str, people: int, odd: int, shared: Path) -> None:
    """A row a person: 14 full-time equivalents under one id ask for a reason, and reject nothing."""
    staff = pd.read_csv(shared / f"realdata/workforce/pcn_workforce_individual_{quarter}.csv", encoding="cp1252")
    rows = pd.DataFrame({"fte": staff["FTE"], "headcount": 1})
    found = {o.expectation.meta["rule"]: len(o.positions) for o in outcomes("workforce", rows) if len(o.positions)}
    assert (len(rows), found) == (people, {"fte_over_headcount": odd})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"meta": {"rule": "r", "message": "m", "reason": "r"}}, "meta lacks next_step"),
        ({"severity": "fatal"}, "severity must be one of critical, warning, info"),
    ],
)
def test_a_suite_without_its_words_is_refused(
    change: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = load("registered_list")[0].declared | change
    (tmp_path / "wrong.json").write_text(json.dumps({"name": "wrong", "expectations": [declared]}))
    monkeypatch.setattr(suites, "FOLDER", tmp_path)
    suites.declared.cache_clear()
    with pytest.raises(RegistryError) as refused:
        load("wrong")
    assert str(tmp_path / "wrong.json") in str(refused.value) and said in str(refused.value)
