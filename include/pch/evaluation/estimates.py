"""From what an estimator reckoned to an Estimate, in one place.

Change, months, observed -> effect in per cent, avoided, smallest effect that would have been seen -> results.Estimate
"""

from collections.abc import Sequence

from pch.evaluation.effect import Change
from pch.evaluation.panel import month_of
from pch.evaluation.results import Area, EffectVerdict, Estimate, EstimateMethod


def estimate_of(
    outcome: str,
    method: EstimateMethod,
    area: Area,
    effect: Change | None,
    verdict: tuple[EffectVerdict, str | None],
    *,
    months: Sequence[int] = (),
    observed: float = 0.0,
    sites: int = 0,
    compared: int = 0,
    wanted: int = 0,
) -> Estimate:
    """``months``: ordinals with effect; ``observed`` in the ``compared`` of ``wanted`` site-months with effect. Without
    ``effect`` nothing is said of size."""
    avoided = effect.avoided(observed) if effect else None
    return Estimate(
        outcome=outcome,
        method=method,
        area=area,
        first_period=month_of(min(months)) if len(months) else None,
        last_period=month_of(max(months)) if len(months) else None,
        sites_count=sites,
        site_months_count=compared,
        covered_pct=100 * compared / wanted if wanted else None,
        effect_pct=effect.effect_pct if effect else None,
        observed=observed if effect else None,
        expected=observed + avoided.value if avoided else None,
        avoided=avoided,
        detectable_effect_pct=effect.detectable_pct if effect else None,
        verdict=verdict[0],
        reason=verdict[1],
    )
