"""Sites, their practices, and who belonged where when.

seed -> sites (name, region, start) -> practices (size) -> events (a practice closes, merges, moves site) ->
dated membership. The world begins on a 1 April: windows of up to thirteen months that end in the same
programme year share it, and a later end only adds events.
"""

from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pch.simulate.months import Stream, ordinal, random, shift

#  How many of the 183 networks of realdata/reference/sites_183_pcn_30k_60k.csv lie in each NHS region.
REGIONS = {
    "East of England": 20,
    "London": 37,
    "Midlands": 39,
    "North East and Yorkshire": 22,
    "North West": 19,
    "South East": 28,
    "South West": 18,
}
#  Networks with 3, 4, ... 8 practices in the same file.
PRACTICES_PER_SITE = {3: 24, 4: 46, 5: 39, 6: 29, 7: 20, 8: 9}
PRACTICE_LOG_SD = 0.50  # standard deviation of log(practice list / mean list of its network), same file
SITE_MEAN, SITE_SD, SITE_LEAST, SITE_MOST = 43_200, 4_200, 30_500, 54_000  # patients; about 8 million in all
A_SMALL_PRACTICE = 2_500  # patients: 8% of the smallest site
#  Share of the sites and how many months before the programme year they started.
WAVES = ((0.08, 9), (0.46, 4), (1.00, 0))

_HEADS = (
    "Ash", "Beck", "Birch", "Brook", "Chalk", "Copper", "Elder", "Fern", "Green", "Hazel", "Heron", "Holm",
    "Kestrel", "Lark", "Linden", "Maple", "Mill", "Oak", "Otter", "Quarry", "Rowan", "Sedge", "Thorn",
    "Willow",
)  # fmt: skip
_TAILS = (
    "barrow", "bourne", "bridge", "combe", "dale", "field", "ford", "gate", "ham", "hurst", "ley", "mere",
    "stead", "stoke", "wick", "worth",
)  # fmt: skip

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Happening = Literal["moves", "merges", "closes"]


@dataclass(frozen=True)
class Site:
    site_code: str
    site_name: str
    region: str
    start_date: date


@dataclass(frozen=True)
class Practice:
    practice_code: str


@dataclass(frozen=True)
class Membership:
    """From ``valid_from`` up to but not including ``valid_to`` (None: still a member)."""

    site_code: str
    practice_code: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Event:
    """On ``day`` a practice moves to another site, or ends and leaves ``heirs`` its patients."""

    day: date
    kind: Happening
    practice: int
    site: int  # where it belongs until then
    to_site: int  # where it belongs after, -1: nowhere
    heirs: tuple[int, ...]


@dataclass(frozen=True)
class Places:
    """Everything is by position: site ``i`` is ``sites[i]``, practice ``p`` is ``practices[p]``."""

    sites: list[Site]
    practices: list[Practice]
    size: Floats  # patients of each practice at the start of the programme year
    home: Ints  # site of each practice at that time
    events: list[Event]

    def site_of(self, period: date) -> Ints:
        """Site of each practice on the first day of ``period``; -1 for one that has ended."""
        site = self.home.copy()
        for event in self.events:
            if event.day <= period:
                site[event.practice] = event.to_site
        return site

    def heirs(self, period: date) -> Floats:
        """practices x practices: which share of the patients in a column is on the list of a row."""
        share = np.eye(len(self.practices))
        for event in self.events:
            if event.day <= period and event.heirs:
                weight = self.size[list(event.heirs)]
                share[list(event.heirs)] += np.outer(weight / weight.sum(), share[event.practice])
                share[event.practice] = 0
        return share

    def memberships(self) -> list[Membership]:
        """In the order of site, practice and date."""
        since = [self.sites[site].start_date for site in self.home]
        site_now = self.home.tolist()
        found: list[Membership] = []

        def note(practice: int, until: date | None) -> None:
            code = self.practices[practice].practice_code
            found.append(Membership(self.sites[site_now[practice]].site_code, code, since[practice], until))

        for event in self.events:
            note(event.practice, event.day)
            site_now[event.practice], since[event.practice] = event.to_site, event.day
        for practice, site in enumerate(site_now):
            if site >= 0:
                note(practice, None)
        return sorted(found, key=lambda m: (m.site_code, m.practice_code, m.valid_from))


def settle(sites: int, seed: int, year: date, end: date) -> Places:
    """The places of a programme year that begins on ``year``, with their history up to ``end``."""
    rng = random(seed, Stream.PLACES, sites, ordinal(year))
    made = _sites(sites, rng, year)
    total = rng.normal(SITE_MEAN, SITE_SD, sites).clip(SITE_LEAST, SITE_MOST)
    counts = np.array(list(PRACTICES_PER_SITE.values()))
    per_site = rng.choice(list(PRACTICES_PER_SITE), sites, p=counts / counts.sum())
    home = np.repeat(np.arange(sites), per_site)
    raw = np.exp(rng.normal(0, PRACTICE_LOG_SD, len(home)).clip(-1.2, 1.2))
    size = raw / np.bincount(home, raw)[home] * total[home]
    #  No general practice's code begins with X; X99998 and X99999 (national codes for "none") lie far above.
    practices = [Practice(f"X{10001 + p:05d}") for p in range(len(home))]
    return Places(made, practices, size, home, _events(size, home, sites, seed, year, end))


def _sites(sites: int, rng: np.random.Generator, year: date) -> list[Site]:
    names = [head + tail for head, tail in product(_HEADS, _TAILS)]
    rng.shuffle(names)
    weight = np.array(list(REGIONS.values()))
    regions = rng.choice(list(REGIONS), sites, p=weight / weight.sum())
    made = []
    for i in range(sites):
        lap = i // len(names)
        name = names[i % len(names)] + (f" {lap + 1}" if lap else "")
        before = next(months for share, months in WAVES if i < share * sites)
        #  A code of the NHS for a network of practices is U and five digits: these cannot be taken for one.
        code = f"PCH{i + 1:03d}"
        made.append(Site(code, f"{name} Primary Care Home", str(regions[i]), shift(year, -before)))
    return made


def _events(size: Floats, home: Ints, sites: int, seed: int, year: date, end: date) -> list[Event]:
    """One a month in a large programme, one a quarter in a small one: moves, merges, closes in turn. They
    befall the smallest practice of a site that keeps three; one that moves does so without a jolt to either
    site's total, if one so small can be found."""
    step = 1 if sites >= 100 else 3
    kinds: tuple[Happening, ...] = ("moves", "merges", "closes")
    site, events = home.copy(), []
    for number, after in enumerate(range(step, ordinal(end) - ordinal(year) + 1, step)):
        kind = kinds[number % 3]
        rng = random(seed, Stream.EVENTS, sites, ordinal(shift(year, after)))
        members = np.bincount(site[site >= 0], minlength=sites)
        givers = np.flatnonzero(members > 3)
        if kind == "moves" and len(givers):
            least = np.array([size[site == s].min() for s in givers])
            givers = givers[least <= max(A_SMALL_PRACTICE, least.min())]
        if len(givers) == 0:
            continue
        here = int(rng.choice(givers))
        leaver, *others = sorted(np.flatnonzero(site == here).tolist(), key=lambda p: float(size[p]))
        there, heirs = -1, tuple(others[:1] if kind == "merges" else others)
        if kind == "moves":
            takers = np.flatnonzero((members < 8) & (np.arange(sites) != here))
            if len(takers) == 0:
                continue
            there, heirs = int(rng.choice(takers)), ()
        events.append(Event(shift(year, after), kind, leaver, here, there, heirs))
        site[leaver] = there
    return events
