"""The declared facts: one YAML file a feed, one a layout, one a metric, and the strict models that read them.

A contract that changed keeps its past: ``<feed>.yml`` is the newest version, ``<feed>.v1.yml`` an older one, and each
says from which period on it applies. A month is always read by the rules of its time.

Everything that knows a feed, a layout or a metric by name is here or in a file named after it.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from pch.errors import Refused, RegistryError
from pch.registry.bands import BANDS, band_of
from pch.registry.feed import NUMERIC, POSTGRES_TYPE, Column, Feed, fold
from pch.registry.layout import Layout
from pch.registry.metric import Metric, overdue
from pch.registry.strict import read

__all__ = [
    "BANDS", "NUMERIC", "POSTGRES_TYPE", "REFERENCE", "SUITES", "Column", "Feed", "Layout", "Metric",
    "band_of", "contracts", "definitions", "feed", "feeds", "fold", "layouts", "load_feeds", "load_layouts",
    "load_metrics", "metrics", "overdue",
]  # fmt: skip

V = TypeVar("V", Feed, Metric)

HERE = Path(__file__).parent
REFERENCE = HERE / "reference"
_INSTALLED = HERE.parent / "expectations"
SUITES = _INSTALLED if _INSTALLED.is_dir() else HERE.parents[2] / "expectations"
"""The suites (Great Expectations): in the package where it is installed, beside the source in a checkout."""


@cache
def contracts() -> dict[str, tuple[Feed, ...]]:
    """Every version of every feed's contract, oldest first, in the order of the names."""
    return load_feeds(HERE / "feeds")


@cache
def feeds() -> dict[str, Feed]:
    """The newest contract of every feed, in the order of the names."""
    return {name: versions[-1] for name, versions in contracts().items()}


@cache
def layouts(feed: str) -> tuple[Layout, ...]:
    """The layouts, other than its contract's own, that a file of ``feed`` may have."""
    return tuple(each for each in load_layouts(HERE / "layouts", feeds()).values() if each.feed == feed)


@cache
def definitions() -> dict[str, tuple[Metric, ...]]:
    """Every version of every metric, oldest first, in the order of the codes."""
    return load_metrics(HERE / "metrics")


@cache
def metrics() -> dict[str, Metric]:
    """The newest version of every metric by its code, in the order of the codes."""
    return {code: versions[-1] for code, versions in definitions().items()}


def feed(name: str, period: date | None = None) -> Feed:
    """The contract of a feed in force for ``period``; without it, the newest."""
    if name not in contracts():
        raise Refused(f"There is no feed '{name}'. The feeds are: {', '.join(feeds())}.")
    versions = contracts()[name]
    in_force = [v for v in versions if period is None or v.effective_from is None or v.effective_from <= period]
    if not in_force:
        raise Refused(f"{versions[0].title} begins with {versions[0].effective_from:%Y-%m}.")
    return in_force[-1]


def load_feeds(folder: Path) -> dict[str, tuple[Feed, ...]]:
    """Reads a folder of contracts. Raises RegistryError where a file is misnamed, or where versions do not follow
    one another: numbers and first periods rise, and a column keeps its type."""
    found = _versions(folder, Feed, "feed")
    for name, versions in found.items():
        for older, newer in pairwise(versions):
            _keeps_types(folder / f"{name}.yml", older, newer)
    return found


def _versions(folder: Path, model: type[V], key: str) -> dict[str, tuple[V, ...]]:
    """Every version of what a folder declares, oldest first: ``<name>.yml`` is the newest, ``<name>.v1.yml`` older."""
    found: dict[str, list[V]] = defaultdict(list)
    for path in sorted(folder.glob("*.yml")):
        item = read(path, model)
        name = getattr(item, key)
        if path.name not in (f"{name}.yml", f"{name}.v{item.version}.yml"):
            raise RegistryError(f"{path}:1: {key} '{name}' must stand in a file named {name}.yml")
        found[name].append(item)
    for name, versions in found.items():
        versions.sort(key=lambda v: v.version)
        for older, newer in pairwise(versions):
            _follows(folder / f"{name}.yml", name, older, newer)
    return {name: tuple(found[name]) for name in sorted(found)}


def _follows(path: Path, name: str, older: V, newer: V) -> None:
    if older.version == newer.version:
        raise RegistryError(f"{path}:1: version {older.version} of {name} is declared in two files")
    if newer.effective_from is None or newer.effective_from <= (older.effective_from or date.min):
        raise RegistryError(
            f"{path}:1: version {newer.version} must be effective_from a later period than the one before"
        )


def _keeps_types(path: Path, older: Feed, newer: Feed) -> None:
    types = {c.name: c.type for c in older.columns}
    if changed := [c.name for c in newer.columns if types.get(c.name, c.type) != c.type]:
        raise RegistryError(
            f"{path}:1: {changed[0]} was of another type in version {older.version}; give it a new name"
        )


def load_layouts(folder: Path, contracts: Mapping[str, Feed]) -> dict[str, Layout]:
    """Reads a folder of layouts; each file is named after its layout, which must make a feed of ``contracts``."""
    found: dict[str, Layout] = {}
    for path in sorted(folder.glob("*.yml")):
        found[path.stem] = layout = read(path, Layout)
        if path.stem != layout.layout:
            raise RegistryError(f"{path}:1: layout '{layout.layout}' must stand in a file named {layout.layout}.yml")
        if layout.feed not in contracts:
            raise RegistryError(f"{path}:1: there is no feed '{layout.feed}'")
        if wrong := layout.misfits(contracts[layout.feed]):
            raise RegistryError("\n".join(f"{path}:1: {sentence}" for sentence in wrong))
    return found


def load_metrics(folder: Path) -> dict[str, tuple[Metric, ...]]:
    """Reads a folder of definitions, all versions of each. Raises RegistryError as ``load_feeds`` does."""
    return _versions(folder, Metric, "code")
