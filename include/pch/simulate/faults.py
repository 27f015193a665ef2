"""Which files go wrong, and how: decided for every return from the seed alone, before any file is made."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pch.simulate.months import Stream, ordinal, random, shift
from pch.simulate.spoil import ALL, FAULTS

ABSENT = "absent"  # never sent: the one fault that has no bytes
KINDS: tuple[str, ...] = (*FAULTS, ABSENT)


@dataclass(frozen=True)
class Faults:
    """Spoils about ``rate`` of the files (0 to 1), each in one of ``kinds``, taken by chance.

    What can only be noticed against the month before befalls no return whose neighbours in time are spoilt.
    """

    rate: float = 0.0
    seed: int = 1
    kinds: tuple[str, ...] = field(default=KINDS)

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1:
            raise ValueError(f"The rate of faults is a share between 0 and 1, not {self.rate}.")
        if not self.kinds or (unknown := [k for k in self.kinds if k not in KINDS]):
            what = f"no fault '{unknown[0]}'" if self.kinds else "nothing to choose from"
            raise ValueError(f"There is {what}. The faults are: {', '.join(KINDS)}.")

    def assigned(self, period: date, first: date, sites: int) -> dict[tuple[int, str], str]:
        """(position of the site, feed) -> fault, for the spoilt returns of ``period``. There are files from
        ``first`` on."""
        if self.rate == 0:
            return {}
        hit, choice = self._drawn(period, sites)
        lonely = ~self._drawn(shift(period, -1), sites)[0] & ~self._drawn(shift(period, 1), sites)[0]
        found = {}
        for site, column in zip(*np.nonzero(hit), strict=True):
            feed = ALL[column]
            can = possible(feed, self.kinds, has_history=period > first and bool(lonely[site, column]))
            if can:
                found[int(site), feed] = can[int(choice[site, column] * len(can))]
        return found

    def _drawn(self, period: date, sites: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        drawn = random(self.seed, Stream.FAULT_CHOICE, sites, ordinal(period)).random((2, sites, len(ALL)))
        return drawn[0] < self.rate, drawn[1]


def possible(feed: str, kinds: tuple[str, ...], has_history: bool) -> list[str]:
    """Which of ``kinds`` can befall a file of the feed."""
    return [
        kind
        for kind in kinds
        if kind == ABSENT or (feed in FAULTS[kind].feeds and (has_history or not FAULTS[kind].needs_history))
    ]
