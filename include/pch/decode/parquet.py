"""Parquet -> text. Types are kept out of it: what a number means is for the contract to say.

Text columns are read as dictionaries, so a text that is repeated a million times in a small file is held once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet as pq

from pch.decode.model import Limits, Reject, quoted
from pch.decode.source import CELL, Rows

MOST_ROWS = 5_000_000
LONGEST_CELL = 32_767  # what a spreadsheet cell holds; no value of a feed comes near
_BATCH = 65_536
_FIRST_ROW = 2  # as it would stand in a sheet, below the header


@dataclass(frozen=True)
class ParquetTable:
    file: pq.ParquetFile
    header: Sequence[str]

    def read(self, wanted: Sequence[int]) -> Rows:
        names = [self.header[i] for i in wanted]
        for name in names:
            kind = self.file.schema_arrow.field(name).type
            if pa.types.is_nested(kind):
                raise Reject(
                    "nested_column",
                    f"Column {quoted(name)} holds lists or records ({kind}) instead of single values.",
                    "Give each value a column of its own.",
                )
        pieces: list[list[pa.DictionaryArray]] = [[] for _ in names]
        rows = 0
        for batch in self._batches(names):
            rows += batch.num_rows
            if rows > MOST_ROWS:
                raise _too_many_rows()
            for i, name in enumerate(names):
                pieces[i].append(_as_text(batch.column(name), name))
        columns = [
            pa.chunked_array(p, CELL).unify_dictionaries().combine_chunks() if rows else pa.array([], CELL)
            for p in pieces
        ]
        return Rows(
            [c.chunk(0) if isinstance(c, pa.ChunkedArray) else c for c in columns],
            pa.array(range(_FIRST_ROW, _FIRST_ROW + rows), pa.int32()),
        )

    def _batches(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        try:
            yield from self.file.iter_batches(batch_size=_BATCH, columns=list(names))
        except (pa.ArrowException, OSError):
            raise damaged() from None


def open_parquet(content: bytes, limits: Limits) -> ParquetTable:
    try:
        buffer = pa.BufferReader(content)
        schema = pq.read_schema(buffer)
        texts = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
        file = pq.ParquetFile(pa.BufferReader(content), read_dictionary=texts)
        meta = file.metadata
        size = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
    except (pa.ArrowException, OSError):
        raise damaged() from None
    if size > limits.max_bytes or size > max(len(content), 1024**2) * limits.max_expansion:
        raise Reject(
            "too_large",
            f"The table grows to {size // 1024**2:,} MB when it is decompressed, more than is allowed.",
            "Check that it holds one month of one site. Ask the central team if it must be so large.",
        )
    if meta.num_rows > MOST_ROWS:
        raise _too_many_rows()
    return ParquetTable(file, schema.names)


def damaged() -> Reject:
    return Reject("damaged_file", "The Parquet file is damaged or cut short.", "Write it again and send it again.")


def _too_many_rows() -> Reject:
    return Reject(
        "too_large",
        f"The table has more than {MOST_ROWS:,} rows.",
        "Check that it holds one month of one site.",
    )


def _as_text(column: pa.Array, name: str) -> pa.DictionaryArray:
    """Nulls and NaN become empty cells, 12.0 becomes 12, days and times ISO."""
    if pa.types.is_null(column.type):
        column = column.cast(pa.string())
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    values = encoded.dictionary
    kind = values.type
    if pa.types.is_floating(kind):
        values = pc.if_else(pc.is_nan(values), pa.scalar(None, kind), values)
    texts = pc.cast(values, pa.string())
    if pa.types.is_floating(kind):
        texts = pa.array([_plain(t) for t in texts.to_pylist()], pa.string())
    if len(texts) and (pc.max(pc.utf8_length(texts)).as_py() or 0) > LONGEST_CELL:
        raise Reject(
            "too_large",
            f"Column {quoted(name)} holds a text longer than {LONGEST_CELL:,} letters.",
            "Shorten it.",
        )
    for lost, rule in (("\ufffd", "replacement_character"), ("\0", "nul_byte")):
        if pc.any(pc.match_substring(texts, lost)).as_py():
            raise Reject(
                rule,
                f"Column {quoted(name)} holds a character that was damaged before the file was sent.",
                "Export it again from the source.",
            )
    with_empty = pa.concat_arrays([pc.fill_null(texts, ""), pa.array([""])])
    indices = pc.fill_null(encoded.indices.cast(pa.int32()), len(texts))
    return pa.DictionaryArray.from_arrays(indices, with_empty).cast(CELL)


def _plain(text: str | None) -> str | None:
    """Arrow writes large and small floats with an exponent; a person does not."""
    if text is None or "e" not in text:
        return text
    return f"{float(text):.15f}".rstrip("0").rstrip(".") if float(text) < 1e15 else text
