"""The twelve questions of docs/questions, asked as a BI tool asks them, of a programme whose answers are known."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from bi_world import QUINTILES, World

from pch.bench.questions import READERS, Places, measure
from pch.settings import PROJECT
from pch.warehouse.db import connect

FOLDER = PROJECT / "docs" / "questions"
HERE = {"'PCH001'": "'AAA03'", "2026-09-01": "2026-04-01"}  # site and month of the questions, and of this world


def ask(small_world: World, number: int, **also: str) -> list[dict[str, Any]]:
    """The answer, as bi_reader. ``also``: what else the question is asked of instead."""
    (file,) = FOLDER.glob(f"{number:02}_*.sql")
    query = file.read_text()
    for old, new in {**HERE, **{f"'{k}'": f"'{v}'" for k, v in also.items()}}.items():
        query = query.replace(old, new)
    with connect(small_world.desk.settings, "bi_reader") as conn:
        cursor = conn.execute(query)
        names = [column.name for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def by(rows: list[dict[str, Any]], key: str) -> dict[Any, dict[str, Any]]:
    return {row[key]: row for row in rows}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.sql")), ids=lambda file: file.stem)
def test_each_begins_with_its_question_and_reads_bi_only(file: Any) -> None:
    text = file.read_text()
    assert text.startswith("-- ") and "?" in text.splitlines()[0]
    schemas = {
        word.split(".")[0] for word in text.split() if word.split(".")[0] in ("mart", "int", "stg", "raw", "ops", "ref")
    }
    assert not schemas and "bi." in text
    assert f"({file.name})" in (FOLDER / "README.md").read_text()


def test_there_are_twelve() -> None:
    assert len(list(FOLDER.glob("*.sql"))) == 12


def test_the_bench_asks_all_of_them(small_world: World) -> None:
    """Seconds are not judged here: they are the machine's. `make bench-bi` tells them."""
    taken = measure(small_world.desk.settings, Places(["AAA03"], ["PH02"], [date(2026, 4, 1)]), rounds=2)
    assert {question: len(times) for question, times in taken.items()} == {
        file.stem: 2 * READERS for file in FOLDER.glob("*.sql")
    }


def test_01_what_has_arrived(small_world: World) -> None:
    rows = ask(small_world, 1)
    assert len(rows) == 10 and [r["state"] for r in rows[-4:]] == ["received"] * 4
    assert {r["feed"] for r in rows[-4:]} == {
        "registered_list", "hospital_activity", "patient_experience", "clinical_indicators"
    }  # fmt: skip
    assert by(rows, "feed")["workforce"]["attempts_count"] == 0


def test_02_reporting_by_region(small_world: World) -> None:
    """Four of ten feeds (the staff survey is due once a year); North, four sites: 12 x 4 x 4 returns."""
    north = by(ask(small_world, 2), "region")["North"]
    assert north["received_count"] == 12 * 4 * 4
    assert north["reporting_rate_pct"] == round(Decimal(100 * 12 * 4 * 4) / north["expected_count"], 1)
    assert north["timeliness_pct"] == 0  # all was pushed long after the close


def test_03_course_of_a_metric(small_world: World) -> None:
    rows = ask(small_world, 3, PH01="PH09")
    assert len(rows) == 13 and [r["value"] for r in rows] == [60] * 12 + [80]
    assert rows[-1]["period"] == date(2026, 4, 1) and rows[-1]["mean"] == 60  # limits are those of the first twelve


def test_04_better_than_before(small_world: World) -> None:
    first, *others = ask(small_world, 4)
    assert (first["metric_name"], first["verdict"]) == ("Hypertension treated to target, under 80", "improved")
    assert first["change_pct"] == 33.3 and {r["verdict"] for r in others} <= {"too_early", "cannot_say"}


def test_05_how_many_improved(small_world: World) -> None:
    found = by(ask(small_world, 5), "metric_code")["PH09"]
    assert (found["sites_count"], found["improved_count"], found["no_detectable_change_count"]) == (8, 1, 7)


def test_06_priorities_and_targets(small_world: World) -> None:
    (found,) = ask(small_world, 6)
    assert (found["metric_code"], found["target_value"], found["sites_count"], found["met_count"]) == ("PH09", 70, 1, 1)


def test_07_outside_the_funnel(small_world: World) -> None:
    """PH09: 80% of 800 at AAA03 against 62.5% of the programme, by far outside; the others are at 60%, within."""
    (found,) = ask(small_world, 7, PH01="PH09")
    assert (found["site_code"], found["value"], found["centre"]) == ("AAA03", 80, 62.5)
    assert found["funnel_position"] == "High (0.001)" and found["control_upper_998"] < 80


def test_08_beside_its_peers(small_world: World) -> None:
    found = by(ask(small_world, 8), "metric_name")["Hypertension treated to target, under 80"]
    assert (found["value"], found["peer_median"], found["rank_among_peers"]) == (80, 60, 1)


def test_09_age_and_deprivation(small_world: World) -> None:
    """Nobody under 45 was admitted; the rate of 45 to 64 is that of what is shown: 12,000 x 100 per person-month."""
    rows = ask(small_world, 9, PH01="PH02")
    ages = {r["slice"]: r["value"] for r in rows if r["slice_type"] == "age_group"}
    assert ages["0-14"] == 0 == ages["15-44"] and ages["45-64"] > 0
    with connect(small_world.desk.settings, "bi_reader") as conn:
        shown = conn.execute(
            """select 1200000 * numerator / denominator from bi.slice_result
               where (metric_code, area_code, period, slice) = ('PH02', 'PCH', '2026-04-01', '45-64')"""
        ).fetchone()
    assert shown == (pytest.approx(ages["45-64"], rel=1e-12),)
    fifths = {r["slice"]: r["value"] for r in rows if r["slice_type"] == "deprivation_quintile"}
    assert list(fifths) == ["1", "2", "3", "4", "5"]
    practices = Counter(str(quintile) for _, quintile in QUINTILES.values())  # all have lists of one size
    query = "select (stat.sii(%s::float[], %s::float[])).sii"
    from_least = [(practices[q], fifths[q]) for q in "54321"]
    (index,) = small_world.desk.rows(query, [n for n, _ in from_least], [v for _, v in from_least])
    assert [r["value"] for r in rows if r["slice_type"] == "slope_index"] == [pytest.approx(index[0], rel=0.02)]


def test_10_why_it_changed(small_world: World) -> None:
    (found,) = ask(small_world, 10)
    assert (found["change"], found["performance"], found["roster"], found["coverage"]) == (20, 20, 0, 0)


def test_11_inputs_and_costs(small_world: World) -> None:
    """No site reported inputs: said, and not nought."""
    south = by(ask(small_world, 11), "region")["South"]
    assert south["input_gbp"] is None and "IN01: no site contributes" in south["said_of_it"]
    assert south["emergency_gbp"] > 0


def test_12_how_far_the_model_is_in_place(small_world: World) -> None:
    found = by(ask(small_world, 12), "characteristics_in_place_count")
    assert (found[2]["judged_count"], found[2]["improved_count"], found[2]["improved_pct"]) == (1, 1, 100)
    assert (found[0]["sites_count"], found[0]["judged_count"], found[0]["improved_count"]) == (7, 7, 0)
