"""What one SELECT reads: its tables, its queries within, its VALUES, and the conditions that rows must meet.

sqlglot's syntax tree -> a Scope for every SELECT of a query
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp


@dataclass(frozen=True)
class Table:
    """A model or a table, ``schema.name``."""

    relation: str


@dataclass(frozen=True, eq=False)
class Derived:
    """A query within the query, with the names (WITH) that it sees."""

    query: exp.Expr
    names: "Names"


Source = Table | Derived
Names = Mapping[str, Source]
Row = Mapping[str, exp.Expr]


@dataclass
class Scope:
    """``columns``: names of what it gives; ``rows``: VALUES by alias; ``conditions``: what every row meets;
    ``optional``: by alias what must be met for a row to have something of it (LEFT JOIN)."""

    select: exp.Select
    names: Names
    columns: list[str] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    conditions: list[exp.Expr] = field(default_factory=list)
    optional: dict[str, exp.Expr] = field(default_factory=dict)

    def projection(self, column: str) -> exp.Expr | None:
        """What the output column is made of; where only a star can hold it, the column of that name."""
        for name, each in zip(self.columns, self.select.expressions, strict=True):
            if not each.is_star and name == column:
                return each.unalias()  # type: ignore[no-any-return]
        for each in self.select.expressions:
            if each.is_star:
                table = each.args.get("table") if isinstance(each, exp.Column) else None
                return exp.column(column, table=table)
        return None


def scopes(query: exp.Expr, names: Names) -> Iterator[Scope]:
    """One for every SELECT whose rows are rows of the query: one, or several below one another (UNION)."""
    if with_ := query.args.get("with_"):
        for cte in with_.expressions:
            if with_.args.get("recursive") and isinstance(cte.this, exp.SetOperation):
                names = {**names, cte.alias: Derived(cte.this.this, names)}  # where it reads itself: how it begins
            names = {**names, cte.alias: Derived(cte.this, names)}
    if isinstance(query, exp.SetOperation):
        first, *others = (*scopes(query.this, names), *scopes(query.expression, names))
        for scope in others:  # the first names the columns, the others have them in its order
            if not any(each.is_star for s in (first, scope) for each in s.select.expressions):
                scope.columns = first.columns
        yield from (first, *others)
    elif isinstance(query, exp.Subquery):
        yield from scopes(query.this, names)
    elif isinstance(query, exp.Select):
        yield _scope(query, names)


def _scope(select: exp.Select, names: Names) -> Scope:
    scope = Scope(select, names, [each.alias_or_name for each in select.expressions])
    if from_ := select.args.get("from_"):
        _add(scope, from_.this)
    for join in select.args.get("joins") or []:
        alias = _add(scope, join.this)
        on = join.args.get("on") or exp.true()
        if join.side in ("LEFT", "FULL"):
            scope.optional[alias] = on
        else:
            scope.conditions.append(on)
    if where := select.args.get("where"):
        scope.conditions.append(where.this)
    return scope


def _add(scope: Scope, node: exp.Expr) -> str:
    """Adds what stands in FROM or JOIN; returns its alias."""
    alias: str = node.alias_or_name
    columns: list[Any] = node.args["alias"].columns if node.args.get("alias") else []
    inner = node
    while isinstance(inner, exp.Lateral | exp.Subquery):
        inner = inner.this
    if isinstance(inner, exp.Values):
        scope.rows[alias] = [
            {c.name: value for c, value in zip(columns, row.expressions, strict=True)} for row in inner.expressions
        ]
    elif isinstance(inner, exp.Table):
        scope.sources[alias] = Table(f"{inner.db}.{inner.name}") if inner.db else scope.names[inner.name]
    else:
        scope.sources[alias] = Derived(inner, scope.names)
    return alias
