"""Whose line is it: a file about many practices or sites told apart line by line, its bytes left as they are.

    start of the file -> heading (which column says whose) -> blocks of whole lines -> the code on every line

Of a block only the one column is read; nothing holds more of the file than a block. What is on the lines is judged
later, when each site's lines are decoded as a file of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from pch.decode.batch import Codes, Places, one_array
from pch.decode.container import PARQUET, ZIP, foreign
from pch.decode.delimited import HEAD, open_delimited
from pch.decode.headers import SPACES, Spellings, match
from pch.decode.layouts import recognised
from pch.decode.model import Reject, Report, counted
from pch.decode.source import CELL
from pch.decode.text import to_utf8
from pch.registry import Feed, layouts

BLOCK = 8 * 1024 * 1024
LONGEST_LINE = 4 * BLOCK
AS_LINES = "Save it as CSV (UTF-8), which may be compressed with gzip, and push it again."


@dataclass(frozen=True)
class Heading:
    """How the file begins: ``start``, its bytes up to the end of the header. ``place``: the column that says whose
    a line is, by the code of a practice or of a site."""

    start: bytes
    delimiter: str
    width: int
    place: int
    by: Literal["practice", "site"]


@dataclass(frozen=True)
class Lines:
    """Whole lines of a file, each from its start to its end in ``content``; the code of a line is
    ``codes[code_of]``. A line whose value holds a newline is one line here."""

    content: bytes
    starts: Places
    ends: Places
    codes: list[str]
    code_of: Codes


def heading_of(contract: Feed, head: bytes) -> Heading:
    """From the first ``HEAD`` bytes of a file. Raises Reject where it is no text of lines, or names nobody.

    Lines of a feed that practices report go by their practice, wherever it belongs; those of a feed that sites
    report by the site that the file states, or else by the practice.
    """
    if head.startswith((*ZIP, PARQUET)) or b"\0" in head or foreign(head):
        raise Reject("unsupported_format", "The file is not text in lines, in UTF-8 or Windows letters.", AS_LINES)
    report = Report(0)
    spellings = Spellings.of(contract)
    whole_lines = head[: head.rfind(b"\n") + 1] if len(head) >= HEAD else head
    opened = open_delimited(to_utf8(whole_lines, report), spellings, report)
    site: int | None
    if layout := recognised(opened.header, layouts(contract.feed)):
        places = match(opened.header, Spellings.of_layout(layout), report).columns
        practice = next((places[m.header] for m in layout.columns if m.name == "practice_code"), None)
        site = places[layout.restates.site_code] if layout.restates.site_code else None
    else:
        found = match(opened.header, spellings, report)
        practice, site = found.columns.get("practice_code"), next(iter(found.site_code), None)
    end = 0
    for _ in range(opened.header_ends):
        end = head.find(b"\n", end) + 1
        if not end:
            raise Reject("no_rows", "The file has a header but no rows.", AS_LINES)
    if site is not None and not contract.names_practices:
        return Heading(head[:end], opened.delimiter, len(opened.header), site, "site")
    if practice is None:
        raise Reject(
            "nobody_named",
            "No column of the file says which practice or which site a line is about.",
            "Add a column practice_code or site_code, or push a file for each site.",
        )
    return Heading(head[:end], opened.delimiter, len(opened.header), practice, "practice")


def lines_of(heading: Heading, stream: BinaryIO) -> Iterator[Lines]:
    """The lines after the heading, which is where ``stream`` stands. Raises Reject where lines cannot be told from
    one another."""
    line = heading.start.count(b"\n") + 1
    rest = b""
    while True:
        block = stream.read(BLOCK)
        content = rest + block
        ends = _ends(content, is_last=not block)
        if len(ends):
            size = int(ends[-1])
            if lines := _read(heading, content[:size], ends, line):
                yield lines
            line += content.count(b"\n", 0, size)
            rest = content[size:]
        elif content and (not block or len(content) > LONGEST_LINE):
            raise Reject(
                "broken_quotes",
                f"A quotation mark in the row that starts on line {line:,} is not closed.",
                "Download or export the file again.",
            )
        else:
            rest = content
        if not block:
            return


def _ends(content: bytes, is_last: bool) -> Places:
    """Where each line ends: after a newline that no quotation mark is open at, and where the file ends."""
    data = np.frombuffer(content, dtype=np.uint8)
    ends = np.flatnonzero(data == ord("\n")) + 1
    if is_last and len(data) and (not len(ends) or ends[-1] < len(data)):
        ends = np.append(ends, len(data))
    quotes = np.flatnonzero(data == ord('"'))
    return ends[np.searchsorted(quotes, ends) % 2 == 0] if len(quotes) else ends


def _read(heading: Heading, content: bytes, ends: Places, line: int) -> Lines | None:
    """The lines of a block that starts on ``line``; None where all of them are empty."""
    data = np.frombuffer(content, dtype=np.uint8)
    starts = np.concatenate([[0], ends[:-1]])
    is_blank = (data[starts] == ord("\n")) | ((data[starts] == ord("\r")) & (ends - starts <= 2))
    if is_blank.all():
        return None
    starts, ends = starts[~is_blank], ends[~is_blank]
    ragged: list[tuple[int, int]] = []
    names = [str(place) for place in range(heading.width)]

    def remember(row: arrow_csv.InvalidRow) -> str:
        ragged.append((row.number, row.actual_columns))
        return "skip"

    table = arrow_csv.read_csv(
        pa.py_buffer(content),
        arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=LONGEST_LINE),
        arrow_csv.ParseOptions(
            delimiter=heading.delimiter, newlines_in_values=True, invalid_row_handler=remember
        ),
        arrow_csv.ConvertOptions(
            check_utf8=False, strings_can_be_null=False, include_columns=[names[heading.place]],
            column_types={names[heading.place]: CELL},
        ),
    )  # fmt: skip
    if ragged:
        number, fields = ragged[0]
        at = line + content.count(b"\n", 0, int(starts[min(number, len(starts)) - 1]))
        raise Reject(
            "wrong_field_count",
            f"The header has {counted(heading.width, 'field', 'fields')}, but line {at:,} has {fields:,}.",
            "Download or export the file again.",
        )
    if table.num_rows != len(starts):
        raise Reject(
            "unclear_lines",
            f"The lines of the file cannot be told from one another, somewhere after line {line:,}.",
            AS_LINES,
        )
    cells = one_array(table.column(0).unify_dictionaries())
    codes = [code.decode("latin-1").strip(SPACES) for code in cells.dictionary.cast(pa.binary()).to_pylist()]
    return Lines(content, starts, ends, codes, cells.indices.to_numpy().astype(np.int64))
