"""What patients said in a month: one row a practice, instrument, question and answer that somebody gave.

patients -> how many answer each instrument -> how favourably, by site, practice and question -> answers; the patient
activation measure is a score of each person, summed.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pch.simulate.feeds.month import Month, Table
from pch.simulate.feeds.traits import graded
from pch.simulate.months import Stream
from pch.simulate.places import Floats, Ints
from pch.simulate.rendering import named

ANSWERS = ("very_good", "fairly_good", "neither", "fairly_poor", "very_poor")
SCORED = "scored"


@dataclass(frozen=True)
class Question:
    """``per_1000``: answers a month from 1,000 patients. ``shares``: of ANSWERS, over all practices."""

    instrument: str
    code: str
    per_1000: float
    shares: tuple[float, ...]


#  Shares of the order of the GP Patient Survey 2024 (overall 74% good, contacting 67%, enough support 68%) and of the
#  Friends and Family Test in general practice (about 91% good). How many answer is made up.
QUESTIONS = (
    Question("gpps", "OVERALL", 3.0, (0.37, 0.37, 0.15, 0.065, 0.045)),
    Question("gpps", "CONTACT", 3.0, (0.31, 0.36, 0.14, 0.09, 0.10)),
    Question("gpps", "LTC_SUPPORT", 1.7, (0.38, 0.30, 0.12, 0.13, 0.07)),
    Question("fft", "RECOMMEND", 15.0, (0.77, 0.14, 0.035, 0.02, 0.035)),
    Question("local", "OVERALL", 2.5, (0.40, 0.36, 0.14, 0.06, 0.04)),
    Question("local", "CONTACT", 2.5, (0.33, 0.35, 0.14, 0.09, 0.09)),
    Question("local", "LTC_SUPPORT", 1.5, (0.38, 0.30, 0.12, 0.13, 0.07)),
)
SITE_SD, PRACTICE_SD, QUESTION_SD = 0.20, 0.35, 0.10  # on the scale of log-odds
WEIGHTED = "gpps"
WEIGHT_SHAPE = 4.0  # of the survey's weights: gamma with mean 1

#  Patient activation (PAM-13), points of 100 of people with long-term conditions: mean 60 and standard deviation 15.
SCORES_PER_1000, SCORE_MEAN, SCORE_SD, SCORE_BY_FAVOUR = 0.9, 60.0, 15.0, 4.0


def experience(month: Month) -> Table:
    """The files of a month."""
    rng = month.chance(Stream.EXPERIENCE)
    favour, eagerness = _habits(month)
    expected = month.patients / 1000 * eagerness
    found = []
    for number, question in enumerate(QUESTIONS):
        shares = graded(question.shares, favour[:, number])
        given = rng.multinomial(rng.poisson(expected * question.per_1000), shares)
        member, answer = np.nonzero(given)
        found.append(np.stack([member, np.full(len(member), number), answer, given[member, answer]]))
    people = rng.poisson(expected * SCORES_PER_1000)
    scored = np.flatnonzero(people)
    scores = np.zeros((2, len(month.members)))
    scores[:, scored] = _scores(people[scored], favour[scored, 0], rng)
    found.append(
        np.stack([scored, np.full(len(scored), len(QUESTIONS)), np.full(len(scored), len(ANSWERS)), people[scored]])
    )
    member, number, answer, count = np.concatenate(found, axis=1)
    order = np.lexsort((answer, number, member))
    member, number, answer, count = (x[order] for x in (member, number, answer, count))
    instrument = [q.instrument for q in QUESTIONS] + ["pam"]
    is_weighted = np.array([i == WEIGHTED for i in instrument])[number]
    is_scored = answer == len(ANSWERS)
    weighted = rng.gamma(WEIGHT_SHAPE * count, 1 / WEIGHT_SHAPE).round(3)
    return {
        "practice_code": month.practice_codes(month.members[member]),
        "instrument": named(instrument, number),
        "question_code": named([q.code for q in QUESTIONS] + ["ACTIVATION"], number),
        "answer": named([*ANSWERS, SCORED], answer),
        "responses_count": pa.array(count),
        "weighted_count": pa.array(weighted, mask=~is_weighted),
        "score_sum": pa.array(scores[0, member].round(1), mask=~is_scored),
        "score_sumsq": pa.array(scores[1, member].round(2), mask=~is_scored),
    }, month.site[member]


def _habits(month: Month) -> tuple[Floats, Floats]:
    """Of each member: how favourable its patients are on each question, and how readily they answer."""
    rng, places = month.habits(Stream.EXPERIENCE), month.places
    practices = len(places.practices)
    favour = rng.normal(0, SITE_SD, len(places.sites) + 1)[places.home] + rng.normal(0, PRACTICE_SD, practices)
    by_question = favour[:, None] + rng.normal(0, QUESTION_SD, (practices, len(QUESTIONS)))
    return by_question[month.members], rng.gamma(12, 1 / 12, practices)[month.members]


def _scores(people: Ints, favour: Floats, rng: np.random.Generator) -> Floats:
    """Sums of the scores and of their squares, over so many people each."""
    mean = np.repeat(SCORE_MEAN + SCORE_BY_FAVOUR * favour, people)
    score = rng.normal(mean, SCORE_SD).clip(0, 100).round(1)
    first = np.cumsum(people) - people
    return np.stack([np.add.reduceat(score, first), np.add.reduceat(score * score, first)])
