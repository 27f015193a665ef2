"""Quantile groups, and the slope and relative index of inequality: published results, numpy, and laws."""

import math
from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stat_reference import Connection, Figures, ask, assert_same, levels, number, one, reference

NO_SII = (None,) * 7

# ---------------------------------------------------------------- quantiles


def test_published_quantiles(warehouse: Connection) -> None:
    """Set-wise, as a model would ask: ranks within metric, month and settings; missing values left out."""
    rows = reference("quantile_expected.csv")
    with warehouse.transaction(force_rollback=True):
        warehouse.execute("create temp table site (id int, series text, value float8, k int, invert boolean)")
        with warehouse.cursor().copy("copy site from stdin") as copy:
            for i, r in enumerate(rows):
                series = "/".join((r["metric"], r["month"], r["nquantiles"], r["invert"]))
                copy.write_row((i, series, number(r["value"]), int(r["nquantiles"]), r["invert"]))
        got = warehouse.execute(
            """
            select
                case when value is not null then stat.quantile(
                    rank() over (
                        partition by series
                        order by case when invert then -value else value end nulls last
                    ),
                    count(value) over (partition by series),
                    k
                ) end
            from site
            order by id
            """
        ).fetchall()
    assert_same(got, [(number(r["quantile"]),) for r in rows], rows)


def test_too_few_for_a_quantile(warehouse: Connection) -> None:
    (published,) = (r for r in reference("refused_inputs.csv") if r["fn"] == "phe_quantile")
    assert published["input"].startswith("fewer areas than quantiles: quantile is missing")
    assert one(warehouse, "stat.quantile(1, 4, 5)") is None


@settings(max_examples=100, deadline=None)
@given(n=st.integers(1, 200), k=st.integers(1, 12))
def test_quantiles_are_in_order_and_nearly_equal(warehouse: Connection, n: int, k: int) -> None:
    groups = [
        g for (g,) in warehouse.execute("select stat.quantile(r, %s, %s) from generate_series(1, %s) as r", [n, k, n])
    ]
    if n < k:
        assert set(groups) == {None}
        return
    assert groups == sorted(groups)
    sizes = [groups.count(g) for g in range(1, k + 1)]
    assert sum(sizes) == n
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize(
    "arguments",
    ["0, 5, 5", "6, 5, 5", "1, 5, 0", "1, 5, -1", "null, 5, 5", "1, null, 5", "1, 5, null", "1, 2000000000, 5"],
)
def test_refused_quantiles(warehouse: Connection, arguments: str) -> None:
    assert one(warehouse, f"stat.quantile({arguments})") is None


# ---------------------------------------------------------------- slope and relative index

Groups = tuple[list[float], list[float], list[float]]  # population, value, standard error as drawn


def transforms(variant: str) -> tuple[str, Callable[[float], float], Callable[[float], float]]:
    """What the package draws values on: name, transform, and how much a value moves with it."""
    return {
        "value_se": ("none", lambda y: y, lambda y: 1.0),
        "rate_cl": ("log", math.log, lambda y: y),
        "proportion_cl": ("logit", lambda y: math.log(y / (1 - y)), lambda y: y * (1 - y)),
    }[variant]


def published_groups() -> dict[tuple[str, str], Groups]:
    groups: dict[tuple[str, str], Groups] = defaultdict(lambda: ([], [], []))
    for r in reference("sii_inputs.csv"):
        _, transform, _ = transforms(r["variant"])
        population, value, se = groups[r["variant"], r["site_id"]]
        population.append(float(r["population"]))
        value.append(float(r["value"]) if r["value"] else float(r["x"]) / float(r["population"]))
        lower, upper = number(r["lowercl"]), number(r["uppercl"])
        if lower is None or upper is None:
            se.append(float(r["se"]))
        else:
            se.append((transform(upper) - transform(lower)) / 2 / 1.959963984540054)
    return groups


@levels
def test_published_indices_of_inequality(warehouse: Connection, confidence: float, suffix: str) -> None:
    """The indices to 1e-9; limits within 2% of the width of those that the package simulates."""
    groups = published_groups()
    rows = reference("sii_expected.csv")
    got: list[Figures] = []
    for r in rows:
        population, value, se = groups[r["variant"], r["site_id"]]
        name, _, moves = transforms(r["variant"])
        if r["transform"] == "FALSE":
            name, se = "none", [s * moves(y) for s, y in zip(se, value, strict=True)]
        got.append(ask(warehouse, "sii", population, value, se, name, float(r["multiplier"]), confidence))
    wanted = [tuple(number(r[c]) for c in ("sii", "rii", "intercept")) for r in rows]
    assert_same([g[:3] for g in got], wanted, rows)

    for r, limits in zip(rows, got, strict=True):
        for index, ours in (("sii", limits[3:5]), ("rii", limits[5:7])):
            theirs = [float(r[f"{index}_{side}{suffix}cl"]) for side in ("lower", "upper")]
            assert ours == pytest.approx(theirs, abs=0.02 * (theirs[1] - theirs[0])), (index, r)


def test_index_by_hand(warehouse: Connection) -> None:
    """Numpy's weighted fit through groups of unequal size."""
    population, value = [3000.0, 1000.0, 2000.0, 500.0], [40.0, 38.0, 31.0, 30.0]
    share = np.array(population) / sum(population)
    middle = np.cumsum(share) - share / 2
    slope, height = np.polyfit(middle, value, 1, w=np.sqrt(share))
    plain = ask(warehouse, "sii", population, value)
    assert plain[:3] == pytest.approx((slope, (height + slope) / height, height), rel=1e-10)
    assert plain[3:] == (None,) * 4
    slope, height = np.polyfit(middle, np.log(value), 1, w=np.sqrt(share))
    near, far = math.exp(height), math.exp(height + slope)
    assert ask(warehouse, "sii", population, value, None, "log", -2.0)[:3] == pytest.approx(
        (-2 * (far - near), near / far, 2 * near), rel=1e-10
    )


groups_of = st.lists(st.tuples(st.floats(1, 1e5), st.floats(0.01, 0.9), st.floats(1e-4, 0.1)), min_size=2, max_size=8)


@settings(max_examples=60, deadline=None)
@given(groups=groups_of, transform=st.sampled_from(["none", "log", "logit"]))
def test_laws_of_inequality(warehouse: Connection, groups: list[tuple[float, float, float]], transform: str) -> None:
    population, value, se = ([g[i] for g in groups] for i in range(3))
    sii, rii, intercept, lower, upper, rii_lower, rii_upper = ask(warehouse, "sii", population, value, se, transform)
    assert sii is not None
    # Whoever turns the order of the groups round turns the sign of the slope, and its limits.
    turned = ask(warehouse, "sii", population[::-1], value[::-1], se[::-1], transform)
    assert turned[0] == pytest.approx(-sii, abs=1e-9)
    assert turned[3:5] == pytest.approx((-upper, -lower), abs=1e-9)
    assert intercept + sii == pytest.approx(turned[2], abs=1e-9)
    # A negative multiplier swaps the ends of both indices.
    swapped = ask(warehouse, "sii", population, value, se, transform, -1.0)
    assert (swapped[0], *swapped[3:5]) == pytest.approx((-sii, -upper, -lower), abs=1e-12)
    if rii_lower is not None:
        assert swapped[1] == pytest.approx(1 / rii, rel=1e-9)
        assert swapped[5:7] == pytest.approx((1 / rii_upper, 1 / rii_lower), rel=1e-9)
    # Equal groups have no inequality, and an exact line no doubt.
    level = ask(warehouse, "sii", population, [0.3] * len(groups), [0.0] * len(groups), transform)
    assert level == pytest.approx((0, 1, 0.3, 0, 0, 1, 1), abs=1e-9)


def test_index_without_a_ratio(warehouse: Connection) -> None:
    """A line that falls below 0: a slope, but no ratio of its ends."""
    sii, rii, _, lower, upper, *ratio = ask(warehouse, "sii", [1.0, 1.0, 1.0], [5.0, 1.0, 0.0], [0.1, 0.1, 0.1])
    assert sii == pytest.approx(-7.5)
    assert lower < sii < upper
    assert (rii, ratio) == (None, [None, None])


@pytest.mark.parametrize("error", [None, -0.1, math.nan, math.inf, 1e308, 5e-324])
def test_index_without_limits(warehouse: Connection, error: float | None) -> None:
    answer = ask(warehouse, "sii", [1.0, 1.0], [4.0, 2.0], [0.1, error])
    assert answer[:3] == pytest.approx((-4, 0.2, 5))
    assert answer[3:] == (None,) * 4


@pytest.mark.parametrize(
    ("population", "value", "transform"),
    [
        ([1.0], [2.0], "none"),
        ([], [], "none"),
        ([1.0, 2.0], [2.0], "none"),
        ([1.0, 0.0], [2.0, 3.0], "none"),
        ([1.0, None], [2.0, 3.0], "none"),
        ([1.0, 1e10], [2.0, 3.0], "none"),
        ([1.0, 2.0], [2.0, None], "none"),
        ([1.0, 2.0], [2.0, math.nan], "none"),
        ([1.0, 2.0], [2.0, 0.0], "log"),
        ([1.0, 2.0], [0.5, 1.0], "logit"),
        ([1.0, 2.0], [2.0, 3.0], "square"),
        ([1.0, 2.0], [2.0, 3.0], None),
        ([1.0, 2.0, 1e6], [1e-15, 1e15, 1e15], "log"),
    ],
)
def test_refused_indices(
    warehouse: Connection, population: list[float | None], value: list[float | None], transform: str | None
) -> None:
    se = [0.1 for _ in population]
    assert ask(warehouse, "sii", population, value, se, transform) == NO_SII
