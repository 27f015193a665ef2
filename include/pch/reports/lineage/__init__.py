"""From a metric to the columns of the feeds: derived from the SQL that dbt compiles, never written by hand.

    target/manifest.json (compiled SQL) -> Tracer -> what each measure is made of -> what a metric is made of

A metric is made of measures, and all measures stand in ``int_measure__cells``; so each is followed from there down to
``raw.<feed>``, whose columns are those of the contract, and to the tables of prices, of the register and of the ledger.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pch import registry
from pch.registry.metric import STANDARDISED, Metric
from pch.registry.reference import reference_tables
from pch.reports.lineage.origins import Origin, Place, merge
from pch.reports.lineage.trace import Tracer

CELLS = "int.int_measure__cells"
TERMS = ("numerator", "denominator", "squares", "nominal", "volume")


@dataclass(frozen=True)
class FeedColumn:
    """A column of a feed's contract. ``is_counted``: its values are added up; else they decide which rows count.
    ``models``: the dbt models on the way, the measure's first, the feed's staging model last."""

    feed: str
    column: str
    is_counted: bool
    models: tuple[str, ...]


@dataclass(frozen=True)
class Made:
    """What a measure is made of. ``columns`` by feed, those counted first; ``tables``: the others it is looked up in,
    ``schema.name``."""

    measure: str
    columns: list[FeedColumn]
    tables: list[str]

    def feeds(self) -> list[str]:
        return list(dict.fromkeys(c.feed for c in self.columns))


class Lineage:
    """Asked by measure or by metric; both answer from one reading of the compiled SQL."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self.of_measure = cache(self._of_measure)

    @classmethod
    def of(cls, manifest: Path) -> "Lineage":
        """Of dbt's ``manifest.json``, written by a command that compiles (``dbt compile``, ``dbt docs generate``)."""
        nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
        models = {f"{n['schema']}.{n['name']}": n["compiled_code"] for n in nodes if n.get("compiled_code")}
        prices = {"ref.unit_cost": reference_tables()["unit_costs"].rows}  # they say which measures are priced
        categories = {
            Place(f"raw.{feed.feed}", column.name): frozenset(column.values)
            for versions in registry.contracts().values()
            for feed in versions
            for column in feed.columns
            if column.values
        }
        return cls(Tracer(models, prices, categories))

    def of_metric(self, metric: Metric) -> dict[str, Made]:
        """By term (``numerator`` first), what its measure is made of."""
        has_strata = metric.method in STANDARDISED or metric.age_from is not None
        return {term: self.of_measure(code, has_strata) for term in TERMS if (code := getattr(metric, term))}

    def _of_measure(self, measure: str, has_strata: bool = False) -> Made:
        """``has_strata``: with what says of which sex and age the counted are."""
        found: dict[Place, Origin] = {}
        known = {"measure_code": frozenset({measure})}
        for column in ("quantity", *(("sex", "age_band") if has_strata else ())):
            merge(found, self._tracer.origins(CELLS, column, known), is_counted=column == "quantity")
        return Made(
            measure,
            sorted(_feed_columns(found), key=lambda c: (c.feed, not c.is_counted, c.column)),
            sorted({place.relation for place in found if not place.relation.startswith("raw.")}),
        )


def _feed_columns(found: dict[Place, Origin]) -> Iterable[FeedColumn]:
    """Of columns of raw tables, those that the contract has: the others say where a row came from."""
    for (relation, column), origin in found.items():
        schema, feed = relation.split(".")
        if schema == "raw" and any(column == c.name for version in registry.contracts()[feed] for c in version.columns):
            models = dict.fromkeys(place.relation.split(".")[1] for place in origin.path[1:-1])
            yield FeedColumn(feed, column, origin.is_counted, tuple(models))
