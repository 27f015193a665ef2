"""An attack by subtraction: everything schema bi publishes, as bounds on what it is made of.

A published count is a sum of atoms (``bi_world.Atom``), known to the nearest 5. The attacker sets up all of them at
once: months, years to date and rolling twelves, sites, regions, waves and the programme, age groups and fifths of
deprivation, of every release he has kept. Then he asks of each number that was withheld because it is small whether
another one would fit as well. He is even told exactly every month of a site that is shown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import numpy as np
from bi_world import FIRST, MONTHS, QUINTILES, SITES, Atom, Cell, Counts, site_of
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from pch.warehouse.calendar import add_months, months_between

Atoms = frozenset[Atom]
FARTHEST = 3
"""Other worlds are looked for near the true one: no atom differs by more than this."""


@dataclass(frozen=True)
class Sum:
    """What is known of a sum of atoms: it lies between ``least`` and ``most``."""

    atoms: Atoms
    least: float
    most: float


@cache
def window(period: date, name: str) -> tuple[date, ...]:
    april = date(period.year - (period.month < 4), 4, 1)
    return tuple(months_between({"month": period, "r12": add_months(period, -11), "fytd": april}[name], period))


@cache
def sites_of(area_type: str, area_code: str) -> frozenset[str]:
    place = {"site": lambda s: s, "region": lambda s: SITES[s][0], "wave": lambda s: SITES[s][1]}
    return frozenset(s for s in SITES if area_type == "programme" or place[area_type](s) == area_code)


def atoms_of(counts: Iterable[Atom], cell: Cell) -> Atoms:
    sites, months = sites_of(cell.area_type, cell.area_code), window(cell.period, cell.period_window)

    def is_in_slice(atom: Atom) -> bool:
        if cell.slice_type == "deprivation_quintile":
            return str(QUINTILES[atom.practice][1]) == cell.slice
        return cell.slice_type == "" or atom.group == cell.slice

    return frozenset(
        a
        for a in counts
        if a.metric == cell.metric and a.period in months and site_of(a.practice) in sites and is_in_slice(a)
    )


def sums(cells: Iterable[Cell], counts: Counts, metric: str) -> Iterator[Sum]:
    """What a release says of a metric. A month of a site that is shown is known exactly."""
    known = {a: n for a, n in counts.items() if a.metric == metric}
    for cell in cells:
        if cell.metric != metric or cell.shown is None or not (atoms := atoms_of(known, cell)):
            continue
        number, is_month = sum(counts[a] for a in atoms), (cell.area_type, cell.period_window) == ("site", "month")
        assert abs(number - cell.shown) <= 2, cell
        within = 0 if (is_month and cell.slice == "") or not cell.shown else 2
        middle = number if is_month else cell.shown
        yield Sum(atoms, middle - within, middle + within)


def every_cell(metric: str) -> Iterator[tuple[str, str, date, str]]:
    """Area and window of what is published of a metric that is not sliced."""
    areas = {("programme", "PCH")} | {("site", s) for s in SITES}
    areas |= {("region", region) for region, _, _ in SITES.values()} | {("wave", wave) for _, wave, _ in SITES.values()}
    for area_type, area_code in sorted(areas):
        for period in MONTHS:
            for name in ("month", "r12", "fytd"):
                if window(period, name)[0] >= FIRST:
                    yield area_type, area_code, period, name


def rounded_only(counts: Counts, metric: str) -> Iterator[Sum]:
    """What the rule for single numbers alone would publish: 0, nothing for 1 to 7, the nearest 5."""
    for address in every_cell(metric):
        atoms = atoms_of(counts, Cell(metric, *address, "", "", None))
        number = sum(counts[a] for a in atoms)
        if number == 0 or number > 7:
            shown = 5 * ((number + 2) // 5)
            yield Sum(atoms, shown - 2 * (number > 0), shown + 2 * (number > 0))


def small_months(counts: Counts, metric: str) -> Iterator[tuple[Atoms, int]]:
    """What is to be kept: the months of sites with 1 to 7."""
    for site in SITES:
        for period in MONTHS:
            atoms = atoms_of(counts, Cell(metric, "site", site, period, "month", "", "", None))
            if 1 <= (number := sum(counts[a] for a in atoms)) <= 7:
                yield atoms, number


def determined(known: Iterable[Sum], counts: Counts, kept: Iterable[tuple[Atoms, int]]) -> list[tuple[Atoms, int]]:
    """Of the numbers to be kept, those of which no other value from 1 to 7 fits all that is known."""
    known, kept = list(known), list(kept)
    column = {a: n for n, a in enumerate(sorted({a for s in known for a in s.atoms} | {a for k, _ in kept for a in k}))}
    true = np.array([counts[a] for a in column])
    matrix = _rows([s.atoms for s in known], column)
    around = LinearConstraint(matrix, [s.least for s in known] - matrix @ true, [s.most for s in known] - matrix @ true)
    return [
        (atoms, number)
        for atoms, number in kept
        if not any(
            least <= most and _fits([around, LinearConstraint(_rows([atoms], column), least, most)], true)
            for least, most in ((1, 7 - number), (1 - number, -1))  # more than there are, or fewer
        )
    ]


def _rows(groups: list[Atoms], column: dict[Atom, int]) -> Any:
    """A row a group, 1 for each of its atoms."""
    where = [(row, column[a]) for row, atoms in enumerate(groups) for a in atoms]
    return csr_array((np.ones(len(where)), tuple(zip(*where, strict=True))), shape=(len(groups), len(column)))


def _fits(constraints: list[LinearConstraint], true: np.ndarray) -> bool:
    """Whether there is another world: whole numbers, none below 0."""
    near = Bounds(np.maximum(-true, -FARTHEST), FARTHEST)
    return bool(
        milp(np.zeros(len(true)), integrality=np.ones(len(true)), bounds=near, constraints=constraints).status == 0
    )
