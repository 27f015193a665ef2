"""What every kind of file is opened as: a header, and columns of text that are read when asked for.

Opening finds the header; reading takes only the columns that the contract knows. A column is a dictionary
array (each distinct text once), because files of counts repeat themselves and Python then meets every
spelling once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pch.decode.headers import SPACES
from pch.decode.model import NIL_RETURN, Reject

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


def filled_lines(table: pa.Table, names: Iterable[str]) -> pa.Table:
    """``table`` without the lines in which none of the columns ``names`` holds anything. Raises Reject where no
    line is left."""
    is_blank = np.ones(table.num_rows, dtype=np.bool_)
    for name in names:
        column = table[name].chunk(0)
        blank = pc.equal(pc.utf8_trim(column.dictionary, characters=SPACES), "")
        if len(column) and not pc.any(blank).as_py():
            return table
        is_blank &= blank.take(column.indices).to_numpy(zero_copy_only=False)
    if is_blank.all():
        raise Reject("no_rows", "The file has a header but no rows.", NIL_RETURN)
    return table.filter(pa.array(~is_blank)) if is_blank.any() else table


def cells_of(texts: Sequence[str]) -> pa.DictionaryArray:
    return pa.array(texts, pa.string()).dictionary_encode().cast(CELL)
