"""What each site's programme did for whom in a month: one row a workstream, cohort and practice (or the whole site).

which workstreams a site runs and since when -> caseloads that grow towards a limit -> who was taken on and let go ->
contacts, reviews, plans, and what did not have to go to a GP.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pch.simulate.feeds.month import Month, Table
from pch.simulate.months import Stream, ordinal, shift
from pch.simulate.places import Floats, Ints
from pch.simulate.rendering import named


@dataclass(frozen=True)
class Work:
    """A workstream for a cohort, in each practice or for the site as a whole. ``per_1000``: caseload in the end, of
    1,000 patients. The rest is a month, for each patient on the caseload."""

    workstream: str
    cohort: str
    in_practices: bool
    is_new: bool  # came with the programme; the others were there before
    per_1000: float
    stays_months: float
    contacts: float
    reviews: float
    plans: float
    redirected: float  # of the contacts


#  Made up; care homes hold about 4 in 1,000 people and 2% of a list count as high risk.
WORK = (
    Work("social_prescribing", "all", True, False, 4.0, 5, 0.9, 0.00, 0.05, 0.25),
    Work("medicines_review", "ltc", True, False, 9.0, 6, 0.5, 0.00, 0.05, 0.35),
    Work("medicines_review", "high_risk", True, False, 5.0, 6, 0.6, 0.10, 0.08, 0.30),
    Work("mental_health", "mental_health", False, False, 3.0, 4, 1.3, 0.05, 0.10, 0.40),
    Work("frailty_team", "frail", True, True, 6.0, 9, 0.8, 0.30, 0.15, 0.20),
    Work("care_home_rounds", "care_home", True, True, 3.5, 18, 2.0, 0.25, 0.10, 0.35),
    Work("first_contact_physio", "all", True, True, 5.0, 2, 0.9, 0.00, 0.00, 0.80),
    Work("urgent_hub", "all", False, True, 15.0, 1, 1.1, 0.00, 0.00, 0.75),
    Work("ltc_groups", "ltc", False, True, 3.0, 6, 0.7, 0.05, 0.10, 0.15),
)
SITES_WITH = 0.7  # of the sites run each of the new ones
SPREAD_MONTHS = 9  # new work begins in the course of the programme's first months ...
GROWTH_MONTHS = 8  # ... and gets to 63% of its limit in this time
EARLIER = (18, 60)  # months before the site joined in which the rest began
NEVER = 10_000  # months
SIZE_SHAPE = 8.0  # gamma with mean 1, of a caseload's limit
MOOD_SD = 0.04


def work(month: Month) -> Table:
    """The files of a month: practices first, then what the site does as a whole."""
    places, rng = month.places, month.chance(Stream.INTERVENTIONS)
    #  Units are the members, then the sites; what is drawn once and for all stands by practice, then site.
    site = np.concatenate([month.site, np.arange(len(places.sites))])
    unit = np.concatenate([month.members, len(places.practices) + np.arange(len(places.sites))])
    in_practice = np.arange(len(unit)) < len(month.members)
    began, limit = _habits(month)
    age = ordinal(month.period) - began[site]
    row, kind = np.nonzero((in_practice[:, None] == np.array([w.in_practices for w in WORK])) & (age >= 0))
    order = np.lexsort((kind, row, site[row]))
    row, kind = row[order], kind[order]

    def a_month(figure: str) -> Floats:
        return np.array([getattr(w, figure) for w in WORK])[kind]

    held, before = (
        _caseload((limit * _mood(month, ago, limit.shape))[unit[row], kind], age[row, kind] - ago) for ago in (0, 1)
    )
    stops = np.minimum(rng.poisson(before / a_month("stays_months")), before)
    stops = np.maximum(stops, before - held)
    contacts = rng.poisson((held + before) / 2 * a_month("contacts"))
    return {
        "practice_code": month.practice_codes(np.where(in_practice, unit, -1)[row]),
        "workstream": named([w.workstream for w in WORK], kind),
        "cohort": named([w.cohort for w in WORK], kind),
        "start_date": pa.array([shift(month.period, -months).isoformat() for months in age[row, kind].tolist()]),
        "caseload_open": pa.array(held),
        "starts": pa.array(held - before + stops),
        "stops": pa.array(stops),
        "contacts": pa.array(contacts),
        "mdt_reviews": pa.array(rng.binomial(held, a_month("reviews"))),
        "care_plans": pa.array(rng.binomial(held, a_month("plans"))),
        "redirected_from_gp": pa.array(rng.binomial(contacts, a_month("redirected"))),
    }, site[row]


def _habits(month: Month) -> tuple[Ints, Floats]:
    """Sites x work: the month (its ordinal) in which it began, far off where it never does. Practices, then sites, x
    work: the caseload in the end."""
    rng, places = month.habits(Stream.INTERVENTIONS), month.places
    shape = (len(places.sites), len(WORK))
    is_new = np.array([w.is_new for w in WORK])
    joined, live = (
        np.array([ordinal(day) for day in days])[:, None]
        for days in ([s.start_date for s in places.sites], [s.went_live for s in places.sites])
    )
    late = np.where(rng.random(shape) < SITES_WITH, rng.integers(0, SPREAD_MONTHS, shape), NEVER)
    began = np.where(is_new, live + late, joined - rng.integers(*EARLIER, shape))
    people = np.concatenate([places.size, places.site_size])[:, None] / 1000
    size = rng.gamma(SIZE_SHAPE, 1 / SIZE_SHAPE, (len(people), len(WORK)))
    return began, people * size * np.array([w.per_1000 for w in WORK])


def _mood(month: Month, months_ago: int, shape: tuple[int, ...]) -> Floats:
    """By how much caseloads stray from their course."""
    return month.chance(Stream.CASELOADS, months_ago).normal(1, MOOD_SD, shape)


def _caseload(limit: Floats, age: Ints) -> Ints:
    """Patients at the end of the month, ``age`` months after the one in which the work began."""
    held: Ints = np.rint(limit * (1 - np.exp(-(age + 1).clip(0) / GROWTH_MONTHS))).astype(np.int64)
    return held
