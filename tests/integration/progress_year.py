"""Six sites over twenty-five months, each with one thing planted, built as the pipeline builds; and the figures that
their files must give, reckoned without the warehouse.

A practice of "size 1000" has 1,000 patients in each of the 38 strata, so a standardised rate is the crude one:
12,000 x events / patients of a stratum. Emergencies swing by one a stratum from month to month, and not over a year.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt

from desk import Desk, activity_file, list_file

from pch.settings import PROJECT
from pch.warehouse.calendar import add_months, closes
from pch.warehouse.db import connect
from pch.warehouse.register import Line, import_sites

MONTHS = [add_months(date(2024, 1, 1), n) for n in range(25)]
TWELFTH, THIRTEENTH, LAST = MONTHS[11], MONTHS[12], MONTHS[24]
SILENT_FROM, LEAVES = MONTHS[18], MONTHS[12]

Practices = Mapping[str, tuple[int, int]]
"""By practice: patients and mean monthly emergencies of every stratum."""

SITES: dict[str, Practices] = {
    "DROP": {"D10001": (1000, 10), "D10002": (1000, 10)},
    "SAME": {"S10001": (1000, 10)},
    "GONE": {"G10001": (1000, 10)},
    "LEFT": {"L10001": (1000, 10), "L10002": (1000, 20)},
    "PART": {"P10001": (1000, 10), "P10002": (1000, 10), "P10003": (400, 8)},
    "OLDS": {"M10001": (1000, 10)},
}


def members(site: str, month: date) -> Practices:
    """L10002 leaves after its first year."""
    return {p: n for p, n in SITES[site].items() if p != "L10002" or month < LEAVES}


def emergencies(site: str, month: date, mean: int) -> int:
    """A fifth fewer at DROP from the thirteenth month."""
    n = MONTHS.index(month)
    return mean - (2 if site == "DROP" and n >= 12 else 0) + (1, -1, 0)[n % 3]


def push(desk: Desk, site: str, month: date, more: int = 0) -> None:
    """Both files of a month, in time."""
    at, period, practices = closes(month).primary, f"{month:%Y-%m}", members(site, month)
    #  P10003's hospital stops telling of it
    told = {p: n for p, n in practices.items() if p != "P10003" or month <= TWELFTH}
    counts = {p: emergencies(site, month, mean) + more for p, (_, mean) in told.items()}
    desk.push(site, "registered_list", period, list_file(list(practices), lambda p, *_: practices[p][0]), at=at)
    desk.push(site, "hospital_activity", period, activity_file(list(told), lambda p, *_: counts[p]), at=at)


def register(desk: Desk) -> None:
    lines = [
        Line(n, site, f"Site {site}", practice, MONTHS[0], LEAVES if practice == "L10002" else None, None, MONTHS[0])
        for n, (site, practice) in enumerate((s, p) for s in SITES for p in SITES[s])
    ]
    with connect(desk.settings, "owner") as conn:
        import_sites(conn, lines, date.today())


@dataclass(frozen=True)
class Rate:
    value: float
    lower: float
    upper: float


def rate(events: int, patients: int) -> Rate:
    """Emergencies per 1,000 a year, directly standardised, with Dobson's limits, of a year with so many events and
    person-months in each of the 38 strata."""
    path = PROJECT / "include/pch/registry/reference/esp2013.csv"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    weights = [float(row[-1]) for row in list(csv.reader(lines))[1:]] * 2
    share = [w / sum(weights) for w in weights]
    value = 12000 * sum(w * events / patients for w in share)
    spread = 12000 * sqrt(sum(w * w * events / patients**2 for w in share) / (38 * events))
    o, z = 38 * events, 1.959963984540054
    low = o * (1 - 1 / (9 * o) - z / (3 * sqrt(o))) ** 3
    high = (o + 1) * (1 - 1 / (9 * (o + 1)) + z / (3 * sqrt(o + 1))) ** 3
    return Rate(value, value + spread * (low - o), value + spread * (high - o))
