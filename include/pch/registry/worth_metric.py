"""The definition of a metric of cost-effectiveness (``worth/CE0x.yml``), as a person can review it.

These metrics are not made of measures but of what an evaluation found (``pch.evaluation.worth``), so they have a
formula in words and no method of the database. Like all metrics they have an author, a checker and a day of review.
"""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pch.errors import RegistryError
from pch.registry.feed import Identifier
from pch.registry.strict import Declared, read

WorthCode = Annotated[str, StringConstraints(pattern=r"^CE[0-9]{2}$")]
WorthUnit = Literal["admissions", "gbp_per_patient_year", "gbp_per_admission", "gbp_per_gp_hour"]


class WorthVariant(Declared):
    """One figure of the metric; ``outcomes``: what of registry/evaluation.yml it is made of."""

    title: str
    unit: WorthUnit
    outcomes: list[Identifier] = Field(default_factory=list)


class WorthMetric(Declared):
    code: WorthCode
    name: str
    aim: Literal["Cost-effectiveness"] = "Cost-effectiveness"
    why: str = Field(description="why the programme follows this figure")
    formula: str
    exclusions: str
    polarity: Literal["lower_is_better", "higher_is_better"]
    variants: dict[Identifier, WorthVariant] = Field(min_length=1)
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


@cache
def worth_metrics() -> dict[str, WorthMetric]:
    """Every definition by its code, in the order of the codes."""
    found = {}
    for path in sorted(Path(__file__).with_name("worth").glob("*.yml")):
        found[path.stem] = metric = read(path, WorthMetric)
        if metric.code != path.stem:
            raise RegistryError(f"{path}:1: code '{metric.code}' must stand in a file named {metric.code}.yml")
    return found
