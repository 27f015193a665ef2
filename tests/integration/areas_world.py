"""Twelve sites in one month, and what their files must give, reckoned without the warehouse.

Every site has a rate of emergencies and an age structure of its own; A&E attendances are one for fifty patients
everywhere. LATE has sent its list and nothing of its hospitals.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from desk import Desk, file_of, list_file
from numpy.typing import NDArray

from pch.registry import BANDS, REFERENCE
from pch.warehouse.db import connect
from pch.warehouse.register import Line, import_sites

PERIOD = "2026-10"
START = date(2026, 10, 1)
SEXES = ("female", "male")
AGE_GROUPS = {"0-14": 3, "15-44": 9, "45-64": 13, "65-74": 15, "75-84": 17, "85+": 19}
"""The age groups, with the number of bands up to the end of each."""

Cells = NDArray[np.float64]
"""One figure for each sex and age band."""


@dataclass(frozen=True)
class Site:
    code: str
    number: int
    region: str | None
    wave: str
    rural_pct: float | None
    start: date

    @property
    def practices(self) -> list[str]:
        return [f"A{self.number:02}{k:03}" for k in range(1, 3 + self.number % 2)]

    def patients(self, practice: str) -> Cells:
        """Always a multiple of fifty."""
        band = np.arange(len(BANDS))
        return np.tile(50.0 * (2 + (self.number + band) % 5 + int(practice[-1])), (2, 1))

    def emergencies(self, practice: str) -> Cells:
        return self.patients(practice) // 50 * (1 + self.number % 4)

    @property
    def treated(self) -> int:
        """Of 1,000 people with hypertension."""
        return 600 + 15 * self.number


def sites(count: int = 12) -> list[Site]:
    """The last is LATE, of no region."""
    made = [
        Site(
            f"S{i:02}", i, "North" if i < 5 else "South", "one" if i % 2 else "two", None if i == 3 else 7.0 * i,
            date(2025, 1 + i, 1),
        )
        for i in range(count - 1)
    ]  # fmt: skip
    return [*made, Site("LATE", count - 1, None, "two", 20.0, date(2026, 10, 1))]


def quintile(practice: str) -> int:
    return 1 + (int(practice[1:3]) + int(practice[-1])) % 5


def register(desk: Desk, members: list[Site]) -> None:
    lines = [
        Line(0, s.code, s.code, p, s.start, None, s.region, s.start, s.wave, s.rural_pct, quintile(p))
        for s in members
        for p in s.practices
    ]
    with connect(desk.settings, "owner") as conn:
        import_sites(conn, lines, date.today())


def push(desk: Desk, site: Site, period: str = PERIOD) -> None:
    """The list, the hospitals' (but for LATE) and the hypertension of a site; every month alike."""
    at = {p: dict(zip(_strata(), site.patients(p).flat, strict=True)) for p in site.practices}
    desk.push(site.code, "registered_list", period, list_file(site.practices, lambda p, s, b: int(at[p][s, b])))
    if site.code != "LATE":
        lines = [line for p in site.practices for line in _activity(site, p)]
        desk.push(site.code, "hospital_activity", period, file_of("hospital_activity", *lines))
    treated = f"{site.practices[0]},HYP008,all,{site.treated},1000,0"
    others = [f"{p},HYP008,all,0,0,0" for p in site.practices[1:]]
    desk.push(site.code, "clinical_indicators", period, file_of("clinical_indicators", treated, *others))


def _activity(site: Site, practice: str) -> Iterator[str]:
    """Stays of two days; every fourth emergency comes back within the month."""
    cells = zip(_strata(), site.patients(practice).flat, site.emergencies(practice).flat, strict=True)
    for (sex, band), patients, n in cells:
        yield f"{practice},{sex},{band},em,other,none,{n:.0f},{2 * n:.0f},{n:.0f},{n // 4:.0f},"
        yield f"{practice},{sex},{band},ae1,other,none,{patients / 50:.0f},0,0,0,"


def _strata() -> list[tuple[str, str]]:
    return [(sex, band) for sex in SEXES for band in BANDS]


def standard() -> Cells:
    lines = [line for line in (REFERENCE / "esp2013.csv").read_text().splitlines() if not line.startswith("#")]
    return np.array([float(line.split(",")[-1]) for line in lines[1:]])


def standardised(events: Cells, patients: Cells) -> float:
    """Events per 1,000 patients a year, directly standardised."""
    weight = np.tile(standard(), (2, 1))
    return float(12_000 * (weight * events / patients).sum() / weight.sum())


def by_fifth(members: list[Site]) -> dict[int, tuple[Cells, Cells]]:
    """Emergencies and patients of the practices of each fifth of deprivation, where the hospitals told of them."""
    cells: dict[int, list[tuple[Cells, Cells]]] = defaultdict(list)
    for site in members:
        for p in site.practices if site.code != "LATE" else []:
            cells[quintile(p)].append((site.emergencies(p), site.patients(p)))
    return {fifth: (sum(e for e, _ in of), sum(n for _, n in of)) for fifth, of in cells.items()}  # type: ignore[misc]
