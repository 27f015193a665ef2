"""Did the sites move apart before they went live? The months before going live against the sites that waited longer.

Borusyak, Jaravel and Spiess (2024), test 1: on the site-months before going live alone, site and region x month levels
and a term for each of the last LEADS months before going live; that all are nought, tested with errors by site.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy import stats

from pch.evaluation.comparison import Comparison, Grid
from pch.evaluation.effect import Change
from pch.evaluation.imputation import Floats, within

LEADS = 5  # every site has at least six months before: one is left to compare with


@dataclass(frozen=True)
class Pretrend:
    """``leads``: by months before going live (-1 the last). ``statistic`` F, ``p_value`` of none."""

    leads: dict[int, Change]
    statistic: float
    p_value: float


def pretrend(comparison: Comparison, sites: Collection[str]) -> Pretrend | None:
    """None where too few sites have such months to judge by."""
    pairs = [_residuals(grid, sites) for grid in comparison.grids]
    here = sum(int(terms.any(axis=(0, 2)).sum()) for terms, _ in pairs)
    information = sum((np.einsum("qit,pit->qp", terms, terms) for terms, _ in pairs), np.zeros((LEADS, LEADS)))
    if here <= LEADS + 1 or np.linalg.matrix_rank(information) < LEADS:
        return None
    inverse = np.linalg.inv(information)
    found = inverse @ sum(np.einsum("qit,it->q", terms, y) for terms, y in pairs)
    left = [(terms, y - np.einsum("q,qit->it", found, terms)) for terms, y in pairs]
    scores = np.concatenate([np.einsum("qit,it->iq", terms, rest) for terms, rest in left])
    clusters = int(scores.any(axis=1).sum())
    covariance = clusters / (clusters - 1) * inverse @ (scores.T @ scores) @ inverse
    wald = float(found @ np.linalg.solve(covariance, found))
    statistic = (
        wald * (clusters - LEADS) / (LEADS * (clusters - 1))
    )  # Hotelling: Wald's own finds too much in few sites
    errors = np.sqrt(np.diag(covariance))
    leads = {-1 - i: Change(float(found[i]), float(errors[i]), clusters - 1) for i in range(LEADS)}
    return Pretrend(leads, statistic, float(stats.f.sf(statistic, LEADS, clusters - LEADS)))


def _residuals(grid: Grid, sites: Collection[str]) -> tuple[Floats, Floats]:
    """The terms (LEADS x sites x months) and the log ratios of the months before going live, less what site and month
    explain of them; nought elsewhere."""
    here = grid.rows(sites)
    terms = [within(np.where(here & (grid.since == -1 - i), 1.0, 0.0), grid.fit) for i in range(LEADS)]
    return np.stack(terms), np.where(grid.fit.untreated, grid.fit.gap[0], 0.0)
