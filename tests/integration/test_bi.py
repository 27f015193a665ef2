"""Schema bi as people find it: every table and column explained, every figure there, the same as in the marts."""

from datetime import date
from typing import Any

import pytest
import yaml
from bi_world import FIRST, LAST, SITES, World

from pch.pipeline.build import DBT_PROJECT

APRIL = date(2026, 4, 1)
MODELS = [
    model
    for file in sorted((DBT_PROJECT / "models" / "bi").glob("*.yml"))
    for model in yaml.safe_load(file.read_text()).get("models", [])
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model["name"])
def test_every_table_and_column_is_explained_and_typed_as_its_contract_says(
    small_world: World, model: dict[str, Any]
) -> None:
    columns = small_world.desk.rows(
        """select a.attname, format_type(a.atttypid, a.atttypmod), col_description(a.attrelid, a.attnum)
           from pg_attribute as a where a.attrelid = ('bi.' || %s)::regclass and a.attnum > 0 and not a.attisdropped""",
        model["name"],
    )
    types = {"timestamptz": "timestamp with time zone"}
    assert {name: (kind, text) for name, kind, text in columns} == {
        c["name"]: (types.get(c["data_type"], c["data_type"]), c["description"]) for c in model["columns"]
    }
    assert (
        small_world.desk.value("select obj_description(('bi.' || %s)::regclass)", model["name"]) == model["description"]
    )


def test_nothing_is_in_the_schema_that_is_not_explained(small_world: World) -> None:
    tables = small_world.desk.rows("select table_name from information_schema.tables where table_schema = 'bi'")
    assert {name for (name,) in tables} == {model["name"] for model in MODELS}
    assert small_world.desk.value("select obj_description('bi'::regnamespace)")


def test_every_figure_is_there_in_its_state_or_suppressed(small_world: World) -> None:
    for table, mart, key in (
        ("site_result", "fct_metric_value", "metric_code, site_code, period, period_window"),
        ("area_result", "fct_area_value", "metric_code, area_type, area_code, period, period_window"),
    ):
        cells, same, suppressed, lost = small_world.desk.rows(
            f"""select count(*), count(*) filter (where b.state = m.state),
                  count(*) filter (where b.state = 'suppressed' and m.state <> 'suppressed'),
                  count(*) filter (where b.state = m.state and (b.value is null) <> (m.value is null))
                from mart.{mart} as m left join bi.{table} as b using ({key})"""
        )[0]
        assert cells > 1000 and cells == same + suppressed and suppressed > 50 and lost == 0, table


def test_figures_are_close_to_the_true_ones(small_world: World) -> None:
    """Rounding a count of 8 or more to the nearest 5 moves it by a quarter at most; three digits move a figure by 0.5%."""
    rows = small_world.desk.rows(
        """select d.is_standardised, b.value, m.value from bi.site_result as b
           inner join mart.fct_metric_value as m using (metric_code, site_code, period, period_window)
           inner join bi.definition as d on (d.metric_code, d.definition_version) = (b.metric_code, b.definition_version)
           where b.metric_code in ('PH02', 'PX03') and b.value is not null"""
    )
    assert len(rows) > 100
    for is_standardised, shown, true in rows:
        assert shown == pytest.approx(true, rel=0.005 if is_standardised else 0.4)


def test_a_site_that_improved_reads_so_everywhere(small_world: World) -> None:
    """AAA03 treats 640 of 800 from April 2026 on, 480 before: 80%, baseline 60% (March 2026), target 70%."""
    row = small_world.desk.rows(
        """select r.value, r.numerator, r.denominator, r.verdict, r.target_value, r.is_target_met,
             p.baseline_value, p.change, p.is_priority, p.change_pct, p.verdict_text, c.amount
           from bi.site_result as r
           inner join bi.progress as p using (metric_code, site_code, period, period_window)
           inner join bi.change_part as c using (metric_code, site_code, period)
           where (r.metric_code, r.site_code, r.period) = ('PH09', 'AAA03', %s) and c.part = 'performance'""",
        APRIL,
    )[0]
    assert row[:10] == (80, 640, 800, "improved", 70, True, 60, 20, True, 33.3)
    assert row[10].startswith("Hypertension treated to target, under 80: improved, 80.0% in April 2026, 33.3% higher")
    assert row[11] == pytest.approx(20, abs=5 * 100 / 800 / 2)  # in steps of five patients


def test_peers_are_compared_by_what_is_shown(small_world: World) -> None:
    """Seven peers at 60%, one of them hidden nowhere: the median is 60, and AAA03 the best of eight."""
    row = small_world.desk.rows(
        """select peers_count, peer_lower_quartile, peer_median, rank_among_peers from bi.peer_result
           where (metric_code, site_code, period) = ('PH09', 'AAA03', %s)""",
        APRIL,
    )
    assert row == [(7, 60, 60, 1)]
    hidden = small_world.desk.rows(
        """select r.peers_count, (select count(*) from bi.site_result as s
             where (s.metric_code, s.period) = (r.metric_code, r.period) and s.is_main_window
             and s.value is not null and s.site_code <> r.site_code)
           from bi.peer_result as r where r.metric_code = 'PX03' and r.peers_count > 0"""
    )
    assert hidden and all(peers == shown < len(SITES) - 1 for peers, shown in hidden)


def test_areas_add_up_to_rounding(small_world: World) -> None:
    """Eight sites of 800 with high blood pressure: the programme has 6,400, the South 2,400."""
    rows = small_world.desk.rows(
        """select area_type, area_code, numerator, denominator, sites_count from bi.area_result
           where (metric_code, period, period_window) = ('PH09', %s, 'month') order by area_type, area_code""",
        APRIL,
    )
    assert rows == [
        ("programme", "PCH", 4000, 6400, 8), ("region", "East", 480, 800, 1), ("region", "North", 2080, 3200, 4),
        ("region", "South", 1440, 2400, 3), ("wave", "1", 1920, 3200, 4), ("wave", "2", 2080, 3200, 4),
    ]  # fmt: skip


def test_dimensions_speak_in_words(small_world: World) -> None:
    metric = small_world.desk.rows(
        "select unit, direction, method, main_window from bi.metric where metric_code = 'PH02'"
    )
    assert metric == [
        ("per 100,000 patients a year", "lower is better", "rate, directly standardised for age and sex", "r12")
    ]
    month = small_world.desk.rows(
        "select month_name, financial_year, financial_quarter, is_closed from bi.month where period in (%s, %s) order by 1",
        FIRST, LAST,
    )  # fmt: skip
    assert month == [("April 2025", "2025/26", "Q1", True), ("May 2026", "2026/27", "Q1", False)]
    assert small_world.desk.value("select count(*) from bi.month where is_newest_closed") == 1
    assert (
        small_world.desk.value("select count(*) from bi.metric where strpos(unit || method || direction, '_') > 0") == 0
    )
    model = small_world.desk.rows(
        """select characteristics_in_place_count, characteristics_partly_count from bi.site_month
           where period = %s and site_code in ('AAA03', 'AAA04') order by site_code""",
        APRIL,
    )
    assert model == [(2, 0), (0, 1)]
    facts = "select distinct characteristic, level from bi.characteristic where site_code = 'AAA04'"
    assert small_world.desk.rows(facts) == [("integrated workforce", "partly")]
