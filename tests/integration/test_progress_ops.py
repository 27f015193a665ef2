"""The declared side of progress: what is in force of all that was declared, what it moves, and that nothing is lost."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from desk import Desk

from pch.errors import Refused
from pch.settings import Role
from pch.warehouse.calendar import ensure_periods, last_complete_month, months_between
from pch.warehouse.db import connect
from pch.warehouse.programme import declared, rows
from pch.warehouse.programme.declared import Fact, Target
from pch.warehouse.programme.rows import Declared

JANUARY, APRIL, JULY, OCTOBER = (date(2025, month, 1) for month in (1, 4, 7, 10))
NEWEST = last_complete_month(date.today())
WHY = "Agreed by the board of the programme."
KINDS = ("baseline", "indirect_reference", "target", "priority", "characteristic", "rebase")


@pytest.fixture
def sites(desk: Desk) -> Desk:
    """Two sites, and the months since January 2025."""
    desk.register({"AAA01": ["A10001", "A10002"], "BBB01": ["B10001"]})
    ensure_periods(desk.owner, JANUARY, NEWEST)
    return desk


def act(desk: Desk, declare: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """What ``declare`` says, in a transaction of the central team."""
    with connect(desk.settings, "owner") as conn:
        return declare(conn, *arguments, **named)


def aim(desk: Desk, metric: str, site: str | None, first: date, value: float, *to: Any, why: str = WHY) -> Declared:
    return act(desk, declared.set_targets, [Target(metric, site, first, value, why, *to)], "Ann")


def choose(desk: Desk, metric: str, first: date, to: date | None = None, rank: int | None = None) -> Declared:
    return act(desk, declared.choose_priority, "AAA01", metric, first, WHY, "Jo", to_period=to, rank=rank)


def record(desk: Desk, characteristic: str, as_of: str, level: str, evidence: str = "Seen at the visit.") -> Declared:
    fact = Fact("AAA01", characteristic, level, date.fromisoformat(as_of), evidence)
    return act(desk, declared.record_characteristics, [fact], "Ann")


def set_baseline(desk: Desk, metric: str, value: float) -> None:
    """A baseline of AAA01, as if it had been frozen: the year to March 2025."""
    figures = {
        "metric_code": metric, "site_code": "AAA01", "definition_version": 1, "period_window": "r12",
        "first_period": date(2024, 4, 1), "last_period": date(2025, 3, 1), "value": value, "practices": ["A10001"],
        "because": WHY,
    }  # fmt: skip
    act(desk, rows.append, "baseline", [figures], "Ann")


def moved_by(desk: Desk, what: Callable[[], Any]) -> list[date]:
    """The months that ``what`` puts down for building."""
    before = desk.value("select coalesce(max(change_id), 0) from ops.month_change")
    what()
    return [row[0] for row in desk.rows("select period from ops.month_change where change_id > %s order by 1", before)]


def refusal(what: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as refused:
        what()
    return str(refused.value)


TARGETS = (
    "select site_code, from_period, value, to_period, to_value, effective_to from ops.current_target order by 1, 2"
)


def test_a_target_holds_until_the_next_and_a_later_word_stands_for_an_earlier(sites: Desk) -> None:
    aim(sites, "PH01", "AAA01", APRIL, 90)
    aim(sites, "PH01", "AAA01", OCTOBER, 85, date(2026, 3, 1), 80.5)
    aim(sites, "PH01", None, APRIL, 95)
    own = ("AAA01", OCTOBER, 85, date(2026, 3, 1), 80.5, None)
    programme = (None, APRIL, 95, None, None, None)
    assert sites.rows(TARGETS) == [("AAA01", APRIL, 90, None, None, OCTOBER), own, programme]

    aim(sites, "PH01", "AAA01", APRIL, 88)
    assert sites.rows(TARGETS) == [("AAA01", APRIL, 88, None, None, OCTOBER), own, programme]
    key = {"metric_code": "PH01", "site_code": "AAA01", "from_period": OCTOBER}
    act(sites, rows.withdraw, "target", key, "The board took it back.", "Ben")
    assert sites.rows(TARGETS) == [("AAA01", APRIL, 88, None, None, None), programme]
    assert sites.rows("select value, is_withdrawn, because, set_by from ops.target order by target_id") == [
        (90, False, WHY, "Ann"), (85, False, WHY, "Ann"), (95, False, WHY, "Ann"), (88, False, WHY, "Ann"),
        (85, True, "The board took it back.", "Ben"),
    ]  # fmt: skip
    assert "nothing to withdraw" in refusal(lambda: act(sites, rows.withdraw, "target", key, WHY, "Ben"))


def test_what_is_in_force_already_adds_no_row_and_moves_nothing(sites: Desk) -> None:
    assert aim(sites, "PH01", "AAA01", APRIL, 90).added == 1
    again = aim(sites, "PH01", "AAA01", APRIL, 90)
    assert (again.added, again.months) == (0, 0)
    assert aim(sites, "PH01", "AAA01", APRIL, 90, why="Confirmed at the end of the year.").added == 1
    assert sites.value("select count(*) from ops.target") == 2


@pytest.mark.parametrize(
    ("target", "why"),
    [
        (Target("XX99", None, APRIL, 1, WHY), "There is no metric 'XX99'"),
        (Target("PH01", "ZZZ99", APRIL, 1, WHY), "There is no site 'ZZZ99' in the register"),
        (Target("PH01", None, APRIL, 1, WHY, OCTOBER), "needs both where it leads and when"),
        (Target("PH01", None, APRIL, 1, WHY, APRIL, 2.0), "would end with 2025-04, not after it begins"),
        (Target("PH01", None, APRIL, float("nan"), WHY), "nan is no number to aim at"),
        (Target("DQ01", None, APRIL, 90, WHY, OCTOBER, 101), "DQ01 is a share in percent, and 101 is not"),
        (Target("PH01", None, APRIL, 1, "  because   "), "A target needs a sentence of 10 characters"),
    ],
)
def test_what_cannot_be_aimed_at_is_refused(sites: Desk, target: Target, why: str) -> None:
    good = Target("PH01", None, APRIL, 90, WHY)
    assert why in refusal(lambda: act(sites, declared.set_targets, [good, target], "Ann"))
    assert sites.value("select count(*) from ops.target") == 0


def test_a_target_to_the_worse_is_set_with_a_warning(sites: Desk) -> None:
    set_baseline(sites, "PH01", 90.3)
    set_baseline(sites, "DQ01", 70)
    assert aim(sites, "PH01", "AAA01", APRIL, 90.3).warnings == []
    assert aim(sites, "PH01", "BBB01", APRIL, 95).warnings == []  # its baseline is not known yet
    (above,) = aim(sites, "PH01", "AAA01", APRIL, 95).warnings
    assert above == (
        "PH01 is better lower, and the baseline of AAA01 is 90.3: 95 would be met without any improvement."
    )
    (rising,) = aim(sites, "PH01", None, APRIL, 80, OCTOBER, 85.0).warnings
    assert rising == "PH01 is better lower, and this trajectory leads from 80 to 85."
    assert aim(sites, "DQ01", "AAA01", APRIL, 80, OCTOBER, 85.0).warnings == []
    assert len(aim(sites, "DQ01", "AAA01", APRIL, 60, OCTOBER, 55.0).warnings) == 2
    assert "better neither high nor low" in aim(sites, "IN01", None, APRIL, 1).warnings[0]
    assert sites.value("select count(*) from ops.target") == 7


def test_targets_move_the_months_from_their_first_on(sites: Desk) -> None:
    since_july = list(months_between(JULY, NEWEST))
    assert moved_by(sites, lambda: aim(sites, "PH01", "AAA01", JULY, 90)) == since_july
    assert moved_by(sites, lambda: aim(sites, "PH01", None, date(2099, 4, 1), 90)) == [NEWEST]
    key = {"metric_code": "PH01", "site_code": "AAA01", "from_period": JULY}
    assert moved_by(sites, lambda: act(sites, rows.withdraw, "target", key, WHY, "Ann")) == since_july
    assert moved_by(sites, lambda: act(sites, declared.declare_rebase, "PH01", None, JULY, WHY, "Ann")) == since_july


PRIORITIES = "select metric_code, from_period, to_period, rank from ops.current_priority order by 2, 4, 1"


def test_priorities_are_chosen_ranked_and_ended(sites: Desk) -> None:
    choose(sites, "PH01", APRIL)
    choose(sites, "IN01", APRIL)
    choose(sites, "DQ01", APRIL, rank=1)
    ranked = [("DQ01", APRIL, None, 1), ("PH01", APRIL, None, 1), ("IN01", APRIL, None, 2)]
    assert sites.rows(PRIORITIES) == ranked

    end = (declared.end_priority, "AAA01", "PH01", JULY, "It has been reached.", "Jo")
    after_july = list(months_between(date(2025, 8, 1), NEWEST))
    assert moved_by(sites, lambda: act(sites, *end)) == after_july
    assert ("PH01", APRIL, JULY, 1) in sites.rows(PRIORITIES)
    choose(sites, "PH01", OCTOBER)
    assert ("PH01", OCTOBER, None, 3) in sites.rows(PRIORITIES)

    assert "already, from 2025-04 to 2025-07" in refusal(lambda: choose(sites, "PH01", JANUARY, APRIL))
    assert "already, from 2025-10 to now" in refusal(lambda: choose(sites, "PH01", date(2026, 1, 1)))
    assert "There is no metric 'XX99'" in refusal(lambda: choose(sites, "XX99", APRIL))
    assert "would end with 2025-01, before" in refusal(lambda: choose(sites, "IN02", APRIL, JANUARY))
    assert "no priority of AAA01 in 2025-08" in refusal(lambda: act(sites, *end[:3], date(2025, 8, 1), WHY, "Jo"))


COURSE = "select characteristic, as_of, level, effective_to from ops.current_characteristic order by 1, 2"


def test_characteristics_have_a_course(sites: Desk) -> None:
    record(sites, "integrated_workforce", "2025-10-20", "in_place")
    record(sites, "integrated_workforce", "2025-04-03", "not_started")
    record(sites, "population_30_50k", "2025-04-03", "in_place")
    assert moved_by(sites, lambda: record(sites, "integrated_workforce", "2025-04-03", "partly")) == [NEWEST]
    half, whole = date(2025, 4, 3), date(2025, 10, 20)
    assert sites.rows(COURSE) == [
        ("integrated_workforce", half, "partly", whole),
        ("integrated_workforce", whole, "in_place", None),
        ("population_30_50k", half, "in_place", None),
    ]
    key = {"site_code": "AAA01", "characteristic": "integrated_workforce", "as_of": whole}
    act(sites, rows.withdraw, "characteristic", key, "It was another site.", "Ann")
    assert sites.rows(COURSE)[0] == ("integrated_workforce", half, "partly", None)

    tomorrow = (date.today() + timedelta(days=2)).isoformat()
    assert "still to come" in refusal(lambda: record(sites, "population_30_50k", tomorrow, "partly"))
    assert "no characteristic 'budget'" in refusal(lambda: record(sites, "budget", "2025-04-03", "partly"))
    assert "no level 'nearly'" in refusal(lambda: record(sites, "population_30_50k", "2025-04-03", "nearly"))
    short = refusal(lambda: record(sites, "population_30_50k", "2025-04-03", "partly", "yes"))
    assert "The evidence needs a sentence" in short


def test_rebasing_is_of_a_site_or_of_all(sites: Desk) -> None:
    for site in ("AAA01", None):
        act(sites, declared.declare_rebase, "PH01", site, APRIL, WHY, "Ann")
    rebased = "select metric_code, site_code, from_period, signed_by from ops.current_rebase order by 2"
    assert sites.rows(rebased) == [("PH01", "AAA01", APRIL, "Ann"), ("PH01", None, APRIL, "Ann")]
    key = {"metric_code": "PH01", "site_code": None, "from_period": APRIL}
    act(sites, rows.withdraw, "rebase", key, "Not agreed after all.", "Ann")
    assert sites.rows(rebased) == [("PH01", "AAA01", APRIL, "Ann")]
    assert "no site 'ZZZ99'" in refusal(lambda: act(sites, declared.declare_rebase, "PH01", "ZZZ99", APRIL, WHY, "A"))


def declare_everything(desk: Desk) -> None:
    set_baseline(desk, "PH01", 90.3)
    aim(desk, "PH01", "AAA01", APRIL, 85)
    choose(desk, "PH01", APRIL)
    record(desk, "population_30_50k", "2025-04-03", "in_place")
    act(desk, declared.declare_rebase, "PH01", None, APRIL, WHY, "Ann")
    desk.owner.execute(
        """insert into ops.indirect_reference (definition_id, sex, age_band, events, population, first_period,
             last_period, because, frozen_by)
           values ('PH06.v1', 'male', '75-79', 10, 100, '2024-04-01', '2025-03-01', %s, 'Ann')""",
        (WHY,),
    )


def test_nobody_changes_what_was_declared(sites: Desk) -> None:
    declare_everything(sites)
    for kind in KINDS:
        assert sites.value(f"select count(*) from ops.{kind}") == 1
        for change in (f"update ops.{kind} set because = because", f"delete from ops.{kind}", f"truncate ops.{kind}"):
            if kind == "characteristic":
                change = change.replace("because", "evidence")
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match=f"Rows of ops.{kind} are never changed"):
                sites.owner.execute(change)


@pytest.mark.parametrize("role", ["dbt", "analyst", "loader", "intake"])
def test_each_role_reads_and_none_declares(sites: Desk, role: Role) -> None:
    """But dbt, which freezes what its models made, and nothing else."""
    declare_everything(sites)
    with connect(sites.settings, role, autocommit=True) as conn:
        for kind in KINDS:
            view = f"ops.current_{kind.removeprefix('indirect_')}"
            assert conn.execute(f"select count(*) from {view}").fetchone() == (1,)
            may = conn.execute("select has_table_privilege(%s, 'insert')", (f"ops.{kind}",)).fetchone()
            assert may == (role == "dbt" and kind in ("baseline", "indirect_reference"),)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"delete from ops.{kind}")
