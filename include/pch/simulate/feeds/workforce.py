"""Who worked in the practices and in the team of each site at the end of a month: one row a practice (or the team),
role and employer.

patients x posts of each role -> every post is followed from month to month, filled or vacant -> added up. So what
joined and left explains the change in full-time equivalents, and a vacancy is filled within 90 days or not.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pch.simulate.feeds.month import Month, Table
from pch.simulate.months import Stream, days_in, ordinal, random
from pch.simulate.places import Floats, Ints
from pch.simulate.rendering import named

LastMonths = deque[NDArray[np.bool_]]
GROUPS = ("gp", "nurse", "direct_patient_care", "community", "administrative")


@dataclass(frozen=True)
class Role:
    """``per_10000``: full-time equivalents of posts for 10,000 patients; ``fte``: of one post, on average."""

    group: str
    role: str
    employer: str
    per_10000: float
    fte: float


#  Posts, of which a few per cent are vacant. Of the order of NHS England's General Practice Workforce (5.8 GPs in post
#  for 10,000 patients, 0.9 of them in training) and, for the team, of its Primary Care Network Workforce; the
#  community part is made up.
OF_PRACTICES = (
    Role("gp", "gp_partner", "practice", 2.75, 0.86),
    Role("gp", "gp_salaried", "practice", 2.05, 0.62),
    Role("gp", "gp_locum", "practice", 0.25, 0.35),
    Role("gp", "gp_trainee", "practice", 0.95, 0.90),
    Role("nurse", "practice_nurse", "practice", 1.85, 0.62),
    Role("nurse", "advanced_nurse_practitioner", "practice", 0.75, 0.75),
    Role("direct_patient_care", "healthcare_assistant", "practice", 1.20, 0.62),
    Role("direct_patient_care", "nursing_associate", "practice", 0.25, 0.80),
    Role("direct_patient_care", "pharmacist", "practice", 0.40, 0.70),
    Role("administrative", "manager", "practice", 1.90, 0.82),
    Role("administrative", "receptionist", "practice", 6.80, 0.65),
    Role("administrative", "other", "practice", 3.10, 0.60),
)
OF_TEAMS = (
    Role("direct_patient_care", "pharmacist", "pcn", 1.20, 0.85),
    Role("direct_patient_care", "pharmacy_technician", "pcn", 0.45, 0.85),
    Role("direct_patient_care", "physiotherapist", "pcn", 0.50, 0.80),
    Role("direct_patient_care", "paramedic", "pcn", 0.40, 0.85),
    Role("direct_patient_care", "physician_associate", "pcn", 0.25, 0.90),
    Role("direct_patient_care", "mental_health_practitioner", "trust", 0.30, 0.90),
    Role("direct_patient_care", "dietician", "pcn", 0.06, 0.60),
    Role("direct_patient_care", "social_prescriber", "pcn", 0.45, 0.85),
    Role("direct_patient_care", "social_prescriber", "voluntary", 0.25, 0.75),
    Role("direct_patient_care", "care_coordinator", "pcn", 0.70, 0.80),
    Role("direct_patient_care", "health_coach", "pcn", 0.20, 0.80),
    Role("community", "community_nurse", "trust", 4.20, 0.75),
    Role("community", "health_visitor", "trust", 1.30, 0.75),
    Role("community", "therapist", "trust", 1.10, 0.80),
    Role("community", "healthcare_assistant", "trust", 1.20, 0.75),
    Role("community", "podiatrist", "trust", 0.25, 0.80),
    Role("community", "social_worker", "council", 0.90, 0.85),
    Role("administrative", "clinical_director", "pcn", 0.08, 0.25),
    Role("administrative", "manager", "pcn", 0.30, 0.80),
)
ROLES = OF_PRACTICES + OF_TEAMS
PRACTICE_SHAPE = 40.0  # gamma with mean 1: practices differ by 16% in posts for their patients

#  Chances in a month; a site's turnover differs from the others' by a quarter. Vacant in the long run: about 5%.
LEAVES, FILLED = 0.012, 0.24
TURNOVER_SHAPE = 16.0
ADVERTISED_MONTHS = 3  # a post is advertised when it falls vacant: 90 days later it counts as filled or not
A_YEAR = 12  # before the world begins: from then on posts are followed
ABSENCE = 0.048  # sickness absence of the order of NHS England's figures for all NHS staff
ABSENCE_SEASON = (1.15, 1.06, 1.00, 0.95, 0.93, 0.94, 0.97, 0.95, 0.96, 1.03, 1.04, 1.10)  # January ... December


@dataclass(frozen=True)
class Posts:
    """Every post there is, by position: what it is and how it stood in the month."""

    role: Ints  # position in ROLES
    practice: Ints  # whose it is in the month; -1: the team's
    site: Ints  # -1: nobody's
    fte: Floats
    is_filled: NDArray[np.bool_]
    is_joiner: NDArray[np.bool_]
    is_leaver: NDArray[np.bool_]
    is_advertised: NDArray[np.bool_]  # fell vacant ADVERTISED_MONTHS ago
    is_filled_since: NDArray[np.bool_]  # and somebody came


def posts(month: Month) -> Posts:
    """The posts of all sites in the month."""
    places, rng = month.places, month.habits(Stream.POSTS)
    of_practices = _numbers(OF_PRACTICES, places.size, rng)
    of_teams = _numbers(OF_TEAMS, places.site_size, rng)
    numbers = np.concatenate([of_practices.ravel(), of_teams.ravel()])
    role = np.concatenate([_axis(of_practices, 1), _axis(of_teams, 1) + len(OF_PRACTICES)]).repeat(numbers)
    practice = np.concatenate([_axis(of_practices, 0), np.full(of_teams.size, -1)]).repeat(numbers)
    team = np.concatenate([np.full(of_practices.size, -1), _axis(of_teams, 0)]).repeat(numbers)
    first_site = np.where(practice >= 0, places.home[practice], team)  # a post's past does not change when it moves
    practice = np.where(practice >= 0, places.successors(month.period)[practice], -1)
    site = np.where(practice >= 0, places.site_of(month.period)[practice], team)
    fte = np.array([r.fte for r in ROLES])[role] * rng.uniform(0.75, 1.25, len(role))
    turnover = rng.gamma(TURNOVER_SHAPE, 1 / TURNOVER_SHAPE, len(places.sites) + 1)[first_site]
    filled, left, came = _histories(month, turnover, rng)
    return Posts(
        role, practice, site, fte.clip(0.1, 1.0).round(2), filled, came[-1], left[-1],
        is_advertised=left[0], is_filled_since=left[0] & np.logical_or.reduce(list(came)[1:]),
    )  # fmt: skip


def _numbers(roles: tuple[Role, ...], patients: Floats, rng: np.random.Generator) -> Ints:
    """Of practices or sites: posts of each role."""
    level = rng.gamma(PRACTICE_SHAPE, 1 / PRACTICE_SHAPE, len(patients))
    per_patient = np.array([r.per_10000 / r.fte for r in roles]) / 10_000
    expected = (patients * level)[:, None] * per_patient
    return np.floor(expected + rng.random(expected.shape)).astype(np.int64)


def _axis(array: Ints, axis: int) -> Ints:
    """Of each element, in order: its position along the axis."""
    position: Ints = np.indices(array.shape)[axis].ravel()
    return position


def _histories(
    month: Month, turnover: Floats, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], LastMonths, LastMonths]:
    """Which posts are filled at the end of the month; which fell vacant and which were filled in each of the last
    months, ADVERTISED_MONTHS ago first."""
    filled = rng.random(len(turnover)) < FILLED / (FILLED + LEAVES * turnover)
    left, came = (LastMonths(maxlen=ADVERTISED_MONTHS + 1) for _ in range(2))
    for number in range(ordinal(month.begin) - A_YEAR, ordinal(month.period) + 1):
        draw = random(month.seed, Stream.POSTS, len(turnover), number).random(len(turnover))
        left.append(filled & (draw < LEAVES * turnover))
        came.append(~filled & (draw < FILLED))
        filled = (filled | came[-1]) & ~left[-1]
    return filled, left, came


def staff(month: Month) -> Table:
    """The files of a month: practices first, then the team."""
    rng, held = month.chance(Stream.WORKFORCE), posts(month)
    some = np.flatnonzero(held.site >= 0)
    last = len(month.places.practices)
    order = np.where(held.practice < 0, last, held.practice)  # the team stands last
    key = (held.site * (last + 1) + order) * len(ROLES) + held.role
    keys, row = np.unique(key[some], return_inverse=True)

    def total(of: NDArray[np.generic]) -> Floats:
        return np.bincount(row, of[some].astype(np.float64), len(keys)).astype(np.float64)

    site, practice, role = keys // len(ROLES) // (last + 1), keys // len(ROLES) % (last + 1), keys % len(ROLES)
    fte = total(held.fte * held.is_filled).round(2)
    available = fte * days_in(month.period)
    absent = rng.gamma(1.5, ABSENCE * ABSENCE_SEASON[month.period.month - 1] / 1.5, len(keys)) * available
    return {
        "practice_code": month.practice_codes(np.where(practice < last, practice, -1)),
        "staff_group": named([r.group for r in ROLES], role),
        "role": named([r.role for r in ROLES], role),
        "employer_type": named([r.employer for r in ROLES], role),
        "fte": pa.array(fte),
        "headcount": pa.array(total(held.is_filled).astype(np.int64)),
        "vacant_fte": pa.array(total(held.fte * ~held.is_filled).round(2)),
        "joiners": pa.array(total(held.fte * held.is_joiner).round(2)),
        "leavers": pa.array(total(held.fte * held.is_leaver).round(2)),
        "advertised": pa.array(total(held.is_advertised).astype(np.int64)),
        "filled_90d": pa.array(total(held.is_filled_since).astype(np.int64)),
        "absence_days": pa.array(np.minimum(absent, available / 2).round(1)),
        "available_days": pa.array(available.round(1)),
    }, site
