"""The functions of schema `stat` against published results, scipy and hostile input.

The `warehouse` fixture is a connection to a database in which the functions are applied. Inputs go in as
whole arrays or by COPY and results come back in one query per case, so the file takes seconds.
"""

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

import pytest
from scipy import stats
from stat_reference import (
    FUNCTIONS,
    NASTY,
    NOTHING,
    Connection,
    Limits,
    Three,
    assert_same,
    expected,
    levels,
    number,
    one,
    reference,
    row,
)

Stratum = Three  # events, population, standard population


def call(
    warehouse: Connection,
    function: str,
    cases: Sequence[Three],
    confidence: float | None,
) -> list[Limits]:
    """stat.proportion or stat.rate over (x, n, multiplier), one query for all."""
    columns = [list(column) for column in zip(*cases, strict=True)]
    return warehouse.execute(
        f"""
        select r.value, r.lower, r.upper
        from unnest(%s::float8 [], %s::float8 [], %s::float8 []) with ordinality as t (x, n, m, position)
        cross join lateral stat.{function}(t.x, t.n, t.m, %s::float8) as r
        order by t.position
        """,
        [*columns, confidence],
    ).fetchall()


def standardise(
    warehouse: Connection,
    groups: Sequence[Sequence[Stratum]],
    confidence: float,
    multipliers: Iterable[float | None] = itertools.repeat(100_000),
) -> list[Limits]:
    """stat.dsr of groups of strata (events, population, standard population), as a model would call it."""
    with warehouse.transaction(force_rollback=True):
        warehouse.execute("create temp table stratum (grp int, m float8, x float8, n float8, w float8)")
        with warehouse.cursor().copy("copy stratum from stdin") as copy:
            for (group, strata), multiplier in zip(enumerate(groups), multipliers, strict=False):
                for stratum in strata:
                    copy.write_row((group, multiplier, *stratum))
        return warehouse.execute(
            """
            select r.value, r.lower, r.upper
            from (
                select grp, m, array_agg(x) as x, array_agg(n) as n, array_agg(w) as w
                from stratum
                group by grp, m
            ) as s
            cross join lateral stat.dsr(s.x, s.n, s.w, s.m, %s::float8) as r
            order by s.grp
            """,
            [confidence],
        ).fetchall()


# ---------------------------------------------------------------- published results


@levels
@pytest.mark.parametrize("function", ["proportion", "rate"])
@pytest.mark.parametrize("kind", ["", "_grid"])
def test_published_proportions_and_rates(
    warehouse: Connection, function: str, kind: str, confidence: float, suffix: str
) -> None:
    rows = reference(f"{function}{kind}_expected.csv")
    cases = [(number(r["numerator"]), number(r["denominator"]), number(r["multiplier"])) for r in rows]
    assert_same(call(warehouse, function, cases, confidence), expected(rows, suffix), rows)


def published_groups(rows: Sequence[dict[str, str]]) -> list[list[Stratum]]:
    """The strata behind each line of dsr_expected.csv, regrouped as its column `grouping` says."""
    weight = {r["age_band"]: float(r["standard_population"]) for r in reference("esp2013.csv")}
    by_cell: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    for r in reference("standardisation_strata.csv"):
        by_cell[r["metric"], r["site_id"], r["month"]].append(r)

    groups: list[list[Stratum]] = []
    for r in rows:
        strata = by_cell[r["metric"], r["site_id"], r["month"]]
        grouping = r["grouping"]
        if grouping in ("female", "male"):
            strata = [s for s in strata if s["sex"] == grouping]
        elif grouping == "persons_under_75_by_age":
            strata = [s for s in strata if int(s["age_band"][:2]) < 75]
        if grouping.endswith("_by_age"):
            sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
            for s in strata:
                sums[s["age_band"]][0] += number(s["count"]) or 0
                sums[s["age_band"]][1] += float(s["population"])
            group: list[Stratum] = [(x, n, weight[band]) for band, (x, n) in sums.items()]
        else:
            group = [(number(s["count"]), float(s["population"]), weight[s["age_band"]]) for s in strata]
        if r["status"] == "ok_after_dropping_zero_population_strata":
            group = [s for s in group if s[1]]
        groups.append(group)
    return groups


@levels
def test_published_standardised_rates(warehouse: Connection, confidence: float, suffix: str) -> None:
    rows = reference("dsr_expected.csv")
    groups = published_groups(rows)
    assert [str(len(g)) for g in groups] == [r["n_strata"] for r in rows], "the strata are grouped wrongly"
    assert {r["status"] for r in rows} == {"ok", "error", "ok_after_dropping_zero_population_strata"}
    got = standardise(warehouse, groups, confidence, [number(r["multiplier"]) for r in rows])
    assert_same(got, expected(rows, suffix), rows)


@levels
def test_published_edges_of_standardised_rates(warehouse: Connection, confidence: float, suffix: str) -> None:
    rows = reference("dsr_edge_expected.csv")
    strata: dict[str, list[Stratum]] = defaultdict(list)
    for r in reference("dsr_edge_inputs.csv"):
        strata[r["case_id"]].append((number(r["count"]), number(r["population"]), number(r["standard_population"])))
    groups = [strata[r["case_id"]] for r in rows]
    got = standardise(warehouse, groups, confidence, [number(r["multiplier"]) for r in rows])
    assert_same(got, expected(rows, suffix), rows)


def test_published_refusals(warehouse: Connection) -> None:
    """What the package stops for is NULL here; what it lets through gives the same."""
    refused: list[tuple[str, Three]] = []
    accepted: list[tuple[str, Three]] = []
    for r in reference("refused_inputs.csv"):
        match = re.match(r"x=(-?\d+) n=(-?\d+)", r["input"])
        if r["fn"] in ("phe_proportion", "phe_rate") and match:
            function = r["fn"].removeprefix("phe_")
            case: Three = (float(match[1]), float(match[2]), 1.0)
            (accepted if r["status"] == "ok" else refused).append((function, case))
    assert len(refused) == 7
    for function, case in refused:
        assert call(warehouse, function, [case], 0.95) == [NOTHING], (function, case)
    assert accepted == [("rate", (8, 7, 1))]
    assert call(warehouse, "rate", [(8, 7, 1)], 0.95)[0][0] == 8 / 7


# ---------------------------------------------------------------- scipy and literal figures

PROBABILITIES = [1e-12, 1e-6, 0.001, 0.025, 0.07, 0.08, 0.3, 0.5, 0.7, 0.92, 0.975, 0.999, 1 - 1e-9]


def test_normal_quantile(warehouse: Connection) -> None:
    got = warehouse.execute(
        "select p, stat.normal_quantile(p) from unnest(%s::float8 []) as p", [PROBABILITIES]
    ).fetchall()
    for p, z in got:
        assert z == pytest.approx(stats.norm.ppf(p), rel=1e-14, abs=1e-15), p
    for p, z in ((0.975, 1.959963984540054), (0.999, 3.090232306167813)):
        assert one(warehouse, f"stat.normal_quantile({p})") == pytest.approx(z, rel=1e-15)


def test_chi_square_quantile(warehouse: Connection) -> None:
    degrees = [0.1, 0.5, 1.0, 1.3, 2.0, 3.7, 10.0, 19.99, 20.0, 22.0, 57.5, 200.0, 5000.0]
    grid = list(itertools.product(PROBABILITIES, degrees))
    got = warehouse.execute(
        """
        select t.p, t.df, stat.chi_square_quantile(t.p, t.df), stat.chi_square_quantile(t.p, 0)
        from unnest(%s::float8 [], %s::float8 []) as t (p, df)
        """,
        [[p for p, _ in grid], [df for _, df in grid]],
    ).fetchall()
    assert len(got) == len(grid)
    for p, df, quantile, of_nothing in got:
        # scipy's own inverse is good to about 1e-12 far out; through the tails it can be held to more.
        tail = stats.chi2.cdf(quantile, df) / p if p <= 0.5 else stats.chi2.sf(quantile, df) / (1 - p)
        assert tail == pytest.approx(1, rel=1e-11), (p, df)
        wanted = stats.chi2.ppf(p, df) if p <= 0.5 else stats.chi2.isf(1 - p, df)
        assert quantile == pytest.approx(wanted, rel=1e-11, abs=0), (p, df)
        assert of_nothing == 0
    # Two degrees of freedom is the exponential distribution: an exact answer.
    assert one(warehouse, "stat.chi_square_quantile(0.95, 2)") == pytest.approx(-2 * math.log(0.05), rel=1e-14)


@pytest.mark.parametrize(
    ("p", "df", "quantile"),
    [
        (0.025, 2, 0.050635615968579754),
        (0.975, 4, 11.143286781877795),
        (0.001, 19, 5.4068160176017973),
        (0.999, 22, 48.267942290835173),
        (0.5, 7.3, 6.6452516438166445),
        (0.975, 0.6, 3.8005272856776506),
        (1e-9, 3, 2.4179891003585989e-6),
        (0.025, 2469, 2333.1755407296807),
    ],
)
def test_chi_square_quantile_to_the_last_digits(warehouse: Connection, p: float, df: float, quantile: float) -> None:
    """Computed with mpmath at 40 digits, from the double nearest to p."""
    got = one(warehouse, f"stat.chi_square_quantile({p}, {df})")
    assert got == pytest.approx(quantile, rel=3e-14, abs=0)


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.998])
def test_count_limits(warehouse: Connection, confidence: float) -> None:
    counts = [0, 0.3, 1, 2, 2.5, 9, 9.999, 10, 10.001, 37, 1234.5, 3e6]
    got = warehouse.execute(
        """
        select x, stat.count_lower(x, c), stat.count_upper(x, c)
        from unnest(%s::float8 []) as x
        cross join (select %s::float8 as c) as level
        """,
        [[float(x) for x in counts], confidence],
    ).fetchall()
    tail = (1 - confidence) / 2
    z = stats.norm.isf(tail)
    for x, lower, upper in got:
        if x < 10:
            wanted = (stats.chi2.ppf(tail, 2 * x) / 2 if x else 0, stats.chi2.isf(tail, 2 * x + 2) / 2)
        else:
            y = x + 1
            wanted = (
                x * (1 - 1 / (9 * x) - z / (3 * math.sqrt(x))) ** 3,
                y * (1 - 1 / (9 * y) + z / (3 * math.sqrt(y))) ** 3,
            )
        assert (lower, upper) == pytest.approx(wanted, rel=1e-12, abs=0), x


def test_proportion_by_hand(warehouse: Connection) -> None:
    """81 of 263: Newcombe (1998), table I, method 3; and the root of the score test itself."""
    assert row(warehouse, "stat.proportion(81, 263)") == pytest.approx((0.307985, 0.2553, 0.3662), abs=5e-5)
    value, lower, upper = row(warehouse, "stat.proportion(81, 263, 100, 0.998)")
    z = stats.norm.isf(0.001)
    for limit in (lower, upper):
        assert value is not None
        assert limit is not None
        share = limit / 100
        assert abs(value / 100 - share) == pytest.approx(z * math.sqrt(share * (1 - share) / 263), rel=1e-12)
    assert row(warehouse, "stat.proportion(0, 40)")[:2] == (0, 0)
    assert row(warehouse, "stat.proportion(40, 40, 100)")[::2] == (100, 100)


def test_rate_by_hand(warehouse: Connection) -> None:
    """Exact limits are where the Poisson tail is the level asked for; those of 0 are logarithms."""
    assert row(warehouse, "stat.rate(0, 50, 1000)") == pytest.approx((0, 0, -math.log(0.025) * 20), rel=1e-13)
    value, lower, upper = row(warehouse, "stat.rate(4, 2000, 1000)")
    assert value == 2
    assert lower is not None
    assert upper is not None
    assert stats.poisson.sf(3, lower * 2) == pytest.approx(0.025, rel=1e-12)
    assert stats.poisson.cdf(4, upper * 2) == pytest.approx(0.025, rel=1e-12)
    assert row(warehouse, "stat.rate(100, 50, 100000)") == pytest.approx(
        (200_000, 162724.21098105577, 243255.87515841302), rel=1e-12
    )


def test_standardised_rate_by_hand(warehouse: Connection) -> None:
    """Two bands, 20 of 1000 and 30 of 500, standard 3 to 1: 0.75 * 2% + 0.25 * 6% = 3%."""
    value, lower, upper = row(warehouse, "stat.dsr('{20,30}', '{1000,500}', '{3,1}', 100)")
    assert value == pytest.approx(3, rel=1e-14)
    spread = 100 * math.sqrt((0.75**2 * 20 / 1000**2 + 0.25**2 * 30 / 500**2) / 50)
    z = stats.norm.isf(0.025)
    assert lower == pytest.approx(3 + spread * (50 * (1 - 1 / 450 - z / (3 * math.sqrt(50))) ** 3 - 50), rel=1e-12)
    assert upper == pytest.approx(3 + spread * (51 * (1 - 1 / 459 + z / (3 * math.sqrt(51))) ** 3 - 50), rel=1e-12)
    # Only ratios of the standard matter, and a single stratum is its own crude rate with Byar's limits.
    assert row(warehouse, "stat.dsr('{20,30}', '{1000,500}', '{75,25}', 100)") == pytest.approx((value, lower, upper))
    assert row(warehouse, "stat.dsr('{37}', '{4100}', '{7}')") == pytest.approx(
        row(warehouse, "stat.rate(37, 4100, 100000)"), rel=1e-12
    )


# ---------------------------------------------------------------- what is refused, and how


@pytest.mark.parametrize(
    "arguments",
    [
        "'{5,4}', '{100,100}', '{1,1}'",  # nine events
        "'{20,30}', '{1000,0}', '{3,1}'",
        "'{20,0}', '{1000,0}', '{3,1}'",  # no population, even without events
        "'{20,30}', '{1000,null}', '{3,1}'",
        "'{20,30}', '{1000,-5}', '{3,1}'",
        "'{20,-1}', '{1000,500}', '{3,1}'",
        "'{20,30}', '{1000,500}', '{3,-1}'",
        "'{20,30}', '{1000,500}', '{3,null}'",
        "'{20,30}', '{1000,500}', '{0,0}'",
        "'{20,30}', '{1000,500}', '{3}'",
        "'{20,30}', '{1000,500}', '{3,1,2}'",
        "'{20,30}', '{1000,500,100}', '{3,1}'",
        "'{20}', '{1000,500}', '{3,1}'",
        "'{20,30}', '{1000}', '{3,1}'",
        "'{}', '{}', '{}'",
        "null, '{1000,500}', '{3,1}'",
        "'{20,30}', null, '{3,1}'",
        "'{20,30}', '{1000,500}', null",
        "'{20,NaN}', '{1000,500}', '{3,1}'",
        "'{20,30}', '{1000,Infinity}', '{3,1}'",
        "'{20,30}', '{1000,500}', '{3,1}', 0",
        "'{20,30}', '{1000,500}', '{3,1}', 1e300",
        "'{20,30}', '{1000,500}', '{3,1}', 'NaN'",
        "'{20,30}', '{1000,500}', '{3,1}', null",
        "'{20,30}', '{1000,500}', '{3,1}', 1000, 95",
        "'{20,30}', '{1000,500}', '{3,1}', 1000, 'NaN'",
        "'{20,30}', '{1000,500}', '{3,1}', 1000, null",
    ],
)
def test_refused_standardisation(warehouse: Connection, arguments: str) -> None:
    assert row(warehouse, f"stat.dsr({arguments})") == NOTHING


def test_missing_events_count_as_none(warehouse: Connection) -> None:
    with_null = row(warehouse, "stat.dsr('{20,null}', '{1000,500}', '{3,1}')")
    assert with_null[0] == pytest.approx(1500)
    assert with_null == row(warehouse, "stat.dsr('{20,0}', '{1000,500}', '{3,1}')")


@pytest.mark.parametrize("confidence", [None, math.nan, -1.0, 0.0, 1e-300, 1e-9, 0.95, 1 - 1e-9, 1.0, 95.0])
@pytest.mark.parametrize("function", ["proportion", "rate"])
def test_nothing_raises(warehouse: Connection, function: str, confidence: float | None) -> None:
    """Every combination of hostile arguments: a whole row in order, or a row of NULLs."""
    cases = list(itertools.product(NASTY, NASTY, NASTY))
    answered = 0
    for case, result in zip(cases, call(warehouse, function, cases, confidence), strict=True):
        if result == NOTHING:
            continue
        assert None not in result, case
        value, lower, upper = (limit or 0 for limit in result)
        slack = 1e-9 * value
        assert 0 <= lower <= value + slack, (case, result)
        assert value - slack <= upper < math.inf, (case, result)
        answered += 1
    usable = confidence is not None and 1e-9 <= confidence <= 1 - 1e-9
    # x of 7 kinds, n and multiplier of 6 each; a proportion needs x <= n as well.
    assert answered == (0 if not usable else {"rate": 7 * 6 * 6, "proportion": (2 + 3 + 4 + 5 + 6 + 7) * 6}[function])


def test_nothing_raises_when_standardising(warehouse: Connection) -> None:
    """Each hostile value in one stratum of three; the answer is whole or NULL throughout."""
    groups: list[list[Stratum]] = [
        [(40.0, 900.0, 2.0), (x, n, w), (7.0, 100.0, 1.0)] for x, n, w in itertools.product(NASTY, NASTY, NASTY)
    ]
    results = standardise(warehouse, groups, 0.998)
    assert all(r == NOTHING or None not in r for r in results)
    # x: a count or NULL (1e15 is one by itself, but not with the others added); n: a size; w: a count.
    assert sum(r != NOTHING for r in results) == 7 * 6 * 7


def test_quantiles_refuse_quietly(warehouse: Connection) -> None:
    values = [None, math.nan, math.inf, -math.inf, -1.0, 0.0, 1.0, 2.0]
    got = warehouse.execute(
        "select p, stat.normal_quantile(p), stat.chi_square_quantile(p, 3) from unnest(%s::float8 []) as p",
        [values],
    ).fetchall()
    assert all(z is None and c is None for _, z, c in got)
    got = warehouse.execute(
        "select df, stat.chi_square_quantile(0.5, df) from unnest(%s::float8 []) as df", [values]
    ).fetchall()
    assert {df for df, c in got if c is not None} == {0.0, 1.0, 2.0}
    # The upper half of a distribution with next to no freedom is refused rather than guessed; in the lower
    # half the quantile is too small for a double, and 0 rather than an underflow.
    assert one(warehouse, "stat.chi_square_quantile(0.975, 1e-6)") is None
    assert one(warehouse, "stat.chi_square_quantile(0.025, 1e-6)") == 0


# ---------------------------------------------------------------- how they stand in the database


def test_every_function_is_immutable_parallel_safe_and_described(warehouse: Connection) -> None:
    text = "".join(path.read_text("utf-8") for path in FUNCTIONS.glob("*.sql"))
    ours = set(re.findall(r"create or replace function stat\.(\w+)", text))
    assert {"proportion", "rate", "dsr"} <= ours
    got = warehouse.execute(
        """
        select
            f.proname, f.provolatile, f.proparallel, l.lanname in ('sql', 'plpgsql'),
            obj_description(f.oid, 'pg_proc') is not null
        from pg_proc as f
        inner join pg_language as l on f.prolang = l.oid
        where f.pronamespace = 'stat'::regnamespace and f.proname = any(%s)
        """,
        [list(ours)],
    ).fetchall()
    assert sorted(got) == [(name, "i", "s", True, True) for name in sorted(ours)]
    assert one(warehouse, "has_schema_privilege('public', 'stat', 'usage')")


def test_applying_the_files_again_changes_nothing(warehouse: Connection) -> None:
    functions = "select oid, pg_get_functiondef(oid) from pg_proc where pronamespace = 'stat'::regnamespace"
    before = set(warehouse.execute(functions).fetchall())
    assert before
    with warehouse.transaction(force_rollback=True):
        for path in sorted(FUNCTIONS.glob("*.sql")):
            warehouse.execute(path.read_text("utf-8"))
        assert set(warehouse.execute(functions).fetchall()) == before


def test_whole_numbers_and_decimals_pass_as_they_are(warehouse: Connection) -> None:
    """Models count in bigint and numeric; neither should need a cast."""
    wanted = row(warehouse, "stat.dsr(x => '{20,30}', n => '{1000,500}', w => '{3,1}', confidence => 0.998)")
    got = warehouse.execute(
        """
        select d.value, d.lower, d.upper
        from (
            select array_agg(x) as x, array_agg(n) as n, array_agg(w) as w
            from (values (20::bigint, 1000::numeric, 3), (30, 500, 1)) as s (x, n, w)
        ) as s
        cross join lateral stat.dsr(s.x, s.n, s.w, confidence => 0.998) as d
        """
    ).fetchone()
    assert got == wanted
    assert None not in wanted
    assert row(warehouse, "stat.rate(4::bigint, 2000::numeric)")[0] == 0.002


def test_a_month_of_standardised_rates_is_quick(warehouse: Connection) -> None:
    """185 sites x 2 windows x 38 strata x 2 levels: some 20 ms here, so half a second is a broken method."""
    plan = warehouse.execute(
        """
        explain (analyze, timing off, format json)
        select sum(d.upper)
        from (
            select site, array_agg(7) as x, array_agg(1000) as n, array_agg(5000) as w
            from generate_series(1, 185 * 2) as site, generate_series(1, 38)
            group by site
        ) as s
        cross join unnest(array[0.95, 0.998]) as c
        cross join lateral stat.dsr(s.x, s.n, s.w, 100000, c) as d
        """
    ).fetchone()
    assert plan is not None
    assert plan[0][0]["Execution Time"] < 500
