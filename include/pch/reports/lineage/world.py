"""One way in which a SELECT can give a row that is meant, and the columns that its expressions then come from.

A Scope, with a row chosen of each of its VALUES and what is known of the rest -> possible or not -> origins
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from pch.reports.lineage.origins import Known, Origin, Origins, Place, merge
from pch.reports.lineage.scope import Derived, Row, Scope

if TYPE_CHECKING:
    from pch.reports.lineage.trace import Tracer


@dataclass
class World:
    """One way in which a SELECT gives a row: a row chosen of each of its VALUES, and what is then known of the rest.
    ``readings``: how literally the row has a value that is asked for."""

    tracer: "Tracer"
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
        equal: list[tuple[exp.Expr, exp.Expr]] = []
        for condition in self.scope.conditions:
            self._assume(self.plain(condition), equal)
        for a, b in (*equal, *equal):  # what the last one says may tell more of the first
            for this, other in ((a, b), (b, a)):
                if self.is_possible and (own := self.values(this)) is not None:
                    self._is_among(other, own)
        return self.is_possible and all(
            self.tracer.is_possible(source, self.known.get(alias, {}), self)
            for alias, source in self.scope.sources.items()
            if alias not in self.scope.optional
        )

    def plain(self, expression: exp.Expr) -> exp.Expr:
        """With what the chosen rows hold in place of the columns of VALUES."""

        def put(node: exp.Expr) -> exp.Expr:
            if isinstance(node, exp.Column) and node.table in self.chosen:
                return self.plain(self.chosen[node.table][node.name]).copy()
            return node

        if not any(column.table in self.chosen for column in expression.find_all(exp.Column)):
            return expression.unnest()
        return expression.transform(put).unnest()

    def conditions(self, made_of: exp.Expr | None) -> list[exp.Expr]:
        """What decides whether a column has something in a row: what every row meets and, where the column is made of
        something optional, what that needs."""
        tables = {c.table for e in (made_of, made_of and self.plain(made_of)) if e for c in e.find_all(exp.Column)}
        return [*self.scope.conditions, *(on for alias, on in self.scope.optional.items() if alias in tables)]

    def _read(self, expression: exp.Expr, values: frozenset[str]) -> None:
        """Which of the values an expression of the output can have, and how literally."""
        if isinstance(expression, exp.Column):
            self._is_among(expression, values)
        elif (own := self.values(expression)) is not None:
            self.readings = {value: len(value) for value in own & values}
            self.is_possible &= bool(self.readings)
        elif isinstance(expression, exp.DPipe | exp.ConcatWs):
            pattern, literal_count = self._pattern(expression)
            self.readings = {value: literal_count for value in values if re.fullmatch(pattern, value)}
            self.is_possible &= bool(self.readings)

    def _assume(self, condition: exp.Expr, equal: list[tuple[exp.Expr, exp.Expr]]) -> None:
        """Takes in a condition as far as it is understood; what it says to be equal goes into ``equal``."""
        if isinstance(condition, exp.And):
            self._assume(condition.left.unnest(), equal)
            self._assume(condition.right.unnest(), equal)
        elif isinstance(condition, exp.EQ):
            left, right = condition.left.unnest(), condition.right.unnest()
            tuples = isinstance(left, exp.Tuple) and isinstance(right, exp.Tuple)
            equal += list(zip(left.expressions, right.expressions, strict=True)) if tuples else [(left, right)]
        elif isinstance(condition, exp.NEQ):
            ours, others = self.values(condition.left), self.values(condition.right)
            if ours is not None and others is not None and len(others) == 1:
                self._is_among(condition.left.unnest(), ours - others)
        elif isinstance(condition, exp.In) and condition.expressions:
            values = [self.values(each) for each in condition.expressions]
            if all(v is not None for v in values):
                self._is_among(condition.this.unnest(), frozenset().union(*(v for v in values if v)))
        elif isinstance(condition, exp.Not):
            self._is_among(condition.this.unnest(), frozenset({"false"}))
        elif isinstance(condition, exp.Column | exp.Boolean):
            self._is_among(condition, frozenset({"true"}))

    def _is_among(self, expression: exp.Expr, values: frozenset[str]) -> None:
        if isinstance(expression, exp.Column):
            home = self._home(expression)
            if home and home[0] is self:
                known = self.known.setdefault(home[1], {})
                known[expression.name] = known.get(expression.name, values) & values
                self.is_possible &= bool(known[expression.name])
        elif (own := self.values(expression)) is not None:
            self.is_possible &= bool(own & values)

    def values(self, expression: exp.Expr) -> frozenset[str] | None:
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

    def _pattern(self, text: exp.Expr) -> tuple[str, int]:
        """What a text can be, as a regular expression, and how many of its letters are literal."""
        if isinstance(text, exp.Literal):
            return re.escape(text.name), len(text.name)
        if isinstance(text, exp.DPipe):
            (left, m), (right, n) = self._pattern(text.left), self._pattern(text.right)
            return left + right, m + n
        if isinstance(text, exp.ConcatWs):
            separator, first, *rest = text.expressions
            pattern, count = self._pattern(first)
            for each in rest:
                part, n = self._pattern(each)
                pattern += f"(?:{re.escape(separator.name)}{part}){'?' if isinstance(each, exp.Nullif) else ''}"
                count += n
            return pattern, count
        of = text.this if isinstance(text, exp.Nullif) else text
        values = self.values(of)
        return f"(?:{'|'.join(map(re.escape, sorted(values)))})" if values else ".+", 0

    def origins(self, expression: exp.Expr) -> Origins:
        """The columns of tables that an expression of this SELECT is made of; of a query in it, all that it reads."""
        found: dict[Place, Origin] = {}
        expression = self.plain(expression).copy()  # so that what stands around it does not count
        for node in expression.find_all(exp.Select, exp.Column):
            if node.find_ancestor(exp.Select):
                continue
            if isinstance(node, exp.Select):
                for world in self.tracer.worlds(Derived(node, self.scope.names), {}, self):
                    for each in (*world.scope.select.expressions, *world.scope.conditions):
                        merge(found, world.origins(each), is_counted=False)
            elif isinstance(node, exp.Column) and (home := self._home(node)):
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


def _decides(column: exp.Column) -> bool:
    """Whether a column stands where it says which rows count, and not where it is added up."""
    child: exp.Expr = column
    while parent := child.parent:
        if isinstance(parent, exp.Predicate | exp.Connector | exp.Not | exp.Where | exp.Order):
            return True
        if isinstance(parent, exp.If | exp.Window) and (child is parent.this) == isinstance(parent, exp.If):
            return True
        child = parent
    return False
