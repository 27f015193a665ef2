"""Delimited text: find the header and the delimiter, then read the columns that are wanted.

An ordinary file (every line a row, every row as wide as the header) goes through Arrow's reader, which is
quick but counts rows, not lines. Anything else, such as empty lines, line breaks within quotes, rows too
short or too long, goes through Python's, which knows the line of every row.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from pch.decode.headers import HEADER_WITHIN, SPACES, Spellings
from pch.decode.model import Reject, Report, counted
from pch.decode.source import CELL, Rows, cells_of
from pch.findings import EXAMPLES, Example

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
HEAD = 64 * 1024  # in which the header is
_BLOCK = 8 * 1024 * 1024


@dataclass(frozen=True)
class Delimited:
    """``header_ends``: the line on which the header's last character stands."""

    content: bytes
    delimiter: str
    header: Sequence[str]
    header_ends: int

    def read(self, wanted: Sequence[int]) -> Rows:
        return self._read_quick(wanted) or self._read_careful(wanted)

    def _read_quick(self, wanted: Sequence[int]) -> Rows | None:
        """None where the file is out of the ordinary."""
        content = self.content
        if content.count(b"\r") != content.count(b"\r\n"):
            return None
        start = 0
        for _ in range(self.header_ends):
            start = content.find(b"\n", start) + 1
            if not start:
                return None
        end = len(content.rstrip(b"\r\n"))
        if end <= start:
            return None
        lines = content.count(b"\n", start, end) + 1
        names = [str(i) for i in range(len(self.header))]
        try:
            table = arrow_csv.read_csv(
                pa.py_buffer(content).slice(start, end - start),
                arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=_BLOCK),
                arrow_csv.ParseOptions(delimiter=self.delimiter),
                arrow_csv.ConvertOptions(
                    check_utf8=False,
                    strings_can_be_null=False,
                    include_columns=[names[i] for i in wanted],
                    column_types={names[i]: CELL for i in wanted},
                ),
            )
        except pa.ArrowInvalid:
            return None
        if table.num_rows != lines:
            return None
        columns = [_one_chunk(column) for column in table.columns]
        first = self.header_ends + 1
        return Rows(columns, pa.array(np.arange(first, first + lines, dtype=np.int32)))

    def _read_careful(self, wanted: Sequence[int]) -> Rows:
        records: list[list[str]] = []
        numbers: list[int] = []
        wrong: list[tuple[int, int]] = []
        width = len(self.header)
        for line, ends, record in _records(self.content.decode("utf-8"), self.delimiter):
            if ends <= self.header_ends or not any(cell.strip(SPACES) for cell in record):
                continue
            if len(record) != width:
                wrong.append((line, len(record)))
            else:
                records.append([record[i] for i in wanted])
                numbers.append(line)
        if wrong:
            places = ", ".join(f"line {line} ({n:,})" for line, n in wrong[:EXAMPLES])
            raise Reject(
                "wrong_field_count",
                f"The header has {counted(width, 'field', 'fields')}, but "
                f"{counted(len(wrong), 'line has', 'lines have')} another number: {places}.",
                f"Look there for a {DELIMITERS[self.delimiter]} inside a value without quotation marks, or a "
                "line that is cut off.",
                len(wrong),
                [Example(line, counted(n, "field", "fields")) for line, n in wrong[:EXAMPLES]],
            )
        columns = [cells_of([record[i] for record in records]) for i in range(len(wanted))]
        return Rows(columns, pa.array(numbers, pa.int32()))


def open_delimited(content: bytes, spellings: Spellings, report: Report) -> Delimited:
    """The line among the first ten, and the delimiter, by which most of the contract's columns are named."""
    head = content[:HEAD].decode("utf-8", errors="ignore")
    every = spellings.most
    best: tuple[int, int, int] = (-1, 0, 0)
    chosen: tuple[str, int, int, list[str]] | None = None
    broken: Reject | None = None
    for delimiter in DELIMITERS:
        try:
            for line, ends, record in _records(head, delimiter):
                if line > HEADER_WITHIN:
                    break
                #  Most columns named; among equals the earliest line, then the delimiter that splits most.
                rank = (spellings.score(record), -line, len(record))
                if rank > best and any(cell.strip(SPACES) for cell in record):
                    best, chosen = rank, (delimiter, line, ends, record)
                if best[0] == every:
                    break
        except Reject as cause:  # by this delimiter the quotation marks do not match
            broken = cause
        if best[0] == every:
            break
    if chosen is None:
        raise broken or Reject("no_header", "No header was found.", "Send a table with a header line.")
    delimiter, line, ends, header = chosen
    if line > 1 and best[0] > 0:
        report.add(
            "information",
            "header_below_title",
            f"The header was found on line {line}; what stands above it was not read.",
            "Nothing. Files without a title above the header are safer.",
        )
    return Delimited(content, delimiter, header, ends)


def _records(text: str, delimiter: str) -> Iterator[tuple[int, int, list[str]]]:
    """Each record with the lines it starts and ends on. Raises Reject where quotation marks do not match."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    starts = 1
    try:
        for record in reader:
            yield starts, reader.line_num, record
            starts = reader.line_num + 1
    except csv.Error:
        raise Reject(
            "broken_quotes",
            f"A quotation mark in the row that starts on line {starts} is not closed, or closes in mid-value.",
            "Write a quotation mark within a value twice, and close each one that is opened.",
        ) from None


def _one_chunk(column: pa.ChunkedArray) -> pa.DictionaryArray:
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.unify_dictionaries().combine_chunks()
