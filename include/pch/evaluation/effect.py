"""A change on the log scale with its error, and what it says in per cent and in events.

estimators -> Change -> effect_pct, avoided, detectable_pct, p_value -> results.Estimate
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from pch.evaluation.results import Interval

POWER = 0.80


@dataclass(frozen=True)
class Change:
    """log(with the programme / without it): value, standard error, degrees of freedom of its t distribution."""

    value: float
    error: float
    freedom: float

    @property
    def half_width(self) -> float:
        """Of the 95% interval, on the log scale."""
        return float(stdtrit(self.freedom, 0.975)) * self.error

    @property
    def effect_pct(self) -> Interval:
        low, high = self.value - self.half_width, self.value + self.half_width
        return Interval(_pct(self.value), _pct(low), _pct(high))

    def avoided(self, observed: float) -> Interval:
        """Expected less observed, in the units of ``observed``; the limits are those of the effect, turned round."""
        low, high = self.value + self.half_width, self.value - self.half_width
        return Interval(*(observed * float(np.expm1(-x)) for x in (self.value, low, high)))

    @property
    def detectable_pct(self) -> float:
        """The smallest reduction that would be found four times in five (two-sided, at 5%)."""
        reach = float(stdtrit(self.freedom, 0.975) + stdtrit(self.freedom, POWER)) * self.error
        return -_pct(-reach)

    @property
    def statistic(self) -> float:
        return self.value / self.error

    @property
    def p_value(self) -> float:
        """Two-sided, of no change."""
        return float(2 * stdtr(self.freedom, -abs(self.statistic)))

    @property
    def sign(self) -> int:
        """-1 or 1 where the 95% interval excludes no change, else 0."""
        return int(np.sign(self.value)) if abs(self.value) > self.half_width else 0


def _pct(log_ratio: float) -> float:
    return 100 * float(np.expm1(log_ratio))
