"""What the cost and value pages show, for the programme and all sites in one moment (``worth_reading`` reads it).

Money is real unless it says so. An area is (area_type, area_code); the programme is PROGRAMME.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Area = tuple[str, str]
PROGRAMME: Area = ("programme", "all")


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
class Claim(OfArea):
    claim_code: str
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
