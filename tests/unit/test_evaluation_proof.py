"""A small part of the proof ('pch.bench.proof'): programmes whose truth is known, and bounds that chance alone breaks
once in a thousand."""

from functools import cache

from scipy import stats

from pch.bench import proof
from pch.bench.proof import NAIVE, STAGGERED, Outcome, Scenario, within

PROGRAMMES = 40
NONE = Scenario(0.0, "early_regions", proof.TREND)
FOUR = Scenario(0.04, "staggered", 0.0)
TEN = Scenario(0.10, "two_waves", proof.TREND)
ALLOWED = 0.001


@cache
def outcomes(scenario: Scenario, method: str) -> list[Outcome]:
    return [o for o in _drawn(scenario) if o.method == method]


@cache
def _drawn(scenario: Scenario) -> list[Outcome]:
    return [o for seed in range(PROGRAMMES) for o in proof.programme(scenario, seed)]


def test_intervals_hold_the_truth() -> None:
    held = [o.is_covered for scenario in (NONE, FOUR, TEN) for o in outcomes(scenario, STAGGERED)]
    assert len(held) == 3 * PROGRAMMES
    assert sum(held) >= stats.binom.ppf(ALLOWED, len(held), 0.95)


def test_nothing_is_concluded_where_nothing_was_planted() -> None:
    false = sum(o.is_concluded for o in outcomes(NONE, STAGGERED))
    assert false <= stats.binom.ppf(1 - ALLOWED, PROGRAMMES, 0.05)


def test_what_was_planted_is_found() -> None:
    assert all(o.is_concluded and o.value < 0 for scenario in (FOUR, TEN) for o in outcomes(scenario, STAGGERED))
    for scenario in (NONE, FOUR, TEN):
        errors = [o.value - o.truth for o in outcomes(scenario, STAGGERED)]
        assert abs(stats.ttest_1samp(errors, 0).statistic) < stats.t.ppf(1 - ALLOWED / 2, PROGRAMMES - 1)


def test_before_and_after_misleads() -> None:
    """Regions whose admissions fall anyway began early: before and after makes five per cent of nothing, always."""
    naive = outcomes(NONE, NAIVE)
    assert all(o.is_found and o.value < -0.03 for o in naive)
    assert not any(o.is_covered or o.is_concluded for o in naive)
    assert not any(o.is_covered for o in outcomes(TEN, NAIVE))


def test_what_is_more_than_chance() -> None:
    of_200 = {hits: within([True] * hits + [False] * (200 - hits), 93, 97) for hits in (175, 180, 190, 199, 200)}
    assert of_200 == {175: False, 180: True, 190: True, 199: True, 200: False}
