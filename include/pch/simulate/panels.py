"""Panels of a simulated programme whose truth is known, without files: what an evaluation is proved on.

sites (region, size, when they went live) -> rate x season x site effect x regional trend, less the planted effect
      -> Poisson events by site and month -> one row a site x month, as pch.evaluation reads it, and the truth of each

The numbers are those of the files: sizes of places, rates, seasons and site effects of feeds.hospital_activity.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from pch.simulate.effects import Effects
from pch.simulate.feeds.hospital_activity import PER_1000_A_YEAR, SEASON, SITE_EFFECT_SHAPE
from pch.simulate.months import Stream, random, shift
from pch.simulate.places import REGIONS, SITE_LEAST, SITE_MEAN, SITE_MOST, SITE_SD, WAVES, Floats, Ints

Pattern = Literal["staggered", "two_waves", "early_regions"]
Kind = Literal["em", "el"]  # emergency admissions, and planned ones, on which no effect is planted

FIRST, MONTHS = date(2023, 4, 1), 36
EARLY = ("East of England", "London", "Midlands")  # regions that begin early, or have a trend of their own
BEFORE = 6  # months before the first site goes live
STAGGERED = (0, 6, 12, 18, 24, 30)  # months after that, each as likely
TWO_WAVES = (10, 28)
#  Chance of each of these in the early regions; the others have it the other way round.
EARLY_CHANCE = (0.30, 0.30, 0.20, 0.10, 0.05, 0.05)


@dataclass(frozen=True, eq=False)
class SimulatedPanel:
    """``frame``: site_code, region, wave, period, observed, expected, person_months, went_live; ``effect``: by row,
    log of (events with the programme / without it) that was planted."""

    frame: pd.DataFrame
    effect: Floats


@dataclass(frozen=True)
class PanelWorld:
    """``regional_trend``: growth a year (-0.05: five per cent less) in the early regions alone, whoever is live there.
    The effect is planted in sites drawn one by one with ``effects.share`` as chance."""

    effects: Effects
    pattern: Pattern = "staggered"
    regional_trend: float = 0.0

    def draw(self, seed: int, kind: Kind = "em") -> SimulatedPanel:
        """The panel of one programme; both kinds of one seed are of the same sites."""
        region = np.repeat(list(REGIONS), list(REGIONS.values()))
        sites, rng = len(region), random(seed, Stream.PLACES)
        early = np.isin(region, EARLY)
        live = self._went_live(early, rng)
        people = rng.normal(SITE_MEAN, SITE_SD, sites).clip(SITE_LEAST, SITE_MOST)
        has_effect = rng.random(sites) < self.effects.share
        chance = random(seed, Stream.HOSPITAL, list(PER_1000_A_YEAR).index(kind))
        own = chance.gamma(SITE_EFFECT_SHAPE, 1 / SITE_EFFECT_SHAPE, sites)
        month = np.arange(MONTHS)
        season = np.array([SEASON[kind][shift(FIRST, t).month - 1] for t in range(MONTHS)])
        trend = np.where(early[:, None], (1 + self.regional_trend) ** (month / 12), 1.0)
        planted = (month >= live[:, None] + self.effects.from_month - 1) & has_effect[:, None] & (kind == "em")
        effect = np.where(planted, np.log1p(-self.effects.reduction), 0.0)
        expected = np.repeat(people[:, None] * PER_1000_A_YEAR[kind] / 12_000, MONTHS, axis=1)
        observed = chance.poisson(expected * own[:, None] * season * trend * np.exp(effect))
        return SimulatedPanel(_frame(region, live, people, observed, expected), effect.ravel())

    def _went_live(self, early: np.ndarray, rng: np.random.Generator) -> Ints:
        """Month of going live of each site, from 0."""
        starts = BEFORE + np.array(STAGGERED)
        if self.pattern == "staggered":
            return rng.choice(starts, len(early))
        if self.pattern == "two_waves":
            return rng.choice(TWO_WAVES, len(early))
        soon, late = (rng.choice(starts, len(early), p=p) for p in (EARLY_CHANCE, EARLY_CHANCE[::-1]))
        return np.where(early, soon, late)


def _frame(region: np.ndarray, live: Ints, people: Floats, observed: Ints, expected: Floats) -> pd.DataFrame:
    sites = np.arange(len(region))
    wave = np.searchsorted([share for share, _ in WAVES], sites / len(sites), side="right") + 1
    months = pd.to_datetime([shift(FIRST, t) for t in range(int(live.max()) + MONTHS)])
    return pd.DataFrame(
        {
            "site_code": np.repeat([f"PCH{i + 1:03d}" for i in sites], MONTHS),
            "region": np.repeat(region, MONTHS),
            "wave": np.repeat([f"wave {n}" for n in wave], MONTHS),
            "period": np.tile(months[:MONTHS], len(sites)),
            "observed": observed.ravel().astype(float),
            "expected": expected.ravel(),
            "person_months": np.repeat(people, MONTHS),
            "went_live": np.repeat(months[live], MONTHS),
        }
    )
