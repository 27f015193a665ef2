"""Who is compared with whom: the site-months of a panel laid out by region, and the imputation fitted to each.

panel -> a grid a region (sites x months) -> who has enough months before, which months have enough sites not yet live
      -> imputation.impute -> Comparison, from which staggered and pretrend take what they need
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components

from pch.evaluation.imputation import Floats, Imputed, Mask, compared, impute
from pch.evaluation.panel import Panel, log_ratio, months_since, ordinals
from pch.registry.evaluation import Evaluation

PRETENDED_MONTHS = 6  # by which the placebo date lies before the true one


@dataclass(frozen=True, eq=False)
class Grid:
    """A region's sites that can be compared. ``months``: ordinals; the arrays are sites x months, NaN where there is
    no figure; ``since``: months from going live, NaN where never."""

    region: str
    sites: list[str]
    months: list[int]
    since: Floats
    observed: Floats
    expected: Floats
    fit: Imputed

    def rows(self, sites: Collection[str]) -> Mask:
        return np.isin(self.sites, list(sites))[:, None]

    def between(self, first: float, last: float = np.inf) -> Mask:
        """Months ``first`` to ``last`` from going live, where there is a figure."""
        return np.asarray((self.since >= first) & (self.since <= last) & np.isfinite(self.observed))


@dataclass(frozen=True, eq=False)
class Comparison:
    """``grids``: regions in which anybody can be compared. ``first``, ``last``: the months since going live that are
    taken for effect."""

    grids: list[Grid]
    first: float
    last: float

    @property
    def fits(self) -> list[Imputed]:
        return [grid.fit for grid in self.grids]

    def effect(self, sites: Collection[str]) -> list[Mask]:
        """The compared site-months with effect of these sites, a mask a grid."""
        return self.during(sites, self.first, self.last)

    def during(self, sites: Collection[str], first: float, last: float) -> list[Mask]:
        return [compared(g.fit, g.between(first, last) & g.rows(sites)) for g in self.grids]

    def without_region(self, region: str) -> "Comparison":
        return Comparison([g for g in self.grids if g.region != region], self.first, self.last)


def compare(panel: Panel, settings: Evaluation) -> Comparison:
    """Months before going live are without effect, the settling months neither, the rest with."""
    return _compare(panel, settings, before=0, first=settings.settling_months, last=np.inf)


def pretend(panel: Panel, settings: Evaluation) -> Comparison:
    """As if every site had gone live half a year earlier, from the months before it truly did: nothing should be
    found."""
    frame = panel.frame[~(months_since(panel.frame) >= 0)]
    early = -PRETENDED_MONTHS
    return _compare(Panel(panel.outcome, frame), settings, before=early, first=early, last=-1)


def _compare(panel: Panel, settings: Evaluation, before: float, first: float, last: float) -> Comparison:
    frame = panel.frame.assign(
        y=log_ratio(panel.frame), since=months_since(panel.frame), month=ordinals(panel.frame["period"])
    )
    grids = []
    for region, rows in frame.groupby("region", sort=True):
        y, since, observed, expected = (
            rows.pivot(index="site_code", columns="month", values=name)
            for name in ("y", "since", "observed", "expected")
        )
        sites, months = list(y.index), [int(month) for month in y.columns]
        untreated = y.notna().to_numpy() & ~(since.to_numpy(float) >= before)
        enough = untreated.sum(axis=1) >= settings.least_months_before
        untreated &= enough[:, None]
        untreated &= untreated.sum(axis=0) >= settings.least_controls
        untreated &= _together(untreated)[:, None]
        keep: Mask = untreated.sum(axis=1) > 0
        if keep.sum() < 2:
            continue
        grids.append(
            Grid(
                str(region),
                [site for site, kept in zip(sites, keep, strict=True) if kept],
                months,
                since.to_numpy(float)[keep],
                observed.to_numpy(float)[keep],
                expected.to_numpy(float)[keep],
                impute(y.to_numpy(float)[keep], untreated[keep]),
            )
        )
    return Comparison(grids, first, last)


def _together(untreated: Mask) -> Mask:
    """The sites of the largest group that months in common hold together: others cannot be compared with them."""
    _, group = connected_components(untreated.astype(int) @ untreated.T.astype(int))
    largest = np.bincount(group, weights=untreated.sum(axis=1)).argmax()
    return np.asarray(group == largest)
