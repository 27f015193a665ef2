"""The definition of one metric, as a person can review it: what is counted, over what, how, and why.

Metrics are made from *measures* (counted quantities at site x practice x period x age band x sex, made in
``dbt_project/models/intermediate``) by one generic model per method.
"""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pch.registry.feed import Identifier
from pch.registry.strict import Declared

MetricCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9]{2}$")]
Window = Literal["month", "r12"]
Polarity = Literal["lower_is_better", "higher_is_better", "neutral"]
#  dsr: directly age-sex standardised rate; crude_rate: count per person-time; ratio: quotient of sums, no
#  sampling interval; count_share: part of a counted whole, exact, no sampling interval.
Method = Literal["dsr", "crude_rate", "ratio", "count_share"]
MetricUnit = Literal["per_1000_person_years", "per_1000_person_months", "gbp_per_person_month", "pct"]


class Metric(Declared):
    """A metric. value = multiplier x numerator / denominator, standardised as ``method`` says."""

    code: MetricCode
    name: str
    aim: str
    why: str = Field(description="why the programme follows this figure")
    numerator: Identifier = Field(description="code of the measure above the line")
    denominator: Identifier = Field(description="code of the measure below the line")
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
    minimum_coverage_pct: float = Field(75, ge=0, le=100)
    source: str
    source_read: date | None = Field(description="when the source was last read; null: not yet")
    author: str
    checker: str | None = Field(description="the second person who agreed; null: nobody yet")
    next_review: date
    version: int = Field(ge=1)

    @model_validator(mode="after")
    def _reviewed_by_another(self) -> Self:
        if self.author == self.checker:
            raise ValueError("author and checker of a definition are two people")
        return self

    def feeds_of(self, known: Iterable[str]) -> list[str]:
        """The feeds by name, of those ``known``."""
        return list(known) if self.feeds == "all" else list(self.feeds)
