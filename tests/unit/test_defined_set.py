"""The defined set is whole, declared as it was defined, and its reviews are not overdue."""

import csv
import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pch.cli import app
from pch.registry import REFERENCE, Metric, metrics, overdue
from pch.registry.worth_metric import WorthMetric, worth_metrics

AIMS = {
    "pop health": "Population health", "experience": "Experience", "access": "Access", "workforce": "Workforce",
    "per-capita cost": "Per-capita cost", "cost": "Per-capita cost", "inputs": "Inputs", "process": "Process",
}  # fmt: skip
POLARITY = {"L": "lower_is_better", "H": "higher_is_better", "N": "neutral"}
#  How a method of the list begins -> ours; the longest beginning counts.
METHODS = {
    "DSR": "dsr", "DSR (non-independent": "dsr_repeat", "CRB": "crude_rate", "CRB + ISR": "indirect_rate",
    "ISR": "indirect_rate", "WIL": "proportion", "MEAN": "mean", "RATIO": "ratio", "ratio": "quotient",
    "crude": "quotient", "exact count": "count_share",
}  # fmt: skip
SNAPSHOTS = {"PH09", "PH10", "PH11", "PH12", "PH13", "WF04", "CO06"}


@pytest.fixture(scope="module")
def listed(shared: Path) -> dict[str, Mapping[str, str]]:
    with (shared / "design" / "metrics.csv").open(encoding="utf-8") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def test_the_set_is_whole(listed: dict[str, Mapping[str, str]]) -> None:
    assert {*metrics(), *worth_metrics()} == set(listed)
    assert (len(metrics()), len(worth_metrics())) == (46, 3)


def test_each_metric_is_as_it_was_listed(listed: dict[str, Mapping[str, str]]) -> None:
    for code, metric in metrics().items():
        row = listed[code]
        assert metric.aim in {AIMS[aim] for aim in row["aim"].lower().split("/")}, code
        assert metric.polarity == POLARITY[row["polarity"]], code
        assert metric.method == METHODS[max((m for m in METHODS if row["method"].startswith(m)), key=len)], code
        assert ("effective n" in row["method"]) <= (metric.squares is not None), code
        assert ("R12" in row["method"]) <= ("r12" in metric.windows), code


def test_cost_effectiveness_is_as_it_was_listed(listed: dict[str, Mapping[str, str]]) -> None:
    for code, metric in worth_metrics().items():
        row = listed[code]
        assert metric.aim.startswith(row["aim"]) and metric.polarity == POLARITY[row["polarity"]], code
        assert metric.name.startswith(re.split(" / ", row["name"])[0]), code
        assert ("all" not in metric.variants) or list(metric.variants) == row["cohort"].split(", "), code


def test_people_counted_at_a_moment_are_not_added_up() -> None:
    assert {code for code, m in metrics().items() if m.windows == ["month"]} == SNAPSHOTS
    assert all("r12" in m.windows for code, m in metrics().items() if code not in SNAPSHOTS)


def test_a_definition_says_what_a_reader_needs() -> None:
    for code, metric in metrics().items():
        assert min(len(metric.why), len(metric.exclusions), len(metric.source)) > 4, code
        assert (metric.source_read is not None) == (" read" in metric.source.lower()), code
        unread = re.search("not checked|our own", metric.source, re.IGNORECASE)
        assert metric.source_read or unread, code
        assert ("65" in metric.cohort and metric.method.startswith("dsr")) == (metric.age_from == 65), code
        nominal = metric.numerator.replace("_real_gbp", "_nominal_gbp") if metric.unit.startswith("gbp") else None
        assert metric.nominal == nominal, code


def test_weights_belong_to_weighted_answers() -> None:
    """A proportion with squares of weights is of weighted counts, of one and the same question."""
    for metric in metrics().values():
        if metric.method == "proportion" and metric.squares:
            assert metric.numerator.endswith("_favourable_weighted")
            assert metric.denominator == metric.numerator.replace("favourable", "responses")
            assert metric.squares == metric.numerator.replace("favourable_weighted", "weights_sumsq")


def every_definition() -> list[Metric | WorthMetric]:
    return [*metrics().values(), *worth_metrics().values()]


def test_no_review_is_overdue() -> None:
    """Fails on the day a review falls due: review the definition, or say that it was put off, and set a new date."""
    assert [f"{m.code}: {m.next_review}" for m in overdue(every_definition(), date.today())] == []


def test_reviews_come_round_within_a_year() -> None:
    for metric in every_definition():
        assert metric.next_review <= max(date.today(), metric.source_read or date.min) + timedelta(days=366), (
            metric.code
        )


def test_overdue_reviews_are_found_the_longest_first() -> None:
    one, two, three = (
        m.model_copy(update={"next_review": due})
        for m, due in zip(metrics().values(), (date(2026, 3, 2), date(2026, 3, 1), date(2026, 3, 3)), strict=False)
    )
    assert overdue([one, two, three], date(2026, 3, 3)) == [two, one]
    assert overdue([one, two, three], date(2026, 3, 1)) == []
    worth = worth_metrics()["CE01"].model_copy(update={"next_review": date(2026, 2, 27)})
    assert [m.code for m in overdue([one, two, worth], date(2026, 3, 3))] == ["CE01", two.code, one.code]


def test_the_command_lists_the_whole_set() -> None:
    told = CliRunner().invoke(app, ["metrics"])
    assert told.exit_code == 0 and "49 metric(s), " in told.output
    (line,) = (" ".join(line.split()) for line in told.output.splitlines() if line.startswith(" CE03"))
    assert line.startswith("CE03 Cost per admission avoided, and per GP hour freed Cost-effectiveness evaluation")
    assert "gbp per admission, gbp per gp hour" in line and "1 2027-11-01" in line
    found = json.loads(CliRunner().invoke(app, ["metrics", "--json"]).output)
    assert [m["code"] for m in found] == [*metrics(), *worth_metrics()]
    assert found[-1]["variants"]["gp_hour"]["unit"] == "gbp_per_gp_hour" and found[-1]["is_review_overdue"] is False


def test_the_command_fails_on_an_overdue_review(monkeypatch: pytest.MonkeyPatch) -> None:
    definition = worth_metrics()["CE02"]
    monkeypatch.setitem(worth_metrics(), "CE02", definition.model_copy(update={"next_review": date(2026, 1, 31)}))
    told = CliRunner().invoke(app, ["metrics", "--overdue"])
    late = len(overdue(every_definition(), date.today()))
    assert told.exit_code == 1 and f"{late} metric(s), {late} review(s) overdue" in told.output
    assert re.search(r"CE02 .* 2026-01-31 overdue", told.output)


def reference(name: str) -> list[dict[str, str]]:
    lines = (REFERENCE / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_prescribing_units_cover_every_sex_and_age() -> None:
    bands = {row["age_band"] for row in reference("esp2013.csv")}
    assert {(r["sex"], r["age_band"]) for r in reference("astro_pu.csv")} == {
        (sex, band) for sex in ("female", "male") for band in bands
    }


def test_hospital_prices_are_those_of_the_national_cost_collection(shared: Path) -> None:
    """Sum of cost over sum of activity of the rows that the table names."""
    with (shared / "realdata" / "reference" / "ncc_2023_24.csv").open(encoding="utf-8-sig") as file:
        rows = [
            (r["Service Code"], r["Dept or Currency Code"].strip(), float(r["Activity"]), float(r["Cost"]))
            for r in csv.DictReader(file)
        ]
    chosen = {
        "emergency_spells": [r for r in rows if r[0].startswith("Non-Elective Inpatient")],
        "ae_attendances_type_1_2": [r for r in rows if r[0] == "Emergency Care" and r[1] != "VB11Z"],
        "ae_attendances_type_3": [r for r in rows if r[0] == "Emergency Care" and r[1] == "VB11Z"],
        "elective_spells": [r for r in rows if r[0] == "Elective Inpatients"],
        "day_cases": [r for r in rows if r[0] == "Daycase"],
        "first_outpatient_attendances": [
            r for r in rows if r[0] == "Consultant Led" and r[1] in ("WF01B", "WF01D", "WF02B", "WF02D")
        ],
        "intervention_contacts": [r for r in rows if r[0] == "Community Health Service"],
    }
    prices = {row["measure_code"]: row for row in reference("unit_costs.csv")}
    assert {code for code, row in prices.items() if row["source"].startswith("NCC")} == set(chosen)
    for code, of in chosen.items():
        assert float(prices[code]["gbp"]) == round(sum(r[3] for r in of) / sum(r[2] for r in of), 2), code
