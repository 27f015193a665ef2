"""The definition of one metric, as a person can review it: what is counted, over what, how, and why.

Metrics are made from *measures* (counted quantities at site x practice x period x age band x sex, made in
``dbt_project/models/intermediate``) by one generic model per method. A definition that changes keeps its past:
``<CODE>.yml`` is the newest version, ``<CODE>.v1.yml`` an older one. All versions are computed over the whole history;
the published series takes each from the period on which it says it applies, signed.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Protocol, Self, TypeVar

from pydantic import Field, StringConstraints, model_validator

from pch.registry.feed import Identifier
from pch.registry.strict import Declared

MetricCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9]{2}$")]
Aim = Literal["Population health", "Access", "Experience", "Workforce", "Per-capita cost", "Inputs", "Process"]
#  r12: the twelve months that end with the period; fytd: from April on.
Window = Literal["month", "r12", "fytd"]
Polarity = Literal["lower_is_better", "higher_is_better", "neutral"]
#  dsr: directly age-sex standardised rate; dsr_repeat: the same, of events that come several to a person or stay;
#  indirect_rate: indirectly standardised ratio x the programme's rate; crude_rate: count per person-time;
#  proportion: Wilson; mean: Student; ratio: quotient of sums, the practices giving the interval; quotient: of complete
#  records, without a sampling interval; count_share: part of a counted whole, known once its window has closed.
Method = Literal[
    "dsr", "dsr_repeat", "indirect_rate", "crude_rate", "proportion", "mean", "ratio", "quotient", "count_share"
]
STANDARDISED: frozenset[Method] = frozenset({"dsr", "dsr_repeat", "indirect_rate"})
"""Methods that are made of strata by sex and age band."""
MetricUnit = Literal[
    "per_1000_person_years", "per_100000_person_years", "per_1000_person_months", "per_10000_persons",
    "hours_per_1000_person_months", "pct", "pct_per_year", "days", "score", "gbp_per_person_month",
    "gbp_per_astro_pu", "gbp_per_1000_person_months",
]  # fmt: skip


class Variant(Declared):
    """A metric made in another way beside its own: of some of the people, or by another denominator. What is not said
    is as in the metric."""

    numerator: Identifier | None = None
    denominator: Identifier | None = None
    squares: Identifier | None = None
    nominal: Identifier | None = None
    feeds: Annotated[list[Identifier], Field(min_length=1)] | None = None
    age_from: int | None = Field(None, multiple_of=5, ge=5, le=90)


class Metric(Declared):
    """A metric. value = multiplier x numerator / denominator, standardised as ``method`` says."""

    code: MetricCode
    name: str
    aim: Aim
    why: str = Field(description="why the programme follows this figure")
    numerator: Identifier = Field(description="code of the measure above the line")
    denominator: Identifier = Field(description="code of the measure below the line")
    squares: Identifier | None = Field(
        None,
        description="measure that tells how sure the figure is. mean, dsr_repeat: sum of squares of the numerator's "
        "parts; proportion: of the weights in the denominator (the effective number of answers is denominator^2 / it)",
    )
    nominal: Identifier | None = Field(None, description="the numerator in money of the time, shown beside the real")
    volume: Identifier | None = Field(
        None, description="what was bought: numerator / volume is a price, and changes of it are told apart"
    )
    exclusions: str
    feeds: Annotated[list[Identifier], Field(min_length=1)] | Literal["all"] = Field(
        description="returns it cannot be made without"
    )
    unit: MetricUnit
    multiplier: float = Field(gt=0)
    polarity: Polarity
    method: Method
    windows: list[Window] = Field(min_length=1)
    cohort: str
    age_from: int | None = Field(
        None, multiple_of=5, ge=5, le=90, description="youngest age of a standardised metric; null: all ages"
    )
    variants: dict[Identifier, Variant] = Field(
        default_factory=dict, description="frail, from_75, need_weighted: made as well, as slices of it"
    )
    minimum_coverage_pct: float = Field(75, ge=0, le=100)
    worthwhile_change_pct: float = Field(
        5, gt=0, description="a real change of this size should show; how many months that takes is told for each site"
    )
    source: str
    source_read: date | None = Field(description="when the source was last read; null: not yet")
    author: str
    checker: str | None = Field(description="the second person who agreed; null: nobody yet")
    next_review: date
    version: int = Field(ge=1)
    effective_from: date | None = Field(
        None, description="first period the published series takes from this version; null: from the beginning"
    )
    signed_by: str | None = Field(None, description="who agreed to the switch to this version")
    signed_on: date | None = None

    @property
    def definition_id(self) -> str:
        """One version of one metric: ``PH01.v1``."""
        return f"{self.code}.v{self.version}"

    def in_variants(self) -> dict[Identifier | None, "Metric"]:
        """The metric itself (None), and as it is made in each of its variants."""
        found: dict[Identifier | None, Metric] = {None: self}
        for name, variant in self.variants.items():
            found[name] = self.model_copy(update={"variants": {}, **variant.model_dump(exclude_none=True)})
        return found

    @model_validator(mode="after")
    def _reviewed_by_another(self) -> Self:
        if self.author == self.checker:
            raise ValueError("author and checker of a definition are two people")
        return self

    @model_validator(mode="after")
    def _switch_is_signed(self) -> Self:
        if self.effective_from and self.effective_from.day != 1:
            raise ValueError("effective_from is a period: the first day of a month")
        if self.effective_from and not (self.signed_by and self.signed_on):
            raise ValueError("a switch to another version is signed: signed_by and signed_on")
        return self

    @model_validator(mode="after")
    def _knows_how_sure_it_is(self) -> Self:
        if (self.method in ("mean", "dsr_repeat")) and not self.squares:
            raise ValueError(f"method {self.method} needs squares, a measure")
        return self

    def feeds_of(self, known: Iterable[str]) -> list[str]:
        """The feeds by name, of those ``known``."""
        return list(known) if self.feeds == "all" else list(self.feeds)


class Reviewed(Protocol):
    """Any definition: of a metric, or of one of cost-effectiveness."""

    @property
    def code(self) -> str: ...

    @property
    def next_review(self) -> date: ...


R = TypeVar("R", bound=Reviewed)


def overdue(metrics: Iterable[R], today: date) -> list[R]:
    """Definitions whose review was due before ``today``, the longest overdue first."""
    return sorted((m for m in metrics if m.next_review < today), key=lambda m: (m.next_review, m.code))
