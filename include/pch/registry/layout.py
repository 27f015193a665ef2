"""A layout: how a file that was not written for us is read as one of our feeds.

National publications and supplier extracts hold what a feed asks for under other headers and at a finer grain:
a row a person, a row a pack size. A layout says, column by column of the contract, what to read and what to add
up. It is declared beside the contracts and applied in ``pch.decode.layouts``; a file is known by its headers.
"""

from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from pch.registry.feed import NUMERIC, Feed, Identifier, fold
from pch.registry.strict import Declared


class Worth(Declared):
    """What one of the things counted is worth (days waited), by the category it stands in. A category that is
    not named has no known worth, and a sum with it in is not known either."""

    category: Identifier = Field(description="a column of the contract that this layout reads")
    values: dict[str, float] = Field(min_length=1)


class Made(Declared):
    """How one column of the contract is made from the file's: read (a column of the grain), or added up or
    counted over the rows that share the grain."""

    name: Identifier
    read: str | None = Field(None, description="header whose cells are taken")
    values: dict[str, str] = Field({}, description="cell of the file: category of the contract, beyond its aliases")
    sum: str | None = Field(None, description="header whose figures are added up")
    times: Worth | None = Field(None, description="what each of the counted is worth")
    usual: tuple[float, float] | None = Field(None, description="figures of a row outside are named, and counted")
    distinct: str | None = Field(None, description="header whose different cells are counted")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.read, self.sum, self.distinct)) != 1:
            raise ValueError("a column is made in one way: 'read', 'sum' or 'distinct'")
        if self.values and self.read is None:
            raise ValueError("'values' belongs to columns that are read")
        if self.sum is None and (self.times is not None or self.usual is not None):
            raise ValueError("'times' and 'usual' belong to columns that are added up")
        return self

    @property
    def header(self) -> str:
        return self.read or self.sum or self.distinct or ""


class Told(Declared):
    """Headers by which the file tells its own address. ``period``: together they name the month."""

    period: list[str] = Field(min_length=1, max_length=2)
    site_code: str | None = None


class Layout(Declared):
    """One layout of one feed. Recognised where all headers it reads are in the file, and ``headers`` as well."""

    layout: Identifier
    feed: Identifier
    title: str
    source: str
    rows_are: str = Field(description="what a row of the file is about, in the plural: persons")
    headers: list[str] = Field(min_length=1, description="further headers it is known by, of which nothing is read")
    ignored: list[str] = Field([], description="headers it may have as well; others are a warning")
    restates: Told
    once_per: str | None = Field(
        None,
        description="header of an identifier: rows that have one and are the same in every cell count once; "
        "without an identifier nothing tells one thing twice from two alike, and every row counts",
    )
    columns: list[Made] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        names = [made.name for made in self.columns]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"columns made twice: {', '.join(twice)}")
        unread = [fold(h) for h in (*self.headers, *self.ignored)]
        if clash := sorted({h for h in unread if unread.count(h) > 1 or h in self.read}):
            raise ValueError(f"headers with two meanings: {', '.join(clash)}")
        return self

    @cached_property
    def read(self) -> dict[str, str]:
        """Folded headers of what is read, and each as it is declared."""
        told = [*self.restates.period, *([self.restates.site_code] if self.restates.site_code else [])]
        once = [self.once_per] if self.once_per else []
        return {fold(h): h for h in (*(made.header for made in self.columns), *told, *once)}

    @cached_property
    def known_by(self) -> frozenset[str]:
        """Folded headers that a file of this layout has, all of them."""
        return frozenset(self.read) | frozenset(map(fold, self.headers))

    def misfits(self, contract: Feed) -> list[str]:
        """What of this layout its feed cannot be made of; empty where all is well."""
        columns = {c.name: c for c in contract.columns}
        made = {m.name: m for m in self.columns}
        wrong = [f"{name} is no column of {contract.feed}" for name in made if name not in columns]
        wrong += [
            f"{c.name} is not made, and may not be empty"
            for c in contract.columns
            if c.name not in made and not c.nullable
        ]
        for name, m in made.items():
            if name not in columns:
                continue
            column = columns[name]
            if (name in contract.grain) != (m.read is not None):
                wrong.append(f"{name}: columns of the grain are read, the others added up")
            elif m.sum is not None and column.type not in NUMERIC:
                wrong.append(f"{name}: a {column.type} cannot be added up")
            elif m.distinct is not None and column.type != "count":
                wrong.append(f"{name}: a {column.type} is no number of different things")
            wrong += [f"{name}: {v} is no value of it" for v in m.values.values() if v not in column.values]
            if m.times is not None:
                by = columns.get(m.times.category)
                if by is None or m.times.category not in made or made[m.times.category].read is None:
                    wrong.append(f"{name}: {m.times.category} is not read by this layout")
                else:
                    wrong += [f"{name}: {v} is no value of {by.name}" for v in m.times.values if v not in by.values]
        return wrong
