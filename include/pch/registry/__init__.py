"""The declared facts: one YAML file a feed, one a metric, and the strict models that read them.

Everything that knows a feed or a metric by name is here or in a file named after it.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

from pch.errors import Refused, RegistryError
from pch.registry.bands import BANDS, band_of
from pch.registry.feed import NUMERIC, POSTGRES_TYPE, Column, Feed, fold
from pch.registry.metric import Metric
from pch.registry.strict import read

__all__ = [
    "BANDS", "NUMERIC", "POSTGRES_TYPE", "REFERENCE", "Column", "Feed", "Metric",
    "band_of", "feed", "feeds", "fold", "load_feeds", "load_metrics", "metrics",
]  # fmt: skip

HERE = Path(__file__).parent
REFERENCE = HERE / "reference"


@cache
def feeds() -> dict[str, Feed]:
    """Every feed by its name, in the order of the names."""
    return load_feeds(HERE / "feeds")


@cache
def metrics() -> dict[str, Metric]:
    """Every metric by its code, in the order of the codes."""
    return load_metrics(HERE / "metrics")


def feed(name: str) -> Feed:
    try:
        return feeds()[name]
    except KeyError:
        raise Refused(f"There is no feed '{name}'. The feeds are: {', '.join(feeds())}.") from None


T = TypeVar("T", Feed, Metric)


def load_feeds(folder: Path) -> dict[str, Feed]:
    """Reads a folder of contracts; each file is named after its feed."""
    return _unique(((path, read(path, Feed)) for path in sorted(folder.glob("*.yml"))), key="feed")


def load_metrics(folder: Path) -> dict[str, Metric]:
    """Reads a folder of definitions; each file is named after its metric's code."""
    return _unique(((path, read(path, Metric)) for path in sorted(folder.glob("*.yml"))), key="code")


def _unique(items: Iterable[tuple[Path, T]], key: str) -> dict[str, T]:
    found: dict[str, T] = {}
    for path, item in items:
        name = getattr(item, key)
        if name in found:
            raise RegistryError(f"{path}:1: {key} '{name}' is declared in another file already")
        if path.stem != name:
            raise RegistryError(f"{path}:1: {key} '{name}' must stand in a file named {name}.yml")
        found[name] = item
    return found
