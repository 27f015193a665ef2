"""Worth: CE01 admissions avoided, CE02 net benefit per patient and year, CE03 cost per admission avoided and GP hour.

estimates (results) + inputs, hours, prices (reading) -> a figure an area, its verdict and assumptions -> eval.worth
                                                      -> joint draws -> eval.plane, eval.acceptability

Real pounds of the base year. Formulas and exclusions: registry/worth/*.yml.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from pch.evaluation.basis import ADMISSIONS, COST, FRAIL, Basis, basis, correlation, hours_of, pick, whole
from pch.evaluation.ratio import Normal, Z, dominance, fieller
from pch.evaluation.reading import Evidence
from pch.evaluation.results import Area, EffectVerdict, Estimate, Found
from pch.registry.evaluation import Evaluation
from pch.registry.worth_metric import worth_metrics

WorthVerdict = Literal["worth_it", "not_worth_it", "no_difference_shown", "cannot_conclude"]
DRAWS, SHOWN_DRAWS = 10_000, 500
PRICES = range(0, 10_001, 250)
"""What may be put on an admission avoided, in pounds, beside what it costs."""

_OF_EFFECT: dict[EffectVerdict, WorthVerdict] = {
    "lower": "worth_it", "higher": "not_worth_it", "no_effect_shown": "no_difference_shown",
    "cannot_conclude": "cannot_conclude",
}  # fmt: skip


@dataclass(frozen=True)
class Worth:
    """A row of eval.worth. A limit is None where there is no bound."""

    metric_code: str
    variant: str
    area: Area
    value: float | None
    lower_95: float | None
    upper_95: float | None
    numerator: float | None
    denominator: float | None
    verdict: WorthVerdict
    reason: str | None
    assumptions: dict[str, Any]

    @property
    def unit(self) -> str:
        return worth_metrics()[self.metric_code].variants[self.variant].unit


@dataclass(frozen=True)
class Valued:
    """``plane``: (area, draw, net cost per 1,000 person-years, admissions avoided per 1,000); ``acceptability``: (area,
    price of an admission avoided, probability)."""

    figures: list[Worth]
    plane: list[tuple[Area, int, float, float]]
    acceptability: list[tuple[Area, float, float]]


def worth(found: Sequence[Found], evidence: Evidence, settings: Evaluation) -> Valued:
    """Of every area that has an estimate of admissions."""
    areas = sorted({f.estimate.area for f in found if f.estimate.outcome == ADMISSIONS})
    rho = correlation(evidence.panels)
    valued = Valued([], [], [])
    for area in areas:
        sides = _Sides(area, found, evidence, settings, rho)
        valued.figures.extend(sides.figures())
        if area.area_type != "site":
            for draw, net, avoided in sides.draws(SHOWN_DRAWS):
                valued.plane.append((area, draw, net, avoided))
            valued.acceptability.extend((area, price, p) for price, p in sides.acceptability())
    return valued


class _Sides:
    """Both sides of one area: what was avoided, and what was put in."""

    def __init__(
        self, area: Area, found: Sequence[Found], evidence: Evidence, settings: Evaluation, rho: float
    ) -> None:
        self.area, self.evidence, self.settings, self.rho = area, evidence, settings, rho
        self.admissions, self.frail, self.cost = (pick(found, outcome, area) for outcome in (ADMISSIONS, FRAIL, COST))
        self.of_admissions = basis(self.admissions, evidence, settings)
        self.of_cost = basis(self.cost, evidence, settings)

    def figures(self) -> Iterator[Worth]:
        yield self._avoided("all", self.admissions)
        yield self._avoided("frail", self.frail)
        yield self._net_benefit()
        yield self._per_admission()
        yield self._net_per_admission()
        yield self._per_gp_hour()

    def _avoided(self, variant: str, estimate: Estimate | None) -> Worth:
        if estimate is None or estimate.avoided is None:
            return self._none("CE01", variant, _why_none(estimate))
        v = estimate.avoided
        return Worth(
            "CE01", variant, self.area, v.value, v.lower_95, v.upper_95, v.value, None, _OF_EFFECT[estimate.verdict],
            estimate.reason, self._assume(estimate, None),
        )  # fmt: skip

    def _net_benefit(self) -> Worth:
        estimate, on = self.cost, self.of_cost
        if estimate is None or estimate.avoided is None or on is None or self._lacks_inputs(on):
            return self._none("CE02", "all", self._lacks_inputs(on) or _why_none(estimate))
        v = estimate.avoided
        value, lower, upper = ((x - on.inputs_gbp) / on.person_years for x in (v.value, v.lower_95, v.upper_95))
        verdict: WorthVerdict = "worth_it" if lower > 0 else "not_worth_it" if upper < 0 else "no_difference_shown"
        return Worth(
            "CE02", "all", self.area, value, lower, upper, v.value - on.inputs_gbp, on.person_years,
            *_unless_unsure(verdict, None, estimate), self._assume(estimate, on),
        )  # fmt: skip

    def _per_admission(self) -> Worth:
        estimate, on = self.admissions, self.of_admissions
        if estimate is None or estimate.avoided is None or on is None or self._lacks_inputs(on):
            return self._none("CE03", "admission", self._lacks_inputs(on) or _why_none(estimate))
        v = estimate.avoided
        price = next(p.real_gbp for p in reversed(self.evidence.prices) if p.item == "emergency_spells")
        if v.lower_95 <= 0:
            verdict, reason = _unless_unsure(*_of_none_avoided(v.upper_95, on.inputs_gbp, price), estimate)
            return self._none("CE03", "admission", reason, verdict, on.inputs_gbp, v.value)
        cost, lower, upper = (on.inputs_gbp / x for x in (v.value, v.upper_95, v.lower_95))
        verdict = "worth_it" if upper < price else "not_worth_it" if lower > price else "no_difference_shown"
        reason = f"An emergency admission itself costs {price:,.0f} pounds on average."
        return Worth(
            "CE03", "admission", self.area, cost, lower, upper, on.inputs_gbp, v.value,
            *_unless_unsure(verdict, reason, estimate), self._assume(estimate, on),
        )  # fmt: skip

    def _net_per_admission(self) -> Worth:
        both = self._both()
        if isinstance(both, str):
            return self._none("CE03", "net_admission", both)
        net, avoided, on = both
        estimate = self.cost if self.cost and self.cost.verdict == "cannot_conclude" else self.admissions
        assert estimate is not None and self.admissions is not None
        verdict, reason = dominance(net, avoided, self.admissions.verdict)
        #  what saves money has no price: a ratio below 0 would be the smaller the more admissions are avoided
        v = fieller(net, avoided, -self.rho) if avoided.sign > 0 and net.value > 0 else None
        value, lower, upper = (v.value, v.lower_95, v.upper_95) if v else (None, None, None)
        certain = _unless_unsure(verdict, reason, estimate)
        scale = on.person_years / 1000
        return Worth(
            "CE03", "net_admission", self.area, value, lower, upper, net.value * scale, avoided.value * scale, *certain,
            self._assume(estimate, on, correlation=round(self.rho, 3)),
        )  # fmt: skip

    def _per_gp_hour(self) -> Worth:
        on = whole(ADMISSIONS, self.area, self.evidence, self.settings)
        if on is None or self._lacks_inputs(on):
            return self._none("CE03", "gp_hour", self._lacks_inputs(on) or _why_none(self.admissions))
        spent, hours = hours_of(on, self.evidence)
        if hours <= 0:
            return self._none("CE03", "gp_hour", "No site with effect has reported contacts that freed GP time.")
        reason = "Hours freed are as sites report them; nothing tells how many there would have been anyway."
        return Worth(
            "CE03", "gp_hour", self.area, spent / hours, None, None, spent, hours, "cannot_conclude", reason,
            self._assume(None, on),
        )  # fmt: skip

    def _both(self) -> tuple[Normal, Normal, Basis] | str:
        """Net cost and admissions avoided per 1,000 person-years, or why there are none."""
        reason = self._lacks_inputs(self.of_cost) or self._lacks_inputs(self.of_admissions)
        cost, admissions, on, beside = self.cost, self.admissions, self.of_cost, self.of_admissions
        if reason or cost is None or admissions is None or on is None or beside is None:
            return reason or _why_none(cost or admissions)
        if cost.avoided is None or admissions.avoided is None:
            return _why_none(cost if cost.avoided is None else admissions)
        saved = Normal.of(cost.avoided, 1000 / on.person_years)
        net = Normal(1000 * on.inputs_gbp / on.person_years - saved.value, saved.error)
        return net, Normal.of(admissions.avoided, 1000 / beside.person_years), on

    def draws(self, count: int) -> Iterator[tuple[int, float, float]]:
        """Joint draws, per 1,000 person-years; none where a figure that needs the inputs would be none."""
        if isinstance(self._both(), str):
            return
        assert self.cost and self.admissions and self.of_cost and self.of_admissions
        rng = np.random.default_rng([self.settings.seed, zlib.crc32(f"{self.area}".encode())])
        first, second = rng.standard_normal((2, DRAWS))[:, :count]
        saved = _draw(self.cost, first)
        avoided = _draw(self.admissions, self.rho * first + np.sqrt(1 - self.rho**2) * second)
        net = (self.of_cost.inputs_gbp - saved) * 1000 / self.of_cost.person_years
        avoided = avoided * 1000 / self.of_admissions.person_years
        yield from ((n, float(x), float(y)) for n, (x, y) in enumerate(zip(net, avoided, strict=True), 1))

    def acceptability(self) -> Iterator[tuple[float, float]]:
        points = np.array([(net, avoided) for _, net, avoided in self.draws(DRAWS)])
        for price in PRICES if len(points) else ():
            yield float(price), float(np.mean(price * points[:, 1] > points[:, 0]))

    def _lacks_inputs(self, on: Basis | None) -> str | None:
        least = self.settings.least_input_complete_pct
        if on is None or on.inputs_complete_pct >= least:
            return None
        return (
            f"What the programme cost is known for {on.inputs_complete_pct:.0f}% of the months of the sites with "
            f"effect, and {least:.0f}% are needed: sites complete their programme_inputs returns, then evaluate again."
        )

    def _none(
        self, code: str, variant: str, reason: str | None, verdict: WorthVerdict = "cannot_conclude",
        numerator: float | None = None, denominator: float | None = None,
    ) -> Worth:  # fmt: skip
        on = None if code == "CE01" else self.of_cost or self.of_admissions
        return Worth(
            code, variant, self.area, None, None, None, numerator, denominator, verdict, reason, self._assume(None, on)
        )

    def _assume(self, estimate: Estimate | None, on: Basis | None, **more: Any) -> dict[str, Any]:
        """What a figure rests on, for whoever reads it."""
        told: dict[str, Any] = {"settling_months": self.settings.settling_months, **more}
        if estimate is not None:
            told |= {
                "method": estimate.method, "sites_count": estimate.sites_count, "verdict_of_effect": estimate.verdict,
                "first_period": f"{estimate.first_period:%Y-%m}" if estimate.first_period else None,
                "last_period": f"{estimate.last_period:%Y-%m}" if estimate.last_period else None,
            }  # fmt: skip
        if on is not None:
            told |= on.assumptions() | {
                "real_pounds_of": self.evidence.base_year, "discounting": "none",
                "interval": "of the estimated effect; inputs and prices are taken as known",
                "prices": [
                    {"kind": p.kind, "item": p.item, "gbp": p.gbp, "valid_from": f"{p.valid_from}", "source": p.source}
                    for p in self.evidence.prices
                ],
            }  # fmt: skip
        return told


def _draw(estimate: Estimate, z: np.ndarray) -> np.ndarray:
    """Avoided: normal on the log scale, as wide as the interval of the estimate."""
    assert estimate.avoided is not None and estimate.observed is not None
    value, low, high = np.log1p(np.array([estimate.avoided.value, estimate.avoided.lower_95, estimate.avoided.upper_95])
                                / estimate.observed)  # fmt: skip
    drawn: np.ndarray = estimate.observed * np.expm1(value + (high - low) / (2 * Z) * z)
    return drawn


def _of_none_avoided(most: float, inputs_gbp: float, price: float) -> tuple[WorthVerdict, str]:
    """Where it is not shown that any admission was avoided, but that there are no more than ``most``."""
    if most <= 0:
        return "not_worth_it", "Money was put in, and there were no fewer admissions."
    if inputs_gbp / most > price:
        return "not_worth_it", (
            "No fewer admissions are shown; were there as many as the data allow, each would still have cost more than "
            f"the {price:,.0f} pounds of an admission itself."
        )
    return "no_difference_shown", (
        f"No fewer admissions are shown; were there as many as the data allow, each would have cost less than the "
        f"{price:,.0f} pounds of an admission itself."
    )


def _why_none(estimate: Estimate | None) -> str:
    return (estimate and estimate.reason) or "There is no estimate of it: too few sites or months have figures."


def _unless_unsure(
    verdict: WorthVerdict, reason: str | None, estimate: Estimate
) -> tuple[WorthVerdict, str | None]:  # fmt: skip
    """What rests on an effect of which nothing can be concluded concludes nothing."""
    return ("cannot_conclude", estimate.reason) if estimate.verdict == "cannot_conclude" else (verdict, reason)
