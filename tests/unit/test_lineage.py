"""Tracing a measure through SQL: which columns it comes from, which of them are counted, and what is left out."""

import pytest

from pch.reports.lineage.origins import Place
from pch.reports.lineage.trace import Tracer

Found = dict[str, str]  # "table.column": counted or decides


def of(measure: str, *, prices: list[dict[str, str]] | None = None, **models: str) -> Found:
    """Origins of ``quantity`` in model ``m.cells`` where the measure is ``measure``; other models are ``m.<name>``."""
    tracer = Tracer(
        {f"m.{name}": text for name, text in models.items()},
        {"r.price": prices or []},
        {Place("r.a", "kind"): frozenset({"em", "el"})},
    )
    found = tracer.origins("m.cells", "quantity", {"measure_code": frozenset({measure})})
    return {f"{p.relation[2:]}.{p.column}": "counted" if o.is_counted else "decides" for p, o in found.items()}


SIDE_BY_SIDE = """
    select v.measure_code, coalesce(v.quantity, 0) as quantity
    from (
        select sum(n) filter (where kind = 'em') as q1, (sum(cost / days))::double precision as q2 from r.a
    ) as c
    cross join lateral (values ('emergencies', c.q1), ('costs', c.q2)) as v (measure_code, quantity)
"""


def test_only_the_row_of_the_measure_is_followed() -> None:
    assert of("emergencies", cells=SIDE_BY_SIDE) == {"a.n": "counted", "a.kind": "decides"}
    assert of("costs", cells=SIDE_BY_SIDE) == {"a.cost": "counted", "a.days": "counted"}
    assert of("unknown", cells=SIDE_BY_SIDE) == {}


def test_a_branch_of_a_union_with_other_measures_is_left_out() -> None:
    cells = "select 'people' as measure_code, n as quantity from r.b union all select * from m.counted"
    assert of("people", cells=cells, counted=SIDE_BY_SIDE) == {"b.n": "counted"}
    assert of("emergencies", cells=cells, counted=SIDE_BY_SIDE) == {"a.n": "counted", "a.kind": "decides"}


def test_what_says_which_rows_count_decides() -> None:
    cells = """
        with named as (select r.n, r.place, case when r.role = 'gp' then r.hours else 0 end as hours from r.a as r)
        select 'x' as measure_code, sum(n.hours) over (partition by n.place) as quantity
        from named as n inner join r.b as b on n.n = b.id
        where b.is_open and exists (select from r.c as c where c.id = n.place)
    """
    assert of("x", cells=cells) == {
        "a.hours": "counted", "a.role": "decides", "a.place": "decides", "a.n": "decides",
        "b.id": "decides", "b.is_open": "decides", "c.id": "decides",
    }  # fmt: skip


def test_the_condition_of_an_optional_join_decides_where_something_of_it_is_used() -> None:
    cells = """
        select v.measure_code, v.quantity from r.a as a left join r.b as b on a.role = b.role
        cross join lateral (values ('paid', a.hours * b.price), ('hours', a.hours)) as v (measure_code, quantity)
    """
    assert of("paid", cells=cells) == {
        "a.hours": "counted", "b.price": "counted", "a.role": "decides", "b.role": "decides",
    }  # fmt: skip
    assert of("hours", cells=cells) == {"a.hours": "counted"}


COSTS = """
    with price as (select p.measure, p.part, p.gbp from r.price as p)
    select v.name || v.money as measure_code, c.quantity * u.gbp as quantity
    from m.counted as c inner join price as u on (c.measure_code) = (u.measure)
    cross join lateral (values ('total', '_gbp', true), ('urgent', '_gbp', u.part = 'urgent')) as v (name, money, is_of)
    where v.is_of
"""
PRICES = [{"measure": "emergencies", "part": "urgent"}, {"measure": "costs", "part": "other"}]


@pytest.mark.parametrize(
    ("measure", "counted"),
    [("total_gbp", {"a.n", "a.cost", "a.days", "price.gbp"}), ("urgent_gbp", {"a.n", "price.gbp"})],
)
def test_the_table_of_prices_says_which_measures_a_cost_is_made_of(measure: str, counted: set[str]) -> None:
    found = of(measure, cells=COSTS, counted=SIDE_BY_SIDE, prices=PRICES)
    assert {place for place, role in found.items() if role == "counted"} == counted


NAMED_BY_DATA = """
    select concat_ws('_', a.kind, lower(a.code), nullif(a.cohort, 'all'), v.part) as measure_code, v.quantity
    from r.a as a
    cross join lateral (values ('met', a.x), ('answers', a.y), ('scored_answers', a.z)) as v (part, quantity)
"""


def test_a_name_made_of_data_is_read_by_its_pattern_and_the_data_in_it_decide() -> None:
    name = {"a.kind": "decides", "a.code": "decides", "a.cohort": "decides"}
    assert of("em_hyp008_met", cells=NAMED_BY_DATA) == {"a.x": "counted", **name}
    assert of("em_pain_scored_answers", cells=NAMED_BY_DATA) == {"a.z": "counted", **name}, "the more literal reading"
    assert of("other_hyp008_met", cells=NAMED_BY_DATA) == {}, "kind is a category, and has no such value"


def test_a_condition_that_is_not_understood_leaves_nothing_out() -> None:
    cells = "select 'x' as measure_code, a.n as quantity from r.a as a where a.kind like 'e%' or a.n % 2 = 0"
    assert of("x", cells=cells) == {"a.n": "counted", "a.kind": "decides"}
