"""The rows of many submissions side by side, so that each column is read once and not once a file.

Rows keep the order of the files; ``starts`` says where each file's rows begin.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pch.decode.model import Report
from pch.decode.source import CELL
from pch.registry import Column, Feed

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """The contract's columns of one file as text, null where the file has no such column. ``header``: how the
    file spells the columns it has. ``rows_read``: lines of data in the file, whatever they were added up to."""

    report: Report
    table: pa.Table
    header: dict[str, str]
    rows_read: int


@dataclass
class Batch:
    """``is_bad``: submissions with an error, by their place in ``parts``."""

    contract: Feed
    parts: Sequence[Part]
    cells: pa.Table
    row_numbers: npt.NDArray[np.int32]
    starts: Places
    part_of: Codes
    is_bad: Mask = field(repr=False)

    @classmethod
    def of(cls, contract: Feed, parts: Sequence[Part]) -> "Batch":
        sizes = [part.table.num_rows for part in parts]
        cells = pa.concat_tables([p.table for p in parts]) if parts else text_schema(contract).empty_table()
        return cls(
            contract,
            parts,
            cells,
            one_array(cells["row_number"]).to_numpy(zero_copy_only=False),
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp),
            np.repeat(np.arange(len(parts), dtype=np.int64), sizes),
            np.zeros(len(parts), dtype=np.bool_),
        )

    def __len__(self) -> int:
        return len(self.row_numbers)

    def column(self, name: str) -> pa.DictionaryArray:
        return one_array(self.cells[name].unify_dictionaries())

    def by_part(self, rows: Places) -> Iterator[tuple[int, Places]]:
        """Ascending ``rows`` shared out to the parts that hold any of them."""
        if not len(rows):
            return
        cuts = np.searchsorted(rows, self.starts)
        for part in range(len(self.parts)):
            if cuts[part] < cuts[part + 1]:
                yield part, rows[cuts[part] : cuts[part + 1]]

    def name_of(self, part: int, column: Column) -> str:
        """The column as its site knows it: ``'registered_count'``, or ``'Patients' (registered_count)``."""
        written = self.parts[part].header.get(column.name, column.name)
        return f"'{column.name}'" if written.lower() == column.name else f"'{written}' ({column.name})"


def text_schema(contract: Feed) -> pa.Schema:
    return pa.schema(
        [pa.field("row_number", pa.int32()), *(pa.field(c.name, CELL) for c in contract.columns)],
    )


def one_array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    combined = column.combine_chunks()
    if isinstance(combined, pa.ChunkedArray):  # no rows at all
        return combined.chunk(0) if combined.num_chunks else pa.array([], column.type)
    return combined
