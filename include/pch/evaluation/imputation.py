"""The imputation estimator of Borusyak, Jaravel and Spiess in one region, with a jackknife over its sites.

y[site, month] = site + month + noise, fitted to the site-months before going live alone -> what every site-month would
have been -> gap[site, month] = y less that. Any effect (of the region, a wave, a site, a month since going live) is a
mean of gaps. The same with each site left out in turn, for the error.

Borusyak, Jaravel, Spiess, Review of Economic Studies 2024;91:3253-3285. Their own variance is too small with the few
sites of a region and undefined for a single one (docs/evaluation.md), hence the jackknife.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from pch.evaluation.effect import Change

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Imputed:
    """``gap``: (1 + sites) x sites x months; [0] with every site, [1 + i] without site i, whose own row is NaN there.
    NaN, too, where a site has no figure or a month nobody to compare with. ``spread``: inverse of the month effects'
    information, months x months, for contrasts that sum to nought; ``noise``: variance of one site-month, with
    ``freedom`` degrees."""

    gap: Floats
    untreated: Mask
    spread: Floats
    noise: float
    freedom: float


def impute(y: Floats, untreated: Mask) -> Imputed:
    """``y``: log ratios, sites x months, NaN where there is none; ``untreated``: what the model is fitted to. Every
    site needs one such month, and months in common with another, so that all hang together."""
    use = untreated.astype(float)
    known = np.where(untreated, y, 0.0)
    months = use.sum(1)
    level = known.sum(1) / months
    #  Normal equations of the month effects once the sites' levels are taken out, a site's share of them a layer.
    own = use[:, :, None] * np.eye(use.shape[1])
    share = own - use[:, :, None] * use[:, None, :] / months[:, None, None]
    moment = (known - level[:, None]) * use
    information = np.concatenate([share.sum(0)[None], share.sum(0) - share])
    moments = np.concatenate([moment.sum(0)[None], moment.sum(0) - moment])
    nobody = np.concatenate([use.sum(0)[None], use.sum(0) - use]) == 0
    inverse = _inverse(information + 1 + nobody[:, :, None] * np.eye(use.shape[1]))  # the months sum to nought
    month = np.einsum("kts,ks->kt", inverse, moments)
    month[nobody] = np.nan
    site = level - np.einsum("it,kt->ki", use, np.nan_to_num(month)) / months
    gap = y - site[:, :, None] - month[:, None, :]
    each = np.arange(len(y))
    gap[1 + each, each] = np.nan
    freedom = use.sum() - len(y) - (use.sum(0) > 0).sum() + 1
    noise = float((gap[0][untreated] ** 2).sum() / freedom) if freedom > 0 else np.nan
    return Imputed(gap, untreated, inverse[0], noise, float(freedom))


def _inverse(information: Floats) -> Floats:
    """Of each layer. Without one site the others may fall apart: the smallest solution is then as good as any."""
    try:
        return np.asarray(np.linalg.inv(information), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(information, hermitian=True), dtype=np.float64)


def within(x: Floats, fit: Imputed) -> Floats:
    """``x`` less what site and month explain of it in the months before going live; nought elsewhere."""
    use = fit.untreated.astype(float)
    months = use.sum(1, keepdims=True)
    x = x * use - use * (x * use).sum(1, keepdims=True) / months
    month = fit.spread @ x.sum(0)
    left: Floats = x - use * month + use * (use @ month)[:, None] / months
    return left


def compared(fit: Imputed, wanted: Mask) -> Mask:
    """The site-months of ``wanted`` that have somebody to be compared with."""
    both: Mask = wanted & np.isfinite(fit.gap[0])
    return both


def mean_gap(fits: Sequence[Imputed], wanted: Sequence[Mask]) -> tuple[float, list[Floats]]:
    """Mean gap over the wanted site-months of all regions, and by region the same without each of its sites in turn,
    NaN where nothing is left."""
    pairs = list(zip(fits, wanted, strict=True))
    sums = [np.nansum(np.where(mask, fit.gap, 0.0), axis=(1, 2)) for fit, mask in pairs]
    counts = [(mask & np.isfinite(fit.gap)).sum(axis=(1, 2)) for fit, mask in pairs]
    total, count = sum(s[0] for s in sums), sum(c[0] for c in counts)
    without = [(total - s[0] + s[1:], count - c[0] + c[1:]) for s, c in zip(sums, counts, strict=True)]
    left = [np.divide(s, c, out=np.full(len(s), np.nan), where=c > 0) for s, c in without]
    return float(total / count), left


def change(fits: Sequence[Imputed], wanted: Sequence[Mask]) -> Change | None:
    """Effect over the wanted site-months, of the sites that have any; None where there are none.

    Two sites and more: delete-one-site jackknife, regions as strata (Rust and Rao, Statistical Methods in Medical
    Research 1996;5:283-310), whatever hangs together within a site and however the sites' effects differ; t with as
    many degrees of freedom as sites with effect, less one.
    """
    masks = [compared(fit, mask) for fit, mask in zip(fits, wanted, strict=True)]
    here = [(fit, mask) for fit, mask in zip(fits, masks, strict=True) if mask.any()]
    sites = sum(int(mask.any(axis=1).sum()) for _, mask in here)
    if sites == 0:
        return None
    if sites == 1:
        return _single(*here[0])
    value, without = mean_gap(*zip(*here, strict=True))
    variance = sum((len(left) - 1) * float(np.nanvar(left)) for left in without)
    return Change(value, float(np.sqrt(variance)), sites - 1)


def _single(fit: Imputed, mask: Mask) -> Change | None:
    """One site has nobody beside it to show how far its own months stray: least squares' own formula, with the
    region's noise. It holds while months are independent, which ``autocorrelation`` tests."""
    if not np.isfinite(fit.noise):
        return None
    row = int(np.flatnonzero(mask.any(axis=1))[0])
    after, before = mask[row], fit.untreated[row]
    contrast = after / after.sum() - before / before.sum()
    inflation = 1 / after.sum() + 1 / before.sum() + float(contrast @ fit.spread @ contrast)
    value = float(fit.gap[0, row][after].mean())
    return Change(value, float(np.sqrt(fit.noise * inflation)), fit.freedom)


def neighbours(fit: Imputed) -> tuple[float, float]:
    """Correlation of neighbouring months before going live over all sites, and the p value of its being larger than
    chance makes it: what is left about a site's own mean is correlated by -1 / (months - 1) if nothing carries over."""
    left = np.where(fit.untreated, fit.gap[0], np.nan)
    pairs = np.isfinite(left[:, 1:]) & np.isfinite(left[:, :-1])
    product = (left[:, 1:][pairs] * left[:, :-1][pairs]).mean()
    correlation = float(product / np.nanmean(left**2))
    chance = -1 / (fit.untreated.sum() / len(left) - 1)
    return correlation, float(stats.norm.sf((correlation - chance) * np.sqrt(pairs.sum())))
