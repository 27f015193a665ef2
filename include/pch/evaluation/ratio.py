"""Net cost and admissions avoided, held against one another: Fieller's interval of their ratio, and dominance in words.

Fieller, Journal of the Royal Statistical Society B 1954;16:175-185: all r for which net - r x avoided does not differ
from 0, a quadratic in r; it is an interval only where avoided itself differs from 0.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Literal

from pch.evaluation.results import EffectVerdict, Interval

Z = 1.959963984540054


@dataclass(frozen=True)
class Normal:
    """A quantity and its standard error."""

    value: float
    error: float

    @classmethod
    def of(cls, interval: Interval, scale: float = 1.0) -> "Normal":
        return cls(interval.value * scale, (interval.upper_95 - interval.lower_95) / (2 * Z) * scale)

    @property
    def sign(self) -> int:
        """-1 or 1 where the 95% interval excludes 0."""
        return 0 if abs(self.value) <= Z * self.error else 1 if self.value > 0 else -1


def fieller(above: Normal, below: Normal, correlation: float) -> Interval | None:
    """Ratio with its 95% interval; None where ``below`` does not differ from 0."""
    shared = correlation * above.error * below.error
    a = below.value**2 - (Z * below.error) ** 2
    b = above.value * below.value - Z**2 * shared
    c = above.value**2 - (Z * above.error) ** 2
    if a <= 0:
        return None
    root = sqrt(max(b * b - a * c, 0.0))
    return Interval(above.value / below.value, (b - root) / a, (b + root) / a)


def dominance(
    net: Normal, avoided: Normal, effect: EffectVerdict
) -> tuple[Literal["worth_it", "not_worth_it", "no_difference_shown", "cannot_conclude"], str]:
    """Verdict and its reason: which corner of the cost-effectiveness plane it is in, and whether that is shown."""
    if avoided.sign > 0 and net.sign < 0:
        return "worth_it", "Cheaper and fewer admissions: dominant."
    if avoided.sign > 0 and net.sign > 0:
        return "cannot_conclude", (
            "Fewer admissions, and dearer: whether it is worth it depends on the price put on an admission avoided "
            "(see the acceptability curve); none is agreed."
        )
    if avoided.sign > 0:
        return "no_difference_shown", "Fewer admissions, and no difference in cost is shown."
    if net.sign > 0 and (avoided.sign < 0 or effect == "no_effect_shown"):
        return "not_worth_it", "Dearer, and no fewer admissions are shown: dominated."
    if net.sign < 0:
        return "no_difference_shown", "Cheaper, and no difference in admissions is shown: there is no ratio."
    return "cannot_conclude", "Neither fewer admissions nor a difference in cost is shown: there is no ratio."
