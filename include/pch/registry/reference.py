"""The reference tables: prices, deflators, weights, standard population; each a CSV that opens with its source.

reference/*.csv -> what stands above the header (about, source) + columns + rows
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pch.registry import REFERENCE

TITLES = {
    "asset_lives": "Lives of capital purchases",
    "astro_pu": "Prescribing units (ASTRO-PU)",
    "bnf_groups": "Groups of medicines",
    "deflators": "Deflators",
    "esp2013": "European Standard Population 2013",
    "hourly_costs": "Hourly prices of staff",
    "reasons": "Coded reasons",
    "unit_costs": "Unit prices of activity",
}
TABLES = {
    "asset_lives": "ref.asset_life",
    "astro_pu": "ref.astro_pu",
    "bnf_groups": "ref.bnf_group",
    "deflators": "ref.deflator",
    "esp2013": "ref.standard_population",
    "hourly_costs": "ref.hourly_cost",
    "reasons": "ref.reason",
    "unit_costs": "ref.unit_cost",
}
"""Where the warehouse holds them."""


@dataclass(frozen=True)
class ReferenceTable:
    """``about``: what it is, where it comes from and what was not checked, as its file says it."""

    name: str
    title: str
    table: str
    about: str
    columns: list[str]
    rows: list[dict[str, str]]


@cache
def reference_tables() -> dict[str, ReferenceTable]:
    """By name, in its order."""
    return {path.stem: _read(path) for path in sorted(REFERENCE.glob("*.csv"))}


def _read(path: Path) -> ReferenceTable:
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return ReferenceTable(
        path.stem,
        TITLES[path.stem],
        TABLES[path.stem],
        _text(line.removeprefix("#") for line in lines if line.startswith("#")),
        list(rows.fieldnames or []),
        list(rows),
    )


def _text(lines: Iterable[str]) -> str:
    return " ".join(line.strip() for line in lines)
