"""Change between two estimates, and trends: published figures, Fieller, scipy, and laws."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from stat_reference import NOTHING, Connection, Three, ask, one, row

# ---------------------------------------------------------------- differences


@pytest.mark.parametrize(
    ("one_group", "other_group", "limits"),
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 20), (0.6791, 1)),
    ],
)
def test_difference_of_proportions_as_newcombe_printed_it(
    warehouse: Connection, one_group: tuple[int, int], other_group: tuple[int, int], limits: tuple[float, float]
) -> None:
    """Newcombe (1998), table II, method 10."""
    before = row(warehouse, "stat.proportion({}, {})".format(*other_group))
    after = row(warehouse, "stat.proportion({}, {})".format(*one_group))
    value, lower, upper = ask(warehouse, "difference", *before, *after)
    assert value == pytest.approx(one_group[0] / one_group[1] - other_group[0] / other_group[1], rel=1e-12)
    assert (lower, upper) == pytest.approx(limits, abs=5.1e-5)


estimates = st.tuples(st.floats(0.1, 1000), st.floats(0, 0.6), st.floats(0, 3)).map(
    lambda e: (e[0], e[0] * (1 - e[1]), e[0] * (1 + e[2]))
)


@settings(max_examples=100, deadline=None)
@given(before=estimates, after=estimates)
def test_laws_of_a_change(warehouse: Connection, before: Three, after: Three) -> None:
    value, lower, upper = ask(warehouse, "difference", *before, *after)
    back = ask(warehouse, "difference", *after, *before)
    assert back == pytest.approx((-value, -upper, -lower), abs=1e-9)
    assert lower <= value <= upper
    relative = ask(warehouse, "relative_change", *before, *after)
    undone = ask(warehouse, "relative_change", *after, *before)
    assert [1 / (1 + v) - 1 for v in relative] == pytest.approx((undone[0], undone[2], undone[1]), rel=1e-9, abs=1e-9)
    assert -1 <= relative[1] <= relative[0] + 1e-12
    assert relative[0] - 1e-12 <= relative[2]
    # Nothing known of one estimate but its value: the doubt of the other alone.
    sure = (before[0],) * 3
    assert ask(warehouse, "difference", *sure, *after) == pytest.approx([v - sure[0] for v in after], abs=1e-9)
    assert ask(warehouse, "relative_change", *sure, *after) == pytest.approx(
        [v / sure[0] - 1 for v in after], rel=1e-9, abs=1e-9
    )


def test_difference_of_symmetrical_estimates_adds_their_variances(warehouse: Connection) -> None:
    got = ask(warehouse, "difference", 50.0, 47.0, 53.0, 46.0, 42.0, 50.0)
    assert got == pytest.approx((-4, -4 - 5, -4 + 5))


def test_relative_change_of_symmetrical_estimates_is_fieller(warehouse: Connection) -> None:
    """Fieller (1954): the quotients r for which v1 - r v0 is z standard errors from 0."""
    v0, v1, z, s0, s1 = 40.0, 34.0, 1.96, 2.5, 3.1
    roots = np.roots([v0**2 - (z * s0) ** 2, -2 * v0 * v1, v1**2 - (z * s1) ** 2])
    got = ask(warehouse, "relative_change", v0, v0 - z * s0, v0 + z * s0, v1, v1 - z * s1, v1 + z * s1)
    assert got == pytest.approx((-0.15, min(roots) - 1, max(roots) - 1), rel=1e-12)


def test_change_to_and_from_nothing(warehouse: Connection) -> None:
    nothing, some = row(warehouse, "stat.rate(0, 100)"), row(warehouse, "stat.rate(25, 100)")
    value, lower, upper = ask(warehouse, "relative_change", *some, *nothing)
    assert (value, lower) == (-1, -1)
    assert -1 < upper < -0.7
    assert ask(warehouse, "relative_change", *nothing, *some) == NOTHING
    few = row(warehouse, "stat.rate(0.001, 100)")  # its lower limit is 0
    assert ask(warehouse, "relative_change", *few, *some)[2] is None
    assert ask(warehouse, "relative_change", *few, *some)[1] > 0


@pytest.mark.parametrize("limits", [(None, 3.0), (1.0, None), (1.0, 1.9), (2.1, 3.0), (math.nan, 3.0), (1.0, math.inf)])
@pytest.mark.parametrize("function", ["difference", "relative_change"])
def test_change_without_limits(warehouse: Connection, function: str, limits: tuple[float, float]) -> None:
    """Figures that have none (money out of a ledger) still change; wrong ones are as good as none."""
    change = {"difference": 3.0, "relative_change": 1.5}[function]
    assert ask(warehouse, function, 2.0, *limits, 5.0, 4.0, 6.0) == (change, None, None)
    back = {"difference": -3.0, "relative_change": -0.6}[function]
    assert ask(warehouse, function, 5.0, 4.0, 6.0, 2.0, *limits) == (pytest.approx(back), None, None)


# ---------------------------------------------------------------- trends


def kendall(y: list[float | None]) -> tuple[np.ndarray, np.ndarray]:
    step = np.array([i for i, v in enumerate(y) if v is not None], dtype=float)
    return step, np.array([v for v in y if v is not None], dtype=float)


@settings(max_examples=150, deadline=None)
@given(y=st.lists(st.none() | st.integers(-6, 6).map(float), min_size=2, max_size=40))
def test_trend_beside_scipy(warehouse: Connection, y: list[float | None]) -> None:
    """Ties and gaps: tau-b and Sen's slope of scipy; s and its variance from the definition."""
    step, values = kendall(y)
    n, s, tau, z, p_value, slope = ask(warehouse, "trend", y)
    if len(values) < 2:
        assert (n, s, slope) == (None, None, None)
        return
    wanted = stats.kendalltau(step, values).statistic
    assert (n, s) == (len(values), sum(np.sign(b - a) for i, a in enumerate(values) for b in values[i + 1 :]))
    assert tau == (None if math.isnan(wanted) else pytest.approx(wanted, rel=1e-12, abs=1e-12))
    assert slope == pytest.approx(stats.theilslopes(values, step).slope, rel=1e-12, abs=1e-12)
    if n < 8:
        assert (z, p_value) == (None, None)
        return
    ties = np.unique(values, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    assert z == pytest.approx(np.sign(s) * max(abs(s) - 1, 0) / math.sqrt(variance) if s else 0, rel=1e-12)
    assert p_value == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-12)


@pytest.mark.parametrize("n", [8, 10, 13, 24, 36])
def test_trend_beside_the_exact_test(warehouse: Connection, n: int) -> None:
    """Without ties the probability of s can be counted: the approximation is as near as its comment says."""
    rng = np.random.default_rng(n)
    for lean in (0, 0.03, 0.1, 0.3):
        y = (rng.random(n) + lean * np.arange(n)).tolist()
        exact = stats.kendalltau(range(n), y, method="exact").pvalue
        assert ask(warehouse, "trend", y)[4] == pytest.approx(exact, abs=0.013)


@settings(max_examples=40, deadline=None)
@given(y=st.lists(st.integers(0, 50).map(float), min_size=8, max_size=30), factor=st.sampled_from([0.5, 8.0]))
def test_laws_of_a_trend(warehouse: Connection, y: list[float], factor: float) -> None:
    assume(len(set(y)) > 1)
    n, s, tau, z, p_value, slope = ask(warehouse, "trend", y)
    assert ask(warehouse, "trend", y[::-1]) == pytest.approx((n, -s, -tau, -z, p_value, -slope), abs=1e-12)
    moved = ask(warehouse, "trend", [factor * v + 3 for v in y])
    assert moved == pytest.approx((n, s, tau, z, p_value, factor * slope), abs=1e-12)


def test_trend_at_the_edges(warehouse: Connection) -> None:
    assert ask(warehouse, "trend", [5.0] * 12) == (12, 0, None, 0, 1, 0)
    rising = ask(warehouse, "trend", [1.0, None, None, 4.0])
    assert (rising[:3], rising[5]) == ((2, 1, 1), 1)  # three steps apart
    for refused in ([1.0], [None, None], [], [1.0, math.nan, 2.0], [1.0, math.inf], [0.0] * 1001):
        assert ask(warehouse, "trend", refused) == (None,) * 6
    assert one(warehouse, "stat.trend(null)") is None
