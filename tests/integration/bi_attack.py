"""An attack by subtraction: everything schema bi publishes of two metrics, as bounds on what it is made of.

A published count is a sum of atoms (``bi_world.Atom``), known to the nearest 5. The attacker sets up all of them at
once, months, years to date and rolling twelves, sites, regions, waves, the programme, age groups and fifths of
deprivation, of every release he has kept, and asks of each number that was withheld as small whether another value would
fit as well. He is even told the exact number of every site's month that is shown.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from pch.warehouse.calendar import add_months, months_between
from pch.warehouse.db import Connection

Atoms = frozenset[Atom]


@dataclass(frozen=True)
class Sum:
    """What was published of a sum of atoms: it lies between ``least`` and ``most``."""

    atoms: Atoms
    least: float
    most: float


def window(period: date, name: str) -> list[date]:
    april = date(period.year - (period.month < 4), 4, 1)
    return list(months_between({"month": period, "r12": add_months(period, -11), "fytd": april}[name], period))


def sites_of(area_type: str, area_code: str) -> set[str]:
    place = {"site": lambda s: s, "region": lambda s: SITES[s][0], "wave": lambda s: SITES[s][1]}
    return {s for s in SITES if area_type == "programme" or place[area_type](s) == area_code}


def published(conn: Connection, counts: dict[Atom, int]) -> list[Sum]:
    """Every numerator that bi shows of the metrics of ``counts``, of the atoms that have arrived."""
    cells = conn.execute(
        """select metric_code, 'site', site_code, period, period_window, '', '', numerator from bi.site_result
           union all
           select metric_code, area_type, area_code, period, period_window, '', '', numerator from bi.area_result
           union all
           select metric_code, area_type, area_code, period, period_window, slice_type, slice, numerator
           from bi.slice_result"""
    ).fetchall()
    wanted = {a.metric for a in counts}
    sums = [
        _sum(_of(counts, metric, sites_of(area_type, code), window(period, name), kind, part), shown)
        for metric, area_type, code, period, name, kind, part, shown in cells
        if shown is not None and metric in wanted
    ]
    return [s for s in sums if s.atoms]  # of some age groups there are none


def _of(
    counts: Iterable[Atom], metric: str, sites: set[str], months: list[date], slice_type: str, part: str
) -> Atoms:
    def is_in(atom: Atom) -> bool:
        if slice_type == "age_group" and atom.group != part:
            return False
        return slice_type != "deprivation_quintile" or str(QUINTILES[atom.practice][1]) == part

    return frozenset(
        a for a in counts if a.metric == metric and site_of(a.practice) in sites and a.period in months and is_in(a)
    )


def _sum(atoms: Atoms, shown: float) -> Sum:
    return Sum(atoms, shown - 2 if shown else 0, shown + 2 if shown else 0)


def month_of_site(counts: Iterable[Atom], metric: str, site: str, period: date) -> Atoms:
    return _of(counts, metric, {site}, [period], "", "")


def small_months(counts: dict[Atom, int]) -> Iterator[tuple[Atoms, int]]:
    """What is to be kept: the months of sites with 1 to 7, and their number."""
    for metric, site, period in sorted({(a.metric, site_of(a.practice), a.period) for a in counts}):
        atoms = month_of_site(counts, metric, site, period)
        if 1 <= (number := sum(counts[a] for a in atoms)) <= 7:
            yield atoms, number


def exactly(sums: Iterable[Sum], counts: dict[Atom, int], is_month: Callable[[Atoms], bool]) -> list[Sum]:
    """The same, every site's month that is shown being known exactly."""
    return [
        Sum(s.atoms, n := sum(counts[a] for a in s.atoms), n) if is_month(s.atoms) else s for s in sums
    ]


def determined(sums: list[Sum], counts: dict[Atom, int], kept: Iterable[tuple[Atoms, int]]) -> list[tuple[Atoms, int]]:
    """Of the numbers to be kept, those whose only value that fits all sums (and 1 to 7) is the true one. Other worlds
    are looked for near the true one: in each, every atom differs by at most 4."""
    atoms = sorted({a for s in sums for a in s.atoms} | {a for k, _ in kept for a in k})
    column = {a: n for n, a in enumerate(atoms)}
    true = np.array([counts[a] for a in atoms])
    rows = [[column[a] for a in s.atoms] for s in sums]
    matrix = csr_array(
        (np.ones(sum(map(len, rows))), (np.repeat(np.arange(len(rows)), [len(r) for r in rows]), np.concatenate(rows))),
        shape=(len(rows), len(atoms)),
    )
    at = matrix @ true
    around = LinearConstraint(matrix, np.array([s.least for s in sums]) - at, np.array([s.most for s in sums]) - at)
    found = []
    for cell, number in kept:
        target = np.zeros(len(atoms))
        target[[column[a] for a in cell]] = 1
        other = [(1, 7 - number), (1 - number, -1)]  # more, or fewer
        if not any(least <= most and _fits(around, target, least, most, true) for least, most in other):
            found.append((cell, number))
    return found


def _fits(around: LinearConstraint, target: np.ndarray, least: int, most: int, true: np.ndarray) -> bool:
    result = milp(
        np.zeros(len(true)), integrality=np.ones(len(true)), bounds=Bounds(np.maximum(-true, -4), 4),
        constraints=[around, LinearConstraint(target[None, :], least, most)],
    )  # fmt: skip
    return bool(result.status == 0)
