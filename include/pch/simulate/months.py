"""Months as dates of their first day, and the random streams that hang on them.

Every draw comes from a generator keyed by (seed, what it is for, which month or site): a month is the same
whatever was asked for before it.
"""

from datetime import date
from enum import IntEnum

import numpy as np


class Stream(IntEnum):
    """What a stream of random numbers is for; the numbers are part of the seed, so never renumber them."""

    PLACES = 1
    EVENTS = 2
    LISTS = 3
    LIST_NOISE = 4
    HOSPITAL_EFFECTS = 5
    HOSPITAL = 6
    GRANT = 7
    INPUTS = 8
    FAULT_CHOICE = 9
    FAULT_BYTES = 10
    WENT_LIVE = 11
    EFFECT_SITES = 12
    EFFECTS = 13
    LIST_JUMPS = 14
    APPOINTMENTS = 15
    INDICATORS = 16
    PRESCRIBING = 17
    POSTS = 18
    WORKFORCE = 19
    STAFF = 20
    EXPERIENCE = 21
    CASELOADS = 22
    INTERVENTIONS = 23
    SURROUNDINGS = 24


def random(seed: int, stream: Stream, *keys: int) -> np.random.Generator:
    return np.random.default_rng([seed, int(stream), *keys])


def first_day(day: date) -> date:
    return day.replace(day=1)


def ordinal(period: date) -> int:
    """Months since the year 0: one more a month, never negative."""
    return period.year * 12 + period.month - 1


def shift(period: date, months: int) -> date:
    year, month = divmod(ordinal(period) + months, 12)
    return date(year, month + 1, 1)


def days_in(period: date) -> int:
    return (shift(period, 1) - period).days


def programme_year(period: date) -> date:
    """The 1 April on or before ``period``."""
    return date(period.year if period.month >= 4 else period.year - 1, 4, 1)
