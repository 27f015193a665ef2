"""How an evaluation is made: its outcomes and the thresholds below which it does not conclude (``evaluation.yml``)."""

from functools import cache
from pathlib import Path

from pydantic import Field

from pch.registry.feed import Identifier
from pch.registry.metric import MetricCode
from pch.registry.strict import Declared, read


class Outcome(Declared):
    """``events`` and ``population`` are measures; whose data count is as in the newest version of ``metric``, or of its
    ``variant``."""

    title: str
    metric: MetricCode
    variant: Identifier | None = None
    events: Identifier
    population: Identifier
    is_standardised: bool = Field(False, description="sex and age are taken out of the comparison")
    is_money: bool = False
    is_placebo: bool = Field(False, description="the programme cannot change it: an effect on it is a warning")


class Evaluation(Declared):
    settling_months: int = Field(ge=0)
    least_months_before: int = Field(ge=2)
    least_controls: int = Field(ge=1)
    least_sites: int = Field(ge=2)
    least_covered_pct: float = Field(ge=0, le=100)
    detectable_effect_pct: float = Field(gt=0)
    least_input_complete_pct: float = Field(ge=0, le=100)
    alpha_diagnostic: float = Field(gt=0, lt=1)
    seed: int
    outcomes: dict[Identifier, Outcome]


@cache
def evaluation() -> Evaluation:
    return read(Path(__file__).with_name("evaluation.yml"), Evaluation)
