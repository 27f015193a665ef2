"""Hospital activity of the registered patients in a month: one row a practice, sex, band, point of delivery,
condition group and frailty that had any.

registered list x yearly rate of the cell x season x site effect -> Poisson events -> bed days, discharges,
readmissions, cost of each row. Levels are those the brief of the programme gives; shapes over age and frailty
are drawn by hand after published hospital statistics and are not fitted to them.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pyarrow as pa

from pch.registry import BANDS
from pch.simulate.feeds.month import Month, Table
from pch.simulate.lists import SEXES, SHAPE
from pch.simulate.months import Stream, days_in, ordinal, random
from pch.simulate.places import Floats, Ints
from pch.simulate.rendering import named

PODS = ("em", "el", "dc", "opf", "ae1", "ae3")
CONDITIONS = ("acsc_chronic", "acute_3a", "falls", "other")
FRAILTIES = ("none", "mild", "moderate", "severe", "unknown")
SPELLS = 3  # the first three points of delivery are spells: they have bed days and discharges
OLD = BANDS.index("65-69")  # frailty is assessed from here on

PER_1000_A_YEAR = {"em": 100, "el": 20, "dc": 110, "opf": 300, "ae1": 215, "ae3": 110}
SITE_EFFECT_SHAPE = 100.0  # gamma with mean 1 and standard deviation 1/sqrt(100): 10% between sites

#  Relative to each other; scaled so that the programme's age-sex shape yields the level above. 0-4 ... 90+.
BY_AGE = {
    "em": (1.3, .5, .45, .6, .7, .7, .7, .7, .7, .75, .8, .9, 1.1, 1.3, 1.7, 2.5, 3.6, 5.0, 6.2),
    "el": (.5, .4, .3, .4, .5, .6, .7, .8, .9, 1.1, 1.3, 1.5, 1.7, 2.0, 2.1, 2.0, 1.6, 1.1, .7),
    "dc": (.3, .3, .2, .3, .4, .5, .6, .7, .9, 1.1, 1.4, 1.6, 1.9, 2.2, 2.4, 2.4, 2.0, 1.4, .8),
    "opf": (.9, .6, .6, .7, .7, .8, .9, .9, .9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.6, 1.7, 1.6, 1.3, 1.0),
    "ae1": (1.6, .8, .9, 1.0, 1.1, 1.0, .9, .8, .75, .75, .75, .75, .8, .9, 1.1, 1.5, 2.1, 2.9, 3.6),
    "ae3": (1.9, 1.2, 1.1, 1.1, 1.2, 1.2, 1.1, 1.0, .95, .9, .85, .8, .75, .7, .65, .6, .6, .6, .6),
}  # fmt: skip
MALE = {"em": 1.02, "el": 0.95, "dc": 0.97, "opf": 0.82, "ae1": 1.05, "ae3": 0.98}  # female is 1
#  Share of events by condition group (acsc_chronic, acute_3a, falls; the rest is other), below and from 65.
CONDITION_SHARE = {
    "em": ((0.05, 0.14, 0.02), (0.12, 0.15, 0.09)),
    "el": ((0.01, 0.01, 0.00), (0.02, 0.01, 0.01)),
    "dc": ((0.02, 0.02, 0.00), (0.04, 0.02, 0.00)),
    "opf": ((0.06, 0.03, 0.02), (0.12, 0.03, 0.04)),
    "ae1": ((0.04, 0.14, 0.07), (0.10, 0.12, 0.16)),
    "ae3": ((0.02, 0.15, 0.06), (0.02, 0.14, 0.10)),
}
#  Clegg et al., Age and Ageing 2016 (electronic frailty index): of people from 65 about 50% are fit, 35%
#  mildly, 12% moderately, 3% severely frail; hazard of admission about 1.9, 3.0, 4.7 times that of the fit.
FRAIL_SHARE, FRAIL_HAZARD = np.array([0.50, 0.35, 0.12, 0.03]), np.array([1.0, 1.93, 3.04, 4.73])
#  Share of events that nobody linked to a frailty score.
UNKNOWN_FRAILTY = {"em": 0.10, "el": 0.10, "dc": 0.15, "opf": 0.30, "ae1": 0.25, "ae3": 0.35}

#  January ... December, mean 1.
SEASON = {
    "em": (1.05, 1.01, 1.02, 0.98, 1.00, 0.98, 0.98, 0.95, 0.97, 1.00, 1.02, 1.04),
    "el": (0.95, 1.00, 1.06, 0.97, 1.01, 1.03, 1.02, 0.96, 1.02, 1.05, 1.05, 0.88),
    "dc": (0.97, 1.00, 1.06, 0.97, 1.01, 1.03, 1.02, 0.95, 1.02, 1.05, 1.05, 0.87),
    "opf": (1.00, 1.01, 1.06, 0.96, 1.01, 1.03, 1.01, 0.93, 1.02, 1.05, 1.06, 0.86),
    "ae1": (0.97, 0.98, 1.03, 1.00, 1.03, 1.03, 1.03, 0.96, 0.99, 1.00, 0.99, 0.99),
    "ae3": (0.98, 0.98, 1.03, 1.01, 1.04, 1.03, 1.03, 0.97, 0.98, 0.99, 0.98, 0.98),
}
#  On top of it by condition group, highest in January.
WINTER_SWING = {"acsc_chronic": 0.12, "acute_3a": 0.18, "falls": 0.03, "other": 0.0}

#  Pounds of 2023/24, rounded from the National Cost Collection (averages: day case 1,031; elective spell
#  6,214; outpatient 197; emergency spell 2,600; emergency care 273); a spell is a fixed part and bed days.
PRICE = {"em": 700.0, "el": 4500.0, "dc": 1030.0, "opf": 215.0, "ae1": 330.0, "ae3": 130.0}
BED_DAY_PRICE = 430.0
INFLATION, PRICED_IN = 0.03, date(2023, 10, 1)


@dataclass(frozen=True)
class Cells:
    """Every combination that can occur below a practice. Codes are positions in the tuples above; ``stratum``
    is sex x band flattened; ``rate`` is events a person-year in the stratum; the rest is of one event."""

    sex: Ints
    band: Ints
    pod: Ints
    condition: Ints
    frailty: Ints
    stratum: Ints
    rate: Floats
    mean_stay: Floats
    mortality: Floats
    readmission: Floats


@cache
def cells() -> Cells:
    sex, band, pod, condition, frailty = (
        axis.ravel() for axis in np.indices((len(SEXES), len(BANDS), len(PODS), len(CONDITIONS), len(FRAILTIES)))
    )
    old = (band >= OLD).astype(np.int64)
    rate = _age_sex_rates()[pod, sex, band] * _condition_shares()[pod, old, condition]
    rate = rate * _frailty_shares()[pod, old, frailty]
    can = rate > 0
    sex, band, pod, condition, frailty = (x[can] for x in (sex, band, pod, condition, frailty))
    em, age = pod == PODS.index("em"), band * 5.0
    mean_stay = np.select([em, pod == PODS.index("el")], [1.2 + 7.5 * (age / 90) ** 1.6, 2.2 + age / 50], 0.0)
    mortality = np.where(em, 0.002 + 0.085 * (age / 90) ** 4, 0.0015 * (age / 90) ** 2)
    frail = np.array([1.0, 1.15, 1.35, 1.6, 1.0])[frailty]
    readmission = np.where(em, 0.10 + 0.06 * (age / 90), 0.035) * frail
    stratum = sex * len(BANDS) + band
    return Cells(
        sex, band, pod, condition, frailty, stratum, rate[can], mean_stay, mortality, readmission
    )  # fmt: skip


def _age_sex_rates() -> Floats:
    """pods x sexes x bands: events a person-year."""
    rates = np.empty((len(PODS), *SHAPE.shape))
    for i, pod in enumerate(PODS):
        shape = np.outer((1.0, MALE[pod]), BY_AGE[pod])
        rates[i] = shape * PER_1000_A_YEAR[pod] / 1000 / (shape * SHAPE).sum()
    return rates


def _condition_shares() -> Floats:
    """pods x (below 65, from 65) x condition groups."""
    return np.array([[(*part, 1 - sum(part)) for part in CONDITION_SHARE[pod]] for pod in PODS])


def _frailty_shares() -> Floats:
    """pods x (below 65, from 65) x frailty; below 65 it is none or unknown."""
    shares = np.zeros((len(PODS), 2, len(FRAILTIES)))
    for i, pod in enumerate(PODS):
        known = 1 - UNKNOWN_FRAILTY[pod]
        weight = FRAIL_SHARE * (FRAIL_HAZARD if pod in ("em", "ae1") else np.sqrt(FRAIL_HAZARD))
        shares[i, 0] = known, 0, 0, 0, 1 - known
        shares[i, 1] = *(weight / weight.sum() * known), 1 - known
    return shares


def site_effects(sites: int, seed: int) -> Floats:
    """sites x pods: the factor by which a site's rates differ from the programme's, all else being equal: the
    truth that a funnel plot looks for. A&E and emergency admissions go together, so do the planned kinds."""
    rng = random(seed, Stream.HOSPITAL_EFFECTS, sites)
    unplanned, planned = rng.gamma(SITE_EFFECT_SHAPE, 1 / SITE_EFFECT_SHAPE, (2, sites))
    return np.stack([unplanned if pod in ("em", "ae1", "ae3") else planned for pod in PODS], axis=1)


def price_levels(sites: int, seed: int) -> Floats:
    """Local price of each site relative to the national one (the market forces factor)."""
    return random(seed, Stream.HOSPITAL_EFFECTS, sites, 1).uniform(0.96, 1.14, sites)


def activity(month: Month) -> Table:
    """The files of a month. What a site's programme avoids (see ``effects``) is taken off its emergency spells."""
    made, rng = cells(), month.chance(Stream.HOSPITAL)
    sites = month.places.sites
    people = month.people.reshape(len(month.members), -1)[:, made.stratum]
    expected = people * (made.rate * _season(month.period) * days_in(month.period) / 365.25)[None, :]
    expected *= site_effects(len(sites), month.seed)[month.site][:, made.pod]
    events = rng.poisson(expected)
    emergency = np.flatnonzero(made.pod == PODS.index("em"))
    avoided = month.effects.avoided(sites, month.period, month.seed)[month.site]
    events[:, emergency] -= month.chance(Stream.EFFECTS).binomial(events[:, emergency], avoided[:, None])
    member, cell = np.nonzero(events)
    count, of_site = events[member, cell], month.site[member]
    pod = made.pod[cell]
    spell = pod < SPELLS
    stay = made.mean_stay[cell]
    bed_days = np.where(stay > 0, rng.negative_binomial(count, 1 / (1 + stay)), 0)
    live = count - rng.binomial(count, made.mortality[cell])
    readmitted = rng.binomial(live, made.readmission[cell])
    level = price_levels(len(sites), month.seed)[of_site] * (1 + INFLATION) ** _years_since_priced(month.period)
    cost = (count * np.array([PRICE[p] for p in PODS])[pod] + bed_days * BED_DAY_PRICE) * level
    return {
        "practice_code": month.practice_codes(month.members[member]),
        "sex": named(SEXES, made.sex[cell]),
        "age_band": named(BANDS, made.band[cell]),
        "pod": named(PODS, pod),
        "condition_group": named(CONDITIONS, made.condition[cell]),
        "frailty": named(FRAILTIES, made.frailty[cell]),
        "events_count": pa.array(count),
        "bed_days": pa.array(bed_days, mask=~spell),
        "live_discharges_count": pa.array(live, mask=~spell),
        "readmit_30d_count": pa.array(readmitted, mask=~spell),
        "cost_gbp": pa.array(cost.round(2)),
    }, of_site


def _season(period: date) -> Floats:
    """Factor of each cell in the month."""
    made = cells()
    by_pod = np.array([SEASON[pod][period.month - 1] for pod in PODS])
    winter = np.cos(2 * np.pi * (period.month - 1) / 12)
    by_condition = np.array([1 + WINTER_SWING[c] * winter for c in CONDITIONS])
    factor: Floats = by_pod[made.pod] * by_condition[made.condition]
    return factor


def _years_since_priced(period: date) -> float:
    return (ordinal(period) - ordinal(PRICED_IN)) / 12
