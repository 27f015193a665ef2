"""Staggered difference-in-differences: what the sites that went live did, beside sites of their region not yet live.

comparison (who with whom) -> imputation.change over an area's site-months -> diagnostics -> verdict -> Found

The effect is the mean over site-months of log(observed / what would have been): an average over sites like these, so
that its interval is wider where sites differ in effect. Regional trends are taken out, as nobody is compared across
regions; what sets early sites apart from late ones of the same region is not, and pre_trend looks for it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np

from pch.evaluation import diagnostics
from pch.evaluation.comparison import Comparison, Grid, compare, pretend
from pch.evaluation.effect import Change
from pch.evaluation.estimates import estimate_of
from pch.evaluation.imputation import Mask, change, mean_gap, neighbours
from pch.evaluation.panel import Panel, month_of, months_since
from pch.evaluation.pretrend import Pretrend, pretrend
from pch.evaluation.results import Area, CoursePoint, Diagnostic, EffectVerdict, Estimate, Event, Found
from pch.evaluation.verdict import judge
from pch.registry.evaluation import Evaluation

LAST_EVENT = 24  # months since going live that are shown one by one


@dataclass(frozen=True, eq=False)
class Staggered:
    """A panel's comparisons, made once for all areas. ``placebo``: the same of an outcome that cannot change."""

    panel: Panel
    settings: Evaluation
    true: Comparison
    pretended: Comparison
    placebo_title: str | None = None
    placebo: Comparison | None = None

    @classmethod
    def of(cls, panel: Panel, settings: Evaluation, placebo: Panel | None = None) -> "Staggered":
        title = settings.outcomes[placebo.outcome].title if placebo else None
        other = compare(placebo, settings) if placebo else None
        return cls(panel, settings, compare(panel, settings), pretend(panel, settings), title, other)

    def estimate(self, area: Area, sites: Collection[str]) -> Found:
        """The effect at ``sites``, which are the area's, with what is drawn of it: by months since going live (larger
        areas), by month (all but waves)."""
        found = self.conclude(area, sites)
        if found.estimate.effect_pct is None:
            return found
        events = [] if area.area_type == "site" else self._events(sites, pretrend(self.true, sites))
        return replace(found, events=events, course=[] if area.area_type == "wave" else self._course(sites))

    def conclude(self, area: Area, sites: Collection[str]) -> Found:
        """The effect and its diagnostics."""
        masks = self.true.effect(sites)
        effect = change(self.true.fits, masks)
        counted = _Counted.of(self, sites, masks)

        def made(effect: Change | None, verdict: tuple[EffectVerdict, str | None]) -> Estimate:
            return estimate_of(self.panel.outcome, "staggered", area, effect, verdict, **vars(counted))

        if effect is None:
            return Found(made(None, ("cannot_conclude", _nothing(counted.wanted, self.settings))))
        checks = self._checks(area, sites, effect, counted)
        return Found(made(effect, judge(effect, checks)), checks)

    def _checks(self, area: Area, sites: Collection[str], effect: Change, counted: "_Counted") -> list[Diagnostic]:
        settings = self.settings
        early = change(self.pretended.fits, self.pretended.effect(sites))
        made = [diagnostics.covered(100 * counted.compared / counted.wanted, settings)]
        if area.area_type == "site":
            made.append(self._carried(sites))
        else:
            made.append(diagnostics.enough_sites(counted.sites, settings))
            made.append(diagnostics.pre_trend(pretrend(self.true, sites), settings))
        made.append(diagnostics.placebo_date(early, settings))
        if self.placebo and self.placebo_title:
            unmoved = change(self.placebo.fits, self.placebo.effect(sites))
            made.append(diagnostics.placebo_outcome(self.placebo_title, unmoved, settings))
        what = "region" if area.area_type == "programme" else "site"
        made.append(diagnostics.leave_one_out(effect, self._without(area, sites, effect), what))
        return [*made, diagnostics.power(effect, settings)]

    def _without(self, area: Area, sites: Collection[str], effect: Change) -> dict[str, Change]:
        """The effect with each region left out (programme), or else each site that has part in it."""
        if area.area_type == "programme":
            rest = {g.region: self.true.without_region(g.region) for g in self.true.grids}
            found = {name: change(c.fits, c.effect(sites)) for name, c in rest.items()}
            return {name: c for name, c in found.items() if c is not None}
        grids = [(g, m) for g, m in zip(self.true.grids, self.true.effect(sites), strict=True) if m.any()]
        _, left = mean_gap([g.fit for g, _ in grids], [m for _, m in grids])
        names = [site for g, _ in grids for site in g.sites]
        return {
            name: Change(float(value), effect.error, effect.freedom)
            for name, value in zip(names, np.concatenate(left), strict=True)
            if np.isfinite(value)
        }

    def _carried(self, sites: Collection[str]) -> Diagnostic:
        """Neighbouring months before going live, of every site in the region: a single site's error counts on their
        being independent."""
        grid = next(g for g in self.true.grids if set(sites) & set(g.sites))
        return diagnostics.autocorrelation(*neighbours(grid.fit), self.settings)

    def _events(self, sites: Collection[str], moved: Pretrend | None) -> list[Event]:
        before = moved.leads if moved else {}
        many = sum(int(m.any(axis=1).sum()) for m in self.true.during(sites, -np.inf, -1))
        events = [Event(lead, many, before[lead].effect_pct) for lead in sorted(before)]
        for month in range(LAST_EVENT + 1):
            masks = self.true.during(sites, month, month)
            count = sum(int(m.sum()) for m in masks)
            found = change(self.true.fits, masks) if count > 1 else None
            if found:
                events.append(Event(month, count, found.effect_pct))
        return events

    def _course(self, sites: Collection[str]) -> list[CoursePoint]:
        """Every month of the area's sites that can be compared: events, and what they would have been, of which there
        were as many as observed before going live. The limits are those of a month's mean log ratio."""
        points = []
        everything = self.true.during(sites, -np.inf, np.inf)
        before = [(g, m & g.fit.untreated) for g, m in zip(self.true.grids, everything, strict=True)]
        observed, expected = _totals(before)
        level = observed / expected
        for month in sorted({m for g in self.true.grids for m in g.months}):
            masks = [m & (np.array(g.months) == month) for g, m in zip(self.true.grids, everything, strict=True)]
            found = change(self.true.fits, masks)
            if found is None or found.freedom < 1:
                continue
            observed, expected = _totals(zip(self.true.grids, masks, strict=True))
            expected *= level
            low, high = (expected * float(np.exp(x * found.half_width)) for x in (-1, 1))
            points.append(CoursePoint(month_of(month), observed, expected, low, high))
        return points


@dataclass(frozen=True)
class _Counted:
    """What an estimate is made of: ``compared`` of ``wanted`` site-months with effect, at ``sites`` sites."""

    wanted: int
    compared: int
    sites: int
    months: list[int]
    observed: float

    @classmethod
    def of(cls, made: Staggered, sites: Collection[str], masks: list[Mask]) -> "_Counted":
        frame = made.panel.of_sites(sorted(sites)).frame
        wanted = int((months_since(frame) >= made.settings.settling_months).sum())
        pairs = list(zip(made.true.grids, masks, strict=True))
        months = sorted({g.months[t] for g, m in pairs for t in np.flatnonzero(m.any(axis=0))})
        observed = sum(float(g.observed[m].sum()) for g, m in pairs)
        at = sum(int(m.any(axis=1).sum()) for m in masks)
        return cls(wanted, sum(int(m.sum()) for m in masks), at, months, observed)


def _totals(pairs: Iterable[tuple[Grid, Mask]]) -> tuple[float, float]:
    """Events observed, and what the log ratios make of them without effect."""
    each = [(g.observed[m], g.fit.gap[0][m]) for g, m in pairs]
    return sum(float(o.sum()) for o, _ in each), sum(float((o * np.exp(-gap)).sum()) for o, gap in each)


def _nothing(wanted: int, settings: Evaluation) -> str:
    if not wanted:
        return (
            f"Nobody here has been live for more than {settings.settling_months} months yet: there is no effect to see."
        )
    return (
        "There is nobody to compare with: in every month with effect fewer than "
        f"{settings.least_controls} sites of the region had not gone live, or the sites have fewer than "
        f"{settings.least_months_before} months before going live."
    )
