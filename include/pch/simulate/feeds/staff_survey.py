"""What staff said in a quarter's survey: one row a practice (or the team of the site), role group, question and answer
that somebody gave.

posts that are filled -> who responds -> how favourably, by site and practice -> answers
"""

import numpy as np
import pyarrow as pa

from pch.simulate.feeds.month import Month, Table
from pch.simulate.feeds.traits import graded
from pch.simulate.feeds.workforce import GROUPS, ROLES, posts
from pch.simulate.months import Stream
from pch.simulate.places import Floats
from pch.simulate.rendering import named

#  Shares of the answers, most favourable first: of the order of the NHS Staff Survey (about 60% would recommend their
#  organisation as a place to work) and of the GP Worklife Survey (mean satisfaction 4 to 5 of 7).
QUESTIONS = {
    "RECOMMEND_WORK": (0.20, 0.41, 0.23, 0.10, 0.06),
    "JOB_SATISFACTION": (0.09, 0.25, 0.28, 0.17, 0.12, 0.06, 0.03),
}
FAVOUR = np.array([-0.15, 0.0, 0.1, -0.1, 0.05])  # of GROUPS, on the scale of log-odds
SITE_SD, PRACTICE_SD, WAVE_SD = 0.25, 0.25, 0.08  # on the same scale
RESPONSE_LEAST, RESPONSE_MOST = 0.45, 0.80


def answers(month: Month) -> Table:
    """The files of a month in which the survey is due: practices first, then the team."""
    rng, held = month.chance(Stream.STAFF), posts(month)
    practices, sites = len(month.places.practices), len(month.places.sites)
    there = held.is_filled & (held.site >= 0)
    unit = np.where(held.practice >= 0, held.practice, practices + held.site)  # practices, then teams
    group = np.array([GROUPS.index(r.group) for r in ROLES])[held.role]
    staff = np.zeros((practices + sites, len(GROUPS)), dtype=np.int64)
    np.add.at(staff, (unit[there], group[there]), 1)
    favour, response = _habits(month)
    asked = rng.binomial(staff, response[:, None])
    found = []
    for question, shares in enumerate(QUESTIONS.values()):
        lean = favour[:, None] + FAVOUR + rng.normal(0, WAVE_SD, asked.shape)
        given = rng.multinomial(asked, graded(shares, lean.ravel()).reshape(*asked.shape, len(shares)))
        who, role_group, place = np.nonzero(given)
        points = len(shares) - place  # the most favourable answer has the most points
        found.append(np.stack([who, role_group, np.full(len(who), question), points, given[who, role_group, place]]))
    who, role_group, asked_for, points, count = np.concatenate(found, axis=1)
    site = np.concatenate([month.places.site_of(month.period), np.arange(sites)])[who]
    order = np.lexsort((points, asked_for, role_group, who, site))
    wave = f"{month.period.year}-Q{(month.period.month + 2) // 3}"
    return {
        "practice_code": month.practice_codes(np.where(who < practices, who, -1)[order]),
        "wave": pa.array(np.full(len(order), wave), pa.string()),
        "role_group": named(GROUPS, role_group[order]),
        "question_code": named(list(QUESTIONS), asked_for[order]),
        "answer": pa.array(points[order]),
        "respondents_count": pa.array(count[order]),
    }, site[order]


def _habits(month: Month) -> tuple[Floats, Floats]:
    """Of practices, then teams: how favourable their staff are, and what share of them responds."""
    rng, places = month.habits(Stream.STAFF), month.places
    site = rng.normal(0, SITE_SD, len(places.sites) + 1)
    favour = np.concatenate([site[places.home], site[:-1]])
    favour += rng.normal(0, PRACTICE_SD, len(favour))
    return favour, rng.uniform(RESPONSE_LEAST, RESPONSE_MOST, len(favour))
