"""What has become of a site since its baseline: verdicts, charts and parts, against figures reckoned without the warehouse."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from math import hypot
from typing import Any

import progress_year as world
import pytest
from desk import Desk
from input_cases import fresh_desk
from progress_year import LAST, MONTHS, SILENT_FROM, SITES, THIRTEENTH, TWELFTH, push, rate

from pch.settings import Settings
from pch.warehouse.db import connect
from pch.warehouse.programme.declared import Fact, Target, choose_priority, declare_rebase, record_characteristics
from pch.warehouse.programme.declared import set_targets as aim

WHY, WHO = "Planted for these tests, and known.", "tester"
REBASED, RESTATED = MONTHS[19], MONTHS[2]


@pytest.fixture(scope="module")
def programme(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Built once, so that baselines are frozen; then OLDS sends a month of its baseline anew, with twice the
    emergencies, and everything that people declare is declared."""
    with fresh_desk(server, tmp_path_factory.mktemp("progress")) as desk:
        world.register(desk)
        for month in MONTHS:
            for site in SITES:
                if site != "GONE" or month < SILENT_FROM:
                    push(desk, site, month)
        desk.collect()
        desk.build()
        push(desk, "OLDS", RESTATED, more=10)
        with connect(desk.settings, "owner") as conn:
            aim(conn, [Target("PH01", "DROP", THIRTEENTH, 120, WHY, LAST, 90)], WHO)
            choose_priority(conn, "DROP", "PH01", THIRTEENTH, WHY, WHO)
            declare_rebase(conn, "PH01", "SAME", REBASED, WHY, WHO)
            record_characteristics(conn, [Fact("DROP", "integrated_workforce", "in_place", MONTHS[6], WHY)], WHO)
        desk.collect()
        desk.build()
        yield desk


def row(desk: Desk, table: str, site: str, month: date, *columns: str) -> tuple[Any, ...]:
    """``columns`` of PH01 in ``mart.<table>``."""
    query = f"select {', '.join(columns)} from mart.{table} where (metric_code, site_code, period) = ('PH01', %s, %s)"
    (found,) = desk.rows(query, site, month)
    return found


def verdict(desk: Desk, site: str, month: date = LAST) -> str:
    return str(row(desk, "fct_progress", site, month, "verdict")[0])


def parts(desk: Desk, site: str) -> dict[str, float]:
    query = "select part, amount from mart.fct_change_part where (metric_code, site_code, period) = ('PH01', %s, %s)"
    return dict(desk.rows(query, site, LAST))


def test_a_planted_drop_is_an_improvement_with_its_interval(programme: Desk) -> None:
    before, after = rate(2 * 12 * 10, 2 * 12 * 1000), rate(2 * 12 * 8, 2 * 12 * 1000)
    change = after.value - before.value
    columns = ("baseline_value", "baseline_lower_95", "baseline_upper_95", "value", "lower_95", "upper_95")
    columns += ("change", "change_lower_95", "change_upper_95", "change_pct")
    assert row(programme, "fct_progress", "DROP", LAST, *columns) == pytest.approx(
        (
            before.value, before.lower, before.upper, after.value, after.lower, after.upper, change,
            change - hypot(after.value - after.lower, before.upper - before.value),
            change + hypot(after.upper - after.value, before.value - before.lower), -20,
        ),
        rel=1e-9,
    )  # fmt: skip
    assert verdict(programme, "DROP") == "improved"
    (text,) = row(programme, "fct_progress", "DROP", LAST, "verdict_text")
    assert text == (
        "Emergency admissions, all causes: improved, 96.0 per 1,000 patients a year in the twelve months to January "
        "2026, 20.0% lower than the baseline of 120 (the twelve months to December 2024), more than chance makes "
        "(95% interval: 20.5 to 27.5 lower)."
    )


def test_no_change_is_none_and_says_what_could_be_seen(programme: Desk) -> None:
    baseline = rate(120, 12000)
    relative = (baseline.upper - baseline.lower) / (2 * 1.959963984540054) / baseline.value
    fifty, eighty = (100 * z * 2**0.5 * relative for z in (1.959963984540054, 1.959963984540054 + 0.8416212335729143))
    columns = ("minimum_detectable_change_pct_50", "minimum_detectable_change_pct_80", "worthwhile_change_pct")
    assert row(programme, "fct_progress", "SAME", LAST, *columns) == pytest.approx((fifty, eighty, 5), rel=1e-9)
    assert verdict(programme, "SAME") == "no_detectable_change"
    (months,) = row(programme, "fct_progress", "SAME", LAST, "months_to_show_worthwhile_change")
    seen_after = [eighty * ((1 + 12 / m) / 2) ** 0.5 for m in (months, months - 1)]
    assert seen_after[0] <= 5 < seen_after[1]


def test_it_is_too_early_while_a_month_is_in_both(programme: Desk) -> None:
    """The windows are apart from the twelfth month after the baseline on."""
    assert [verdict(programme, "DROP", month) for month in (MONTHS[5], TWELFTH, THIRTEENTH, MONTHS[22], MONTHS[23])] == [
        "too_early", "too_early", "too_early", "too_early", "improved",
    ]  # fmt: skip
    assert row(programme, "fct_progress", "DROP", THIRTEENTH, "change", "change_lower_95") == (None, None)


def test_without_a_figure_there_is_no_verdict(programme: Desk) -> None:
    assert row(programme, "fct_progress", "GONE", LAST, "verdict", "verdict_text") == (
        "cannot_say",
        "Emergency admissions, all causes: cannot say, there is no figure for the twelve months to January 2026 "
        "(accepted data cover 41.7% of registered patients).",
    )
    assert parts(programme, "GONE") == {}


def test_every_change_is_the_sum_of_its_parts(programme: Desk) -> None:
    rows = programme.rows(
        """select p.change, sum(c.amount), greatest(abs(p.value), abs(p.baseline_value)) from mart.fct_progress as p
           inner join mart.fct_change_part as c using (metric_code, site_code, period) group by p.metric_code,
           p.site_code, p.period, p.change, p.value, p.baseline_value"""
    )
    assert len(rows) > 30
    assert all(abs(change - total) <= 1e-9 * scale for change, total, scale in rows)


def test_what_the_parts_are(programme: Desk) -> None:
    """L10002, with twice the rate, left: 180 becomes 120. P10003 (20 in 1,000 a month) fell silent: 140 becomes 120.
    A month of OLDS' baseline was sent anew: its year would be 130 now."""
    nothing = {"performance": 0, "roster": 0, "mix": 0, "coverage": 0, "definition": 0}
    expected = {
        "DROP": {"performance": -24},
        "SAME": {},
        "LEFT": {"roster": -60},
        "PART": {"coverage": -20},
        "OLDS": {"coverage": 10, "performance": -10},
    }
    for site, planted in expected.items():
        assert parts(programme, site) == pytest.approx(nothing | planted, abs=1e-9), site
    (text,) = row(programme, "fct_progress", "LEFT", LAST, "verdict_text")
    assert text.endswith("most of it is due to practices that came or went, not to what the same practices did.")


def test_a_frozen_baseline_does_not_move_when_old_data_do(programme: Desk) -> None:
    (now,) = programme.rows(
        """select value from mart.fct_metric_value
           where (metric_code, site_code, period_window, period) = ('PH01', 'OLDS', 'r12', %s)""",
        TWELFTH,
    )
    assert now == pytest.approx((130,))
    query = "select value, is_new, frozen_by, last_period from mart.fct_baseline where (metric_code, site_code) = ('PH01', 'OLDS')"
    assert programme.rows(query) == [(pytest.approx(120), False, "pipeline", TWELFTH)]
    assert verdict(programme, "OLDS") == "no_detectable_change"


def test_the_chart_sees_the_drop_after_seven_months(programme: Desk) -> None:
    icons = [
        row(programme, "fct_spc", "DROP", month, "special_cause_type", "variation_icon") for month in MONTHS[12:20]
    ]
    run = ("7 Points Below CL", "improvement_low")
    assert icons[:6] == [("Common Cause", "common_cause")] * 6
    assert icons[6] == run
    monthly = [12 * (10 + (1, -1, 0)[n % 3]) for n in range(12)]
    moves = [abs(b - a) for a, b in pairwise(monthly)]
    mean, swing = sum(monthly) / 12, 2.66 * sum(moves) / len(moves)
    limits = row(programme, "fct_spc", "DROP", LAST, "mean", "lpl", "upl", "points_count")
    assert limits == pytest.approx((mean, mean - swing, mean + swing, 25))


def test_each_month_stands_as_the_function_judges_the_series_up_to_it(programme: Desk) -> None:
    """The row of a month is the last point of the chart that ends with it: what anybody gets who asks ``stat.xmr``."""
    asked = """
        select s.site_code, s.period, x.mean, x.upl, x.special_cause_type
        from mart.fct_spc as s
        cross join lateral (
            select array_agg(v.value order by v.period) as y from mart.fct_metric_value as v
            where (v.metric_code, v.site_code, v.period_window) = (s.metric_code, s.site_code, 'month')
            and v.period between s.stretch_first_period and s.period and v.value is not null) as v
        cross join lateral (
            select * from stat.xmr(v.y, 'decrease', fix_after => 12) order by idx desc limit 1) as x
        where s.metric_code = 'PH01' order by 1, 2"""
    stood = "select site_code, period, mean, upl, special_cause_type from mart.fct_spc where metric_code = 'PH01' order by 1, 2"
    assert programme.rows(stood) == programme.rows(asked)
    assert len(programme.rows(stood)) == 25 * len(SITES) - (25 - MONTHS.index(SILENT_FROM))


def test_the_query_in_the_description_gives_the_whole_chart(programme: Desk) -> None:
    """As of today: the seven months of the run are all marked, the six before it was seen, too."""
    described = programme.value("select obj_description('mart.fct_spc'::regclass)")
    query = (
        described.partition("a stretch at a time: ")[2].replace("U09072", "DROP").replace("2025-04-01", "2024-01-01")
    )
    assert [month for month, *_, rule, _ in programme.rows(query) if rule == "7 Points Below CL"] == MONTHS[12:]


def test_a_chart_is_re_based(programme: Desk) -> None:
    assert row(programme, "fct_spc", "SAME", MONTHS[18], "points_count", "is_break") == (19, False)
    assert row(programme, "fct_spc", "SAME", REBASED, "points_count", "is_break") == (1, True)
    assert row(programme, "fct_spc", "SAME", LAST, "points_count", "stretch_first_period") == (6, REBASED)
    assert row(programme, "fct_spc", "OLDS", LAST, "points_count", "is_break") == (25, False)


def test_a_target_lies_on_its_trajectory(programme: Desk) -> None:
    """From 120 to 90 in twelve months; the year's figure falls by two a month, from 118 on."""
    targets = ("target_value", "is_target_met")
    assert row(programme, "fct_progress", "DROP", TWELFTH, *targets) == (None, None)
    assert row(programme, "fct_progress", "DROP", MONTHS[13], *targets) == (117.5, True)
    assert row(programme, "fct_progress", "DROP", MONTHS[18], *targets) == (105, False)
    assert row(programme, "fct_progress", "DROP", LAST, *targets, "is_priority", "priority_rank") == (
        90,
        False,
        True,
        1,
    )
    assert row(programme, "fct_progress", "SAME", LAST, "target_value", "is_priority") == (None, False)


def test_outcomes_can_be_read_against_the_model_of_care(programme: Desk) -> None:
    query = """select period, characteristics_in_place_count, has_integrated_workforce from mart.fct_model_in_place
               where site_code = 'DROP' and period in (%s, %s) order by 1"""
    assert programme.rows(query, MONTHS[5], MONTHS[6]) == [(MONTHS[5], 0, False), (MONTHS[6], 1, True)]
    assert programme.rows("select characteristic, evidence, is_current from mart.fct_characteristic") == [
        ("integrated_workforce", WHY, True)
    ]
    assert programme.rows("select site_code, metric_code, because, is_current from mart.fct_priority") == [
        ("DROP", "PH01", WHY, True)
    ]


@pytest.mark.parametrize(
    ("what", "events", "months", "fifty", "eighty"),
    [
        ("all emergency admissions, twelve months", 4300, 12, 4, 6),
        ("chronic ambulatory care sensitive, twelve months", 356, 12, 15, 21),
        ("all emergency admissions, one month", 358, 1, 14, 21),
        ("chronic ambulatory care sensitive, one month", 30, 1, 50, 72),
    ],
)
def test_detectable_changes_of_a_site_of_43000(
    programme: Desk, what: str, events: int, months: int, fifty: int, eighty: int
) -> None:
    """The magnitudes of ``docs/adr/0014``; months a 5% change takes to show, where it ever does."""
    (found,) = programme.rows(
        """select stat.detectable_change_pct(value, lower, upper, 0.5), stat.detectable_change_pct(value, lower, upper),
             stat.months_to_show(5, value, lower, upper, %s)
           from stat.rate(%s, 43000 * %s / 12.0, 1000)""",
        months, events, months,
    )  # fmt: skip
    assert found[:2] == pytest.approx((fifty, eighty), rel=0.07), what
    assert found[2] == (34 if events == 4300 else None)


@pytest.mark.parametrize("value", ["null", "0", "'NaN'", "'Infinity'", "-1e300", "1e-300", "1e15"])
def test_detectable_changes_never_raise(programme: Desk, value: str) -> None:
    for arguments in (f"{value}, 1, 2", f"1, {value}, 2", f"1, 0.5, {value}", "1, 1, 1", "1, 0.9, 1.1"):
        for power in ("0.5", value):
            programme.owner.execute(f"select stat.detectable_change_pct({arguments}, {power})")
            programme.owner.execute(f"select stat.months_to_show({value}, {arguments}, 12, {power})")
            programme.owner.execute(f"select stat.months_to_show(5, {arguments}, {value}, {power})")
