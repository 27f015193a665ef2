"""Appointments in general practice in a month: one row a practice, week, staff, mode, status, wait and category.

what sort of appointment it is (drawn by hand after the national figures) -> raked to each practice's own shares of
status, mode and wait -> x its rate x patients x working days of the week -> Poisson counts -> days waited and
minutes, each drawn for every appointment and summed.
"""

from datetime import date, timedelta
from functools import cache

import holidays
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pch.simulate.feeds.month import Month, Table
from pch.simulate.feeds.traits import rates, shares
from pch.simulate.months import Stream, shift
from pch.simulate.places import Floats, Ints
from pch.simulate.rendering import named

STAFF = ("gp", "nurse", "other", "unknown")
MODES = ("face_to_face", "telephone", "online", "home_visit", "unknown")
STATUSES = ("attended", "dna", "unknown")
WAITS = (
    "same_day", "1_day", "2_to_7_days", "8_to_14_days", "15_to_21_days", "22_to_28_days", "over_28_days", "unknown",
)  # fmt: skip
CATEGORIES = (
    "routine", "acute", "triage", "planned_clinic", "planned_procedure", "home_visit", "care_home", "care_related",
    "unmapped",
)  # fmt: skip

#  5th centile, median, 95th centile over practices, and Spearman's correlations between them, of April 2025 to March
#  2026 (NHS England, Appointments in General Practice; 6,067 practices).
PER_1000_A_MONTH = (308, 476, 765)
SHARES = {
    "dna": (0.019, 0.041, 0.089),
    "status unknown": (0.016, 0.048, 0.140),
    "same day": (0.25, 0.42, 0.63),
    "over 14 days": (0.04, 0.17, 0.36),
    "telephone": (0.05, 0.22, 0.49),
}
CORRELATION = np.array([
    #  rate   dna  unkn. same  over14 phone
    (1.00, -0.43, 0.15, 0.24, 0.03, -0.06),
    (-0.43, 1.00, -0.08, -0.16, -0.14, 0.14),
    (0.15, -0.08, 1.00, -0.15, 0.22, -0.11),
    (0.24, -0.16, -0.15, 1.00, -0.50, 0.13),
    (0.03, -0.14, 0.22, -0.50, 1.00, -0.22),
    (-0.06, 0.14, -0.11, 0.13, -0.22, 1.00),
])  # fmt: skip
#  The rest of the waits and modes: shares of what remains (same source, all practices together).
BETWEEN = np.array([0.20, 0.46, 0.34])  # 1 day, 2 to 7, 8 to 14
LONG = np.array([0.41, 0.28, 0.31])  # 15 to 21, 22 to 28, more
NO_WAIT = 0.001
OTHER_MODES = np.array([0.09, 0.012, 0.024])  # online, home visit, unknown: mean over practices, very uneven
UNEVENNESS = np.array([0.4, 0.7, 0.6])  # shape of their gamma distribution

WORKING_DAYS_A_MONTH = 253 / 12
SEASON = (1.01, 1.00, 1.01, 0.98, 0.98, 0.98, 0.97, 0.94, 1.02, 1.09, 1.03, 0.97)  # of a working day, January first
CHANCE_SHAPE = 600.0  # gamma with mean 1: a practice's month strays 4% from its rate

#  Each row adds up to 1. Staff by category; then by category mode and wait; did-not-attend by wait, relative.
BY_STAFF = (0.45, 0.21, 0.31, 0.03)
CATEGORY = np.array([
    (0.42, 0.34, 0.10, 0.02, 0.01, 0.012, 0.008, 0.03, 0.06),
    (0.08, 0.06, 0.01, 0.42, 0.31, 0.004, 0.006, 0.05, 0.06),
    (0.18, 0.14, 0.05, 0.17, 0.21, 0.010, 0.010, 0.10, 0.13),
    (0.15, 0.05, 0.00, 0.00, 0.00, 0.000, 0.000, 0.00, 0.80),
])  # fmt: skip
MODE = np.array([
    (0.67, 0.24, 0.08, 0.00, 0.01),
    (0.58, 0.31, 0.10, 0.00, 0.01),
    (0.14, 0.60, 0.25, 0.00, 0.01),
    (0.88, 0.10, 0.02, 0.00, 0.00),
    (0.98, 0.02, 0.00, 0.00, 0.00),
    (0.05, 0.00, 0.00, 0.95, 0.00),
    (0.30, 0.15, 0.00, 0.55, 0.00),
    (0.55, 0.37, 0.08, 0.00, 0.00),
    (0.60, 0.24, 0.06, 0.01, 0.09),
])  # fmt: skip
WAIT = np.array([
    (0.21, 0.08, 0.25, 0.20, 0.11, 0.08, 0.07),
    (0.87, 0.07, 0.05, 0.01, 0.00, 0.00, 0.00),
    (0.93, 0.04, 0.03, 0.00, 0.00, 0.00, 0.00),
    (0.10, 0.06, 0.22, 0.22, 0.16, 0.11, 0.13),
    (0.14, 0.08, 0.26, 0.22, 0.14, 0.08, 0.08),
    (0.80, 0.10, 0.08, 0.02, 0.00, 0.00, 0.00),
    (0.45, 0.15, 0.25, 0.10, 0.05, 0.00, 0.00),
    (0.45, 0.08, 0.20, 0.12, 0.07, 0.04, 0.04),
    (0.45, 0.08, 0.18, 0.12, 0.07, 0.05, 0.05),
])  # fmt: skip
DNA_BY_WAIT = (0.35, 0.7, 1.1, 1.5, 1.7, 1.9, 2.2, 1.0)
COVERED = 0.55  # sorts occur that are among the commonest of a mode, status, wait or category, up to this share of it

DAYS_LEAST = np.array([0, 1, 2, 8, 15, 22, 29])
DAYS_MOST = np.array([0, 1, 7, 14, 21, 28, 63])
#  Minutes of an attended appointment by category, and by staff relative to a GP's.
MINUTES = np.array([10.5, 10.0, 5.0, 14.0, 13.0, 25.0, 20.0, 14.0, 10.0])
MINUTES_BY_STAFF = np.array([1.0, 1.25, 1.1, 1.0])
MINUTES_SHAPE = 4.0


@cache
def _sorts() -> tuple[Ints, Floats]:
    """Every sort of appointment that occurs: its staff, mode, status, wait and category as positions in the tuples
    above (5 x sorts), and its share of the appointments before a practice's own shares are imposed."""
    wait = np.column_stack([WAIT * (1 - NO_WAIT), np.full(len(CATEGORIES), NO_WAIT)])
    missed = 0.045 * np.array(DNA_BY_WAIT)
    status = np.column_stack([1 - missed - 0.05, missed, np.full(len(WAITS), 0.05)])
    share = np.einsum("s,sc,cm,cw,wt->smtwc", BY_STAFF, CATEGORY, MODE, wait, status)
    occurs = np.nonzero(np.logical_or.reduce([_commonest(share, axis) for axis in range(1, share.ndim)]))
    return np.stack(occurs), share[occurs]


def _commonest(share: Floats, axis: int) -> NDArray[np.bool_]:
    """Where the commonest sorts of each value of the axis are that together make up ``COVERED`` of it."""
    flat = np.moveaxis(share, axis, 0).reshape(share.shape[axis], -1)
    order = np.argsort(-flat, axis=1, kind="stable")
    before = np.cumsum(np.take_along_axis(flat, order, axis=1), axis=1) - np.take_along_axis(flat, order, axis=1)
    chosen = np.zeros(flat.shape, dtype=np.bool_)
    np.put_along_axis(chosen, order, before < COVERED * flat.sum(axis=1, keepdims=True), axis=1)
    return np.moveaxis(chosen.reshape(np.moveaxis(share, axis, 0).shape), 0, axis)


def appointments(month: Month) -> Table:
    """The files of a month."""
    rng = month.chance(Stream.APPOINTMENTS)
    (staff, mode, status, wait, category), _ = _sorts()
    rate, share = _habits(month)
    weeks, days = _weeks(month.period)
    expected = rate * month.patients / 1000 * rng.gamma(CHANCE_SHAPE, 1 / CHANCE_SHAPE, len(rate))
    by_week = np.array(days) / WORKING_DAYS_A_MONTH * SEASON[month.period.month - 1]
    counts = rng.poisson(expected[:, None, None] * by_week[None, :, None] * share[:, None, :])
    member, week, sort = np.nonzero(counts)
    count = counts[member, week, sort]
    waited, squared = _days_waited(count, wait[sort], rng)
    mean = MINUTES[category[sort]] * MINUTES_BY_STAFF[staff[sort]]
    minutes = np.rint(rng.gamma(MINUTES_SHAPE * count, mean / MINUTES_SHAPE)).clip(1)
    unknown_wait = wait[sort] == WAITS.index("unknown")
    return {
        "practice_code": month.practice_codes(month.members[member]),
        "week_start_date": named([w.isoformat() for w in weeks], week),
        "staff_type": named(STAFF, staff[sort]),
        "mode": named(MODES, mode[sort]),
        "status": named(STATUSES, status[sort]),
        "wait_band": named(WAITS, wait[sort]),
        "category": named(CATEGORIES, category[sort]),
        "appointments_count": pa.array(count),
        "wait_days_sum": pa.array(waited, mask=unknown_wait),
        "wait_days_sumsq": pa.array(squared, mask=unknown_wait),
        "minutes_sum": pa.array(minutes.astype(np.int64), mask=status[sort] != STATUSES.index("attended")),
    }, month.site[member]


def _habits(month: Month) -> tuple[Floats, Floats]:
    """Of each member: appointments per 1,000 patients a month, and the share of each sort among them."""
    practices = len(month.places.practices)
    rng = month.habits(Stream.APPOINTMENTS)
    z = rng.multivariate_normal(np.zeros(len(CORRELATION)), CORRELATION, practices, method="cholesky")
    rate = rates(z[:, 0], *PER_1000_A_MONTH)
    dna, unknown, same, late, phone = (shares(z[:, i], *SHARES[name]) for i, name in enumerate(SHARES, start=1))
    late = np.minimum(late, 0.92 - same)
    #  Within what is left, practices differ, too.
    between = BETWEEN * rng.gamma(30, 1 / 30, (practices, len(BETWEEN)))
    between *= ((1 - NO_WAIT - same - late) / between.sum(axis=1))[:, None]
    after = LONG * rng.gamma(20, 1 / 20, (practices, len(LONG)))
    after *= (late / after.sum(axis=1))[:, None]
    others = OTHER_MODES * rng.gamma(UNEVENNESS, 1 / UNEVENNESS, (practices, len(OTHER_MODES)))
    others = np.minimum(others, 0.3) + 1e-4
    phone = np.minimum(phone, 0.999 - others.sum(axis=1))
    margins = {
        1: np.column_stack([1 - phone - others.sum(axis=1), phone, others]),
        2: np.column_stack([1 - dna - unknown, dna, unknown]),
        3: np.column_stack([same, between, after, np.full(practices, NO_WAIT)]),
    }
    return rate[month.members], _raked({axis: wanted[month.members] for axis, wanted in margins.items()})


def _raked(margins: dict[int, Floats], rounds: int = 12) -> Floats:
    """practices x sorts: shares nearest to the general ones that add up to each practice's margins (iterative
    proportional fitting, Deming and Stephan 1940)."""
    codes, general = _sorts()
    share = np.repeat(general[None, :], len(margins[1]), axis=0)
    belongs = {axis: np.eye(wanted.shape[1])[codes[axis]] for axis, wanted in margins.items()}  # sorts x values
    for _ in range(rounds):
        for axis, wanted in margins.items():
            factor = wanted / (share @ belongs[axis])
            share *= factor[:, codes[axis]]
    return share


def _weeks(period: date) -> tuple[list[date], list[int]]:
    """The Monday of every week that has a working day in the month, and how many it has in it."""
    closed = holidays.country_holidays("GB", subdiv="ENG", years=period.year)
    days = (period + timedelta(days=i) for i in range((shift(period, 1) - period).days))
    found: dict[date, int] = {}
    for day in days:
        if day.weekday() < 5 and day not in closed:
            monday = day - timedelta(days=day.weekday())
            found[monday] = found.get(monday, 0) + 1
    return list(found), list(found.values())


def _days_waited(count: Ints, wait: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Sum and sum of squares over the appointments of each row; 0 where the wait is unknown."""
    least, most = (np.append(days, 0)[wait] for days in (DAYS_LEAST, DAYS_MOST))
    waited = rng.integers(np.repeat(least, count), np.repeat(most, count), endpoint=True)
    first = np.cumsum(count) - count
    return np.add.reduceat(waited, first), np.add.reduceat(waited * waited, first)
