"""The contract of one feed: its columns, types, keys, and the spellings that are read as them.

A contract says *shape*. What is plausible (ranges, totals, history) is said in ``expectations/``.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from pch.registry.strict import Declared

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
ColumnType = Literal["code", "category", "age_band", "count", "number", "money", "date", "text"]
Unit = Literal[
    "patients", "people", "events", "discharges", "appointments", "items", "units", "contacts", "reviews", "plans",
    "responses", "points", "points_squared", "posts", "fte", "days", "days_squared", "hours", "minutes", "gbp",
]  # fmt: skip
NullReason = Literal["not_recorded", "suppressed", "not_applicable"]

POSTGRES_TYPE: dict[ColumnType, str] = {
    "code": "text",
    "category": "text",
    "age_band": "text",
    "text": "text",
    "count": "bigint",
    "number": "double precision",
    "money": "numeric(14,2)",
    "date": "date",
}
NUMERIC: frozenset[ColumnType] = frozenset({"count", "number", "money"})


class Column(Declared):
    """One column. ``values`` maps a category to the other spellings read as it; ``totals`` are the
    spellings that mark a row as the total over this column."""

    name: Identifier
    type: ColumnType
    description: str
    unit: Unit | None = None
    required: bool = Field(True, description="the column must be in the file")
    nullable: bool = Field(False, description="a cell may be empty")
    pattern: str | None = Field(None, description="for codes: what the whole cell must match")
    values: dict[str, list[str]] = {}
    totals: list[str] = []
    aliases: list[str] = []

    @model_validator(mode="after")
    def _fits_its_type(self) -> Self:
        if (self.type == "category") != bool(self.values):
            raise ValueError("'values' belongs to columns of type category, and to all of them")
        if self.pattern is not None:
            if self.type != "code":
                raise ValueError("'pattern' belongs to columns of type code")
            try:
                re.compile(self.pattern)
            except re.error as e:
                raise ValueError(f"pattern '{self.pattern}' is no regular expression: {e}") from None
        if self.type in NUMERIC and self.unit is None:
            raise ValueError(f"a column of type {self.type} needs a unit")
        if self.type not in NUMERIC and self.unit is not None:
            raise ValueError(f"a column of type {self.type} has no unit")
        _one_meaning(
            "value",
            [*((name, [name, *aliases]) for name, aliases in self.values.items()), ("a total", self.totals)],
        )
        return self


class Restated(Declared):
    """Headers under which a file repeats its own address; they are compared with it, not stored."""

    period: list[str] = []
    site_code: list[str] = []


class Feed(Declared):
    """The contract of a feed. ``grain`` is the key: no two rows of a submission share it."""

    feed: Identifier
    title: str
    description: str
    version: int = Field(ge=1)
    effective_from: date | None = Field(None, description="first period it applies to; null: from the beginning")
    reported_by: Literal["practice", "site"] = Field(
        "practice", description="practice: every practice of a site is expected in its file"
    )
    due_months: list[Annotated[int, Field(ge=1, le=12)]] = Field(
        list(range(1, 13)), min_length=1, description="calendar months in which a return is due"
    )
    grain: list[Identifier] = Field(min_length=1)
    columns: list[Column] = Field(min_length=1)
    restates: Restated = Restated()
    ignored: list[str] = Field([], description="headers known to be of no use; others unknown are a warning")
    null_tokens: dict[str, NullReason] = {}

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = [c.name for c in self.columns]
        if missing := [key for key in self.grain if key not in names]:
            raise ValueError(f"grain names columns that are not declared: {', '.join(missing)}")
        if names[0] != "practice_code":
            raise ValueError("the first column of every feed is practice_code")
        if self.names_practices and self.columns[0].nullable:
            raise ValueError("a feed whose practices report may not leave practice_code empty")
        _one_meaning("header", self._spellings())
        return self

    def _spellings(self) -> list[tuple[str, list[str]]]:
        return [
            *((c.name, [c.name, *c.aliases]) for c in self.columns),
            ("period (restated)", self.restates.period),
            ("site_code (restated)", self.restates.site_code),
            ("ignored", self.ignored),
        ]

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    @property
    def names_practices(self) -> bool:
        """Whether every practice of a site is expected in its file."""
        return self.reported_by == "practice"

    @property
    def numeric_columns(self) -> list[str]:
        return [c.name for c in self.columns if c.type in NUMERIC]


def _one_meaning(what: str, spellings: Iterable[tuple[str, list[str]]]) -> None:
    """Raises ValueError where a spelling, folded, stands under two names."""
    seen: dict[str, str] = {}
    for owner, texts in spellings:
        for folded in sorted({fold(t) for t in texts}):
            if seen.setdefault(folded, owner) != owner:
                raise ValueError(f"{what} '{folded}' would be read both as {seen[folded]} and as {owner}")


def fold(text: str) -> str:
    """A header or category as it is compared: lower case, runs of anything else than letters and digits
    as one underscore. ``Age  Group`` and ``AGE_GROUP`` are the same."""
    return re.sub(r"[^0-9a-z]+", "_", text.lower()).strip("_")
