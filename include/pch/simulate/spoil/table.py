"""A sound file as a table of texts, to be changed and written again."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np


@dataclass
class Table:
    header: list[str]
    rows: list[list[str]]

    @classmethod
    def of(cls, content: bytes) -> "Table":
        header, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
        return cls(header, rows)

    def bytes(self, delimiter: str = ",", *, quote_all: bool = False) -> bytes:
        out = io.StringIO()
        writer = csv.writer(
            out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
        )
        writer.writerows([self.header, *self.rows])
        return out.getvalue().encode()

    def place(self, column: str) -> int:
        return self.header.index(column)

    def places(self, columns: Iterable[str]) -> list[int]:
        """Of those that the file has."""
        return [self.header.index(name) for name in columns if name in self.header]

    def with_column(self, name: str, value: str) -> "Table":
        return Table([*self.header, name], [[*row, value] for row in self.rows])

    def without_column(self, name: str) -> "Table":
        gone = self.place(name)
        header, *rows = ([*cells[:gone], *cells[gone + 1 :]] for cells in (self.header, *self.rows))
        return Table(header, rows)

    def where(self, keep: Callable[[list[str]], bool]) -> "Table":
        return Table(self.header, [row for row in self.rows if keep(row)])

    def changed(self, columns: Iterable[str], change: Callable[[str], str]) -> "Table":
        """Every cell of the columns that holds something, changed."""
        places = frozenset(self.places(columns))
        rows = [[change(c) if i in places and c else c for i, c in enumerate(row)] for row in self.rows]
        return Table(self.header, rows)

    def some(self, rng: np.random.Generator, count: int, holding: str | None = None) -> Iterator[list[str]]:
        """A few rows by chance, those that hold something in the column: the rows themselves, not copies."""
        at = None if holding is None else self.place(holding)
        able = [row for row in self.rows if at is None or row[at]]
        picked = rng.choice(len(able), min(count, len(able)), replace=False)
        return (able[i] for i in sorted(picked.tolist()))

    def with_cells(self, rng: np.random.Generator, count: int, column: str, cell: str) -> "Table":
        """A few rows by chance with ``cell`` where something else stood in the column."""
        for row in self.some(rng, count, holding=column):
            row[self.place(column)] = cell
        return self

    @property
    def practices(self) -> list[str]:
        """Named in the file, in its order."""
        at = self.place("practice_code")
        return list(dict.fromkeys(row[at] for row in self.rows if row[at]))
