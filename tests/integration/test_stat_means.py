"""Means, ratios of sums, and the distributions they stand on: published results, scipy, and laws."""

import itertools
import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from stat_reference import NASTY, NOTHING, Connection, ask, assert_same, levels, number, one, reference, row

# ---------------------------------------------------------------- distributions


def test_student_quantile(warehouse: Connection) -> None:
    probabilities = [1e-12, 1e-6, 0.001, 0.025, 0.2, 0.2499, 0.2501, 0.45, 0.6, 0.975, 0.999, 1 - 1e-9]
    degrees = [0.5, 1.0, 1.7, 2.0, 3.0, 5.0, 11.3, 30.0, 250.0, 19_999.0, 20_001.0, 1e6, 1e12]
    for p, df in itertools.product(probabilities, degrees):
        got = ask(warehouse, "student_t_quantile", p, df)[0]
        wanted = stats.t.ppf(p, df) if p <= 0.5 else stats.t.isf(1 - p, df)
        assert got == pytest.approx(wanted, rel=1e-9), (p, df)
        # scipy's inverse is not the better of the two; its tails can be held to more.
        tail = stats.t.sf(abs(got), df) / min(p, 1 - p)
        assert tail == pytest.approx(1, rel=2e-11), (p, df)
    assert one(warehouse, "stat.student_t_quantile(0.5, 3)") == 0


@pytest.mark.parametrize(
    ("p", "df", "quantile"),
    [
        (0.975, 1, 12.7062047361746933),
        (0.975, 3.7, 2.86752070719118847),
        (0.999, 4, 7.17318221978230678),
        (0.025, 59, -2.00099537808826768),
        (0.9995, 0.4, 11363690.830540073),
        (0.6, 11, 0.259555860476270494),
        (1e-9, 8, -29.2893211182256559),
        (0.975, 250, 1.9694983934211532),
        (0.999, 36000, 3.09045871383603808),
        (0.5 + 2**-30, 5, 2.45338820306609608e-9),
    ],
)
def test_student_quantile_to_the_last_digits(warehouse: Connection, p: float, df: float, quantile: float) -> None:
    """Computed with mpmath at 40 digits, from the double nearest to p."""
    assert ask(warehouse, "student_t_quantile", p, float(df))[0] == pytest.approx(quantile, rel=1e-13, abs=0)
    mirrored = ask(warehouse, "student_t_quantile", 1 - p, float(df))[0]
    assert mirrored == pytest.approx(-quantile, rel=1e-6, abs=0)


@pytest.mark.parametrize(
    ("z", "probability"),
    [
        (-37.0, 5.72557122252457682e-300),
        (-8.0, 6.22096057427178412e-16),
        (-1.959963984540054, 0.0250000000000000109),
        (-1.7320508, 0.0416322590055268119),
        (-1.0, 0.158655253931457051),
        (0.0, 0.5),
        (0.3, 0.617911422188952633),
        (2.5, 0.993790334674223865),
        (math.inf, 1),
        (-math.inf, 0),
        (-38.0, 0),
        (5e-324, 0.5),
    ],
)
def test_normal_probability(warehouse: Connection, z: float, probability: float) -> None:
    """Literals of mpmath at 40 digits."""
    assert ask(warehouse, "normal_cdf", z)[0] == pytest.approx(probability, rel=1e-13, abs=0)


def test_normal_probability_undoes_the_quantile(warehouse: Connection) -> None:
    for p in (1e-200, 1e-12, 0.001, 0.03, 0.0416, 0.0417, 0.3, 0.5, 0.7, 0.96, 0.999):
        assert one(warehouse, f"stat.normal_cdf(stat.normal_quantile({p}))") == pytest.approx(p, rel=3e-13)
    assert ask(warehouse, "normal_cdf", math.nan) == (None,)
    assert ask(warehouse, "normal_cdf", None) == (None,)


def test_student_quantile_refuses_quietly(warehouse: Connection) -> None:
    for p, df in itertools.product(NASTY, NASTY):
        got = ask(warehouse, "student_t_quantile", p, df)[0]
        usable = p is not None and df is not None and 1e-100 <= p < 1 and 0.1 <= df <= 1e15
        assert (got is not None and math.isfinite(got)) == usable, (p, df)
    assert one(warehouse, "stat.student_t_quantile(1e-99, 0.5)") is None  # 1e198: its square is beyond a double


# ---------------------------------------------------------------- means


def sums(values: list[float | None]) -> tuple[float, float | None, float | None]:
    """n (missing ones as well), sum and sum of squares, missing where a value is."""
    known = [v for v in values if v is not None]
    if len(known) < len(values):
        return float(len(values)), None, None
    return float(len(values)), math.fsum(known), math.fsum(v * v for v in known)


@levels
def test_published_means(warehouse: Connection, confidence: float, suffix: str) -> None:
    values: dict[str, list[float | None]] = defaultdict(list)
    for r in reference("mean_inputs.csv"):
        values[r["site_id"]].append(number(r["value"]))
    values["ALL_SITES_non_missing"] = [v for site in values.values() for v in site if v is not None]
    rows = reference("mean_expected.csv")
    got = [ask(warehouse, "mean", *sums(values[r["site_id"]]), confidence) for r in rows]
    wanted = [tuple(number(r[c]) for c in ("value", f"lower{suffix}cl", f"upper{suffix}cl", "stdev")) for r in rows]
    assert [str(len(values[r["site_id"]])) for r in rows] == [r["value_count"] for r in rows]
    assert_same(got, wanted, rows)


def test_published_refusal_of_a_confidence(warehouse: Connection) -> None:
    (refused,) = (r for r in reference("refused_inputs.csv") if r["fn"] == "phe_mean")
    assert (refused["input"], refused["status"]) == ("confidence=101", "error")
    assert ask(warehouse, "mean", 3.0, 6.0, 14.0, 101.0) == (None,) * 4


@settings(max_examples=100, deadline=None)
@given(values=st.lists(st.integers(-1000, 1000), min_size=2, max_size=30), factor=st.sampled_from([0.25, 4.0]))
def test_mean_is_that_of_the_values(warehouse: Connection, values: list[int], factor: float) -> None:
    n, total, squares = sums([float(v) for v in values])
    assert total is not None
    assert squares is not None
    value, lower, upper, sd = ask(warehouse, "mean", n, total, squares, 0.9)
    assert value == pytest.approx(np.mean(values), rel=1e-12, abs=1e-12)
    assert sd == pytest.approx(np.std(values, ddof=1), rel=1e-9, abs=1e-12)
    half = stats.t.isf(0.05, n - 1) * stats.sem(values)
    assert (lower, upper) == pytest.approx((value - half, value + half), rel=1e-9, abs=1e-9)
    # Another unit, or the other sign: the same figures in that unit.
    scaled = ask(warehouse, "mean", n, -factor * total, factor**2 * squares, 0.9)
    assert scaled == pytest.approx((-factor * value, -factor * upper, -factor * lower, factor * sd), rel=1e-9)


def test_mean_at_the_edges(warehouse: Connection) -> None:
    assert ask(warehouse, "mean", 1.0, 5.0, 25.0) == (5, None, None, None)
    assert ask(warehouse, "mean", 0.5, 5.0, 50.0) == (10, None, None, None)
    assert ask(warehouse, "mean", 1.05, 5.0, 25.0)[1:3] == (None, None)
    assert ask(warehouse, "mean", 7.0, 7 * 0.1, 7 * 0.1 * 0.1) == pytest.approx((0.1, 0.1, 0.1, 0))
    assert ask(warehouse, "mean", 4.0, 0.0, 0.0) == (0, 0, 0, 0)
    assert ask(warehouse, "mean", 4.0, 8.0, 15.9) == (None,) * 4  # the least sum of squares is 16
    # A spread of a thousandth of the mean still has nine digits.
    year = [1000 + (-1.0) ** i for i in range(400)]
    assert ask(warehouse, "mean", *sums(list(year)))[3] == pytest.approx(np.std(year, ddof=1), rel=1e-9)


# ---------------------------------------------------------------- ratios of sums

COST = [812.0, 655.0, 1203.0, 98.0, 440.0, 731.0, 519.0, 1490.0, 377.0, 602.0]
SIZE = [61.0, 52.0, 77.0, 9.0, 41.0, 49.0, 33.0, 120.0, 25.0, 50.0]


def test_ratio_beside_an_independent_calculation(warehouse: Connection) -> None:
    """The variance as that of the mean residual, written out in numpy; and by the delta method from covariances."""
    y, x, k = np.array(COST), np.array(SIZE), len(COST)
    r = y.sum() / x.sum()
    variance = (np.var(y, ddof=1) + r * r * np.var(x, ddof=1) - 2 * r * np.cov(y, x)[0, 1]) / (k * x.mean() ** 2)
    half = stats.t.isf(0.001, k - 1) * math.sqrt(variance)
    got = ask(warehouse, "ratio", COST, SIZE, 12.0, 0.998)
    assert got == pytest.approx((12 * r, 12 * (r - half), 12 * (r + half)), rel=1e-12)


def test_ratio_beside_a_bootstrap(warehouse: Connection) -> None:
    rng = np.random.default_rng(4)
    x = rng.integers(4000, 15000, 60).astype(float)
    y = x * rng.gamma(9, 1.5, 60)
    draws = rng.integers(0, 60, (20_000, 60))
    low, high = np.quantile(y[draws].sum(1) / x[draws].sum(1), [0.025, 0.975])
    value, lower, upper = ask(warehouse, "ratio", y.tolist(), x.tolist())
    assert value == pytest.approx(y.sum() / x.sum(), rel=1e-12)
    assert (lower, upper) == pytest.approx((low, high), abs=0.06 * (high - low))


@settings(max_examples=60, deadline=None)
@given(quotient=st.floats(-1e4, 1e4), sizes=st.lists(st.floats(1, 1e6), min_size=2, max_size=20))
def test_parts_that_agree_leave_no_doubt(warehouse: Connection, quotient: float, sizes: list[float]) -> None:
    if 0 < abs(quotient) < 1e-6:
        quotient = 0.0
    answer = ask(warehouse, "ratio", [quotient * s for s in sizes], sizes)
    assert answer == pytest.approx((quotient,) * 3, rel=1e-9, abs=1e-9)


def test_ratio_at_the_edges(warehouse: Connection) -> None:
    assert row(warehouse, "stat.ratio('{30}', '{20}', 10)") == (15, None, None)
    with_nothing = row(warehouse, "stat.ratio('{30,14,0}', '{20,11,0}')")
    assert with_nothing == row(warehouse, "stat.ratio('{30,14}', '{20,11}')")
    assert None not in with_nothing
    # Money without patients counts, and so does money that comes back.
    assert row(warehouse, "stat.ratio('{30,14,6}', '{20,10,0}')")[0] == pytest.approx(50 / 30)
    assert row(warehouse, "stat.ratio('{30,-36}', '{20,10}')")[0] == pytest.approx(-0.2)


@pytest.mark.parametrize(
    "arguments",
    [
        "'{30,null}', '{20,11}'",
        "'{30,14}', '{20,null}'",
        "'{30,14}', '{20,-1}'",
        "'{30,14}', '{0,0}'",
        "'{30,NaN}', '{20,11}'",
        "'{30,14}', '{20,Infinity}'",
        "'{30}', '{20,11}'",
        "'{}', '{}'",
        "null, '{1}'",
        "'{30,14}', '{20,11}', 0",
        "'{30,14}', '{20,11}', 1, 95",
    ],
)
def test_refused_ratios(warehouse: Connection, arguments: str) -> None:
    assert row(warehouse, f"stat.ratio({arguments})") == NOTHING
