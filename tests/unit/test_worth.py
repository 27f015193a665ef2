"""CE01-CE03 worked out by hand from estimates made up for it: values, intervals, verdicts, and what they say."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pch.evaluation.basis import ADMISSIONS, COST, FRAIL, correlation
from pch.evaluation.panel import Panel
from pch.evaluation.ratio import Normal, Z, dominance, fieller
from pch.evaluation.reading import Evidence, Price
from pch.evaluation.results import PROGRAMME, Area, Estimate, Found, Interval
from pch.evaluation.worth import PRICES, SHOWN_DRAWS, Valued, Worth, worth
from pch.registry.evaluation import evaluation
from pch.registry.worth_metric import worth_metrics

SETTLED = evaluation().settling_months
MONTHS = pd.date_range("2025-01-01", periods=24, freq="MS")
LIVE = pd.Timestamp("2025-07-01")  # with effect from January 2026 on: 12 months
PEOPLE = 40_000.0
PRICE = 2_500.0


def panel(outcome: str, observed: float, sites: int = 2) -> Panel:
    """The same every month; sites S1, S2 ... of region North live since July 2025."""
    rows = [
        (f"S{n}", "North", "1", month, observed, observed, PEOPLE, PEOPLE, LIVE)
        for n in range(1, sites + 1)
        for month in MONTHS
    ]
    columns = ["site_code", "region", "wave", "period", "observed", "expected", "population", "person_months", "went_live"]  # fmt: skip
    return Panel(outcome, pd.DataFrame(rows, columns=columns))


def evidence(complete: int = 24, spent: float = 10_000.0, hours: float = 50.0) -> Evidence:
    """Each site has spent ``spent`` in each of its first ``complete`` months; of the others nothing is known."""
    inputs = [(f"S{n}", month, i < complete, spent if i < complete else 0.0) for n in (1, 2) for i, month in enumerate(MONTHS)]  # fmt: skip
    freed = [(f"S{n}", month, hours) for n in (1, 2) for month in MONTHS]
    return Evidence(
        panels={ADMISSIONS: panel(ADMISSIONS, 400.0), FRAIL: panel(FRAIL, 50.0), COST: panel(COST, 1e6)},
        inputs=pd.DataFrame(inputs, columns=["site_code", "period", "is_complete", "charged_real_gbp"]),
        hours=pd.DataFrame(freed, columns=["site_code", "period", "hours"]),
        prices=[Price("unit", "emergency_spells", date(2023, 4, 1), 2_400.0, PRICE, "a source")],
        base_year="2024/25", panel_sha256="", first_period=date(2025, 1, 1), last_period=date(2026, 12, 1),
    )  # fmt: skip


def found(outcome: str, avoided: tuple[float, float, float], verdict: Any = "lower", **other: Any) -> Found:
    """A staggered estimate of the programme that compared all 24 site-months with effect."""
    each = {ADMISSIONS: 400.0, FRAIL: 50.0, COST: 1e6}[outcome]
    made = Estimate(
        outcome=outcome, method="staggered", area=PROGRAMME, first_period=date(2026, 1, 1),
        last_period=date(2026, 12, 1), sites_count=2, site_months_count=24, covered_pct=100.0, effect_pct=None,
        observed=24 * each, expected=24 * each + avoided[0], avoided=Interval(*avoided), detectable_effect_pct=2.0,
        verdict=verdict, reason=None,
    )  # fmt: skip
    return Found(replace(made, **other))


BOTH = [found(ADMISSIONS, (400, 200, 600)), found(COST, (2e6, 1e6, 3e6)), found(FRAIL, (10, -40, 60), "no_effect_shown")]  # fmt: skip


def valued(estimates: list[Found] = BOTH, **other: Any) -> Valued:
    return worth(estimates, evidence(**other), evaluation())


def figure(code: str, variant: str = "all", estimates: list[Found] = BOTH, **other: Any) -> Worth:
    return next(w for w in valued(estimates, **other).figures if (w.metric_code, w.variant) == (code, variant))


def test_admissions_avoided_are_those_of_the_estimate() -> None:
    every, frail = figure("CE01"), figure("CE01", "frail")
    assert (every.value, every.lower_95, every.upper_95, every.verdict) == (400, 200, 600, "worth_it")
    assert (frail.value, frail.verdict, frail.unit) == (10, "no_difference_shown", "admissions")


def test_net_benefit_takes_off_every_month_of_inputs_and_counts_the_months_with_effect() -> None:
    """Inputs 2 x 24 x 10,000 = 480,000; person-years 2 x 12 x 40,000 / 12 = 80,000."""
    made = figure("CE02")
    assert (made.value, made.lower_95, made.upper_95) == pytest.approx((19.0, 6.5, 31.5))
    assert (made.numerator, made.denominator, made.verdict) == (pytest.approx(1_520_000), 80_000, "worth_it")
    told = made.assumptions
    assert (told["inputs_real_gbp"], told["person_years"], told["inputs_complete_pct"]) == (480_000, 80_000, 100)
    assert (told["settling_months"], told["discounting"], told["real_pounds_of"]) == (SETTLED, "none", "2024/25")
    assert told["prices"] == [
        {"kind": "unit", "item": "emergency_spells", "gbp": 2400, "valid_from": "2023-04-01", "source": "a source"}
    ]


@pytest.mark.parametrize(
    ("saved", "verdict"),
    [((2e6, 1e6, 3e6), "worth_it"), ((5e5, 4e5, 6e5), "no_difference_shown"), ((1e5, -1e5, 3e5), "not_worth_it")],
)
def test_the_verdict_is_where_the_interval_of_the_net_benefit_lies(saved: Any, verdict: str) -> None:
    assert figure("CE02", estimates=[BOTH[0], found(COST, saved)]).verdict == verdict


def test_where_half_could_be_compared_half_of_inputs_and_people_count() -> None:
    half = [found(ADMISSIONS, (200, 100, 300)), found(COST, (1e6, 5e5, 1.5e6), site_months_count=12)]
    made = figure("CE02", estimates=half)
    assert made.value == pytest.approx(19.0) and made.denominator == 40_000
    assert made.assumptions["compared_share_pct"] == 50


def test_months_that_are_not_complete_cost_as_much_as_the_others() -> None:
    assert figure("CE02", complete=18).value == pytest.approx(19.0)  # 75% of the months: just enough


def test_without_inputs_there_is_no_figure_that_needs_them() -> None:
    made = valued(complete=17)
    assert {w.verdict for w in made.figures if w.metric_code != "CE01"} == {"cannot_conclude"}
    assert {w.value for w in made.figures if w.metric_code != "CE01"} == {None}
    assert figure("CE01", complete=17).verdict == "worth_it"
    assert figure("CE02", complete=17).reason == (
        "What the programme cost is known for 71% of the months of the sites with effect, and 75% are needed: sites "
        "complete their programme_inputs returns, then evaluate again."
    )
    assert made.plane == made.acceptability == []


@pytest.mark.parametrize(
    ("spent", "value", "verdict"),
    [
        (10_000.0, 1_200.0, "worth_it"),  # 800 to 2,400, all below 2,500
        (20_000.0, 2_400.0, "no_difference_shown"),
        (40_000.0, 4_800.0, "not_worth_it"),
    ],
)
def test_an_admission_avoided_is_held_against_what_an_admission_costs(spent: float, value: float, verdict: str) -> None:
    made = figure("CE03", "admission", spent=spent)
    assert (made.value, made.verdict) == (pytest.approx(value), verdict)
    assert (made.lower_95, made.upper_95) == pytest.approx((value * 400 / 600, value * 400 / 200))
    assert made.reason == "An emergency admission itself costs 2,500 pounds on average."


@pytest.mark.parametrize(
    ("avoided", "effect", "verdict", "words"),
    [
        ((100, -50, 150), "no_effect_shown", "not_worth_it", "each would still have cost more than the 2,500 pounds"),
        ((100, -50, 250), "no_effect_shown", "no_difference_shown", "each would have cost less than the 2,500 pounds"),
        ((-300, -500, -100), "higher", "not_worth_it", "there were no fewer admissions"),
        ((100, -50, 250), "cannot_conclude", "cannot_conclude", "The sites moved apart."),
    ],
)
def test_where_no_admission_is_shown_to_be_avoided_none_has_a_price(
    avoided: Any, effect: str, verdict: str, words: str
) -> None:
    reason = "The sites moved apart." if effect == "cannot_conclude" else None
    made = figure("CE03", "admission", [found(ADMISSIONS, avoided, effect, reason=reason), BOTH[1]])
    assert (made.value, made.verdict) == (None, verdict)
    assert made.reason is not None and words in made.reason


def test_a_gp_hour_costs_inputs_by_hours_and_nothing_is_concluded_from_it() -> None:
    made = figure("CE03", "gp_hour")
    assert (made.value, made.lower_95, made.verdict) == (200.0, None, "cannot_conclude")
    assert "as sites report them" in (made.reason or "")
    assert figure("CE03", "gp_hour", hours=0.0).reason == (
        "No site with effect has reported contacts that freed GP time."
    )


@pytest.mark.parametrize(
    ("saved", "avoided", "effect", "verdict", "words"),
    [
        ((2e6, 1e6, 3e6), (400, 200, 600), "lower", "worth_it", "Cheaper and fewer admissions: dominant."),
        ((1e5, 0, 2e5), (400, 200, 600), "lower", "cannot_conclude", "depends on the price"),
        ((4e5, 2e5, 6e5), (400, 200, 600), "lower", "no_difference_shown", "no difference in cost"),
        ((1e5, 0, 2e5), (100, -50, 250), "no_effect_shown", "not_worth_it", "dominated"),
        ((2e6, 1e6, 3e6), (100, -50, 250), "no_effect_shown", "no_difference_shown", "Cheaper, and no difference"),
    ],
)
def test_the_corners_of_the_plane_are_said_in_words(
    saved: Any, avoided: Any, effect: str, verdict: str, words: str
) -> None:
    made = figure("CE03", "net_admission", [found(ADMISSIONS, avoided, effect), found(COST, saved)])
    assert (made.verdict, words in (made.reason or "")) == (verdict, True)
    #  only what costs more and avoids something has a price: (480,000 - 100,000) / 400 and (480,000 - 400,000) / 400
    expected = {"depends on the price": 950.0, "no difference in cost": 200.0}.get(words)
    assert made.value == (pytest.approx(expected) if expected else None)


def test_nothing_is_concluded_from_an_effect_of_which_nothing_is() -> None:
    failed = found(COST, (2e6, 1e6, 3e6), "cannot_conclude", reason="The sites moved apart before.")
    for code, variant in (("CE02", "all"), ("CE03", "net_admission")):
        made = figure(code, variant, [BOTH[0], failed])
        assert (made.verdict, made.reason) == ("cannot_conclude", "The sites moved apart before.")


def test_of_a_site_the_staggered_estimate_counts() -> None:
    site = Area("site", "S1")
    staggered = found(ADMISSIONS, (100, 50, 150), area=site)
    synthetic = found(ADMISSIONS, (90, 10, 170), area=site, method="synthetic_control")
    made = {w.metric_code + w.variant: w for w in valued([staggered, synthetic]).figures}
    assert made["CE01all"].value == 100
    assert made["CE01frail"].reason == "There is no estimate of it: too few sites or months have figures."
    assert valued([staggered, synthetic]).plane == []


def test_fieller_agrees_with_drawing() -> None:
    """Ratio of two correlated normals, the lower one 6 errors from 0."""
    above, below, rho = Normal(300.0, 60.0), Normal(120.0, 20.0), 0.5
    random = np.random.default_rng(1)
    draws = random.multivariate_normal([300, 120], [[3600, rho * 1200], [rho * 1200, 400]], size=400_000)
    made = fieller(above, below, rho)
    assert made is not None and made.value == 2.5
    assert (made.lower_95, made.upper_95) == pytest.approx(np.quantile(draws[:, 0] / draws[:, 1], [0.025, 0.975]), rel=0.02)  # fmt: skip
    assert fieller(above, Normal(120.0, 120.0 / Z + 1), rho) is None


def test_fieller_of_what_is_known_is_the_reciprocal() -> None:
    made = fieller(Normal(1000.0, 0.0), Normal(50.0, 10.0), 0.0)
    assert made is not None
    assert (made.lower_95, made.upper_95) == pytest.approx((1000 / (50 + 10 * Z), 1000 / (50 - 10 * Z)))


def test_neither_shown_is_said() -> None:
    verdict, words = dominance(Normal(0, 1), Normal(0, 1), "no_effect_shown")
    assert (verdict, words) == (
        "cannot_conclude", "Neither fewer admissions nor a difference in cost is shown: there is no ratio.",
    )  # fmt: skip


def test_plane_and_acceptability_are_joint_draws_of_the_two_estimates() -> None:
    """Per 1,000 person-years: 400 of 80,000 are 5 admissions; net (480,000 - 2,000,000) / 80 = -19,000."""
    made = valued()
    points = np.array([(net, avoided) for _, _, net, avoided in made.plane])
    assert len(points) == SHOWN_DRAWS
    errors = np.array([1e6 / Z / 80, 200 / Z / 80]) / np.sqrt(SHOWN_DRAWS)
    assert (np.abs(points.mean(0) - [-19_000, 5]) < 4 * errors).all()
    assert points.std(0) == pytest.approx([1e6 / Z / 80, 200 / Z / 80], rel=0.15)
    curve = [(price, p) for _, price, p in made.acceptability]
    assert [price for price, _ in curve] == list(PRICES)
    assert curve[0][1] > 0.99 and all(p <= q + 0.01 for (_, p), (_, q) in pairwise(curve))
    assert valued() == made  # a seed of its own for every area


def test_acceptability_crosses_half_at_the_net_cost_of_an_admission() -> None:
    """Net cost 380,000 for 400: at 950 pounds an admission it is as likely as not."""
    made = valued([BOTH[0], found(COST, (1e5, 0, 2e5))])
    curve = {price: p for _, price, p in made.acceptability}
    assert curve[750.0] < 0.5 < curve[1250.0]
    assert curve[0.0] < 0.01


def noisy(rho: float) -> dict[str, Panel]:
    """Before going live, the log ratios of the two outcomes hang together with ``rho``."""
    random = np.random.default_rng(3)
    base = panel(ADMISSIONS, 400.0, sites=60).frame.assign(went_live=pd.NaT)
    first, second = random.standard_normal((2, len(base))) * 0.05
    sides = (first, rho * first + np.sqrt(1 - rho**2) * second)
    return {
        name: Panel(name, base.assign(observed=400 * np.exp(side))) for name, side in zip((ADMISSIONS, COST), sides, strict=True)
    }  # fmt: skip


@pytest.mark.parametrize("rho", [0.0, 0.7])
def test_the_correlation_is_found_again(rho: float) -> None:
    assert correlation(noisy(rho)) == pytest.approx(rho, abs=0.06)
    assert correlation(evidence().panels) == 0.0  # no noise, nothing to correlate


def test_definitions_are_whole() -> None:
    assert {code: list(m.variants) for code, m in worth_metrics().items()} == {
        "CE01": ["all", "frail"], "CE02": ["all"], "CE03": ["admission", "net_admission", "gp_hour"],
    }  # fmt: skip
    for metric in worth_metrics().values():
        assert min(len(metric.why), len(metric.formula), len(metric.exclusions), len(metric.source)) > 40
        for variant in metric.variants.values():
            assert set(variant.outcomes) <= set(evaluation().outcomes)
