"""Reads the facts of the cost and value pages, of one moment: a query a fact, whatever the number of sites.

    mart.fct_cost, fct_input, fct_input_completeness, fct_grant, fct_budget (as built)
    + mart.fct_evaluation, fct_effect ..., fct_worth ..., fct_claim (as last evaluated) -> Facts

The same questions are asked of schema bi, whose tables bear the same columns, for what may leave the house.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import TypeVar

from psycopg.rows import class_row

from pch.reports.pages.worth_facts import (
    PROGRAMME,
    Acceptability,
    Budget,
    Claim,
    Completeness,
    Cost,
    CoursePoint,
    Diagnostic,
    Draw,
    Effect,
    Evaluated,
    Event,
    Facts,
    Grant,
    Input,
    Worth,
)
from pch.reports.plain import snapshot
from pch.settings import Settings
from pch.warehouse.db import Connection

SHOWN = ("programme", "site")


#  By the name of its model of the marts and of its table of schema bi
_TABLES: dict[type, tuple[str, str]] = {
    Evaluated: ("fct_evaluation", "evaluation"),
    Cost: ("fct_cost", "cost"),
    Input: ("fct_input", "input"),
    Completeness: ("fct_input_completeness", "input_completeness"),
    Grant: ("fct_grant", "grant_award"),
    Budget: ("fct_budget", "budget"),
    Effect: ("fct_effect", "effect"),
    Diagnostic: ("fct_effect_diagnostic", "effect_diagnostic"),
    Event: ("fct_effect_event", "effect_event"),
    CoursePoint: ("fct_effect_course", "effect_course"),
    Worth: ("fct_worth", "worth"),
    Draw: ("fct_worth_plane", "worth_plane"),
    Acceptability: ("fct_acceptability", "acceptability"),
    Claim: ("fct_claim", "claim"),
}


def read_worth(settings: Settings) -> Facts | None:
    """None before the first build of what it reads."""
    with snapshot(settings) as conn:
        made = _Reader(conn, {kind: f"mart.{model}" for kind, (model, _) in _TABLES.items()})
        if not made.is_there():
            return None
        return made.facts("select now(), (select max(finished_at) from ops.build where succeeded)")


def read_shown(conn: Connection) -> Facts:
    """The same of what schema bi shows, as whoever ``conn`` is; there it is no matter when it was built."""
    tables = {kind: f"bi.{table}" for kind, (_, table) in _TABLES.items()}
    return _Reader(conn, tables, _SAID_IN_BI).facts("select now(), null")


T = TypeVar("T")


class _Reader:
    """``said``: columns that the tables have under another name."""

    def __init__(
        self, conn: Connection, tables: dict[type, str], said: Mapping[tuple[type, str], str] | None = None
    ) -> None:
        self.conn, self.tables, self.said = conn, tables, said or {}

    def is_there(self) -> bool:
        row = self.conn.execute(
            "select bool_and(to_regclass(x) is not null) from unnest(%s::text[]) as x", (list(self.tables.values()),)
        ).fetchone()
        return bool(row and row[0])

    def facts(self, when: str) -> Facts:
        moments = self.conn.execute(when).fetchone()
        assert moments is not None
        return Facts(
            as_of=moments[0],
            built_at=moments[1],
            evaluated=next(iter(self.all(Evaluated, "finished_at", of_areas=False)), None),
            costs=self.all(Cost, "area_type, area_code, period, service", "cohort = 'all'"),
            inputs=self._asked(Input, _INPUTS),
            completeness=self._asked(Completeness, _COMPLETENESS),
            grants=self.all(Grant, "site_code, funding_source", of_areas=False),
            budgets=self.all(Budget, "site_code, period", of_areas=False),
            effects=self.all(Effect, "area_type, area_code, outcome, method"),
            diagnostics=self.all(Diagnostic, "area_type, area_code, outcome, method, diagnostic"),
            events=self.all(Event, "area_type, area_code, outcome, relative_month"),
            course=self.all(CoursePoint, "area_type, area_code, outcome, method, period"),
            worth=self.all(Worth, "area_type, area_code, metric_code, variant"),
            draws=self.all(Draw, "area_type, area_code, draw"),
            acceptability=self.all(Acceptability, "area_type, area_code, gbp_per_admission"),
            claims=self.all(Claim, "claim_code"),
        )

    def all(self, kind: type[T], order: str, only: str = "true", *, of_areas: bool = True) -> list[T]:
        """``of_areas``: of those shown only."""
        names = (f.name for f in fields(kind))  # type: ignore[arg-type]
        columns = ", ".join(self.said.get((kind, name)) or _SAID.get(name, name) for name in names)
        shown = "area_type = any(%(shown)s)" if of_areas else "true"
        return self._asked(kind, f"select {columns} from {{}} where {only} and {shown} order by {order}")

    def _asked(self, kind: type[T], query: str) -> list[T]:
        cursor = self.conn.cursor(row_factory=class_row(kind))
        return cursor.execute(query.format(self.tables[kind]), {"shown": list(SHOWN)}).fetchall()


#  Costs call the programme by another code; schema bi writes codes as words
_SAID = {
    "area_code": f"case area_type when 'programme' then '{PROGRAMME[1]}' else area_code end as area_code",
    "funding_source": "replace(funding_source, ' ', '_') as funding_source",
    "state": "replace(state, ' ', '_') as state",
}
_SAID_IN_BI: dict[tuple[type, str], str] = {
    (Cost, "reason"): "state_reason as reason",
    (CoursePoint, "lower_95"): "null::double precision as lower_95",  # with it, a count could be had back
    (CoursePoint, "upper_95"): "null::double precision as upper_95",
}
_SITE_AND_ALL = """
  case when grouping(site_code) = 1 then 'programme' else 'site' end as area_type,
  coalesce(site_code, 'all') as area_code,"""

_INPUTS = f"""
select {_SITE_AND_ALL}
  period, replace(funding_source, ' ', '_') as funding_source,
  sum(charged_real_gbp)::double precision as charged_real_gbp
from {{}}
group by grouping sets ((site_code, period, funding_source), (period, funding_source))
order by 1, 2, period, funding_source"""

_COMPLETENESS = f"""
with month as (
  select site_code, period, is_complete, return_state, complete_months_count, months_count,
    site_code || ': ' || reason as reason
  from {{}}
),
newest as (
  select distinct on (site_code) site_code, complete_months_count, months_count,
    (select o.reason from month as o
     where o.site_code = m.site_code and not o.is_complete and o.return_state <> 'not_due'
     order by o.period desc limit 1) as reason
  from month as m order by site_code, period desc
)
select {_SITE_AND_ALL}
  sum(complete_months_count)::integer as complete_months_count, sum(months_count)::integer as months_count,
  (array_agg(reason order by site_code) filter (where reason is not null))[1] as reason
from newest
group by grouping sets ((site_code), ())"""
