"""How practices and sites differ, drawn so that their 5th centile, median and 95th centile are the given ones."""

from collections.abc import Sequence

import numpy as np

from pch.simulate.places import Floats

CENTILE_95 = 1.6449  # of the standard normal distribution


def rates(z: Floats, low: float, median: float, high: float) -> Floats:
    """Standard normal draws -> rates above nought, symmetric about the median by ratio."""
    return np.exp(_between(z, *np.log([low, median, high]).tolist()))


def shares(z: Floats, low: float, median: float, high: float) -> Floats:
    """Standard normal draws -> shares between 0 and 1, symmetric about the median by odds."""
    return _share(_between(z, *_log_odds(np.array([low, median, high])).tolist()))


def shifted(share: Floats | float, by: Floats | float) -> Floats:
    """A share whose log-odds are moved."""
    return _share(_log_odds(np.asarray(share)) + by)


def graded(answers: Sequence[float], favour: Floats) -> Floats:
    """Shares of the answers, most favourable first, where the log-odds of answering at least so favourably are
    moved by ``favour``: one row an element of it."""
    reached = np.cumsum(answers)[:-1] / sum(answers)
    bounds = shifted(reached[None, :], favour[:, None])
    return np.diff(bounds, axis=1, prepend=0, append=1)


def _between(z: Floats, low: float, median: float, high: float) -> Floats:
    """Two halves of normal distributions that meet at the median."""
    spread: Floats = median + z / CENTILE_95 * np.where(z > 0, high - median, median - low)
    return spread


def _log_odds(share: Floats) -> Floats:
    odds: Floats = np.log(share / (1 - share))
    return odds


def _share(log_odds: Floats) -> Floats:
    share: Floats = 1 / (1 + np.exp(-log_odds))
    return share
