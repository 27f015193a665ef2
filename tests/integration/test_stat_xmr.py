"""The XmR charts of schema `stat` against published results, by hand, by their symmetries and with garbage.

Published (`shared/reference`, part B; skipped where absent) are the results of NHSRplotthedots.
"""

import itertools
import math
import random
from collections import Counter, defaultdict, namedtuple
from collections.abc import Iterable
from typing import Any

import pytest
from stat_reference import Connection, Figures, assert_same, number, reference

Series = list[float | None]


COLUMNS = "idx rebase_group mean lpl upl near_lpl near_upl special_cause_type point_type assurance"


class Point(namedtuple("Point", COLUMNS)):
    def figures(self) -> Figures:
        return self[2:7]


Last = namedtuple("Last", "mean lpl upl special_cause_type point_type variation_icon assurance_icon")

ARGUMENTS = "%s::float8 [], %s::text, %s::int [], %s::int, %s::float8, %s::boolean"


def xmr(
    warehouse: Connection,
    y: Any,
    improvement: str | None = "increase",
    rebase_at: Any = (),
    fix_after: int | None = None,
    target: float | None = None,
    screen_outliers: bool | None = True,
    first_wanted: int | None = 1,
) -> list[Point]:
    y = [v if v is None else float(v) for v in y] if isinstance(y, list) else y
    rebases = list(rebase_at) if isinstance(rebase_at, tuple) else rebase_at
    arguments = [y, improvement, rebases, fix_after, target, screen_outliers, first_wanted]
    rows = warehouse.execute(f"select * from stat.xmr({ARGUMENTS}, %s::int)", arguments).fetchall()
    return [Point(*row) for row in rows]


def xmr_last(warehouse: Connection, *arguments: Any) -> Last:
    [last] = warehouse.execute(f"select * from stat.xmr_last({ARGUMENTS})", arguments).fetchall()
    return Last(*last)


def names(points: list[Point]) -> list[str | None]:
    return [p.special_cause_type for p in points]


def published_runs() -> list[tuple[dict[str, str], tuple[Any, ...]]]:
    """Each published run with the arguments of stat.xmr that stand for it."""
    series: dict[str, list[tuple[str, float | None]]] = defaultdict(list)
    for r in reference("spc_series.csv"):
        series[r["series_id"]].append((r["date"], number(r["value"])))
    runs = []
    for r in reference("spc_runs.csv"):
        dates, y = zip(*sorted(series[r["series_id"]]), strict=True)
        rebase_at = [i for i, date in enumerate(dates, 1) if date in r["rebase_dates"].split(";")]
        fix_after = int(r["fix_after_n_points"]) if r["fix_after_n_points"] else None
        screen = r["screen_outliers"] == "TRUE"
        runs.append((r, (list(y), r["improvement_direction"], rebase_at, fix_after, number(r["target"]), screen)))
    return runs


def test_every_published_point(warehouse: Connection) -> None:
    wanted = defaultdict(list)
    for r in reference("spc_points_expected.csv"):
        wanted[r["run_id"]].append(r)
    seen: Counter[str | None] = Counter()
    for run, arguments in published_runs():
        rows, points = wanted[run["run_id"]], xmr(warehouse, *arguments)
        columns = ("mean", "lpl", "upl", "near_lpl", "near_upl")
        assert_same([p.figures() for p in points], [tuple(number(r[c]) for c in columns) for r in rows], rows)
        for i, (p, r) in enumerate(zip(points, rows, strict=True), 1):
            assert (p.idx, p.rebase_group) == (i, int(r["rebase_group"])), r
            assert p[7:9] == (r["special_cause_type"], r["point_type"]), r
        seen.update(names(points))
    assert sum(seen.values()) == 9673
    assert len(seen) == 9, "a rule was never met"


def test_every_published_summary(warehouse: Connection) -> None:
    wanted = defaultdict(list)
    for r in reference("spc_summary_expected.csv"):
        wanted[r["run_id"]].append(r)
    kinds = ("common_cause", "improvement", "concern", "neutral_high", "neutral_low")
    groups_count = 0
    for run, arguments in published_runs():
        points, last = xmr(warehouse, *arguments), xmr_last(warehouse, *arguments)
        for r in wanted[run["run_id"]]:
            group = [p for p in points if p.rebase_group == int(r["rebase_group"])]
            assert_same([group[-1].figures()[:3]], [(number(r["mean"]), number(r["lpl"]), number(r["upl"]))], [r])
            counts = Counter((p.point_type or "").removeprefix("special_cause_") for p in group)
            assert (len(group), [counts[k] for k in kinds]) == (int(r["n"]), [int(r[f"n_{k}"]) for k in kinds]), r
            assert group[-1].point_type == r["variation_type"], r
            groups_count += 1
        r = wanted[run["run_id"]][-1]
        assert (points[-1].assurance or "") == r["assurance_type"], r
        assert (last.variation_icon, last.assurance_icon or "") == (r["variation_icon"], r["assurance_icon"]), r
        assert last[:3] == points[-1].figures()[:3], r
        assert last[3:5] == points[-1][7:9], r
    assert groups_count == 492


# ---------------------------------------------------------------- by hand


def test_limits_by_hand(warehouse: Connection) -> None:
    """Steps 2, 2, 2, 30 average 9: 30 is over 3.267 x 9 = 29.4 and screened, which leaves 2."""
    point = xmr(warehouse, [10, 12, 10, 12, 42])[0]
    assert point.figures() == pytest.approx((17.2, 17.2 - 5.32, 17.2 + 5.32, 17.2 - 3.546666667, 17.2 + 3.546666667))
    point = xmr(warehouse, [10, 12, 10, 12, 42], screen_outliers=False)[0]
    assert point.figures()[:3] == pytest.approx((17.2, 17.2 - 23.94, 17.2 + 23.94))


def test_degenerate_series(warehouse: Connection) -> None:
    assert xmr(warehouse, []) == xmr(warehouse, None) == []
    assert xmr(warehouse, [7], target=5) == [
        Point(1, 0, 7, None, None, None, None, "Common Cause", "common_cause", "inconsistent")
    ]
    constant = [0.1] * 9  # its sum is no multiple of 0.1
    assert {(p.lpl, p.special_cause_type) for p in xmr(warehouse, constant)} == {(None, "Common Cause")}
    for p in xmr(warehouse, constant, screen_outliers=False):
        assert p.figures() == pytest.approx((0.1,) * 5)
        assert p.special_cause_type == "Common Cause"
    assert [p.figures() for p in xmr(warehouse, [None, None])] == [(None,) * 5] * 2
    # Mostly equal: the few steps are screened out, nothing is left to vary, and the spike is outside.
    assert names(xmr(warehouse, [5.0] * 9 + [6.0])) == ["Below LCL"] * 9 + ["Above UCL"]


def test_a_missing_value_breaks_what_goes_through_it(warehouse: Connection) -> None:
    """The package stops at the first of these."""
    rising: Series = [1, 2, 3, None, 5, 6, 7, 8]
    assert set(names(xmr(warehouse, rising))) == {"Below LCL", "Common Cause", "Above UCL"}
    rising[3] = 4
    assert names(xmr(warehouse, rising))[1:-1] == ["7 Point Trend (Increasing)"] * 6
    wave: Series = [9, 1, 9, 1, 9, 1, 6, 6, 6.1, 6, 6, None, 6, 9, 1]
    assert "7 Points Above CL" not in names(xmr(warehouse, wave))
    wave[11] = 6
    assert names(xmr(warehouse, wave)).count("7 Points Above CL") == 8


def test_where_two_rises_are_joined_by_a_tie(warehouse: Connection) -> None:
    points = xmr(warehouse, [*range(1, 8), *range(7, 14)])
    assert points[6].special_cause_type == "7 Point Trend (Decreasing)"  # to the next point it does not rise
    assert points[7].special_cause_type == "7 Point Trend (Increasing)"


# ---------------------------------------------------------------- symmetries

PAIRS = [("Above", "Below"), ("UCL", "LCL"), ("(Increasing)", "(Decreasing)")]
MIRROR = dict(PAIRS) | {low: high for high, low in PAIRS}


def mirrored(name: str | None) -> str:
    return " ".join(MIRROR.get(word, word) for word in (name or "").split())


def random_runs(seed: int, runs_count: int = 150) -> list[tuple[Any, ...]]:
    """Series with trends, steps, ties and gaps, in tenths; and all the settings."""
    r = random.Random(seed)
    runs: list[tuple[Any, ...]] = []
    for _ in range(runs_count):
        size, steps, drift = r.randint(1, 45), r.choice([2, 5, 40, 1000]), r.choice([0, 0, 0.3, -2])
        y: Series = [None if r.random() < 0.03 else r.randrange(steps) / 10 + drift * i for i in range(size)]
        rebase_at = r.sample(range(1, 60), r.choice([0, 1, 2]))
        runs.append((y, r.choice(["increase", "decrease"]), rebase_at, r.choice([None, 12, 20]), 2.0, r.random() < 0.6))
    return runs


def same(a: Iterable[float | None], b: Iterable[float | None], abs_tol: float) -> bool:
    return all(p == q or math.isclose(p or 0, q or 0, rel_tol=1e-9, abs_tol=abs_tol) for p, q in zip(a, b, strict=True))


def moved(y: Series, factor: float, shift: float) -> Series:
    return [None if v is None else v * factor + shift for v in y]


@pytest.mark.parametrize(("factor", "shift"), [(1, 1000), (1, -0.7), (1e6, 0), (1e-6, 0), (3, 50)])
def test_moving_a_series_moves_its_limits(warehouse: Connection, factor: float, shift: float) -> None:
    for y, improvement, rebase_at, fix_after, target, screen in random_runs(1):
        before = xmr(warehouse, y, improvement, rebase_at, fix_after, target, screen)
        after = xmr(
            warehouse, moved(y, factor, shift), improvement, rebase_at, fix_after, target * factor + shift, screen
        )
        for b, a in zip(before, after, strict=True):
            assert a[7:] == b[7:], y
            assert same(a.figures(), moved(list(b.figures()), factor, shift), abs_tol=1e-9 * factor), y


def test_the_other_polarity_swaps_the_verdicts(warehouse: Connection) -> None:
    swap = {"special_cause_improvement": "special_cause_concern", "special_cause_concern": "special_cause_improvement"}
    swap |= {"consistent_pass": "consistent_fail", "consistent_fail": "consistent_pass"}
    seen = set()
    for y, _, *settings in random_runs(2):
        up, down, neutral = (xmr(warehouse, y, p, *settings) for p in ("increase", "decrease", "neutral"))
        for u, d, n in zip(up, down, neutral, strict=True):
            assert u[:8] == d[:8] == n[:8]
            assert (d.point_type, d.assurance) == tuple(swap.get(t or "", t) for t in (u.point_type, u.assurance))
            is_high = (u.special_cause_type or "").endswith(("Above UCL", "Above CL", "(Increasing)"))
            assert (u.point_type == "special_cause_improvement") == is_high
            assert (n.point_type == "special_cause_neutral_high", n.assurance) == (is_high, None)
            seen |= {u.point_type, u.assurance}
    assert len(seen) == 3 + 3 + 1, "some verdict never came up"


def test_upside_down_is_the_mirror_image(warehouse: Connection) -> None:
    """But for trends joined by a tie (above)."""
    for y, _, rebase_at, fix_after, target, screen in random_runs(3):
        before = xmr(warehouse, y, "increase", rebase_at, fix_after, target, screen)
        after = xmr(warehouse, moved(y, -1, 0), "decrease", rebase_at, fix_after, -target, screen)
        for b, a in zip(before, after, strict=True):
            assert a.assurance == b.assurance
            assert same((a.upl, a.lpl), moved([b.lpl, b.upl], -1, 0), abs_tol=1e-9)
            if b.idx < len(y) and math.isclose(y[b.idx] or 0, y[b.idx - 1] or 0):
                continue
            assert (a.special_cause_type, a.point_type) == (mirrored(b.special_cause_type), b.point_type), y


def test_asking_for_the_end_only_changes_nothing(warehouse: Connection) -> None:
    for y, *settings in random_runs(4):
        points = xmr(warehouse, y, *settings)
        for first in {1, len(y) // 2, len(y) - 7, len(y)} - {0}:
            assert xmr(warehouse, y, *settings, first_wanted=first) == points[max(first, 1) - 1 :]
        assert xmr_last(warehouse, y, *settings)[:5] == points[-1][2:5] + points[-1][7:9]


# ---------------------------------------------------------------- garbage, and speed


@pytest.mark.parametrize(
    "wrong",
    [
        {"improvement": None},
        {"improvement": "up"},
        {"fix_after": 11},
        {"fix_after": -(2**31)},
        {"screen_outliers": None},
        {"y": [1, 2, math.nan]},
        {"y": [1, -math.inf, 3]},
        {"y": [1, 2, 1e16]},
        {"y": [0, 1e-300, 0]},
        {"y": "{{1},{2},{3}}"},
        {"y": "[2:4]={1,2,3}"},
    ],
)
def test_refused(warehouse: Connection, wrong: dict[str, Any]) -> None:
    points = xmr(warehouse, **({"y": [1, 2, 3]} | wrong))
    assert points == [Point(i, *[None] * 9) for i in (1, 2, 3)]


def test_odd_settings_are_ignored(warehouse: Connection) -> None:
    plain = xmr(warehouse, [1, 2, 4])
    for odd in (None, [], [None], [-1, 0, 4, 2**31 - 1], [[-1], [9]]):
        assert xmr(warehouse, [1, 2, 4], rebase_at=odd) == plain
    for target in (None, math.nan, math.inf, -math.inf, 1e300):
        assert xmr(warehouse, [1, 2, 4], target=target) == plain
    assert xmr(warehouse, [1, 2, 4], fix_after=2**31 - 1, first_wanted=None) == plain
    assert xmr(warehouse, [1, 2, 4], first_wanted=-(2**31) + 6) == plain
    assert xmr(warehouse, [1, 2, 4], first_wanted=2**31 - 1) == []


def test_nothing_raises(warehouse: Connection) -> None:
    nasty = [None, math.nan, math.inf, -1e15, 1e15, 1e308, 5e-324, 1e-200, -1e-200, 0.0, 1.0]
    for y in itertools.product(nasty, repeat=3):
        for screen in (True, False):
            points = xmr(warehouse, list(y), "decrease", [2, 2, None], 12, 1e-200, screen)
            assert [p.idx for p in points] == [1, 2, 3]
            assert all(v is None or math.isfinite(v) for p in points for v in p.figures()), y
        xmr_last(warehouse, list(y), "neutral", None, None, None, False)
    assert xmr_last(warehouse, None, "increase", [], None, None, True) == Last(*[None] * 7)


@pytest.mark.parametrize(("function", "limit_ms"), [("xmr", 500), ("xmr_last", 250)])
def test_a_month_of_charts_is_quick(warehouse: Connection, function: str, limit_ms: float) -> None:
    """1000 series of 36 points: some 70 ms here, 33 for the last point only; half a millisecond each is too slow."""
    plan = warehouse.execute(
        f"""
        explain (analyze, timing off, format json)
        select sum(x.upl)
        from (
            select array_agg(100 + sin(series * month * month) order by month) as y
            from generate_series(1, 1000) as series, generate_series(1, 36) as month
            group by series
        ) as s
        cross join lateral stat.{function}(s.y, 'increase', target => 100) as x
        """
    ).fetchone()
    assert plan is not None
    assert plan[0][0]["Execution Time"] < limit_ms
