"""The programme: its sites, its months, and every file they push, with what is true of each.

Programme.create(...) -> write_sites_csv(path) for the register; files(period) for the door; truth(period) for
whoever checks what became of them.
"""

import csv
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from pch.registry import BANDS
from pch.simulate import hospital
from pch.simulate.faults import ABSENT, Faults
from pch.simulate.inputs import Bearer, ledger
from pch.simulate.lists import SEXES, Lists, enlist
from pch.simulate.months import Stream, first_day, ordinal, programme_year, random, shift
from pch.simulate.places import Ints, Membership, Places, Practice, Site, settle
from pch.simulate.rendering import csv_by_site
from pch.simulate.spoil import ALL, FAULTS, Expected, Scene

FEEDS = ALL
REGISTER_COLUMNS = (
    "site_code", "site_name", "practice_code", "valid_from", "valid_to", "region", "start_date",
)  # fmt: skip
_KEPT = 6  # a feed's month of sound files held ready: this month and the one before, of three feeds


@dataclass(frozen=True)
class SimulatedFile:
    """``content`` is pushed for the return (site_code, feed, period); ``fault`` is None when it is sound."""

    site_code: str
    feed: str
    period: date
    file_name: str
    content: bytes
    fault: str | None


@dataclass(frozen=True)
class Truth:
    """What should become of a return."""

    site_code: str
    feed: str
    period: date
    fault: str | None
    expected: Expected


@dataclass(frozen=True, eq=False)
class Programme:
    """Made by ``create``. The same arguments give the same bytes, whichever month is asked for first."""

    places: Places
    lists: Lists
    seed: int
    periods: list[date]
    faults: Faults
    _sound: OrderedDict[tuple[str, date], list[bytes]] = field(default_factory=OrderedDict, repr=False)

    @classmethod
    def create(
        cls,
        sites: int = 185,
        seed: int = 20170401,
        end: date | None = None,
        months: int = 13,
        faults: Faults | None = None,
    ) -> "Programme":
        """``months`` periods of which the last holds ``end`` (without it: the last month that is over)."""
        if sites < 1 or months < 1:
            raise ValueError(f"A programme has at least one site and one month, not {sites} and {months}.")
        last = first_day(end) if end else shift(first_day(date.today()), -1)
        first = shift(last, 1 - months)
        year = programme_year(min(first, shift(last, -12)))  # a short window shares the world of a long one
        places = settle(sites, seed, year, last)
        periods = [shift(first, i) for i in range(months)]
        return cls(places, enlist(places, seed, year), seed, periods, faults or Faults())

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
        with path.open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(REGISTER_COLUMNS)
            for m in self.memberships:
                site = by_code[m.site_code]
                member = (m.practice_code, m.valid_from, m.valid_to)
                out.writerow((m.site_code, site.site_name, *member, site.region, site.start_date))

    def files(self, period: date) -> Iterator[SimulatedFile]:
        """Every file of the month, by site and feed; a return whose fault is 'absent' has none."""
        spoilt = self._faults_of(period)
        for i, site in enumerate(self.sites):
            for feed in FEEDS:
                fault = spoilt.get((i, feed))
                if fault != ABSENT:
                    content = self._content(i, feed, period, fault)
                    suffix = FAULTS[fault].suffix if fault else ".csv"
                    name = f"{feed}_{site.site_code}_{period:%Y-%m}{suffix}"
                    yield SimulatedFile(site.site_code, feed, period, name, content, fault)

    def truth(self, period: date) -> list[Truth]:
        """Every return of the month, sound or not, and what should become of it.

        The sound file after a factor-ten slip falls by nine tenths against what was accepted before it, so a
        warning is right there too. In a small programme a practice that moves may take enough patients along
        for a warning at two sites: that is a matter of the thresholds, and not said here.
        """
        spoilt = self._faults_of(period)
        before = self._faults_of(shift(period, -1)) if period > self.periods[0] else {}
        told = []
        for i, site in enumerate(self.sites):
            for feed in FEEDS:
                fault = spoilt.get((i, feed))
                expected: Expected = "accepted"
                if fault:
                    expected = "missing" if fault == ABSENT else FAULTS[fault].expected
                elif before.get((i, feed)) == "factor_ten_slip":
                    expected = "accepted_with_warnings"
                told.append(Truth(site.site_code, feed, period, fault, expected))
        return told

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

    def _faults_of(self, period: date) -> dict[tuple[int, str], str]:
        return self.faults.assigned(self._checked(period), self.periods[0], len(self.sites))

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
            last_month=lambda: self._files_of(feed, shift(period, -1))[i],
            rng=random(self.faults.seed, Stream.FAULT_BYTES, i, FEEDS.index(feed), ordinal(period)),
        )
        return FAULTS[fault].spoil(sound, scene)

    def _files_of(self, feed: str, period: date) -> list[bytes]:
        """The sound files of a month by position of the site; the last few months asked for are kept."""
        if (feed, period) not in self._sound:
            self._sound[feed, period] = self._made(feed, period)
            if len(self._sound) > _KEPT:
                self._sound.popitem(last=False)
        self._sound.move_to_end((feed, period))
        return self._sound[feed, period]

    def _made(self, feed: str, period: date) -> list[bytes]:
        registered = self.lists.at(period)
        if feed == "programme_inputs":
            return [ledger(bearer, period, self.seed) for bearer in self._bearers(registered, period)]
        make = _list_columns if feed == "registered_list" else hospital.activity
        columns, site_of_row = make(self.places, registered, period, self.seed)
        return csv_by_site(columns, site_of_row, len(self.sites))

    def _bearers(self, registered: Ints, period: date) -> list[Bearer]:
        """Each site with the practices it has on the first day of the month, and their patients."""
        site_of, total = self.places.site_of(period), registered.sum(axis=(1, 2))
        bearers = [Bearer(s.site_code, i, s.start_date, []) for i, s in enumerate(self.sites)]
        for practice, site in enumerate(site_of.tolist()):
            if site >= 0:
                bearers[site].practices.append((self.practices[practice].practice_code, int(total[practice])))
        return bearers


def _list_columns(places: Places, registered: Ints, period: date, _: int) -> tuple[dict[str, pa.Array], Ints]:
    """The columns of all sites' lists in the order of sites and practices, and the site of each row."""
    site = places.site_of(period)
    order = np.argsort(site, kind="stable")
    order = order[site[order] >= 0]
    cells = len(SEXES) * len(BANDS)
    codes = np.array([p.practice_code for p in places.practices], dtype=object)[order]
    return {
        "practice_code": pa.array(np.repeat(codes, cells), pa.string()),
        "sex": pa.array(np.tile(np.repeat(SEXES, len(BANDS)), len(order)), pa.string()),
        "age_band": pa.array(np.tile(BANDS, len(order) * len(SEXES)), pa.string()),
        "registered_count": pa.array(registered[order].ravel()),
    }, np.repeat(site[order], cells)
