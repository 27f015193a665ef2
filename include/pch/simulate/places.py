"""Sites, their practices, and who belonged where when.

seed -> sites (name, region, start, how rural) -> practices (size, how deprived) -> events (a practice moves site,
merges, closes, joins) -> dated membership. The world begins on a 1 April: windows of up to thirteen months that end
in the same programme year share it, and a later end only adds events.
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
MOST_PRACTICES = max(PRACTICES_PER_SITE)
PRACTICE_LOG_SD = 0.50  # standard deviation of log(practice list / mean list of its network), same file
SITE_MEAN, SITE_SD, SITE_LEAST, SITE_MOST = 43_200, 4_200, 30_500, 54_000  # patients; about 8 million in all
A_SMALL_PRACTICE = 2_500  # patients: 8% of the smallest site
OUTSIDE = 16  # practices of no site, of which now and then one joins
#  Share of the sites and how many months before the programme year they joined the data collection ...
WAVES = ((0.08, 9), (0.46, 4), (1.00, 0))
#  ... and how many months later their local programme went live: by chance, so that it can be evaluated.
GO_LIVE_AFTER = (6, 12, 18, 24, 36, 48)
#  Share of a region's patients who live in rural areas: the order of the regions, set by hand.
RURAL = {
    "East of England": 0.28,
    "London": 0.01,
    "Midlands": 0.20,
    "North East and Yorkshire": 0.18,
    "North West": 0.10,
    "South East": 0.20,
    "South West": 0.31,
}
RURAL_SPREAD = 1.5  # the smaller, the more sites are either all town or all country
#  Deprivation of a practice on a standard normal scale: what its site shares, what is its own, and how much less
#  deprived the country is. Neighbours are alike, so sites differ; every fifth nationally is found.
SITE_DEPRIVATION_SD, PRACTICE_DEPRIVATION_SD, RURAL_DEPRIVATION = 0.75, 0.60, -0.6
FIFTHS = (-0.8416, -0.2533, 0.2533, 0.8416)  # of the standard normal distribution

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
Happening = Literal["moves", "merges", "closes", "joins"]


@dataclass(frozen=True)
class Site:
    """``start_date``: joined the data collection, pushes files from then on. ``went_live``: its programme began
    to work with patients; the months between are the time before, which every evaluation needs. ``wave``: those that
    joined together. ``rural_pct``: of its patients (0 to 100)."""

    site_code: str
    site_name: str
    region: str
    start_date: date
    went_live: date
    wave: str
    rural_pct: float


@dataclass(frozen=True)
class Practice:
    """``imd_quintile``: national fifth of its patients' deprivation, 1 the most deprived."""

    practice_code: str
    imd_quintile: int


@dataclass(frozen=True)
class Membership:
    """From ``valid_from`` up to but not including ``valid_to`` (None: still a member)."""

    site_code: str
    practice_code: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Event:
    """On ``day`` a practice moves to another site, joins its first, or ends and leaves ``heirs`` its patients."""

    day: date
    kind: Happening
    practice: int
    site: int  # where it belongs until then, -1: nowhere
    to_site: int  # where it belongs after, -1: nowhere
    heirs: tuple[int, ...]


@dataclass(frozen=True)
class Places:
    """Everything is by position: site ``i`` is ``sites[i]``, practice ``p`` is ``practices[p]``."""

    sites: list[Site]
    practices: list[Practice]
    size: Floats  # patients of each practice at the start of the programme year
    home: Ints  # site of each practice at that time, -1: none yet
    events: list[Event]

    @property
    def site_size(self) -> Floats:
        """Patients of each site at the start of the programme year."""
        there = self.home >= 0
        return np.bincount(self.home[there], self.size[there], len(self.sites)).astype(np.float64)

    def site_of(self, period: date) -> Ints:
        """Site of each practice on the first day of ``period``; -1 for one that has ended or is yet to join."""
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

    def successors(self, period: date) -> Ints:
        """For each practice the one whose staff its staff are by then: itself, or its largest heir."""
        successor = np.arange(len(self.practices))
        for event in self.events:
            if event.day <= period and event.heirs:
                successor[successor == event.practice] = max(event.heirs, key=lambda p: float(self.size[p]))
        return successor

    def memberships(self) -> list[Membership]:
        """In the order of site, practice and date."""
        since = [self.sites[site].start_date for site in self.home]
        site_now = self.home.tolist()
        found: list[Membership] = []

        def note(practice: int, until: date | None) -> None:
            if (site := site_now[practice]) >= 0:
                code = self.practices[practice].practice_code
                found.append(Membership(self.sites[site].site_code, code, since[practice], until))

        for event in self.events:
            note(event.practice, event.day)
            site_now[event.practice], since[event.practice] = event.to_site, event.day
        for practice in range(len(site_now)):
            note(practice, None)
        return sorted(found, key=lambda m: (m.site_code, m.practice_code, m.valid_from))


def settle(sites: int, seed: int, year: date, end: date) -> Places:
    """The places of a programme year that begins on ``year``, with their history up to ``end``."""
    rng = random(seed, Stream.PLACES, sites, ordinal(year))
    made = _sites(sites, rng, seed, year)
    total = rng.normal(SITE_MEAN, SITE_SD, sites).clip(SITE_LEAST, SITE_MOST)
    counts = np.array(list(PRACTICES_PER_SITE.values()))
    per_site = rng.choice(list(PRACTICES_PER_SITE), sites, p=counts / counts.sum())
    home = np.repeat(np.arange(sites), per_site)
    raw = np.exp(rng.normal(0, PRACTICE_LOG_SD, len(home)).clip(-1.2, 1.2))
    size = raw / np.bincount(home, raw)[home] * total[home]
    joiners = SITE_MEAN / 5 * np.exp(rng.normal(0, PRACTICE_LOG_SD, OUTSIDE).clip(-1.2, 1.2))
    size, home = np.concatenate([size, joiners]), np.concatenate([home, np.full(OUTSIDE, -1)])
    #  No general practice's code begins with X; X99998 and X99999 (national codes for "none") lie far above.
    codes = [f"X{10001 + p:05d}" for p in range(len(home))]
    practices = [Practice(*of) for of in zip(codes, _fifths(made, home, seed, year), strict=True)]
    return Places(made, practices, size, home, _events(size, home, sites, seed, year, end))


def _sites(sites: int, rng: np.random.Generator, seed: int, year: date) -> list[Site]:
    names = [head + tail for head, tail in product(_HEADS, _TAILS)]
    rng.shuffle(names)
    weight = np.array(list(REGIONS.values()))
    regions = rng.choice(list(REGIONS), sites, p=weight / weight.sum())
    waits = random(seed, Stream.WENT_LIVE, sites, ordinal(year)).choice(GO_LIVE_AFTER, sites).tolist()
    mean = np.array([RURAL[str(region)] for region in regions])
    surroundings = random(seed, Stream.SURROUNDINGS, sites, ordinal(year))
    rural = (100 * surroundings.beta(mean * RURAL_SPREAD, (1 - mean) * RURAL_SPREAD)).round(1).tolist()
    made = []
    for i in range(sites):
        lap = i // len(names)
        name = names[i % len(names)] + (f" {lap + 1}" if lap else "")
        wave, before = next((n, months) for n, (share, months) in enumerate(WAVES, 1) if i < share * sites)
        #  A code of the NHS for a network of practices is U and five digits: these cannot be taken for one.
        code = f"PCH{i + 1:03d}"
        start = shift(year, -before)
        live = shift(start, waits[i])
        made.append(Site(code, f"{name} Primary Care Home", str(regions[i]), start, live, f"wave {wave}", rural[i]))
    return made


def _fifths(sites: list[Site], home: Ints, seed: int, year: date) -> list[int]:
    """National fifth of deprivation of each practice."""
    rng = random(seed, Stream.SURROUNDINGS, len(sites), ordinal(year), 1)
    rural = np.array([site.rural_pct for site in sites]) / 100
    shared = rng.normal(0, SITE_DEPRIVATION_SD, len(sites)) + RURAL_DEPRIVATION * (rural - rural.mean())
    own = rng.normal(0, PRACTICE_DEPRIVATION_SD, len(home))
    score = np.where(home >= 0, shared[home], 0) + own
    return [1 + int(fifth) for fifth in np.searchsorted(FIFTHS, -score)]


def _events(size: Floats, home: Ints, sites: int, seed: int, year: date, end: date) -> list[Event]:
    """One a month in a large programme, one a quarter in a small one: moves, merges, closes, joins in turn."""
    step = 1 if sites >= 100 else 3
    kinds: tuple[Happening, ...] = ("moves", "merges", "closes", "joins")
    site, outside, events = home.copy(), np.flatnonzero(home < 0).tolist(), []
    for number, after in enumerate(range(step, ordinal(end) - ordinal(year) + 1, step)):
        kind, day = kinds[number % len(kinds)], shift(year, after)
        rng = random(seed, Stream.EVENTS, sites, ordinal(day))
        if kind == "joins":
            takers = np.flatnonzero(np.bincount(site[site >= 0], minlength=sites) < MOST_PRACTICES)
            if not outside or len(takers) == 0:
                continue
            event = Event(day, kind, outside.pop(0), -1, int(rng.choice(takers)), ())
        elif (leaves := _leaving(day, kind, size, site, sites, rng)) is None:
            continue
        else:
            event = leaves
        events.append(event)
        site[event.practice] = event.to_site
    return events


def _leaving(
    day: date, kind: Happening, size: Floats, site: Ints, sites: int, rng: np.random.Generator
) -> Event | None:
    """Befalls the smallest practice of a site that keeps three; one that moves does so without a jolt to either
    site's total, if one so small can be found. None where no site can spare one, or none can take it."""
    members = np.bincount(site[site >= 0], minlength=sites)
    givers = np.flatnonzero(members > 3)
    if kind == "moves" and len(givers):
        least = np.array([size[site == s].min() for s in givers])
        givers = givers[least <= max(A_SMALL_PRACTICE, least.min())]
    if len(givers) == 0:
        return None
    here = int(rng.choice(givers))
    leaver, *others = sorted(np.flatnonzero(site == here).tolist(), key=lambda p: float(size[p]))
    if kind != "moves":
        return Event(day, kind, leaver, here, -1, tuple(others[:1] if kind == "merges" else others))
    takers = np.flatnonzero((members < MOST_PRACTICES) & (np.arange(sites) != here))
    return Event(day, kind, leaver, here, int(rng.choice(takers)), ()) if len(takers) else None
