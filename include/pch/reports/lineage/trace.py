"""From a column of a query back to the columns it is made of, of the rows that are meant alone.

    compiled SQL of the models -> sqlglot's syntax tree -> origins of (model, column) where measure_code = 'x'

A long table holds many measures one below the other; which columns a measure comes from depends on which rows are
its own. So a query is followed for rows of which something is known: a row of VALUES, a branch of a UNION or a part
of a join that cannot give such a row is left out. What is not understood is not left out: rather a column too many.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

import sqlglot
from sqlglot import exp

from pch.reports.lineage.scope import Derived, Names, Row, Scope, Source, Table, scopes

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


class Tracer:
    """``models``: the SQL of each by its name, ``schema.name``; everything else is a table. ``contents``: the rows of
    tables that decide which rows of others count (the table of prices says which measures are priced)."""

    def __init__(self, models: Mapping[str, str], contents: Mapping[str, list[dict[str, str]]]) -> None:
        self._models = {name: sqlglot.parse_one(sql, dialect="postgres") for name, sql in models.items()}
        self._contents = contents
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
            if made_of := world.scope.projection(column):
                merge(found, world.origins(made_of))
            for condition in world.scope.conditions:
                merge(found, world.origins(condition), is_counted=False)
        return found

    def worlds(self, source: Source, known: Known, outer: "World | None") -> "list[World]":
        """The ways in which a model or a query gives such a row; ``outer``: where a query within another stands."""
        if isinstance(source, Derived):
            return _likeliest(self._worlds_of(source.query, source.names, known, outer))
        key = (source, _key(known))
        if key not in self._worlds_of_models:
            self._worlds_of_models[key] = _likeliest(self._worlds_of(self._models[source.relation], {}, known, None))
        return self._worlds_of_models[key]

    def _worlds_of(
        self, query: exp.Expression, names: Names, known: Known, outer: "World | None"
    ) -> "Iterator[World]":
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
            rows = self._contents.get(source.relation)
            return None if rows is None else frozenset(row[column] for row in rows if _meets(row, known))
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
        query, names = (self._models[source.relation], {}) if isinstance(source, Table) else (source.query, source.names)
        return any(scope.projection(column) for scope in scopes(query, names))


@dataclass
class World:
    """One way in which a SELECT gives a row: a row chosen of each of its VALUES, and what is then known of the rest.
    ``readings``: how literally the row has a value that is asked for."""

    tracer: Tracer
    scope: Scope
    chosen: Mapping[str, Row]
    outer: "World | None"
    known: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    readings: dict[str, int] = field(default_factory=dict)
    is_possible: bool = True

    def gives(self, known: Known) -> bool:
        """Takes in what is known of the row that is given; whether there can be such a row."""
        for column, values in known.items():
            if made_of := self.scope.projection(column):
                self._read(self.plain(made_of), values)
        equal: list[tuple[exp.Expression, exp.Expression]] = []
        for condition in self.scope.conditions:
            self._assume(self.plain(condition), equal)
        for a, b in equal:
            for this, other in ((a, b), (b, a)):
                if self.is_possible and (values := self.values(this)) is not None:
                    self._is_among(other, values)
        return self.is_possible and all(
            self.tracer.is_possible(source, self.known.get(alias, {}), self)
            for alias, source in self.scope.sources.items()
            if alias not in self.scope.optional
        )

    def plain(self, expression: exp.Expression) -> exp.Expression:
        """With what the chosen rows hold in place of the columns of VALUES."""

        def put(node: exp.Expression) -> exp.Expression:
            if isinstance(node, exp.Column) and node.table in self.chosen:
                return self.plain(self.chosen[node.table][node.name])
            return node

        return expression.copy().transform(put).unnest()

    def _read(self, expression: exp.Expression, values: frozenset[str]) -> None:
        """Which of the values an expression of the output can have, and how literally."""
        if isinstance(expression, exp.Column):
            self._is_among(expression, values)
        elif (own := self.values(expression)) is not None:
            self.readings = {value: len(value) for value in own & values}
            self.is_possible &= bool(self.readings)
        elif isinstance(expression, exp.DPipe | exp.ConcatWs):
            pattern, literal_count = _pattern(expression)
            self.readings = {value: literal_count for value in values if re.fullmatch(pattern, value)}
            self.is_possible &= bool(self.readings)

    def _assume(self, condition: exp.Expression, equal: list[tuple[exp.Expression, exp.Expression]]) -> None:
        """Takes in a condition as far as it is understood; what it says to be equal goes into ``equal``."""
        if isinstance(condition, exp.And):
            self._assume(condition.left.unnest(), equal)
            self._assume(condition.right.unnest(), equal)
        elif isinstance(condition, exp.EQ):
            left, right = condition.left.unnest(), condition.right.unnest()
            tuples = isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple)
            equal += zip(left.expressions, right.expressions, strict=True) if tuples else [(left, right)]
        elif isinstance(condition, exp.NEQ):
            if (left := self.values(condition.left)) is not None and (right := self.values(condition.right)):
                self._is_among(condition.left.unnest(), left - right if len(right) == 1 else left)
        elif isinstance(condition, exp.In) and condition.expressions:
            values = [self.values(each) for each in condition.expressions]
            if all(v is not None for v in values):
                self._is_among(condition.this.unnest(), frozenset().union(*(v for v in values if v)))
        elif isinstance(condition, exp.Not):
            self._is_among(condition.this.unnest(), frozenset({"false"}))
        elif isinstance(condition, exp.Column | exp.Boolean):
            self._is_among(condition, frozenset({"true"}))

    def _is_among(self, expression: exp.Expression, values: frozenset[str]) -> None:
        if isinstance(expression, exp.Column):
            home = self._home(expression)
            if home and home[0] is self:
                known = self.known.setdefault(home[1], {})
                known[expression.name] = known.get(expression.name, values) & values
                self.is_possible &= bool(known[expression.name])
        elif (own := self.values(expression)) is not None:
            self.is_possible &= bool(own & values)

    def values(self, expression: exp.Expression) -> frozenset[str] | None:
        """Every value that it can have; None: any."""
        expression = self.plain(expression)
        if isinstance(expression, exp.Literal | exp.Boolean):
            return frozenset({expression.name if isinstance(expression, exp.Literal) else str(expression.this).lower()})
        if isinstance(expression, exp.Cast):
            return self.values(expression.this)
        if isinstance(expression, exp.DPipe):
            left, right = self.values(expression.left), self.values(expression.right)
            return None if left is None or right is None else frozenset(a + b for a in left for b in right)
        if isinstance(expression, exp.Column) and (home := self._home(expression)):
            world, alias = home
            known = world.known.get(alias, {})
            found = self.tracer.values(world.scope.sources[alias], expression.name, known, world)
            meant = known.get(expression.name)
            return meant if found is None else found if meant is None else found & meant
        return None

    def origins(self, expression: exp.Expression) -> Origins:
        """The columns of tables that an expression of this SELECT is made of; of a query in it, all that it reads."""
        found: dict[Place, Origin] = {}
        expression = self.plain(expression)
        for node in expression.find_all(exp.Select, exp.Column):
            if node.find_ancestor(exp.Select):
                continue
            if isinstance(node, exp.Select):
                for world in self.tracer.worlds(Derived(node, self.scope.names), {}, self):
                    for each in (*world.scope.select.expressions, *world.scope.conditions):
                        merge(found, world.origins(each), is_counted=False)
            elif home := self._home(node):
                world, alias = home
                source, known = world.scope.sources[alias], world.known.get(alias, {})
                merge(found, self.tracer.origins_in(source, node.name, known, world), is_counted=not _decides(node))
        return found

    def _home(self, column: exp.Column) -> "tuple[World, str] | None":
        """The SELECT, this or one around it, and the alias in it that the column is of."""
        if column.table:
            is_here = column.table in self.scope.sources
            return (self, column.table) if is_here else self.outer._home(column) if self.outer else None
        sources = self.scope.sources.items()
        return next(((self, a) for a, s in sources if len(sources) == 1 or self.tracer.has(s, column.name)), None)


def merge(found: dict[Place, Origin], more: Origins, is_counted: bool = True) -> None:
    """What is counted anywhere is counted; then the shortest path."""
    for place, origin in more.items():
        new = Origin(origin.is_counted and is_counted, origin.path)
        old = found.get(place)
        if old is None or (not new.is_counted, len(new.path)) < (not old.is_counted, len(old.path)):
            found[place] = new


def _likeliest(worlds: "Iterable[World]") -> "list[World]":
    """A name may be read in two ways (..._scored + responses, ... + scored_responses): the more literal is meant."""
    found = list(worlds)
    best: dict[str, int] = {}
    for world in found:
        best |= {value: max(n, best.get(value, 0)) for value, n in world.readings.items()}
    return [w for w in found if not w.readings or any(n == best[value] for value, n in w.readings.items())]


def _pattern(expression: exp.Expression) -> tuple[str, int]:
    """What a text put together can be, as a regular expression, and how many of its letters are literal."""
    if isinstance(expression, exp.Literal):
        return re.escape(expression.name), len(expression.name)
    if isinstance(expression, exp.Paren):
        return _pattern(expression.this)
    if isinstance(expression, exp.DPipe):
        (left, m), (right, n) = _pattern(expression.left), _pattern(expression.right)
        return left + right, m + n
    if isinstance(expression, exp.ConcatWs):
        separator, first, *rest = expression.expressions
        pattern, count = _pattern(first)
        for each in rest:
            part, n = _pattern(each)
            pattern += f"(?:{re.escape(separator.name)}{part}){'?' if isinstance(each, exp.Nullif) else ''}"
            count += n
        return pattern, count
    return ".+", 0


def _decides(column: exp.Column) -> bool:
    """Whether a column stands where it says which rows count, and not where it is added up."""
    child: exp.Expression = column
    while parent := child.parent:
        if isinstance(parent, exp.Predicate | exp.Connector | exp.Not | exp.Where | exp.Order):
            return True
        if isinstance(parent, exp.If | exp.Window) and (child is parent.this) == isinstance(parent, exp.If):
            return True
        child = parent
    return False


def _meets(row: Mapping[str, str], known: Known) -> bool:
    return all(row.get(column) in values for column, values in known.items())


def _key(known: Known) -> frozenset[tuple[str, frozenset[str]]]:
    return frozenset(known.items())
