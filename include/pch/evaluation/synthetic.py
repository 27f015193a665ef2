"""Synthetic difference-in-differences: one site beside a weighted mean of sites not yet live, chosen to move like it.

panel -> a balanced window (before going live, and at most a year with effect) -> donors: sites of the region not live
by its end -> diff_diff.SyntheticDiD -> Change, course; fit, placebo date, leave-one-out

Arkhangelsky, Athey, Hirshberg, Imbens, Wager, American Economic Review 2021;111:4088-4118. The error is that of
pretending, one donor after the other, that it went live (placebo variance).
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from diff_diff import SyntheticDiD
from numpy.typing import NDArray

from pch.evaluation import diagnostics
from pch.evaluation.comparison import PRETENDED_MONTHS
from pch.evaluation.effect import Change
from pch.evaluation.estimates import estimate_of
from pch.evaluation.imputation import Floats
from pch.evaluation.panel import Panel, log_ratio, month_of, months_since, ordinals
from pch.evaluation.results import Area, CoursePoint, Found
from pch.evaluation.verdict import judge
from pch.registry.evaluation import Evaluation

LEAST_DONORS = 8
MOST_AFTER, LEAST_AFTER = 12, 6  # months with effect: the longer, the fewer donors
DRAWS = 60  # of a donor that is taken for live


@dataclass(frozen=True, eq=False)
class Sites:
    """A panel laid out for choosing donors: ``y`` (log ratios), ``since`` (months from going live) and ``observed``
    are sites x months, NaN where there is no figure; ``months`` are ordinals."""

    outcome: str
    names: list[str]
    regions: NDArray[np.str_]
    months: list[int]
    y: Floats
    since: Floats
    observed: Floats

    @classmethod
    def of(cls, panel: Panel) -> "Sites":
        frame = panel.frame.assign(
            y=log_ratio(panel.frame), since=months_since(panel.frame), month=ordinals(panel.frame["period"])
        )
        y, since, observed = (
            frame.pivot(index="site_code", columns="month", values=name) for name in ("y", "since", "observed")
        )
        regions = frame.groupby("site_code")["region"].first().to_numpy(str)
        arrays = (x.to_numpy(np.float64) for x in (y, since, observed))
        return cls(panel.outcome, [str(n) for n in y.index], regions, [int(m) for m in y.columns], *arrays)


@dataclass(frozen=True)
class Window:
    """Positions: of the months before going live and with effect, of the donors."""

    before: list[int]
    after: list[int]
    donors: list[int]


def window(sites: Sites, site: int, settings: Evaluation) -> Window | str:
    """What the site is compared in; a sentence where that cannot be."""
    here, since = np.isfinite(sites.y[site]), sites.since[site]
    before = np.flatnonzero(here & ~(since >= 0)).tolist()
    after = np.flatnonzero(here & (since >= settings.settling_months)).tolist()[:MOST_AFTER]
    if len(before) < settings.least_months_before or len(after) < LEAST_AFTER:
        return (
            f"The series is too short: {len(before)} months before going live and {len(after)} with effect; at least "
            f"{settings.least_months_before} and {LEAST_AFTER} are needed."
        )
    near = sites.regions == sites.regions[site]
    for length in range(len(after), LEAST_AFTER - 1, -1):  # rather fewer months than fewer donors
        months = [*before, *after[:length]]
        waiting = np.isfinite(sites.y[:, months]).all(axis=1) & ~(sites.since[:, months] >= 0).any(axis=1)
        donors = [int(i) for i in np.flatnonzero(waiting & near) if i != site]
        if len(donors) >= LEAST_DONORS:
            return Window(before, after[:length], donors)
    return (
        f"There is nobody to compare with: fewer than {LEAST_DONORS} other sites of the region have figures for the "
        "same months and had not gone live by then."
    )


def estimate(sites: Sites, site_code: str, settings: Evaluation) -> Found:
    """One site against its synthetic self."""
    site = sites.names.index(site_code)
    chosen = window(sites, site, settings)
    area = Area("site", site_code)
    if isinstance(chosen, str):
        return Found(estimate_of(sites.outcome, "synthetic_control", area, None, ("cannot_conclude", chosen)))
    made = synthesise(sites.y, site, chosen, settings.seed)
    effect = change(made)
    checks = [
        diagnostics.fit(float(made.pre_treatment_fit), made.pre_fit_placebo_pvalue),
        diagnostics.placebo_date(_early(sites, site, chosen, settings), settings),
        diagnostics.leave_one_out(effect, _without_heaviest(sites, site, chosen, made, settings), "other site"),
        diagnostics.power(effect, settings),
    ]
    found = estimate_of(
        sites.outcome,
        "synthetic_control",
        area,
        effect,
        judge(effect, checks),
        months=[sites.months[t] for t in chosen.after],
        observed=float(sites.observed[site, chosen.after].sum()),
        sites=1,
        compared=len(chosen.after),
        wanted=int((sites.since[site] >= settings.settling_months).sum()),
    )
    return Found(found, checks, [], _course(sites, site, chosen, made, effect))


def synthesise(y: Floats, unit: int, chosen: Window, seed: int) -> Any:
    """diff_diff's result for row ``unit`` of ``y``; units and months are named by their positions."""
    units, months = [unit, *chosen.donors], [*chosen.before, *chosen.after]
    rows = pd.DataFrame(
        {
            "unit": np.repeat(units, len(months)),
            "month": np.tile(months, len(units)),
            "treated": np.repeat([1] + [0] * len(chosen.donors), len(months)),
            "y": y[np.ix_(units, months)].ravel(),
        }
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Pre-treatment fit is poor")  # diagnostics.fit says it
        return SyntheticDiD(variance_method="placebo", n_bootstrap=DRAWS, seed=seed).fit(
            rows, outcome="y", treatment="treated", unit="unit", time="month", post_periods=chosen.after
        )


def change(made: Any) -> Change:
    """The draws fall on few donors again and again: the library's error is a spread about their mean, to be made that
    of so many independent ones."""
    donors = made.n_control
    return Change(float(made.att), float(made.se) * (donors / (donors - 1)) ** 0.5, donors - 1)


def _early(sites: Sites, site: int, chosen: Window, settings: Evaluation) -> Change | None:
    """The same half a year before going live, from the months before it alone."""
    before, after = chosen.before[:-PRETENDED_MONTHS], chosen.before[-PRETENDED_MONTHS:]
    if len(before) < settings.least_months_before:
        return None
    return change(synthesise(sites.y, site, Window(before, after, chosen.donors), settings.seed))


def _without_heaviest(sites: Sites, site: int, chosen: Window, made: Any, settings: Evaluation) -> dict[str, Change]:
    """The effect without the donor of most weight."""
    heaviest = max(chosen.donors, key=lambda donor: float(made.unit_weights[donor]))
    rest = Window(chosen.before, chosen.after, [d for d in chosen.donors if d != heaviest])
    return {sites.names[heaviest]: change(synthesise(sites.y, site, rest, settings.seed))}


def _course(sites: Sites, site: int, chosen: Window, made: Any, effect: Change) -> list[CoursePoint]:
    """Observed, and the synthetic site's, lifted to the level of the true one as weighted over the months before. The
    limits are those of the mean effect."""
    weights = np.array([made.time_weights[t] for t in chosen.before])
    real = np.concatenate([made.treated_pre_trajectory, made.treated_post_trajectory])
    other = np.concatenate([made.synthetic_pre_trajectory, made.synthetic_post_trajectory])
    gap = real - other - float(weights @ (real - other)[: len(weights)])
    points = []
    for left, t in zip(gap, [*chosen.before, *chosen.after], strict=True):
        observed = float(sites.observed[site, t])
        expected = observed * float(np.exp(-left))
        width = effect.half_width if t in chosen.after else 0.0
        low, high = (expected * float(np.exp(x * width)) for x in (-1, 1))
        points.append(CoursePoint(month_of(sites.months[t]), observed, expected, low, high))
    return points
