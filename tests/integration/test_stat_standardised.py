"""Standardised rates of repeated events, and indirect standardisation: published results, figures by hand, laws.

`dsr_repeat` and `dsr_squares` are one formula; `stat.dsr` itself is tested in test_stat.py.
"""

import math
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from stat_reference import NOTHING, Connection, Figures, ask, assert_same, expected, levels, number, reference, row

# ---------------------------------------------------------------- published results


@levels
def test_published_rates_of_repeated_events(warehouse: Connection, confidence: float, suffix: str) -> None:
    """As a table of frequencies, as sums of squares, and as if all events were independent."""
    elements: dict[str, list[dict[str, str]]] = defaultdict(list)
    for r in reference("dsr_nonindependent_inputs.csv"):
        elements[r["site_id"]].append(r)
    rows = reference("dsr_nonindependent_expected.csv")
    got, got_of_squares = [], []
    for r in rows:
        own = elements[r["site_id"]]
        bands = sorted({e["age_band"] for e in own})
        stratum = [bands.index(e["age_band"]) for e in own]
        people, frequency, n, w = (
            [float(e[c]) for e in own]
            for c in ("people_with_frequency", "event_frequency", "population", "standard_population")
        )
        multiplier = float(r["multiplier"])
        x, q = [0.0] * len(bands), [0.0] * len(bands)
        for band, count, f in zip(stratum, people, frequency, strict=True):
            x[band] += count * f
            q[band] += count * f * f
        size, weight = (list(dict(zip(stratum, column, strict=True)).values()) for column in (n, w))
        if r["independent_events"] == "TRUE":
            got.append(ask(warehouse, "dsr", x, size, weight, multiplier, confidence))
            got_of_squares.append(ask(warehouse, "dsr_squares", x, x, size, weight, multiplier, confidence))
        else:
            got.append(ask(warehouse, "dsr_repeat", people, frequency, n, w, stratum, multiplier, confidence))
            got_of_squares.append(ask(warehouse, "dsr_squares", x, q, size, weight, multiplier, confidence))
    assert_same(got, expected(rows, suffix), rows)
    assert_same(got_of_squares, expected(rows, suffix), rows)


@levels
def test_published_indirect_standardisation(warehouse: Connection, confidence: float, suffix: str) -> None:
    of_reference = {(r["metric"], r["month"], r["sex"], r["age_band"]): r for r in ref_population()}
    strata: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for s in reference("standardisation_strata.csv"):
        for grouping in (s["sex"], "persons_by_age_and_sex"):
            strata[s["metric"], s["site_id"], s["month"], grouping].append(s)
    rows = reference("indirect_expected.csv")
    got: list[Figures] = []
    for r in rows:
        own = strata[r["metric"], r["site_id"], r["month"], r["grouping"]]
        standard = [of_reference[s["metric"], s["month"], s["sex"], s["age_band"]] for s in own]
        got.append(
            indirect(
                warehouse,
                r["measure"],
                [number(s["count"]) for s in own],
                [number(s["population"]) for s in own],
                [number(s["ref_count"]) for s in standard],
                [number(s["ref_population"]) for s in standard],
                float(r["scale"]),
                confidence,
            )
        )
    wanted = [
        (*limits, number(r["observed"]), number(r["expected"]), number(r["ref_rate"]))
        for limits, r in zip(expected(rows, suffix), rows, strict=True)
    ]
    assert_same(got, wanted, rows)


def ref_population() -> list[dict[str, str]]:
    return reference("indirect_reference_population.csv")


def indirect(warehouse: Connection, measure: str, *arguments: object) -> Figures:
    """value, lower, upper, observed, expected, and for a rate that of the reference."""
    *strata, scale, _ = arguments
    result = ask(warehouse, f"indirect_{measure}", *arguments)
    ref_rate = ask(warehouse, "indirect_parts", *strata)[2]
    return *result, ref_rate * scale if measure == "rate" and ref_rate is not None else None


@levels
def test_published_edges_of_indirect_standardisation(warehouse: Connection, confidence: float, suffix: str) -> None:
    strata: dict[str, list[dict[str, str]]] = defaultdict(list)
    for s in reference("indirect_edge_inputs.csv"):
        strata[s["case_id"]].append(s)
    rows = reference("indirect_edge_expected.csv")
    got = [
        indirect(
            warehouse,
            r["measure"],
            *(
                [number(s[c]) for s in strata[r["case_id"]]]
                for c in ("count", "population", "ref_count", "ref_population")
            ),
            float(r["scale"]),
            confidence,
        )[:5]
        for r in rows
    ]
    wanted = [
        # An infinite number expected is no expectation: not the package's ratio of 0, but none.
        (*(NOTHING if r["expected"] == "Inf" else limits), number(r["observed"]), number(r["expected"]))
        for limits, r in zip(expected(rows, suffix), rows, strict=True)
    ]
    assert_same(got, wanted, rows)


def test_published_refusals(warehouse: Connection) -> None:
    (refused,) = (r for r in reference("refused_inputs.csv") if r["fn"] == "calculate_dsr")
    assert refused["input"] == "multiplier=0"
    assert refused["status"] == "error"
    assert ask(warehouse, "dsr_squares", [20.0], [30.0], [100.0], [1.0], 0.0) == NOTHING


# ---------------------------------------------------------------- figures by hand


def test_repeat_rate_by_hand(warehouse: Connection) -> None:
    """Ten people once and five twice of 100, nobody of 50, the second weighing double: 20/100 * 1/3."""
    value, lower, upper = row(
        warehouse, "stat.dsr_repeat('{10,5,0}', '{1,2,1}', '{100,100,50}', '{1,1,2}', '{7,7,3}', 1000)"
    )
    assert value == pytest.approx(1000 * 0.2 / 3, rel=1e-14)
    stretch = 1000 * math.sqrt((10 * 1 + 5 * 4) / 100**2 / 20) / 3
    z = stats.norm.isf(0.025)
    assert lower == pytest.approx(value + stretch * (20 * (1 - 1 / 180 - z / (3 * math.sqrt(20))) ** 3 - 20), rel=1e-12)
    assert upper == pytest.approx(value + stretch * (21 * (1 - 1 / 189 + z / (3 * math.sqrt(21))) ** 3 - 20), rel=1e-12)


def test_strata_alike_in_size_and_weight_stay_apart(warehouse: Connection) -> None:
    """Two strata of 100 people and equal weight are not one: their rates are averaged, not added."""
    apart = row(warehouse, "stat.dsr_repeat('{10,20}', '{1,1}', '{100,100}', '{5,5}', '{1,2}', 100)")
    together = row(warehouse, "stat.dsr_repeat('{10,20}', '{1,1}', '{100,100}', '{5,5}', '{1,1}', 100)")
    assert (apart[0], together[0]) == (pytest.approx(15), pytest.approx(30))
    assert apart == pytest.approx(row(warehouse, "stat.dsr('{10,20}', '{100,100}', '{5,5}', 100)"), rel=1e-14)


def test_indirect_by_hand(warehouse: Connection) -> None:
    """Reference rates 15% and 4%: 15 + 8 expected of 100 and 200, 32 observed; the reference as a whole 340 of 3000."""
    arguments = "'{30,2}', '{100,200}', '{300,40}', '{2000,1000}'"
    limits = row(warehouse, "stat.rate(32, 23)")
    assert ask_row(warehouse, f"stat.indirect_ratio({arguments})") == pytest.approx((*limits, 32, 23), rel=1e-14)
    scaled = [v * 1000 * 340 / 3000 for v in limits if v is not None]
    assert ask_row(warehouse, f"stat.indirect_rate({arguments}, 1000)") == pytest.approx((*scaled, 32, 23), rel=1e-14)


def ask_row(warehouse: Connection, expression: str) -> Figures:
    result = warehouse.execute(f"select * from {expression}").fetchone()
    assert result is not None
    return result


# ---------------------------------------------------------------- laws

rates = st.floats(1e-4, 0.9)
bands = st.lists(st.tuples(st.floats(20, 1e5), st.floats(0.1, 1e4)), min_size=1, max_size=8)
few = settings(max_examples=60, deadline=None)


@few
@given(rate=rates, strata=bands, repeats=st.floats(1, 9))
def test_a_constant_rate_standardises_to_itself(
    warehouse: Connection, rate: float, strata: list[tuple[float, float]], repeats: float
) -> None:
    n, w = [s[0] for s in strata], [s[1] for s in strata]
    x = [rate * s for s in n]
    answer = ask(warehouse, "dsr_squares", x, [repeats * v for v in x], n, w, 1000.0)
    if sum(x) < 10:
        assert answer == NOTHING
        return
    value, lower, upper = answer
    assert value == pytest.approx(1000 * rate, rel=1e-9)
    assert lower < value < upper
    # Only ratios of the standard matter; the multiplier is a change of unit.
    other = ask(warehouse, "dsr_squares", x, [repeats * v for v in x], n, [7 * v for v in w], 10.0)
    assert [100 * v for v in other] == pytest.approx(answer, rel=1e-9)
    # Events that come together are surer to differ: the interval widens by the root of the repeats.
    alone = ask(warehouse, "dsr", x, n, w, 1000.0)
    assert upper - value == pytest.approx((alone[2] - alone[0]) * math.sqrt(repeats), rel=1e-6)
    ratio = ask(warehouse, "indirect_ratio", x, n, x, n)
    assert ratio[0] == pytest.approx(1, rel=1e-9)
    assert ratio[3:] == pytest.approx((sum(x), sum(x)), rel=1e-9)


@few
@given(rate=rates, strata=bands, factor=st.floats(0.1, 5))
def test_indirect_ratio_of_a_multiple_of_the_reference(
    warehouse: Connection, rate: float, strata: list[tuple[float, float]], factor: float
) -> None:
    n, ref_n = [s[0] for s in strata], [s[1] for s in strata]
    x, ref_x = [factor * rate * v for v in n], [rate * v for v in ref_n]
    wide = ask(warehouse, "indirect_rate", x, n, ref_x, ref_n, 100.0, 0.998)
    narrow = ask(warehouse, "indirect_rate", x, n, ref_x, ref_n, 100.0, 0.95)
    assert wide[0] == narrow[0] == pytest.approx(100 * factor * rate, rel=1e-9)
    assert wide[1] <= narrow[1] < narrow[0] < narrow[2] < wide[2]


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "arguments",
    [
        "'{9}', '{1}', '{100}', '{1}', '{1}'",  # nine events
        "'{5,5}', '{2,1}', '{100,90}', '{1,1}', '{1,1}'",  # one stratum, two populations
        "'{5,5}', '{2,1}', '{100,100}', '{1,2}', '{1,1}'",  # one stratum, two weights
        "'{5,5}', '{2,null}', '{100,100}', '{1,1}', '{1,1}'",
        "'{5,5}', '{2,1}', '{100,100}', '{1,1}', '{1,null}'",
        "'{5,5}', '{2,1}', '{100,null}', '{1,1}', '{1,1}'",
        "'{5,-5}', '{4,1}', '{100,100}', '{1,1}', '{1,1}'",
        "'{5,5}', '{4,-1}', '{100,100}', '{1,1}', '{1,1}'",
        "'{5,5}', '{2,1}', '{100,0}', '{1,1}', '{1,2}'",
        "'{5,5}', '{2,1}', '{1e308,1e308}', '{1e308,1e308}', '{1,1}'",
        "'{5,5}', '{2,1}', '{100,100}', '{1,1}', '{1}'",
        "'{5,5}', '{2,1}', '{100,100}', '{1,1}', null",
        "'{}', '{}', '{}', '{}', '{}'",
        "'{5,5}', '{2,1}', '{100,100}', '{1,1}', '{1,1}', 0",
        "'{5,5}', '{2,1}', '{100,100}', '{1,1}', '{1,1}', 1, 95",
    ],
)
def test_refused_repeat_rates(warehouse: Connection, arguments: str) -> None:
    assert row(warehouse, f"stat.dsr_repeat({arguments})") == NOTHING


@pytest.mark.parametrize("q", ["{30,null}", "{30,0}", "{30,-1}", "{30,NaN}", "{30}", None])
def test_events_without_their_squares_are_refused(warehouse: Connection, q: str | None) -> None:
    """Taken for 0 they would draw the limits in."""
    assert row(warehouse, "stat.dsr_squares('{20,5}', %s, '{100,50}', '{1,1}')", [q]) == NOTHING


def test_people_not_known_count_as_none(warehouse: Connection) -> None:
    """A stratum nobody reported events of: its weight stays."""
    wanted = row(warehouse, "stat.dsr_repeat('{20,0}', '{1,1}', '{100,50}', '{1,1}', '{1,2}')")
    assert wanted[0] == pytest.approx(10_000)
    assert row(warehouse, "stat.dsr_repeat('{20,null}', '{1,1}', '{100,50}', '{1,1}', '{1,2}')") == wanted
    assert row(warehouse, "stat.dsr_squares('{20,null}', '{20,null}', '{100,50}', '{1,1}')") == wanted
