"""Interrupted time series: one site against its own past, when nobody stands beside it.

observed, expected by month -> quasi-Poisson regression (log link, log expected as offset, linear trend, seasons, a step
once settled) -> Change, course; residuals -> autocorrelation; the months before alone -> placebo date

Lopez Bernal, Cummins, Gasparrini, International Journal of Epidemiology 2017;46:348-355: a step, no change of slope. It
cannot tell the programme from anything else that happened at the same time.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox

from pch.evaluation import diagnostics
from pch.evaluation.comparison import PRETENDED_MONTHS
from pch.evaluation.effect import Change
from pch.evaluation.estimates import estimate_of
from pch.evaluation.imputation import Floats, Mask
from pch.evaluation.panel import Panel, month_of, months_since, ordinals
from pch.evaluation.results import Area, CoursePoint, Found
from pch.evaluation.verdict import judge
from pch.registry.evaluation import Evaluation

LEAST_AFTER = 6  # months with effect
LAGS = 6  # months over which residuals may hang together
LEAST_BEFORE_PLACEBO = 18  # months before going live, of which the last six are taken for effect


@dataclass(frozen=True, eq=False)
class Fitted:
    """``without``: what would have been in each month, with its 95% limits. ``correlation``: of neighbouring
    residuals; ``p_value`` (Ljung-Box) of their being independent. ``dispersion``: variance / mean, at least 1."""

    change: Change
    dispersion: float
    correlation: float
    p_value: float
    without: Floats
    lower_95: Floats
    upper_95: Floats


def pairs_of(months: int) -> int:
    """Sine and cosine pairs of the season that so many months can carry."""
    return 2 if months >= 24 else 1 if months >= 12 else 0


def interrupted(observed: Floats, expected: Floats, month: Floats, after: Mask, fitted: Mask, pairs: int) -> Fitted:
    """``month``: running number; ``after``: with effect; ``fitted``: months the model is fitted to (the settling
    ones are not). The step is the effect; errors are Pearson's, or Newey and West's where those are larger and
    residuals are not independent."""
    design = _design(month, pairs)
    full = np.column_stack([design, after.astype(float)])
    offset = np.log(expected)
    model = sm.GLM(observed[fitted], full[fitted], family=sm.families.Poisson(), offset=offset[fitted])
    made: Any = model.fit(scale="X2")
    dispersion = max(1.0, float(made.scale))
    covariance = np.asarray(made.normalized_cov_params) * dispersion
    error = float(np.sqrt(covariance[-1, -1]))
    left = np.asarray(made.resid_pearson)
    p_value = float(acorr_ljungbox(left, lags=[min(LAGS, len(left) // 3)])["lb_pvalue"].iloc[0])
    if p_value < 0.05:
        robust = model.fit(cov_type="HAC", cov_kwds={"maxlags": LAGS, "use_correction": True})
        error = max(error, float(robust.bse[-1]))
    freedom = float(made.df_resid)
    linear = design @ np.asarray(made.params)[:-1]
    spread = np.sqrt(np.einsum("ti,ij,tj->t", design, covariance[:-1, :-1], design))
    half = float(stats.t.ppf(0.975, freedom)) * spread
    without, lower, upper = (expected * np.exp(linear + x * half) for x in (0, -1, 1))
    correlation = float(np.corrcoef(left[1:], left[:-1])[0, 1])
    return Fitted(
        Change(float(made.params[-1]), error, freedom), dispersion, correlation, p_value, without, lower, upper
    )


def estimate(panel: Panel, site: str, settings: Evaluation) -> Found:
    """The interrupted series of one site of the panel."""
    frame = panel.of_sites([site]).frame.sort_values("period")
    since = months_since(frame)
    observed, expected = (frame[name].to_numpy(float) for name in ("observed", "expected"))
    month: Floats = np.asarray(ordinals(frame["period"]), dtype=np.float64)
    before, after = ~(since >= 0), since >= settings.settling_months
    area = Area("site", site)
    if before.sum() < settings.least_months_before or after.sum() < LEAST_AFTER:
        reason = (
            f"The series is too short: {before.sum()} months before going live and {after.sum()} with effect; at least "
            f"{settings.least_months_before} and {LEAST_AFTER} are needed."
        )
        return Found(estimate_of(panel.outcome, "interrupted_series", area, None, ("cannot_conclude", reason)))
    fitted = interrupted(observed, expected, month, after, before | after, pairs_of(int((before | after).sum())))
    checks = [
        diagnostics.autocorrelation(fitted.correlation, fitted.p_value, settings),
        diagnostics.placebo_date(_early(observed, expected, month, before), settings),
        diagnostics.power(fitted.change, settings),
    ]
    course = [
        CoursePoint(month_of(int(m)), *(float(x) for x in figures))
        for m, *figures in zip(month, observed, fitted.without, fitted.lower_95, fitted.upper_95, strict=True)
    ]
    made = estimate_of(
        panel.outcome,
        "interrupted_series",
        area,
        fitted.change,
        judge(fitted.change, checks),
        months=[int(m) for m in month[after]],
        observed=float(observed[after].sum()),
        sites=1,
        compared=int(after.sum()),
        wanted=int(after.sum()),
    )
    return Found(made, checks, [], course)


def _early(observed: Floats, expected: Floats, month: Floats, before: Mask) -> Change | None:
    """The step half a year before going live, in the months before it alone."""
    if before.sum() < LEAST_BEFORE_PLACEBO:
        return None
    month = month[before]
    late = month > month[-1] - PRETENDED_MONTHS
    all_of_them = np.ones(len(late), dtype=bool)
    return interrupted(observed[before], expected[before], month, late, all_of_them, pairs_of(len(late))).change


def _design(month: Floats, pairs: int) -> Floats:
    """Level, trend in years about the middle, seasons."""
    turns = [2 * np.pi * n * month / 12 for n in range(1, pairs + 1)]
    seasons = [wave(turn) for turn in turns for wave in (np.sin, np.cos)]
    return np.column_stack([np.ones(len(month)), (month - month.mean()) / 12, *seasons])
