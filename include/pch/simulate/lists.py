"""Registered patients by practice, sex and age band on the first day of a month.

places -> expected list (age shape of the practice, growth, ageing, jumps) -> integers. A month is computed from
its date alone, not from the month before, yet moves little: rounding is dithered by a number fixed for each cell.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pch.registry import BANDS
from pch.simulate.months import Stream, ordinal, random
from pch.simulate.places import Floats, Ints, Places

SEXES = ("female", "male")
#  Per 1,000 registered in Sussex on 1 April 2022 (NHS England, Patients Registered at a GP Practice).
SHAPE = np.array([
    (21.4, 25.1, 27.1, 26.1, 28.1, 29.5, 33.1, 31.6, 31.6, 31.1,
     35.0, 35.6, 31.5, 27.9, 28.6, 25.4, 16.6, 11.6, 8.5),
    (22.5, 26.5, 28.7, 27.4, 27.1, 29.9, 33.9, 33.0, 32.5, 31.9,
     35.7, 36.3, 31.2, 26.1, 25.4, 21.7, 13.0, 7.8, 4.0),
])  # fmt: skip
SHAPE /= SHAPE.sum()
AGE = np.arange(len(BANDS)) * 5 + 2.5
MEAN_AGE = float((SHAPE.sum(axis=0) * AGE).sum())
VARIANCE_OF_AGE = float((SHAPE.sum(axis=0) * (AGE - MEAN_AGE) ** 2).sum())
PRACTICE_AGE_SD = 4.2  # years; standard deviation over the same 160 practices of their patients' mean age
#  Years of mean age above that shape's: in the order of ONS's mid-year median ages, set by hand so that 18 to 19% of
#  the programme's patients are 65 or older, as in England.
REGION_AGE = {
    "East of England": -1.0,
    "London": -5.0,
    "Midlands": -2.0,
    "North East and Yorkshire": -2.0,
    "North West": -2.0,
    "South East": -1.0,
    "South West": 1.0,
}
YOUNG_SHARE, YOUNG_AGE = 0.03, -12.0  # practices beside a university, in a city's middle or on new estates
GROWTH_PER_YEAR, GROWTH_SD = 0.008, 0.010
AGEING_PER_YEAR = 0.0002  # growth of a band for each year of age above the mean: 80-year-olds +0.8%
WOBBLE = 0.003  # a practice's list swings this much about its trend
#  About 1% of lists move by more than a tenth in a quarter (NHS England, Patients Registered at a GP Practice):
#  patients of a practice elsewhere arrive, or a list is cleaned, in the course of a few months.
JUMPS_A_MONTH, JUMP_LEAST, JUMP_MOST, JUMP_MONTHS = 0.0033, 0.16, 0.24, 3


@dataclass(frozen=True)
class Lists:
    """``at(period)`` is an array of practices x sexes x bands; a practice that belongs to no site has none."""

    places: Places
    seed: int
    year: date
    base: Floats  # practices x sexes x bands, at the start of the programme year
    growth: Floats
    phase: Floats  # where in its swing a practice is, and how long the swing takes
    swing: Floats
    dither: Floats

    def at(self, period: date) -> Ints:
        years = (ordinal(period) - ordinal(self.year)) / 12
        wobble = WOBBLE * np.sin(2 * np.pi * years / self.swing + self.phase)
        trend = np.exp(self.growth * years + wobble + self._jumped(period))[:, None, None]
        ageing = np.exp(AGEING_PER_YEAR * (AGE - MEAN_AGE) * years)[None, None, :]
        expected = np.tensordot(self.places.heirs(period), self.base * trend * ageing, axes=1)
        noise = random(self.seed, Stream.LIST_NOISE, ordinal(period)).normal(0, 0.12, expected.shape)
        counts: NDArray[np.float64] = np.floor(expected + noise * np.sqrt(expected) + self.dither)
        belongs = (self.places.site_of(period) >= 0)[:, None, None]
        return np.where(belongs, counts, 0).clip(0).astype(np.int64)

    def _jumped(self, period: date) -> Floats:
        """Of each practice: the logarithm of what its jumps up to ``period`` have come to."""
        total = np.zeros(len(self.places.practices))
        for month in range(ordinal(self.year), ordinal(period)):
            rng = random(self.seed, Stream.LIST_JUMPS, month)
            jumps = rng.random(len(total)) < JUMPS_A_MONTH
            size = rng.uniform(JUMP_LEAST, JUMP_MOST, len(total)) * rng.choice((-1, 1), len(total))
            total += jumps * size * min(1, (ordinal(period) - month) / JUMP_MONTHS)
        return total


def enlist(places: Places, seed: int, year: date) -> Lists:
    practices = len(places.practices)
    rng = random(seed, Stream.LISTS, practices, ordinal(year))
    #  An exponential tilt moves the mean age by tilt x variance, and keeps the shape otherwise.
    regional = np.array([REGION_AGE[site.region] for site in places.sites])
    older = rng.normal(np.where(places.home < 0, REGION_AGE["Midlands"], regional[places.home]), PRACTICE_AGE_SD)
    older += YOUNG_AGE * (rng.random(practices) < YOUNG_SHARE)
    tilt = older / VARIANCE_OF_AGE
    shape = SHAPE[None] * np.exp(tilt[:, None, None] * (AGE - MEAN_AGE)[None, None, :])
    shape *= rng.gamma(400, 1 / 400, shape.shape)
    shape /= shape.sum(axis=(1, 2), keepdims=True)
    return Lists(
        places=places,
        seed=seed,
        year=year,
        base=places.size[:, None, None] * shape,
        growth=rng.normal(GROWTH_PER_YEAR, GROWTH_SD, practices),
        phase=rng.uniform(0, 2 * np.pi, practices),
        swing=rng.uniform(0.6, 2.0, practices),
        dither=rng.uniform(0, 1, shape.shape),
    )
