"""Two versions of a metric: both computed over the whole history, one of them published for each month, the switch dated
and signed, the break marked.

Version 1 of PH01 counts all emergency spells, version 2 those that are not falls: from March on it is in force.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest
from desk import Desk, file_of, list_file
from input_cases import fresh_desk

from pch import registry
from pch.errors import RegistryError
from pch.registry import BANDS, HERE, load_metrics
from pch.settings import Settings
from pch.warehouse.calendar import parse_period
from pch.warehouse.migrate import migrate

MONTHS = ["2026-01", "2026-02", "2026-03", "2026-04"]
SWITCH = date(2026, 3, 1)
PEOPLE = 1000  # of every stratum
SIGNED = "effective_from: 2026-03-01\nsigned_by: A. Analyst\nsigned_on: 2026-02-20\n"


def next_version(folder: Path, signed: str) -> Path:
    """The metrics with a second PH01, of spells with chronic conditions."""
    metrics = copytree(HERE / "metrics", folder / "metrics")
    first = (metrics / "PH01.yml").read_text()
    (metrics / "PH01.v1.yml").write_text(first)
    second = first.replace("numerator: emergency_spells\n", "numerator: emergency_spells_acsc_chronic\n")
    (metrics / "PH01.yml").write_text(second.replace("version: 1\n", f"version: 2\n{signed}"))
    return metrics


@pytest.fixture(scope="module")
def desk(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Of every stratum 1,000 people; a month has 3 emergencies of other and 2 of chronic conditions in each."""
    folder = tmp_path_factory.mktemp("versions")
    declared = load_metrics(next_version(folder, SIGNED))
    with fresh_desk(server, folder) as desk, pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "definitions", lambda: declared)
        with desk.owner.transaction():
            migrate(desk.owner)
        desk.register({"AAA": ["A10001"]})
        for month in MONTHS:
            desk.push("AAA", "registered_list", month, list_file(["A10001"], lambda *_: PEOPLE))
            desk.push("AAA", "hospital_activity", month, _activity())
        desk.collect()
        desk.build()
        yield desk


def _activity() -> str:
    return file_of(
        "hospital_activity",
        *(
            f"A10001,{sex},{band},em,{condition},none,{count},{count},{count},0,"
            for sex in ("female", "male")
            for band in BANDS
            for condition, count in (("other", 3), ("acsc_chronic", 2))
        ),
    )


def test_each_month_is_published_by_the_version_of_its_time(desk: Desk) -> None:
    """5 of 1,000 a month are 60 of 1,000 a year; 2 are 24."""
    published = desk.rows(
        """select period, definition_version, round(value::numeric, 9) from mart.fct_metric_value
           where metric_code = 'PH01' and period_window = 'month' order by period"""
    )
    shown = {(month.isoformat()[:7], version, float(value)) for month, version, value in published if value is not None}
    assert shown == {("2026-01", 1, 60), ("2026-02", 1, 60), ("2026-03", 2, 24), ("2026-04", 2, 24)}


def test_the_other_version_stands_beside_it_over_all_of_history(desk: Desk) -> None:
    beside = desk.rows(
        """select period, definition_version, definition_version_in_force, round(value::numeric, 9),
             round(value_in_force::numeric, 9), round(difference::numeric, 9)
           from mart.fct_metric_version
           where metric_code = 'PH01' and period_window = 'month' and value is not null order by period"""
    )
    before, after = (2, 1, 24, 60, -36), (1, 2, 60, 24, 36)
    assert [(row[0], *(float(x) for x in row[1:])) for row in beside] == [
        (parse_period(m), *(before if parse_period(m) < SWITCH else after)) for m in MONTHS
    ]


def test_the_break_is_marked_and_nothing_runs_across_it(desk: Desk) -> None:
    points = desk.rows(
        "select period, is_break, points_count, mean from mart.fct_spc where metric_code = 'PH01' order by 1"
    )
    assert [(p.isoformat()[:7], is_break, count, round(mean, 9)) for p, is_break, count, mean in points] == [
        ("2026-01", False, 1, 60), ("2026-02", False, 2, 60), ("2026-03", True, 1, 24), ("2026-04", False, 2, 24),
    ]  # fmt: skip


def test_the_switch_is_dated_and_signed(desk: Desk) -> None:
    rows = desk.rows(
        """select definition_version, is_newest, effective_from, effective_to, signed_by, signed_on
           from mart.dim_definition where metric_code = 'PH01' order by 1"""
    )
    assert rows == [(1, False, None, SWITCH, None, None), (2, True, SWITCH, None, "A. Analyst", date(2026, 2, 20))]
    assert desk.value("select count(*) from mart.dim_metric where metric_code = 'PH01' and definition_version = 2") == 1


def test_bi_shows_both(desk: Desk) -> None:
    """What a reader compares: in the month before the switch version 2 is the other one."""
    versions = desk.rows(
        "select distinct definition_version from bi.version_result where metric_code = 'PH01' order by 1"
    )
    assert versions == [(1,), (2,)]


@pytest.mark.parametrize("signed", ["", "effective_from: 2026-03-01\n"])
def test_a_switch_without_date_or_signature_is_refused(tmp_path: Path, signed: str) -> None:
    with pytest.raises(RegistryError, match=r"effective_from a later period|is signed"):
        load_metrics(next_version(tmp_path, signed))
