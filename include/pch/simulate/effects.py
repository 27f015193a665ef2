"""Planted effects: in which sites, from when, by how much a programme keeps people out of hospital: the truth that
an evaluation should find.

The admissions that would have happened are drawn first and some of them are then taken away, so that a programme
with effects and one without differ by what was avoided, not by chance.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pch.simulate.months import Stream, random, shift
from pch.simulate.places import Floats, Site


@dataclass(frozen=True)
class Effects:
    """``reduction`` (0 to 1) of emergency admissions is avoided in ``share`` of the sites, taken by chance, from the
    ``from_month``-th month of each site's programme on; the month in which it went live is its first."""

    reduction: float = 0.0
    from_month: int = 7
    share: float = 0.5

    def __post_init__(self) -> None:
        if not (0 <= self.reduction <= 1 and 0 <= self.share <= 1):
            raise ValueError(
                f"An effect is a share of the admissions in a share of the sites, each between 0 and 1, not "
                f"{self.reduction} and {self.share}."
            )
        if self.from_month < 1:
            raise ValueError(f"A programme's first month is the one in which it went live: 1, not {self.from_month}.")

    def truth(self, sites: list[Site], seed: int) -> list["EffectTruth"]:
        """One a site, in their order."""
        has_effect = self._chosen(len(sites), seed).tolist()
        return [
            EffectTruth(
                site.site_code,
                site.went_live,
                chosen,
                self.reduction if chosen else 0.0,
                shift(site.went_live, self.from_month - 1) if chosen else None,
            )
            for site, chosen in zip(sites, has_effect, strict=True)
        ]

    def avoided(self, sites: list[Site], period: date, seed: int) -> Floats:
        """Share of each site's emergency admissions that does not happen in the month."""
        told = self.truth(sites, seed)
        return np.array([t.effect if t.from_period and t.from_period <= period else 0.0 for t in told])

    def _chosen(self, sites: int, seed: int) -> NDArray[np.bool_]:
        order = random(seed, Stream.EFFECT_SITES, sites).permutation(sites)
        chosen: NDArray[np.bool_] = order < round(self.share * sites) if self.reduction else np.zeros(sites, np.bool_)
        return chosen


@dataclass(frozen=True)
class EffectTruth:
    """``effect``: share of the emergency admissions avoided in every month from ``from_period`` on."""

    site_code: str
    went_live: date
    has_effect: bool
    effect: float
    from_period: date | None
