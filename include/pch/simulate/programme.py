"""The programme: its sites, its months, and every file they push, with what is true of each.

Programme.create(...) -> write_sites_csv(path) for the register, write_grants_csv(path) for what the sites were given;
files(period) for the door; truth(period) for whoever checks what became of them.
"""

import csv
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from pch.registry import feed as contract
from pch.simulate.effects import Effects, EffectTruth
from pch.simulate.faults import ABSENT, Faults, is_due, next_due, suffix_of
from pch.simulate.feeds import FEEDS, Month
from pch.simulate.grants import grants
from pch.simulate.lists import Lists, enlist
from pch.simulate.months import Stream, first_day, ordinal, programme_year, random, shift
from pch.simulate.places import Ints, Membership, Places, Practice, Site, settle
from pch.simulate.rendering import csv_by_site
from pch.simulate.spoil import FAULTS, Scene
from pch.simulate.truth import Truth, truth_of

REGISTER_COLUMNS = (
    "site_code", "site_name", "practice_code", "valid_from", "valid_to", "region", "start_date",
    "went_live", "wave", "rural_pct", "imd_quintile",
)  # fmt: skip
GRANT_COLUMNS = (
    "site_code", "funding_source", "awarded_on", "amount_gbp", "from_period", "to_period", "because",
)  # fmt: skip


@dataclass(frozen=True)
class SimulatedFile:
    """``content`` is pushed for the return (site_code, feed, period); ``fault`` is None when it is sound."""

    site_code: str
    feed: str
    period: date
    file_name: str
    content: bytes
    fault: str | None


@dataclass(frozen=True, eq=False)
class Programme:
    """Made by ``create``. The same arguments give the same bytes, whichever month is asked for first."""

    places: Places
    lists: Lists
    seed: int
    periods: list[date]
    feeds: tuple[str, ...]
    faults: Faults
    effects: Effects
    formulary: float
    _sound: OrderedDict[tuple[str, date], list[bytes]] = field(default_factory=OrderedDict, repr=False)

    @classmethod
    def create(
        cls,
        sites: int = 185,
        seed: int = 20170401,
        end: date | None = None,
        months: int = 13,
        faults: Faults | None = None,
        effects: Effects | None = None,
        feeds: Sequence[str] | None = None,
        formulary: float = 1.0,
    ) -> "Programme":
        """``months`` periods of which the last holds ``end`` (without it: the last month that is over). Sites push
        ``feeds``, all of them if nothing is said; what is left out changes nothing in the others. A smaller
        ``formulary`` (0 to 1) makes fewer rows of prescribing, which are two thirds of all."""
        if sites < 1 or months < 1:
            raise ValueError(f"A programme has at least one site and one month, not {sites} and {months}.")
        last = first_day(end) if end else shift(first_day(date.today()), -1)
        first = shift(last, 1 - months)
        year = programme_year(min(first, shift(last, -12)))  # a short window shares the world of a long one
        places = settle(sites, seed, year, last)
        periods = [shift(first, i) for i in range(months)]
        wanted = {contract(name).feed for name in feeds or FEEDS}
        pushed = tuple(name for name in FEEDS if name in wanted)
        return cls(
            places,
            enlist(places, seed, year),
            seed,
            periods,
            pushed,
            faults or Faults(),
            effects or Effects(),
            formulary,
        )

    @property
    def sites(self) -> list[Site]:
        return self.places.sites

    @property
    def practices(self) -> list[Practice]:
        """All that ever belonged to a site."""
        return self.places.practices

    @property
    def memberships(self) -> list[Membership]:
        return self.places.memberships()

    def write_sites_csv(self, path: Path) -> None:
        """One row a membership: the register of sites, as ``pch sites import`` reads it."""
        by_code = {site.site_code: site for site in self.sites}
        fifth = {practice.practice_code: practice.imd_quintile for practice in self.practices}
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(REGISTER_COLUMNS)
            for m in self.memberships:
                site = by_code[m.site_code]
                member = (m.practice_code, m.valid_from, m.valid_to)
                place = (site.region, site.start_date, site.went_live, site.wave, site.rural_pct)
                out.writerow((m.site_code, site.site_name, *member, *place, fifth[m.practice_code]))

    def write_grants_csv(self, path: Path) -> None:
        """One row a grant, as ``pch grants import`` reads it (``grants`` says what of it is spent)."""
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(GRANT_COLUMNS)
            out.writerows(grant.cells for grant in grants(self.places, self.periods, map(self._month, self.periods)))

    def files(self, period: date) -> Iterator[SimulatedFile]:
        """Every file of the month, by site and feed; a return that is not due or whose fault is 'absent' has none."""
        spoilt = self.faults.assigned(self._checked(period), self.periods[0], len(self.sites))
        due = [feed for feed in self.feeds if is_due(feed, period)]
        for i, site in enumerate(self.sites):
            for feed in due:
                fault = spoilt.get((i, feed))
                if fault != ABSENT:
                    content = self._content(i, feed, period, fault)
                    name = f"{feed}_{site.site_code}_{period:%Y-%m}{suffix_of(fault)}"
                    yield SimulatedFile(site.site_code, feed, period, name, content, fault)

    def truth(self, period: date) -> list[Truth]:
        """Every return of the month, sound or not, and what should become of it.

        In a small programme a practice that moves may take enough patients along for a warning at two sites: that
        is a matter of the thresholds, and not said here.
        """
        told = truth_of(self.faults, [s.site_code for s in self.sites], self._checked(period), self.periods[0])
        return [truth for truth in told if truth.feed in self.feeds]

    def effects_truth(self) -> list[EffectTruth]:
        """Every site: when it went live, and what that does to its emergency admissions."""
        return self.effects.truth(self.sites, self.seed)

    def registered(self, period: date) -> Ints:
        """practices x sexes x bands: patients on the first day of the month, as every sound file says."""
        return self.lists.at(self._checked(period))

    def _checked(self, period: date) -> date:
        if period not in self.periods:
            raise ValueError(
                f"{period} is not a period of this programme: they are the first days of the months from "
                f"{self.periods[0]:%Y-%m} to {self.periods[-1]:%Y-%m}."
            )
        return period

    def _content(self, i: int, feed: str, period: date, fault: str | None) -> bytes:
        sound = self._files_of(feed, period)[i]
        if not fault:
            return sound
        other = (i + 1) % len(self.sites)
        strangers = np.flatnonzero(self.places.site_of(period) == other)
        alone = other == i
        scene = Scene(
            feed=feed,
            period=period,
            other_site="PCH000" if alone else self.sites[other].site_code,
            stranger="X90000" if alone else self.practices[int(strangers[0])].practice_code,
            last_month=lambda: self._files_of(feed, next_due(feed, period, -1))[i],
            others_file=lambda: self._files_of(feed, period)[other],
            rng=random(self.faults.seed, Stream.FAULT_BYTES, i, list(FEEDS).index(feed), ordinal(period)),
        )
        return FAULTS[fault].spoil(sound, scene)

    def _files_of(self, feed: str, period: date) -> list[bytes]:
        """The sound files of a month by position of the site; this month's and the last's are kept."""
        if (feed, period) not in self._sound:
            self._sound[feed, period] = self._made(feed, period)
            if len(self._sound) > 2 * len(self.feeds):
                self._sound.popitem(last=False)
        self._sound.move_to_end((feed, period))
        return self._sound[feed, period]

    def _made(self, feed: str, period: date) -> list[bytes]:
        columns, site_of_row = FEEDS[feed](self._month(period))
        return csv_by_site(columns, site_of_row, len(self.sites))

    def _month(self, period: date) -> Month:
        registered = self.lists.at(period)
        return Month(self.places, self.lists.year, period, registered, self.effects, self.seed, self.formulary)
