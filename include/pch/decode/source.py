"""What every kind of file is opened as: a header, and columns of text that are read when asked for.

Opening finds the header; reading takes only the columns that the contract knows. A column is a dictionary
array (each distinct text once), because files of counts repeat themselves and Python then meets every
spelling once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

CELL = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Rows:
    """Columns of cells as text, as many as were asked for, and the line each row stands on."""

    columns: list[pa.DictionaryArray]
    row_numbers: pa.Array


class Source(Protocol):
    """An opened file."""

    @property
    def header(self) -> Sequence[str]: ...

    def read(self, wanted: Sequence[int]) -> Rows:
        """The columns at these places of the header, in this order. Raises Reject."""
        ...


def cells_of(texts: Sequence[str]) -> pa.DictionaryArray:
    return pa.array(texts, pa.string()).dictionary_encode().cast(CELL)
