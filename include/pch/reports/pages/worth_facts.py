"""What the cost and value pages show, for the programme and all sites in one moment: a query a fact.

    mart.fct_cost, fct_input, fct_input_completeness, fct_grant, fct_budget (as built)
    + mart.fct_effect ..., fct_worth ..., fct_claim (as last evaluated) + eval.current_evaluation -> Facts

Money is real unless it says so. An area is (area_type, area_code); the programme is PROGRAMME.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, TypeVar

from psycopg.rows import class_row

from pch.reports.plain import snapshot
from pch.settings import Settings
from pch.warehouse.db import Connection

Area = tuple[str, str]
PROGRAMME: Area = ("programme", "all")
SHOWN = ("programme", "site")


@dataclass(frozen=True)
class OfArea:
    area_type: str
    area_code: str

    @property
    def area(self) -> Area:
        return self.area_type, self.area_code


@dataclass(frozen=True)
class Cost(OfArea):
    """What a service cost, of all patients, a patient and month; None where ``state`` and ``reason`` say why."""

    period: date
    service: str
    real_gbp_per_person_month: float | None
    state: str
    reason: str | None


@dataclass(frozen=True)
class Input(OfArea):
    """What a month bears of what was put in; ``charged_real_gbp``: capital spread over its life."""

    period: date
    funding_source: str
    charged_real_gbp: float


@dataclass(frozen=True)
class Completeness(OfArea):
    """Site-months whose inputs are known in full, of those that are due, and why the newest other one is not."""

    complete_months_count: int
    months_count: int
    reason: str | None


@dataclass(frozen=True)
class Grant:
    site_code: str
    funding_source: str
    awarded_gbp: float | None
    spent_gbp: float | None
    remaining_gbp: float | None
    state: str
    sentence: str


@dataclass(frozen=True)
class Budget:
    """A site's budget of the financial year, April to the period. ``sd_gbp``: how far chance alone moves the cost."""

    site_code: str
    period: date
    budget_gbp: float | None
    actual_gbp: float | None
    surplus_gbp: float | None
    surplus_pct: float | None
    site_share_gbp: float | None
    sd_gbp: float | None
    probability_by_chance: float | None
    state: str
    sentence: str


@dataclass(frozen=True)
class Effect(OfArea):
    """What changed: per cent of what would have been; ``avoided``: expected less observed."""

    outcome: str
    method: str
    first_period: date | None
    last_period: date | None
    sites_count: int
    site_months_count: int
    covered_pct: float | None
    effect_pct: float | None
    effect_lower_95: float | None
    effect_upper_95: float | None
    avoided: float | None
    avoided_lower_95: float | None
    avoided_upper_95: float | None
    detectable_effect_pct: float | None
    verdict: str
    reason: str | None


@dataclass(frozen=True)
class Diagnostic(OfArea):
    outcome: str
    method: str
    diagnostic: str
    is_passed: bool | None
    finding: str


@dataclass(frozen=True)
class Event(OfArea):
    outcome: str
    relative_month: int
    sites_count: int
    effect_pct: float
    effect_lower_95: float
    effect_upper_95: float


@dataclass(frozen=True)
class CoursePoint(OfArea):
    outcome: str
    method: str
    period: date
    observed: float
    expected: float
    lower_95: float | None
    upper_95: float | None


@dataclass(frozen=True)
class Worth(OfArea):
    metric_code: str
    variant: str
    value: float | None
    lower_95: float | None
    upper_95: float | None
    unit: str
    numerator: float | None
    denominator: float | None
    verdict: str
    reason: str | None
    assumptions: dict[str, Any]


@dataclass(frozen=True)
class Draw(OfArea):
    draw: int
    net_cost_gbp_per_1000: float
    avoided_per_1000: float


@dataclass(frozen=True)
class Acceptability(OfArea):
    gbp_per_admission: float
    probability: float


@dataclass(frozen=True)
class Claim:
    claim_code: str
    site_code: str | None
    statement: str
    source: str
    claimed_on: date
    status: str
    finding: str


@dataclass(frozen=True)
class Evaluated:
    """The evaluation that is shown."""

    first_period: date
    last_period: date
    finished_at: datetime


@dataclass(frozen=True)
class Facts:
    """``evaluated``: None before the first evaluation; then what was found is empty, too."""

    as_of: datetime
    built_at: datetime | None
    evaluated: Evaluated | None
    costs: list[Cost]
    inputs: list[Input]
    completeness: list[Completeness]
    grants: list[Grant]
    budgets: list[Budget]
    effects: list[Effect]
    diagnostics: list[Diagnostic]
    events: list[Event]
    course: list[CoursePoint]
    worth: list[Worth]
    draws: list[Draw]
    acceptability: list[Acceptability]
    claims: list[Claim]


def read_worth(settings: Settings) -> Facts | None:
    """None before the first build of what it reads."""
    with snapshot(settings) as conn:
        there = conn.execute(
            "select bool_and(to_regclass('mart.' || x) is not null) from unnest(%s::text[]) as x", (list(_NEEDED),)
        ).fetchone()
        if not (there and there[0]):
            return None
        when = conn.execute("select now(), (select max(finished_at) from ops.build where succeeded)").fetchone()
        assert when is not None
        of_areas = {"shown": list(SHOWN)}
        evaluated = _all(conn, Evaluated, f"select {_columns(Evaluated)} from eval.current_evaluation")
        return Facts(
            as_of=when[0],
            built_at=when[1],
            evaluated=next(iter(evaluated), None),
            costs=_all(conn, Cost, f"{_of_areas(Cost, 'fct_cost')} and cohort = 'all' order by period, service", of_areas),
            inputs=_all(conn, Input, _INPUTS),
            completeness=_all(conn, Completeness, _COMPLETENESS),
            grants=_all(conn, Grant, f"{_select(Grant, 'fct_grant')} order by site_code, funding_source"),
            budgets=_all(conn, Budget, f"{_select(Budget, 'fct_budget')} order by site_code, period"),
            effects=_all(conn, Effect, _of_areas(Effect, "fct_effect"), of_areas),
            diagnostics=_all(conn, Diagnostic, _of_areas(Diagnostic, "fct_effect_diagnostic"), of_areas),
            events=_all(conn, Event, f"{_of_areas(Event, 'fct_effect_event')} order by relative_month", of_areas),
            course=_all(conn, CoursePoint, f"{_of_areas(CoursePoint, 'fct_effect_course')} order by period", of_areas),
            worth=_all(conn, Worth, f"{_of_areas(Worth, 'fct_worth')} order by metric_code, variant", of_areas),
            draws=_all(conn, Draw, f"{_of_areas(Draw, 'fct_worth_plane')} order by draw", of_areas),
            acceptability=_all(
                conn, Acceptability, f"{_of_areas(Acceptability, 'fct_acceptability')} order by gbp_per_admission", of_areas
            ),
            claims=_all(conn, Claim, f"{_select(Claim, 'fct_claim')} order by claim_code"),
        )  # fmt: skip


T = TypeVar("T")


def _all(conn: Connection, kind: type[T], query: str, values: dict[str, Any] | None = None) -> list[T]:
    return conn.cursor(row_factory=class_row(kind)).execute(query, values).fetchall()


def _columns(kind: type) -> str:
    return ", ".join(f.name for f in fields(kind))


def _select(kind: type, model: str) -> str:
    return f"select {_columns(kind)} from mart.{model}"


def _of_areas(kind: type, model: str) -> str:
    return f"{_select(kind, model)} where area_type = any(%(shown)s)"


_NEEDED = (
    "fct_cost", "fct_input", "fct_input_completeness", "fct_grant", "fct_budget", "fct_effect", "fct_effect_diagnostic",
    "fct_effect_event", "fct_effect_course", "fct_worth", "fct_worth_plane", "fct_acceptability", "fct_claim",
)  # fmt: skip

_INPUTS = """
select
  case when grouping(site_code) = 1 then 'programme' else 'site' end as area_type,
  coalesce(site_code, 'all') as area_code,
  period, funding_source, sum(charged_real_gbp)::double precision as charged_real_gbp
from mart.fct_input
group by grouping sets ((site_code, period, funding_source), (period, funding_source))
order by period, funding_source"""

_COMPLETENESS = """
select
  case when grouping(site_code) = 1 then 'programme' else 'site' end as area_type,
  coalesce(site_code, 'all') as area_code,
  count(*) filter (where is_complete)::integer as complete_months_count,
  count(*)::integer as months_count,
  (array_agg(reason order by period desc) filter (where not is_complete))[1] as reason
from mart.fct_input_completeness
group by grouping sets ((site_code), ())"""
