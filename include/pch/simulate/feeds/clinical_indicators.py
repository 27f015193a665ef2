"""How well known needs were met by the end of a month: one row a practice, indicator and cohort.

patients x how common the condition is at their age -> register, less personalised care adjustments -> x achievement of
the practice, better towards the end of the QOF year. Vaccinations against flu add up from September to March. As
with the lists, a month is made from its date alone and moves little: what is rounded is dithered by a fixed number.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pch.simulate.feeds.month import Month, Table
from pch.simulate.feeds.traits import shifted
from pch.simulate.lists import AGE, SHAPE
from pch.simulate.months import Stream
from pch.simulate.places import Floats, Ints
from pch.simulate.rendering import named

#  How much more common something is at an age (0-4 ... 90+) than at others; 1 is everybody of that age.
PROFILES = {
    "adult": np.clip((AGE - 15) / 55, 0, 1.2),
    "old": np.clip((AGE - 40) / 35, 0, 1.4),
    "oldest": np.clip((AGE - 60) / 20, 0, 2.0),
    "any": np.where(AGE > 6, 1.0, 0.4),
    "woman": (AGE > 25) * (AGE < 65) * 1.0,
    "infant": (AGE < 5) * 1.0,
    "from 65": (AGE > 65) * 1.0,
    "from 75": (AGE > 75) * 1.0,
}


@dataclass(frozen=True)
class Indicator:
    """``per_1000``: eligible patients of 1,000 of the usual ages, before adjustments; None: everybody of the profile.
    ``achieved``: at the usual practice, of those. ``adjusted``: share left out by personalised care adjustment, None
    where there is none."""

    code: str
    cohort: str
    profile: str
    per_1000: float | None
    achieved: float
    adjusted: float | None


def _qof(code: str, profile: str, per_1000: float, achieved: float, adjusted: float) -> Indicator:
    return Indicator(code, "all", profile, per_1000, achieved, adjusted)


#  Of the order of the Quality and Outcomes Framework 2022/23 (NHS England): prevalence, achievement, adjustments.
INDICATORS = (
    _qof("AF006", "old", 21, 0.92, 0.02), _qof("AF008", "old", 17, 0.92, 0.03),
    _qof("AST007", "any", 62, 0.62, 0.06), _qof("AST008", "any", 9, 0.78, 0.03),
    _qof("BP002", "adult", 480, 0.88, 0.01), _qof("CAN004", "adult", 16, 0.80, 0.02),
    _qof("CHD005", "old", 30, 0.93, 0.03), _qof("CHD015", "old", 20, 0.77, 0.05),
    _qof("CHD016", "oldest", 11, 0.83, 0.05),
    _qof("COPD010", "old", 19, 0.77, 0.08), _qof("COPD014", "old", 7, 0.72, 0.20),
    _qof("CS005", "woman", 195, 0.72, 0.03), _qof("CS006", "woman", 90, 0.78, 0.03),
    _qof("DEM004", "oldest", 8, 0.76, 0.05), _qof("DEP004", "adult", 9, 0.72, 0.10),
    _qof("DM012", "adult", 72, 0.82, 0.05), _qof("DM014", "adult", 5, 0.70, 0.15),
    _qof("DM020", "adult", 56, 0.58, 0.07), _qof("DM021", "oldest", 9, 0.76, 0.08),
    _qof("DM022", "adult", 45, 0.82, 0.09), _qof("DM033", "adult", 60, 0.73, 0.06),
    _qof("HF003", "old", 6, 0.88, 0.08), _qof("HF006", "old", 6, 0.86, 0.09), _qof("HF007", "old", 11, 0.77, 0.05),
    _qof("HYP008", "adult", 108, 0.71, 0.04), _qof("HYP009", "oldest", 37, 0.82, 0.04),
    _qof("MH003", "adult", 9, 0.80, 0.07), _qof("MH006", "adult", 9, 0.76, 0.07),
    _qof("NDH002", "adult", 62, 0.80, 0.03), _qof("RA002", "old", 8, 0.80, 0.05),
    _qof("SMOK002", "adult", 210, 0.91, 0.01), _qof("SMOK004", "adult", 130, 0.86, 0.01),
    _qof("STIA007", "old", 14, 0.93, 0.04), _qof("STIA014", "old", 12, 0.76, 0.05),
    _qof("STIA015", "oldest", 7, 0.84, 0.05),
    _qof("VI001", "infant", 10, 0.91, 0.0), _qof("VI003", "infant", 11, 0.85, 0.0),
    #  Clegg et al., Age and Ageing 2016: of people from 65 about 12% are moderately, 3% severely frail.
    Indicator("FRAIL_REGISTER", "frail_moderate", "from 65", None, 0.12, None),
    Indicator("FRAIL_REGISTER", "frail_severe", "from 65", None, 0.03, None),
    Indicator("FRAIL_REVIEW", "frail_severe", "from 65", None, 0.64, None),
    Indicator("FLU65", "age_65_plus", "from 65", None, 0.79, None),
    Indicator("POLYPHARMACY10", "age_75_plus", "from 75", None, 0.11, None),
)  # fmt: skip
ACHIEVED = np.array([x.achieved for x in INDICATORS])
PER_1000 = np.array([np.nan if x.per_1000 is None else x.per_1000 for x in INDICATORS])
ADJUSTED = np.array([np.nan if x.adjusted is None else x.adjusted for x in INDICATORS])
FLU, REVIEWED, SEVERE = (
    next(i for i, x in enumerate(INDICATORS) if (x.code, x.cohort) == key)
    for key in (("FLU65", "age_65_plus"), ("FRAIL_REVIEW", "frail_severe"), ("FRAIL_REGISTER", "frail_severe"))
)
PRACTICE_SD, INDICATOR_SD, COMMON_SD = 0.18, 0.25, 0.12  # of achievement, on the scale of log-odds; of prevalence
NOISE = 0.15  # of a count, in standard deviations of a fresh one: it is mostly the same people from month to month
YEAR_SWING = 0.12  # on that scale: the year ends with March
#  Share of the season's flu vaccinations given by the end of the month (UKHSA, GP patients from 65, 2022/23 and
#  2023/24, roughly); in the other months there is nothing to report.
FLU_GIVEN = {9: 0.15, 10: 0.68, 11: 0.90, 12: 0.955, 1: 0.98, 2: 0.995, 3: 1.0}


def indicators(month: Month) -> Table:
    """The files of a month."""
    common, favour, left_out, dither = _habits(month)
    noise = month.chance(Stream.INDICATORS).normal(0, NOISE, dither.shape)
    expected = month.people.sum(axis=1) @ _by_age() * common
    register = np.where(
        np.isnan(PER_1000), expected, np.floor(expected + noise[..., 0] * np.sqrt(expected) + dither[..., 0]).clip(0)
    ).astype(np.int64)
    excluded = np.minimum(_about(register, left_out, noise[..., 1], dither[..., 1]), register // 2)
    eligible = register - excluded
    achieved = shifted(ACHIEVED, favour + _season(month.period.month))
    achieved[:, FLU] *= FLU_GIVEN.get(month.period.month, 0)
    met = _about(eligible, achieved, noise[..., 2], dither[..., 2])
    eligible[:, REVIEWED] = met[:, SEVERE]  # who is on the register is due a review
    met[:, REVIEWED] = _about(eligible, achieved, noise[..., 2], dither[..., 2])[:, REVIEWED]
    told = np.array([i for i in range(len(INDICATORS)) if i != FLU or month.period.month in FLU_GIVEN])
    member, number = (x.ravel() for x in np.meshgrid(np.arange(len(month.members)), told, indexing="ij"))
    return {
        "practice_code": month.practice_codes(month.members[member]),
        "indicator_code": named([x.code for x in INDICATORS], number),
        "cohort": named([x.cohort for x in INDICATORS], number),
        "numerator_count": pa.array(met[member, number]),
        "denominator_count": pa.array(eligible[member, number]),
        "exclusions_count": pa.array(excluded[member, number], mask=np.isnan(ADJUSTED)[number]),
    }, month.site[member]


def _by_age() -> Floats:
    """Bands x indicators: how many of the registered patients are on the register."""
    profile = np.stack([PROFILES[x.profile] for x in INDICATORS], axis=1)
    usual = (SHAPE.sum(axis=0)[:, None] * profile).sum(axis=0)
    share: Floats = profile * np.where(np.isnan(PER_1000), 1, PER_1000 / 1000 / usual)
    return share.clip(0, 1)


def _about(of: Ints, share: Floats, noise: Floats, dither: Floats) -> Ints:
    """About this share of these patients: never fewer than none nor more than all."""
    expected = of * share
    return np.clip(np.floor(expected + noise * np.sqrt(expected * (1 - share)) + dither), 0, of).astype(np.int64)


def _habits(month: Month) -> tuple[Floats, Floats, Floats, Floats]:
    """Members x indicators: how common it is there, how well the practice does, what share is adjusted away; and the
    three fixed numbers that dither."""
    rng = month.habits(Stream.INDICATORS)
    practices, shape = len(month.places.practices), (len(month.places.practices), len(INDICATORS))
    common = np.where(np.isnan(PER_1000), 1, np.exp(rng.normal(0, COMMON_SD, shape)))
    favour = rng.normal(0, PRACTICE_SD, practices)[:, None] + rng.normal(0, INDICATOR_SD, shape)
    adjusted = (np.nan_to_num(ADJUSTED) * rng.gamma(4, 1 / 4, shape)).clip(0, 0.5)
    dither = rng.random((*shape, 3))
    return common[month.members], favour[month.members], adjusted[month.members], dither[month.members]


def _season(month: int) -> Floats:
    """How much better than usual each indicator is met at the end of the month, on the scale of log-odds."""
    into_the_year = ((month - 4) % 12 - 5.5) / 5.5  # -1 in April, 1 in March
    return np.where(np.isnan(ADJUSTED), 0, YEAR_SWING * into_the_year)
