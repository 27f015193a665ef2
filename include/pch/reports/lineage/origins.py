"""Where a column comes from: what the tracing of a query gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

Known = Mapping[str, frozenset[str]]
"""Of some columns: the only values they may have."""


class Place(NamedTuple):
    """A column of a table or model, ``schema.name``."""

    relation: str
    column: str


@dataclass(frozen=True)
class Origin:
    """How a column enters. ``is_counted``: its values are added up; else they decide which rows are. ``path``: by which
    models, the one asked for first, the column itself last."""

    is_counted: bool
    path: tuple[Place, ...]


Origins = Mapping[Place, Origin]


def merge(found: dict[Place, Origin], more: Origins, is_counted: bool = True) -> None:
    """What is counted anywhere is counted; of several paths the shortest, and one that keeps the column's name."""
    for place, origin in more.items():
        new = Origin(origin.is_counted and is_counted, origin.path)
        if place not in found or _rank(new) < _rank(found[place]):
            found[place] = new


def _rank(origin: Origin) -> tuple[bool, int, bool]:
    names = [place.column for place in origin.path[-2:]]
    return not origin.is_counted, len(origin.path), names[0] != names[-1]
