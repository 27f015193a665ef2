"""The funnel plots of schema `stat` against published results, by their definition and with garbage.

The published results (`shared/reference`, A7 and A10) are those of PHEindicatormethods and FunnelPlotR; tests
that need them skip where they are absent.
"""

import itertools
import math
import random
from collections import defaultdict, namedtuple
from typing import Any

import pytest
from scipy import stats
from stat_reference import NASTY, Connection, assert_same, figures, number, one, reference

CHART_LEVELS = [(0.95, "2s"), (0.998, "3s")]
COLUMNS = "idx rr transformed z z_trimmed lower upper od_lower od_upper is_outlier is_od_outlier phi tau2"  # of stat.funnel_overdispersed
Site = namedtuple("Site", COLUMNS)
KINDS = ["SR-SHMI", "SR-CQC", "PR", "RC"]


def overdispersed(warehouse: Connection, numerator: Any, denominator: Any, kind: Any, *settings: Any) -> list[Site]:
    arguments = [numerator, denominator, kind, *settings]
    marks = ["%s::float8 []", "%s::float8 []", "%s::text", *["%s::float8"] * len(settings)]
    rows = warehouse.execute(f"select * from stat.funnel_overdispersed({', '.join(marks)})", arguments).fetchall()
    return [Site(*row) for row in rows]


# ---------------------------------------------------------------- published results


def published_funnel(funnel_id: str) -> tuple[str, list[tuple[float, float | None, str]], float]:
    """Its kind, its sites (x, n, significance) and their average, as stat.funnel_significance takes them."""
    kind = "dsr" if "_dsr_" in funnel_id else funnel_id.split("_")[0]
    sites = []
    for r in reference("funnel_points_expected.csv"):
        if r["funnel_id"] == funnel_id.replace("ratio_count", "ratio_isr"):
            x, n, rate = float(r["numerator"]), float(r["denominator"]), number(r["rate"])
            if kind == "dsr" or (kind == "rate" and x > 0):
                n = float(r["multiplier"]) * x / rate if x and rate else None
            sites.append((x, n, r["significance"]))
    average = sum(x for x, _, _ in sites) / sum(n or 0 for _, n, _ in sites)
    return kind, sites, 1 if kind == "ratio" else average


def test_every_published_point(warehouse: Connection) -> None:
    compared = 0
    for funnel_id in {r["funnel_id"] for r in reference("funnel_points_expected.csv")}:
        kind, sites, average = published_funnel(funnel_id)
        for x, n, wanted in sites:
            assert one(warehouse, "stat.funnel_significance(%s, %s, %s, %s)", [kind, x, n, average]) == wanted
            compared += 1
    assert compared == 536


def test_every_published_line_of_proportions(warehouse: Connection) -> None:
    rows = [r for r in reference("funnel_limits_expected.csv") if r["statistic"] == "proportion"]
    averages = {i: published_funnel(i)[2] for i in {r["funnel_id"] for r in rows}}
    for confidence, s in CHART_LEVELS:
        got = warehouse.execute(
            """
            select f.lower * 100, f.upper * 100
            from unnest(%s::float8 [], %s::float8 []) with ordinality as u (p0, n, position)
            cross join lateral stat.funnel_proportion(p0, n, %s::float8) as f
            order by position
            """,
            [[averages[r["funnel_id"]] for r in rows], [float(r["x_value"]) for r in rows], confidence],
        ).fetchall()
        assert_same(got, [(number(r[f"lower_{s}_limit"]), number(r[f"upper_{s}_limit"])) for r in rows], rows)
    assert len(rows) == 600


def test_every_published_line_of_counts(warehouse: Connection) -> None:
    """To 1e-4: the package finds these lines by bisection."""
    rows = [r for r in reference("funnel_limits_expected.csv") if r["statistic"] != "proportion"]
    years: dict[str, float] = {
        r["funnel_id"]: float(r["years_of_data"] or 1) for r in reference("funnel_points_expected.csv")
    }
    averages = {i: published_funnel(i)[2] for i in {r["funnel_id"] for r in rows}}
    for confidence, s in CHART_LEVELS:
        got = warehouse.execute(
            """
            select f.lower_expected, f.upper_expected
            from unnest(%s::float8 []) with ordinality as u (x, position)
            cross join lateral stat.funnel_expected(x, %s::float8) as f
            order by position
            """,
            [[float(r["x_value"]) for r in rows], confidence],
        ).fetchall()
        figures_got, wanted = [], []
        for r, lines in zip(rows, got, strict=True):
            for side, events in zip(("lower", "upper"), lines, strict=True):
                ratio, average = float(r["x_value"]) / events, averages[r["funnel_id"]]
                limit, column = float(r[f"{side}_{s}_limit"]), f"{side}_{s}_exp_events"
                if r["statistic"].startswith("rate"):
                    figures_got.append((100_000 * average * ratio, events / average / years[r["funnel_id"]]))
                    wanted.append((limit, float(r[f"{side}_{s}_population_1_year"])))
                else:
                    figures_got.append((ratio, events))
                    wanted.append((limit / 100 if "isr" in r["funnel_id"] else limit + 1, float(r[column])))
        assert_same(figures_got, wanted, list(itertools.chain(*zip(rows, rows, strict=True))), rel=1e-4)
    assert len(rows) == 1400


def test_every_published_group_with_overdispersion(warehouse: Connection) -> None:
    inputs, wanted = defaultdict(list), defaultdict(list)
    for r in reference("funnelplotr_inputs.csv"):
        inputs[r["dataset"]].append((float(r["numerator"]), float(r["denominator"])))
    for r in reference("funnelplotr_points_expected.csv"):
        wanted[r["run_id"]].append(r)
    compared = above_zero = 0
    for run in reference("funnelplotr_runs.csv"):
        numerator, denominator = (list(column) for column in zip(*inputs[run["dataset"]], strict=True))
        kind = "-".join(filter(None, (run["data_type"], run["sr_method"])))
        outliers_count = 0
        for confidence, s in ((0.95, "95"), (0.998, "99")):
            settings = (float(run["trim_by"]), confidence, float(run["multiplier"]))
            sites = overdispersed(warehouse, numerator, denominator, kind, *settings)
            columns = ("rr", "transformed", "z", "z_trimmed", f"LCL{s}", f"UCL{s}", f"OD{s}LCL", f"OD{s}UCL")
            rows = wanted[run["run_id"]]
            both = [number(run["phi"]), number(run["tau2"])]
            for site, r in zip(sites, rows, strict=True):
                published = [number(r[c]) for c in columns]
                if site.od_lower == 0 and kind == "PR":  # the package reads this angle from a table of points
                    above_zero += published[6] != 0
                    published[6] = 0
                assert_same([(*site[1:9], *site[11:])], [(*published, *both)], [(run, r)])
                if s == run["limit"]:
                    is_outlier = site.is_od_outlier if run["draw_adjusted"] == "TRUE" else site.is_outlier
                    assert is_outlier == (r["outlier"] == "1"), r
                    outliers_count += is_outlier
                compared += 1
        assert outliers_count == int(run["n_outliers"])
    assert compared == 2 * 474
    assert above_zero == 1


# ---------------------------------------------------------------- by definition


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.998])
def test_a_proportion_on_the_line_has_an_interval_that_touches_the_average(
    warehouse: Connection, confidence: float
) -> None:
    lower, upper = figures(warehouse, "stat.funnel_proportion(0.3, 80, %s)", [confidence])
    assert 0 < lower < 0.3 < upper
    interval = "stat.proportion(%s::float8 * 80, 80, 1, %s)"
    assert figures(warehouse, interval, [lower, confidence])[2] == pytest.approx(0.3, rel=1e-12)
    assert figures(warehouse, interval, [upper, confidence])[1] == pytest.approx(0.3, rel=1e-12)
    assert figures(warehouse, "stat.funnel_proportion(0.01, 5, %s)", [confidence])[0] == 0


@pytest.mark.parametrize("expected", [0.2, 1.0, 9.9, 10.0, 417.3, 20_000.0])
@pytest.mark.parametrize("confidence", [0.95, 0.998])
def test_ratios_and_rates_by_scipy(warehouse: Connection, expected: float, confidence: float) -> None:
    tail = (1 - confidence) / 2
    lower, upper = figures(warehouse, "stat.funnel_ratio(%s, %s)", [expected, confidence])
    assert lower == pytest.approx(stats.chi2.ppf(tail, 2 * expected) / 2 / expected, rel=1e-9)
    assert upper == pytest.approx(stats.chi2.isf(tail, 2 * expected + 2) / 2 / expected, rel=1e-9)
    # The average of 250 per 1000 expects that many events on four times the denominator.
    rate = figures(warehouse, "stat.funnel_rate(250, %s, 1000, %s)", [4 * expected, confidence])
    assert rate == pytest.approx((250 * lower, 250 * upper), rel=1e-12)
    # Whoever has the events of a lower line's expectation is its lower limit by chance with probability `tail`.
    low, high = figures(warehouse, "stat.funnel_expected(12, %s)", [confidence])
    assert stats.poisson.cdf(12, low) == pytest.approx(tail, rel=1e-9)
    assert stats.poisson.sf(11, high) == pytest.approx(tail, rel=1e-9)


@pytest.mark.parametrize(
    ("kind", "x", "n", "average", "wanted"),
    [
        ("proportion", 50, 100, 0.5, "Not significant"),
        ("proportion", 60, 100, 0.5, "High (0.025)"),
        ("proportion", 34, 100, 0.5, "Low (0.001)"),
        ("proportion", 0, 100, 0, "Not significant"),
        ("proportion", 100, 100, 1, "Not significant"),
        ("ratio", 0, 3.6, 1, "Not significant"),  # 3.689 is the upper limit of no events
        ("ratio", 0, 3.7, 1, "Low (0.025)"),
        ("rate", 9, 4000, 0.001, "High (0.025)"),
        ("rate", 30, 10_000, 0.001, "High (0.001)"),
        ("dsr", 10, 20_000, 0.001, "Low (0.025)"),
        ("dsr", 9.9, None, 0.001, "Not applicable for events less than 10 for dsrs"),
        ("dsr", 10, None, 0.001, None),
        ("proportion", 101, 100, 0.5, None),
        ("mean", 1, 1, 1, None),
        (None, 1, 1, 1, None),
    ],
)
def test_significance(warehouse: Connection, kind: str, x: float, n: float, average: float, wanted: str) -> None:
    call = "stat.funnel_significance(%s::text, %s::float8, %s::float8, %s::float8)"
    assert one(warehouse, call, [kind, x, n, average]) == wanted


def random_sites(seed: int, spread: float, kind: str = "PR") -> tuple[list[float], list[float]]:
    """40 sites at 40% on average, or at a ratio of 1; `spread` is the standard deviation between them."""
    r = random.Random(seed)
    size = [r.randint(30, 900) for _ in range(40)]
    x = [float(round(n * min(0.95, max(0.02, r.gauss(0.4, spread))))) for n in size]
    return x, [n * (0.4 if kind.startswith("SR") else 1.0) for n in size]


@pytest.mark.parametrize("kind", KINDS)
def test_more_spread_widens_the_adjusted_limits_only(warehouse: Connection, kind: str) -> None:
    near, far = (overdispersed(warehouse, *random_sites(5, spread, kind), kind) for spread in (0, 0.15))
    assert near[0].tau2 == 0
    assert far[0].phi > 1 > near[0].phi
    assert all(f.od_upper - f.od_lower > n.od_upper - n.od_lower for f, n in zip(far, near, strict=True))
    assert sum(f.is_od_outlier for f in far) < sum(f.is_outlier for f in far)
    if kind in ("PR", "RC"):  # those of SR are exact without over-dispersion, an approximation with it
        assert [s.lower for s in near] == pytest.approx([s.od_lower for s in near], rel=1e-12)
    else:
        assert [s.lower for s in far] == [s.lower for s in near]


@pytest.mark.parametrize("kind", KINDS)
def test_order_scale_and_refused_sites_change_nothing(warehouse: Connection, kind: str) -> None:
    x, n = random_sites(6, 0.1)
    plain = overdispersed(warehouse, x, n, kind)
    backwards = overdispersed(warehouse, x[::-1], n[::-1], kind)[::-1]
    assert_same([s[1:] for s in backwards], [s[1:] for s in plain], plain)
    scaled = overdispersed(warehouse, x, n, kind, 0.1, 0.95, 100)
    assert_same([s[5:9] for s in scaled], [tuple(100 * v for v in s[5:9]) for s in plain], plain)
    bad: list[tuple[float | None, float | None]] = [(None, 9.0), (9.0, None), (9.0, 0.0), (-1.0, 9.0), (math.nan, 9.0)]
    mixed = overdispersed(warehouse, [*x, *[a for a, _ in bad]], [*n, *[b for _, b in bad]], kind)
    assert mixed[: len(x)] == plain
    assert {s[1:] for s in mixed[len(x) :]} == {(*[None] * 10, plain[0].phi, plain[0].tau2)}


def test_a_site_without_events_has_no_logarithm(warehouse: Connection) -> None:
    x, n = random_sites(7, 0.1)
    sites = overdispersed(warehouse, [0.0, *x], [50.0, *n], "SR-SHMI")
    assert sites[0][1:5] == (0, None, None, None)
    assert sites[0].is_od_outlier
    assert 0 < sites[0].tau2 < math.inf
    assert math.isfinite(overdispersed(warehouse, [0.0, *x], [50.0, *n], "SR-SHMI", 0)[0].tau2)


# ---------------------------------------------------------------- garbage


@pytest.mark.parametrize("confidence", [None, math.nan, 0.0, 1e-9, 0.95, 1 - 1e-9, 95.0])
def test_nothing_raises(warehouse: Connection, confidence: float | None) -> None:
    for function, places in (("proportion", 2), ("ratio", 1), ("expected", 1), ("rate", 3)):
        for case in itertools.product(NASTY, repeat=places):
            marks = ", ".join(["%s::float8"] * (places + 1))
            got = figures(warehouse, f"stat.funnel_{function}({marks})", [*case, confidence])
            assert got == (None, None) or all(0 <= v < math.inf for v in got), (function, case)
    for case in itertools.product(NASTY, repeat=3):
        call = "stat.funnel_significance('ratio', %s::float8, %s::float8, %s::float8)"
        assert one(warehouse, call, case) in (None, "Not significant", *SIGNIFICANT)


SIGNIFICANT = [f"{side} ({level})" for side in ("High", "Low") for level in ("0.001", "0.025")]


@pytest.mark.parametrize("kind", [*KINDS, "SR", None])
@pytest.mark.parametrize("settings", [(), (0,), (0.4999, 1 - 1e-9, 1e15), (0.5,), (None,), (0.1, 95), (0.1, 0.95, 0)])
def test_nothing_raises_with_overdispersion(warehouse: Connection, kind: str | None, settings: tuple[Any, ...]) -> None:
    accepted = kind in KINDS and settings in [(), (0,), (0.4999, 1 - 1e-9, 1e15)]
    for size in (1, 2, len(NASTY) ** 2):
        cells = list(itertools.product(NASTY, NASTY))[:size] if size > 2 else [(5.0, 1e-15), (0.0, 1e15)][:size]
        sites = overdispersed(warehouse, [x for x, _ in cells], [n for _, n in cells], kind, *settings)
        assert [s.idx for s in sites] == list(range(1, size + 1))
        assert all(v is None or math.isfinite(v) for s in sites for v in s[1:])
        assert size < 3 or any(s.rr is not None for s in sites) == accepted
    assert overdispersed(warehouse, None, None, kind, *settings) == []
    assert [s[1:] for s in overdispersed(warehouse, [1.0, 2.0], [1.0], kind, *settings)] == [(None,) * 12] * 2
