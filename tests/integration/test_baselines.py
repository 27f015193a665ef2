"""Baselines and references are frozen once, by the pipeline or, with a reason, by the central team."""

from datetime import date
from typing import Any

import pytest
from desk import Desk
from progress_world import FIRST, LAST, LATER, RATE, THIRTEENTH, TWELFTH, as_, build, push

from pch.errors import Refused
from pch.warehouse.calendar import last_complete_month, months_between
from pch.warehouse.programme import baselines, rows
from pch.warehouse.programme.baselines import Frozen

WHY = "Two practices merged with their neighbours."


def emergency(desk: Desk) -> list[tuple[Any, ...]]:
    """The baselines of PH01 in force."""
    return desk.rows(
        """select site_code, round(value::numeric, 6), first_period, last_period, practices, frozen_by
           from ops.current_baseline where metric_code = 'PH01' order by 1"""
    )


def readmissions(desk: Desk) -> list[tuple[Any, ...]]:
    """The reference of PH06 in force: how many strata are alike."""
    return desk.rows(
        """select count(*), events, population, first_period, last_period, frozen_by
           from ops.current_reference where definition_id = 'PH06.v1' group by 2, 3, 4, 5, 6"""
    )


def figure(desk: Desk, period: date) -> float:
    query = """select value from mart.fct_metric_value
               where (metric_code, site_code, period_window, period) = ('PH01', 'AAA01', 'r12', %s)"""
    return float(desk.value(query, period))


def test_what_was_frozen_does_not_move(two_sites: Desk) -> None:
    """Neither by a restated month nor by a site that comes later."""
    frozen = [
        ("AAA01", RATE, FIRST, TWELFTH, ["A10001", "A10002"], "pipeline"),
        ("BBB01", RATE, FIRST, TWELFTH, ["B10001"], "pipeline"),
    ]
    #  2 discharges a month of each of three practices in every stratum, nobody readmitted
    strata = (38, 0, 12 * 3 * 2, FIRST, TWELFTH, "pipeline")
    assert (emergency(two_sites), readmissions(two_sites)) == (frozen, [strata])
    assert as_("dbt", two_sites, baselines.freeze) == Frozen(0, 0)

    two_sites.register(LATER, start=FIRST.isoformat())
    push(two_sites, "CCC01", FIRST)
    push(two_sites, "AAA01", date(2025, 12, 1), spells=4)
    build(two_sites)
    assert figure(two_sites, TWELFTH) == pytest.approx(RATE * 13 / 12, rel=1e-9)
    assert (emergency(two_sites), readmissions(two_sites)) == (frozen, [strata])

    key = {"metric_code": "PH01", "site_code": "AAA01"}
    months = as_("owner", two_sites, rows.withdraw, "baseline", key, WHY, "Ann")
    assert months == len(list(months_between(FIRST, last_complete_month(date.today()))))
    assert as_("dbt", two_sites, baselines.freeze) == Frozen(0, 0)  # not before it is built anew
    assert [row[0] for row in emergency(two_sites)] == ["BBB01"]
    build(two_sites)
    assert emergency(two_sites) == [("AAA01", RATE * 13 / 12, *frozen[0][2:]), frozen[1]]


def test_the_central_team_sets_another_baseline_with_a_reason(two_sites: Desk) -> None:
    def another(period: date, because: str = WHY) -> Any:
        return as_("owner", two_sites, baselines.rebaseline, "PH01", "AAA01", period, because, "Ann")

    push(two_sites, "AAA01", THIRTEENTH, spells=4)
    two_sites.collect()
    with pytest.raises(Refused, match="2026-08 changed and waits to be built"):
        another(THIRTEENTH)
    build(two_sites)
    with pytest.raises(Refused, match="2026-09 is provisional"):
        another(LAST)
    with pytest.raises(Refused, match=r"no r12 figure of PH01 of AAA01 for 2026-03 \(not due\)"):
        another(date(2026, 3, 1))
    with pytest.raises(Refused, match="needs a sentence"):
        another(THIRTEENTH, "so")

    done = another(THIRTEENTH)
    assert done.value == pytest.approx(RATE * 13 / 12, rel=1e-9)
    assert (done.first_period, done.last_period) == (date(2025, 9, 1), THIRTEENTH)
    assert done.months == two_sites.value("select count(*) from ops.month_pending")
    assert two_sites.value("select min(period) from ops.month_pending") == FIRST  # where the earlier one began
    assert emergency(two_sites)[0] == (
        "AAA01", RATE * 13 / 12, date(2025, 9, 1), THIRTEENTH, ["A10001", "A10002"], "Ann",
    )  # fmt: skip
    assert two_sites.rows(
        """select because, frozen_by from ops.baseline where metric_code = 'PH01' and site_code = 'AAA01'
           order by baseline_id"""
    ) == [("The first complete months of the site.", "pipeline"), (WHY, "Ann")]
