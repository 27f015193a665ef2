"""The proof of the counterfactuals: programmes whose truth is known, through every estimator; how often it is right.

simulate.panels (effect x pattern of going live x regional trend) -> evaluation -> truth within the interval? concluded
where nothing was planted? -> figures

The truth of the programme and of a region is what sites like theirs have on average, that of a site its own.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import product
from statistics import fmean
from typing import get_args

import numpy as np
import pandas as pd
from rich.console import Console
from scipy import stats

from pch.bench.figures import Figure, print_figures
from pch.evaluation import before_after, series, synthetic
from pch.evaluation.panel import Panel, months_since
from pch.evaluation.results import PROGRAMME, Area, Found
from pch.evaluation.staggered import Staggered
from pch.registry.evaluation import evaluation
from pch.simulate.effects import Effects
from pch.simulate.panels import PanelWorld, Pattern

PROGRAMMES, IN_PARTS, SITES = 200, 10, 4  # a scenario: programmes as a whole, and by regions and a few sites each
REDUCTIONS, TREND = (0.0, 0.04, 0.10), -0.05
LEAST, MOST = 93.0, 97.0  # per cent of the intervals that should hold the truth
MOST_FALSE = 5.0  # per cent of programmes without effect from which one is concluded
OUTCOME = "emergency_admissions"
STAGGERED, NAIVE = "staggered, programme", "before and after"


@dataclass(frozen=True)
class Scenario:
    reduction: float
    pattern: Pattern
    trend: float
    share: float = 1.0

    @property
    def name(self) -> str:
        planted = f"{self.reduction:.0%} planted" + ("" if self.share == 1 else f" in {self.share:.0%} of the sites")
        return f"{self.pattern}, {planted}, {'regional trend' if self.trend else 'no trend'}"

    @property
    def expected(self) -> float:
        """The effect that sites like these have on average, as a log ratio."""
        return self.share * float(np.log1p(-self.reduction))

    @property
    def world(self) -> PanelWorld:
        return PanelWorld(Effects(self.reduction, share=self.share), self.pattern, self.trend)


SCENARIOS = [
    Scenario(reduction, pattern, trend)
    for pattern, trend, reduction in product(get_args(Pattern), (0.0, TREND), REDUCTIONS)
] + [Scenario(0.10, "staggered", 0.0, share=0.5)]


@dataclass(frozen=True)
class Outcome:
    """An estimate beside its truth, both as log ratios. ``found``: its interval excludes no effect; ``concluded``: it
    was said that there are fewer or more."""

    scenario: Scenario
    method: str
    truth: float
    value: float
    is_covered: bool
    is_found: bool
    is_concluded: bool


def run() -> None:
    """Prints the figures. Ten minutes on two cores."""
    print_figures(Console(width=None if sys.stdout.isatty() else 160), figures(measure()))


def programme(scenario: Scenario, seed: int) -> list[Outcome]:
    """One programme as a whole: staggered, and the naive comparison."""
    settings, drawn = evaluation(), scenario.world.draw(seed)
    panel = Panel(OUTCOME, drawn.frame)
    naive = before_after.estimate(panel, PROGRAMME, panel.sites, settings)
    found = {
        STAGGERED: Staggered.of(panel, settings).conclude(PROGRAMME, panel.sites),
        NAIVE: naive,
    }
    return _outcomes(scenario, found, scenario.expected)


def parts(scenario: Scenario, seed: int) -> list[Outcome]:
    """The regions of one programme, and a few of its sites by each method that speaks of a single site."""
    settings, drawn = evaluation(), scenario.world.draw(seed)
    panel = Panel(OUTCOME, drawn.frame)
    made, wide = Staggered.of(panel, settings), synthetic.Sites.of(panel)
    outcomes = []
    for region, rows in drawn.frame.groupby("region", sort=True):
        found = made.conclude(Area("region", str(region)), sorted(rows["site_code"].unique()))
        outcomes += _outcomes(scenario, {"staggered, region": found}, scenario.expected)
    since, planted = (
        pd.Series(x).groupby(drawn.frame["site_code"]).agg(how)
        for x, how in ((months_since(drawn.frame), "max"), (drawn.effect, "min"))
    )
    able = since.index[since >= settings.settling_months + series.LEAST_AFTER - 1].to_numpy(str)
    for site in sorted(np.random.default_rng(seed).choice(able, SITES, replace=False).tolist()):
        each = {
            "staggered, site": made.conclude(Area("site", site), [site]),
            "interrupted series, site": series.estimate(panel, site, settings),
            "synthetic control, site": synthetic.estimate(wide, site, settings),
        }
        outcomes += _outcomes(scenario, each, float(planted[site]))
    return outcomes


def _outcomes(scenario: Scenario, found: Mapping[str, Found], truth: float) -> list[Outcome]:
    """By method, of those that could reckon anything; ``truth``: log ratio."""
    made = []
    for method, estimate in ((name, f.estimate) for name, f in found.items()):
        if (effect := estimate.effect_pct) is not None:
            value, low, high = (float(np.log1p(x / 100)) for x in (effect.value, effect.lower_95, effect.upper_95))
            concluded = estimate.verdict in ("lower", "higher")
            made.append(Outcome(scenario, method, truth, value, low <= truth <= high, not low <= 0 <= high, concluded))
    return made


def measure(programmes: int = PROGRAMMES, in_parts: int = IN_PARTS) -> list[Outcome]:
    """``programmes`` of every scenario, and the parts of ``in_parts`` more, on two processes."""
    work = [
        (what, scenario, range(1000 * number + first, 1000 * number + min(first + 10, count)))
        for number, scenario in enumerate(SCENARIOS)
        for what, count in ((programme, programmes), (parts, in_parts))
        for first in range(0, count, 10)
    ]
    with ProcessPoolExecutor(2) as pool:
        return [outcome for made in pool.map(_many, *zip(*work, strict=True)) for outcome in made]


def _many(work: Callable[[Scenario, int], list[Outcome]], scenario: Scenario, seeds: Iterable[int]) -> list[Outcome]:
    return [outcome for seed in seeds for outcome in work(scenario, seed)]


def figures(outcomes: list[Outcome]) -> list[Figure]:
    """Coverage and false conclusions by scenario, regions and sites in total, and what was aimed at."""
    by = _by_method(outcomes)
    staggered, naive = by[STAGGERED], by[NAIVE]
    covered = "Programme: intervals that hold the truth"
    nothing = "Programme: concluded that there is an effect where none is planted"
    made = [
        Figure(covered, s.name, _pct(o.is_covered for o in _of(staggered, s)), "%",
               note=f"mean error {_error(_of(staggered, s)):+.2f} points; "
                    f"before and after: {_pct(o.is_covered for o in _of(naive, s)):.0f}%, "
                    f"{_error(_of(naive, s)):+.1f} points")
        for s in SCENARIOS
    ] + [
        Figure(nothing, s.name, _pct(o.is_concluded for o in _of(staggered, s)), "%",
               note=f"before and after excludes none in {_pct(o.is_found for o in _of(naive, s)):.0f}%")
        for s in SCENARIOS if not s.reduction
    ]  # fmt: skip
    for method in sorted(by.keys() - {STAGGERED, NAIVE}):
        made += _in_total(method, by[method])
    return [*made, *_targets(staggered)]


def _in_total(method: str, outcomes: list[Outcome]) -> list[Figure]:
    none, tenth = ([o for o in outcomes if o.truth == np.log1p(-r)] for r in (0.0, 0.10))
    section = f"{method}: all scenarios"
    return [
        Figure(section, "intervals that hold the truth", _pct(o.is_covered for o in outcomes), "%",
               note=f"of {len(outcomes)}; mean error {_error(outcomes):+.2f} points"),
        Figure(section, "concluded where none is planted", _pct(o.is_concluded for o in none), "%", MOST_FALSE,
               f"of {len(none)}"),
        Figure(section, "concluded where 10% are planted", _pct(o.is_concluded for o in tenth), "%",
               note=f"of {len(tenth)}"),
    ]  # fmt: skip


def _targets(staggered: list[Outcome]) -> list[Figure]:
    """What the project promises of the programme's figure."""
    section = "The promise, of the programme's figure"
    none = [o for o in staggered if not o.scenario.reduction]
    scenarios = [_of(staggered, s) for s in SCENARIOS]
    strayed = sum(not within([o.is_covered for o in each], LEAST, MOST) for each in scenarios)
    shares = [_pct(o.is_covered for o in each) for each in scenarios]
    return [
        Figure(section, "distance from 95% of intervals that hold the truth",
               abs(_pct(o.is_covered for o in staggered) - 95), "points", MOST - 95, f"of {len(staggered)}"),
        Figure(section, f"scenarios outside {LEAST:g}-{MOST:g}% by more than chance", strayed, "", 0,
               f"by scenario {min(shares):.1f}-{max(shares):.1f}%"),
        Figure(section, "concluded where none is planted", _pct(o.is_concluded for o in none), "%", MOST_FALSE,
               f"of {len(none)}"),
    ]  # fmt: skip


def within(hits: Sequence[bool], least: float, most: float) -> bool:
    """May so many hits be chance (1%) if the true share is from ``least`` to ``most`` per cent?"""
    n, count = len(hits), sum(hits)
    low, high = (stats.binom(n, share / 100) for share in (least, most))
    return bool(low.cdf(count) >= 0.01 and high.sf(count - 1) >= 0.01)


def _by_method(outcomes: list[Outcome]) -> dict[str, list[Outcome]]:
    by: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        by.setdefault(outcome.method, []).append(outcome)
    return by


def _of(outcomes: list[Outcome], scenario: Scenario) -> list[Outcome]:
    return [o for o in outcomes if o.scenario == scenario]


def _pct(hits: Iterable[bool]) -> float:
    return 100 * fmean(hits)


def _error(outcomes: list[Outcome]) -> float:
    """Mean of estimate less truth, per cent."""
    return 100 * fmean(o.value - o.truth for o in outcomes)
