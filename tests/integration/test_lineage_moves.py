"""The lineage read from the SQL, beside what the SQL does: every column of every feed is changed, one after the other,
and what moves with it must be what is said to be made of it.

A month of one simulated site -> raw tables -> the models of measures as views (schema ``live``), which move at once
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from desk import Desk
from psycopg import sql

from pch.pipeline.build import run_dbt
from pch.registry import BANDS, NUMERIC, Column, feeds
from pch.reports.lineage import Lineage
from pch.simulate import Programme
from pch.warehouse.calendar import closes
from pch.warehouse.register import import_sites, read_register

SEPTEMBER = date(2026, 9, 1)  # staff are asked, and the flu season begins
WHOSE = "practice_code"  # a row of nobody's counts nowhere
NOT_BY_ITSELF = {
    #  counted where another column is empty, which no row of this world is
    ("routine_gp_wait_days_sum", "gp_appointments", "appointments_count"),
    ("routine_gp_wait_days_sumsq", "gp_appointments", "appointments_count"),
    ("input_in_kind_real_gbp", "programme_inputs", "amount_gbp"),
    #  which line is corrected matters for hours, and the category for capital: this world corrects money of little things
    *(
        (f"{measure}_gbp", "programme_inputs", column)
        for measure in (
            "input_cost_nominal",
            "input_cost_real",
            "input_in_kind_real",
            "total_cost_nominal",
            "total_cost_real",
        )
        for column in ("line_id", "correction_of", "cost_category")
    ),
    ("input_lines_not_valued", "programme_inputs", "line_id"),
    ("input_lines_not_valued", "programme_inputs", "correction_of"),
    #  the eligible of one cohort are as many as those of the other that takes its place
    ("indicator_frail_register_frail_severe_eligible", "clinical_indicators", "cohort"),
}

Cells = dict[str, set[tuple[object, ...]]]


@pytest.fixture
def lineage(desk: Desk, tmp_path: Path) -> Lineage:
    programme = Programme.create(sites=1, months=1, end=SEPTEMBER, formulary=0.02)
    programme.write_sites_csv(tmp_path / "sites.csv")
    with desk.owner.transaction():
        import_sites(desk.owner, read_register(tmp_path / "sites.csv"), SEPTEMBER)
    in_time = closes(SEPTEMBER).primary - timedelta(days=1)
    for file in programme.files(SEPTEMBER):
        desk.push(file.site_code, file.feed, "2026-09", file.content, name=file.file_name, at=in_time)
    desk.collect()
    made = run_dbt(desk.settings, "--quiet", "run", "--select", "+int_measure__cells")
    assert made.success
    desk.owner.execute("create schema live")
    for node in (result.node for result in made.result.results):  # each after those that it reads
        if node.schema == "int":
            view, query = sql.Identifier("live", node.name), node.compiled_code.replace('"int".', '"live".')
            desk.owner.execute(sql.SQL("create view {} as {}").format(view, sql.SQL(query)))
    return Lineage.of(desk.settings.home / "dbt" / "target" / "manifest.json")


def test_what_a_measure_is_made_of_is_what_it_moves_with(desk: Desk, lineage: Lineage) -> None:
    before = cells(desk)
    assert len(before) > 150, "a world in which nearly every measure has something"
    made_of, moved_with = set(), set()
    for feed in feeds().values():
        for column in (c for c in feed.columns if c.name != WHOSE):
            for after in changed(desk, feed.feed, column):
                for measure in before | after:
                    place = (measure, feed.feed, column.name)
                    if place[1:] in {(c.feed, c.column) for c in lineage.of_measure(measure, True).columns}:
                        made_of.add(place)
                    if before.get(measure) != after.get(measure):
                        moved_with.add(place)
    assert moved_with - made_of == set()
    assert made_of - moved_with == NOT_BY_ITSELF


def cells(desk: Desk) -> Cells:
    found: Cells = defaultdict(set)
    for measure, *cell in desk.rows(
        """select measure_code, practice_code, sex, age_band, round(sum(quantity)::numeric, 6)
           from live.int_measure__cells group by measure_code, practice_code, sex, age_band"""
    ):
        found[measure].add(tuple(cell))
    return dict(found)


def changed(desk: Desk, feed: str, column: Column) -> Iterator[Cells]:
    """The measures if the column held something else, or, where it may be empty, nothing."""
    name = sql.Identifier(column.name)
    if column.type in NUMERIC:
        other: sql.Composable = sql.SQL("2 * {} + 1").format(name)
    elif column.type == "date":
        other = sql.SQL("{} + 1").format(name)
    elif known := list(BANDS) if column.type == "age_band" else list(column.values):
        pairs = zip(known, [*known[1:], known[0]], strict=True)
        whens = [sql.SQL("when {} then {}").format(sql.Literal(a), sql.Literal(b)) for a, b in pairs]
        other = sql.SQL("case {} {} end").format(name, sql.SQL(" ").join(whens))
    else:
        other = sql.SQL("'X' || {}").format(name)
    for new in (other, sql.NULL) if column.nullable else (other,):
        with desk.owner.transaction(force_rollback=True):
            desk.owner.execute(sql.SQL("update {} set {} = {}").format(sql.Identifier("raw", feed), name, new))
            yield cells(desk)
