"""What a comparison of two files came to. Apart from the comparing, so that who only passes it on need not load a
reader."""

from dataclasses import dataclass

Key = tuple[str, ...]


@dataclass(frozen=True)
class Total:
    """The sum of a column in the file before and in this one; None where it holds no figure."""

    column: str
    before: float | None
    after: float | None

    @property
    def difference(self) -> float:
        return round((self.after or 0) - (self.before or 0), 6)


@dataclass(frozen=True)
class Row:
    """A row by its grain, and the line it stands on (in this file; one that went, in the file before).
    ``changes``: column, value before, value now."""

    key: Key
    row_number: int
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Rows:
    """``count`` rows, of which the first are shown."""

    count: int
    shown: list[Row]


@dataclass(frozen=True)
class Compared:
    """``unread``: a sentence for each file of which no row could be read. The rest is None where one is, and
    ``added`` to ``changed`` where a file has too many rows to tell apart."""

    grain: list[str]
    rows_before: int
    rows_after: int
    unread: list[str]
    totals: list[Total] | None = None
    added: Rows | None = None
    removed: Rows | None = None
    changed: Rows | None = None
