"""Which files go wrong, and how: decided for every return from the seed alone, before any file is made."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pch.registry import feed as contract_of
from pch.registry import feeds
from pch.simulate.months import Stream, ordinal, random, shift
from pch.simulate.spoil import FAULTS, Fault, History

ABSENT = "absent"  # never sent: the one fault that has no bytes
KINDS: tuple[str, ...] = (*FAULTS, ABSENT)


@dataclass(frozen=True)
class Faults:
    """Spoils about ``rate`` of the files (0 to 1), each in one of ``kinds``, taken by chance.

    What can only be noticed beside the return before befalls none whose neighbours in time are spoilt, and what can
    only be noticed beside the registered list none of which that is spoilt.
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
        found: dict[tuple[int, str], str] = {}
        of_lists = list(feeds()).index("registered_list")
        for column, feed in enumerate(feeds()):
            if self.rate == 0 or not is_due(feed, period):
                continue
            hit, choice = self._drawn(period, sites)
            before, after = next_due(feed, period, -1), next_due(feed, period, 1)
            is_lonely = ~(self._drawn(before, sites)[0] | self._drawn(after, sites)[0])[:, column]
            for site in np.flatnonzero(hit[:, column]).tolist():
                history: History = "none" if before < first else "needed" if is_lonely[site] else "any"
                if can := possible(feed, self.kinds, history, has_list=not hit[site, of_lists]):
                    found[site, feed] = can[int(choice[site, column] * len(can))]
        return found

    def _drawn(self, period: date, sites: int) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """sites x feeds: whether the return is spoilt, and a number that says how."""
        drawn = random(self.seed, Stream.FAULT_CHOICE, sites, ordinal(period)).random((2, sites, len(feeds())))
        return drawn[0] < self.rate, drawn[1]


def possible(feed: str, kinds: tuple[str, ...], history: History, has_list: bool) -> list[str]:
    """Which of ``kinds`` can befall a return of the feed. ``history``: whether one before it is there to be
    compared with (needed), there is none (none), or neither can be relied on (any); ``has_list``: whether a sound
    registered list of the month is."""

    def can(fault: Fault) -> bool:
        return feed in fault.rules and fault.history in ("any", history) and (has_list or fault.layer != "cross_feed")

    return [kind for kind in kinds if kind == ABSENT or can(FAULTS[kind])]


def is_due(feed: str, period: date) -> bool:
    return period.month in contract_of(feed).due_months


def next_due(feed: str, period: date, step: int) -> date:
    """The next month in which a return is due: after ``period`` with a ``step`` of 1, before it with -1."""
    return next(month for i in range(1, 13) if is_due(feed, month := shift(period, i * step)))


def suffix_of(fault: str | None) -> str:
    """How the name of a file ends."""
    return FAULTS[fault].suffix if fault else ".csv"
