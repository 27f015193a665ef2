"""A month of the programme, as the makers of files see it."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa

from pch.simulate.effects import Effects
from pch.simulate.months import Stream, ordinal, random
from pch.simulate.places import Floats, Ints, Places

#  The columns of all sites' files, in the order of the sites, and the site of each row.
Table = tuple[dict[str, pa.Array], Ints]


@dataclass(frozen=True)
class Month:
    """``registered``: practices x sexes x bands on the first day, none where a practice belongs to no site.
    Members are the practices that belong to one, in the order of the sites; arrays by member are in that order."""

    places: Places
    begin: date  # the 1 April on which the world begins
    period: date
    registered: Ints
    effects: Effects
    seed: int
    formulary: float = 1.0  # of the presentations there are, the share that is prescribed

    @cached_property
    def members(self) -> Ints:
        """Which practices they are."""
        site = self.places.site_of(self.period)
        order = np.argsort(site, kind="stable")
        return order[site[order] >= 0]

    @cached_property
    def site(self) -> Ints:
        """Of each member."""
        return self.places.site_of(self.period)[self.members]

    @cached_property
    def people(self) -> Ints:
        """Of each member: sexes x bands."""
        return self.registered[self.members]

    @cached_property
    def patients(self) -> Floats:
        """Of each member: all of them."""
        patients: Floats = self.people.sum(axis=(1, 2)).astype(np.float64)
        return patients

    def practice_codes(self, practice: Ints) -> pa.Array:
        """Of rows that each belong to a practice; empty where that is -1."""
        codes = pa.array([*(p.practice_code for p in self.places.practices), None], pa.string())
        return codes.take(pa.array(practice % len(codes)))

    def habits(self, stream: Stream) -> np.random.Generator:
        """Draws that are the same in every month; draw for all practices or sites, whoever is a member now."""
        return random(self.seed, stream, len(self.places.practices))

    def chance(self, stream: Stream, months_ago: int = 0) -> np.random.Generator:
        """Draws of this month alone, or as they were in a month before."""
        return random(self.seed, stream, len(self.places.practices), ordinal(self.period) - months_ago)
