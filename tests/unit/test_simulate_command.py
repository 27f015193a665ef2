"""``pch simulate``: does what it writes hold together, and would ``pch push`` take it?"""

import csv
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pch.cli import app
from pch.intake.items import items
from pch.simulate import Effects, Faults, Programme
from pch.simulate.writing import write
from pch.warehouse.register import read_register

FEEDS = ("registered_list", "hospital_activity", "staff_survey")


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, ["simulate", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("simulated") / "new"
    said = run(
        made, "--sites", "6", "--months", "4", "--end", "2026-09", "--feeds", ",".join(FEEDS),
        "--faults", "0.3", "--effect", "0.04", "--seed", "8",
    )  # fmt: skip
    files = sum(1 for p in made.glob("*/*/*"))
    assert f"{files} files of 6 sites and 4 months are in {made}" in said.replace("\n", " ")
    return made


def test_push_would_take_every_file(folder: Path) -> None:
    truth = rows(folder / "truth.csv")
    sent = {(t["site_code"], t["feed"], t["period"][:7]) for t in truth if t["expected"] != "missing"}
    found = set()
    for month in sorted(folder.glob("2*")):
        for feed in sorted(month.iterdir()):
            found |= {(item.site_code, feed.name, month.name) for item in items(feed, None)}
    assert found == sent and {feed for _, feed, _ in found} == set(FEEDS)
    assert {month for _, feed, month in found if feed == "staff_survey"} == {"2026-06", "2026-09"}
    assert (
        len({path.name.partition(".")[2] for path in folder.glob("*/*/*")}) >= 3
    )  # the ends of names that faults give


def test_the_register_can_be_imported(folder: Path) -> None:
    assert {line.site_code for line in read_register(folder / "sites.csv")} == {f"PCH00{i}" for i in range(1, 7)}


def test_truth_and_effects_are_those_of_the_programme(folder: Path) -> None:
    programme = Programme.create(
        sites=6, end=date(2026, 9, 1), months=4, seed=8, feeds=FEEDS, faults=Faults(0.3, 8), effects=Effects(0.04)
    )
    told = [t for period in programme.periods for t in programme.truth(period)]
    read = rows(folder / "truth.csv")
    assert [*read[0]] == [
        "site_code", "feed", "period", "fault", "expected", "layer", "rule", "severity", "is_beside_fault",
    ]  # fmt: skip
    assert [(r["site_code"], r["feed"], r["fault"] or None, r["expected"], r["rule"] or None) for r in read] == [
        (t.site_code, t.feed, t.fault, t.expected, t.rule) for t in told
    ]
    assert sum(t.fault is not None for t in told) >= 10
    effects = rows(folder / "effects.csv")
    assert len(effects) == 6 and {float(e["effect"]) for e in effects} == {0.0, 0.04}


def test_the_same_seed_writes_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    faults = {seed: Faults(0.4, seed) for seed in (1, 2)}
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        write(
            Programme.create(sites=2, end=date(2026, 9, 1), months=2, seed=seed, faults=faults[seed]), tmp_path / name
        )
    assert contents(tmp_path / "one") == contents(tmp_path / "again")
    assert contents(tmp_path / "one") != contents(tmp_path / "other")


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    refused = CliRunner().invoke(app, ["simulate", str(tmp_path)])
    assert refused.exit_code == 1 and "is not an empty folder" in str(refused.exception)
    assert contents(tmp_path) == {"mine.txt": b"x"}


def test_a_feed_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["simulate", str(tmp_path), "--feeds", "registered_list,horoscope"])
    assert "There is no feed 'horoscope'" in str(refused.exception)
