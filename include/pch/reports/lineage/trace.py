"""From a column of a query back to the columns it is made of, of the rows that are meant alone.

    compiled SQL of the models -> sqlglot's syntax tree -> origins of (model, column) where measure_code = 'x'

A long table holds many measures one below the other; which columns a measure comes from depends on which rows are
its own. So a query is followed for rows of which something is known: a row of VALUES, a branch of a UNION or a part
of a join that cannot give such a row is left out. What is not understood is not left out: rather a column too many.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product

import sqlglot
from sqlglot import exp

from pch.reports.lineage.origins import Known, Origin, Origins, Place, merge
from pch.reports.lineage.scope import Derived, Names, Source, Table, scopes
from pch.reports.lineage.world import World


class Tracer:
    """``models``: the SQL of each by its name, ``schema.name``; everything else is a table. ``contents``: the rows of
    tables that decide which rows of others count (the table of prices says which measures are priced). ``categories``:
    the only values of some columns of tables."""

    def __init__(
        self,
        models: Mapping[str, str],
        contents: Mapping[str, list[dict[str, str]]],
        categories: Mapping[Place, frozenset[str]],
    ) -> None:
        self._models = models
        self._query = cache(lambda name: sqlglot.parse_one(models[name], dialect="postgres"))
        self._contents = contents
        self._categories = categories
        self._worlds_of_models: dict[object, list[World]] = {}
        self._origins_of_models: dict[object, Origins] = {}

    def origins(self, relation: str, column: str, known: Known) -> Origins:
        """The columns of tables that ``column`` is made of, in the rows of which ``known`` is true. None where a model
        has no such rows."""
        return self.origins_in(Table(relation), column, known, None)

    def origins_in(self, source: Source, column: str, known: Known, outer: "World | None") -> Origins:
        if isinstance(source, Derived):
            return self._origins_anew(source, column, known, outer)
        here = Place(source.relation, column)
        if source.relation not in self._models:
            return {here: Origin(True, (here,))}
        key = (here, _key(known))
        if key not in self._origins_of_models:
            found = self._origins_anew(source, column, known, None)
            self._origins_of_models[key] = {at: Origin(o.is_counted, (here, *o.path)) for at, o in found.items()}
        return self._origins_of_models[key]

    def _origins_anew(self, source: Source, column: str, known: Known, outer: "World | None") -> Origins:
        found: dict[Place, Origin] = {}
        for world in self.worlds(source, known, outer):
            made_of = world.scope.projection(column)
            merge(found, world.origins(made_of) if made_of else {})
            of_known = [world.scope.projection(name) for name in known]
            for deciding in (*filter(None, of_known), *world.conditions(made_of)):
                merge(found, world.origins(deciding), is_counted=False)
        return found

    def worlds(self, source: Source, known: Known, outer: "World | None") -> "list[World]":
        """The ways in which a model or a query gives such a row; ``outer``: where a query within another stands."""
        if isinstance(source, Derived):
            return _likeliest(self._worlds_of(source.query, source.names, known, outer))
        key = (source, _key(known))
        if key not in self._worlds_of_models:
            self._worlds_of_models[key] = _likeliest(self._worlds_of(self._query(source.relation), {}, known, None))
        return self._worlds_of_models[key]

    def _worlds_of(self, query: exp.Expr, names: Names, known: Known, outer: "World | None") -> "Iterator[World]":
        for scope in scopes(query, names):
            for choice in product(*scope.rows.values()):
                world = World(self, scope, dict(zip(scope.rows, choice, strict=True)), outer)
                if world.gives(known):
                    yield world

    def is_possible(self, source: Source, known: Known, outer: "World") -> bool:
        if isinstance(source, Table) and source.relation not in self._models:
            rows = self._contents.get(source.relation)
            return rows is None or any(_meets(row, known) for row in rows)
        return bool(self.worlds(source, known, outer))

    def values(self, source: Source, column: str, known: Known, outer: "World") -> frozenset[str] | None:
        """Every value the column can have in such rows; None: any."""
        if isinstance(source, Table) and source.relation not in self._models:
            if (rows := self._contents.get(source.relation)) is not None:
                return frozenset(row[column] for row in rows if _meets(row, known))
            return self._categories.get(Place(source.relation, column))
        found: frozenset[str] = frozenset()
        for world in self.worlds(source, known, outer):
            made_of = world.scope.projection(column)
            values = world.values(made_of) if made_of else None
            if values is None:
                return None
            found |= values
        return found

    def has(self, source: Source, column: str) -> bool:
        """Whether a source has such a column; of a table it is taken for granted."""
        if isinstance(source, Table) and source.relation not in self._models:
            return True
        query, names = (
            (source.query, source.names) if isinstance(source, Derived) else (self._query(source.relation), {})
        )
        return any(scope.projection(column) for scope in scopes(query, names))


def _likeliest(worlds: "Iterable[World]") -> "list[World]":
    """A name may be read in two ways (..._scored + responses, ... + scored_responses): the more literal is meant."""
    found = list(worlds)
    best: dict[str, int] = {}
    for world in found:
        best |= {value: max(n, best.get(value, 0)) for value, n in world.readings.items()}
    return [w for w in found if not w.readings or any(n == best[value] for value, n in w.readings.items())]


def _meets(row: Mapping[str, str], known: Known) -> bool:
    return all(row.get(column) in values for column, values in known.items())


def _key(known: Known) -> frozenset[tuple[str, frozenset[str]]]:
    return frozenset(known.items())
