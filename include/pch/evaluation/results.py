"""What an evaluation finds, as it is stored (schema ``eval``): one class a table, one field a column.

Effects are per cent of what would have been without the programme: -4 is four per cent fewer. ``avoided`` is expected
less observed: positive where the programme did good, for outcomes of which fewer is better.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

AreaType = Literal["site", "wave", "region", "programme"]
EstimateMethod = Literal["staggered", "interrupted_series", "synthetic_control", "before_after"]
EffectVerdict = Literal["lower", "higher", "no_effect_shown", "cannot_conclude"]


@dataclass(frozen=True, order=True)
class Area:
    """The programme has the code 'all'."""

    area_type: AreaType
    area_code: str


PROGRAMME = Area("programme", "all")


@dataclass(frozen=True)
class Interval:
    """Value with its 95% limits."""

    value: float
    lower_95: float
    upper_95: float


@dataclass(frozen=True)
class Estimate:
    """One outcome x method x area. None where it could not be reckoned; ``reason`` then says why, and in every case
    of ``cannot_conclude``. ``covered_pct``: share of the site-months with effect that could be compared."""

    outcome: str
    method: EstimateMethod
    area: Area
    first_period: date | None
    last_period: date | None
    sites_count: int
    site_months_count: int
    covered_pct: float | None
    effect_pct: Interval | None
    observed: float | None
    expected: float | None
    avoided: Interval | None
    detectable_effect_pct: float | None
    verdict: EffectVerdict
    reason: str | None


@dataclass(frozen=True)
class Diagnostic:
    """``is_passed`` None: it could not be made, and ``finding`` says why."""

    diagnostic: str
    is_passed: bool | None
    statistic: float | None
    p_value: float | None
    finding: str


@dataclass(frozen=True)
class Event:
    """Effect in the n-th month before (negative) or since (from 0) going live."""

    relative_month: int
    sites_count: int
    effect_pct: Interval


@dataclass(frozen=True)
class CoursePoint:
    """A month of an area: observed, and what would have been."""

    period: date
    observed: float
    expected: float
    lower_95: float | None
    upper_95: float | None


@dataclass(frozen=True)
class Found:
    """An estimate with everything behind it."""

    estimate: Estimate
    diagnostics: list[Diagnostic] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    course: list[CoursePoint] = field(default_factory=list)
