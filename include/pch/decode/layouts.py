"""A file in another layout -> the contract's columns, added up to its grain; as text still, for the contract to judge.

    source -> columns by header -> address compared, rows once -> the grain in the contract's words -> sums a group

A row that was added up stands on the first of its lines. A figure that cannot be added (withheld, empty, no number)
stands for its whole group, with its own line: a sum is never made of a part, and what is wrong is found where it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pch.decode import numbers
from pch.decode.batch import Codes, Mask, Part, Places, one_array, text_schema
from pch.decode.headers import SPACES, Spellings, compare_address, match
from pch.decode.keys import combined, tell_repeats
from pch.decode.model import Payload, Report, counted, quoted
from pch.decode.source import CELL, Source, filled_lines
from pch.decode.values import State, reader_of
from pch.findings import EXAMPLES, Example
from pch.registry import Column, Feed, Layout, fold
from pch.registry.feed import ColumnType
from pch.registry.layout import Made

EXACT = pa.decimal128(38, 15)  # sums of pounds with five decimals, rounded to pence once
_COUNTED, _WORTH = pa.decimal128(19, 0), pa.decimal128(18, 6)  # whose product is the widest decimal there is


@dataclass(frozen=True)
class Groups:
    """Rows that share the grain, in the order of their first rows. ``of``: the group of each row."""

    of: Codes
    first: Places

    @classmethod
    def by(cls, keys: Sequence[pa.DictionaryArray]) -> "Groups":
        of = combined([key.indices.to_numpy().astype(np.int64) for key in keys])
        return cls(of, np.unique(of, return_index=True)[1])

    def sums(self, values: pa.Array) -> pa.Array:
        table = pa.table({"group": pa.array(self.of), "value": values})
        return one_array(table.group_by("group").aggregate([("value", "sum")]).sort_by("group")["value_sum"])

    def first_of(self, rows: Places) -> tuple[Codes, Places]:
        """The groups that ascending ``rows`` are in, and the first of these rows in each."""
        groups, at = np.unique(self.of[rows], return_index=True)
        return groups, rows[at]


@dataclass(frozen=True)
class Sum:
    """Of each group the text of its sum. ``bad``: rows whose figure is none."""

    texts: pa.Array
    bad: Places


def recognised(header: Sequence[str], layouts: Sequence[Layout]) -> Layout | None:
    """The layout whose headers are all in the file."""
    if not layouts:
        return None
    folded = frozenset(map(fold, header))
    return next((layout for layout in layouts if layout.known_by <= folded), None)


def read_layout(layout: Layout, contract: Feed, source: Source, payload: Payload, report: Report) -> Part:
    """The rows of a file in ``layout``, added up. Raises Reject."""
    found = match(source.header, Spellings.of_layout(layout), report)
    lines = _lines(layout, source, found.columns)
    _compare_address(layout, contract, lines, payload, report)
    rows_read = lines.num_rows
    if layout.once_per:
        lines = lines.filter(pa.array(_counts(layout.once_per, contract, lines, report)))
    known = {column.name for column in contract.columns}  # an older version may lack some
    made = {m.name: m for m in layout.columns if m.name in known}
    table = _added_up(contract, made, lines, report)
    report.add(
        "information",
        "read_as",
        f"Read as {layout.title}: {counted(rows_read, 'row', 'rows')} of {layout.rows_are} were added up to "
        f"{counted(table.num_rows, 'row', 'rows')} of {contract.title}.",
        "Nothing, if that is the file you meant to send.",
        rows_count=rows_read,
    )
    header = {name: source.header[found.columns[m.header]].strip() for name, m in made.items()}
    return Part(report, table, header, rows_read)


def _added_up(contract: Feed, made: Mapping[str, Made], lines: pa.Table, report: Report) -> pa.Table:
    """The contract's columns, a row for every group of lines that share the grain."""
    row_numbers = one_array(lines["row_number"]).to_numpy()
    grain = {
        name: _in_words(contract.column(name), m.values, _column(lines, m.read))
        for name, m in made.items()
        if m.read is not None
    }
    groups = Groups.by(list(grain.values()))
    count = len(groups.first)
    bad = np.full(count, len(row_numbers))
    columns = {name: cells.take(pa.array(groups.first)) for name, cells in grain.items()}
    for name, m in made.items():
        if m.sum is not None:
            figures = _column(lines, m.sum)
            total = _sum(m, contract.column(name), figures, grain, groups)
            columns[name] = total.texts.dictionary_encode().cast(CELL)
            concerned, rows = groups.first_of(total.bad)
            bad[concerned] = np.minimum(bad[concerned], rows)
            _tell_unusual(m, figures, row_numbers, report)
        elif m.distinct is not None:
            ids = _column(lines, m.distinct)
            columns[name] = _distinct(ids, _is_absent(ids, contract), groups).dictionary_encode().cast(CELL)
    lead = np.where(bad < len(row_numbers), bad, groups.first)
    every = [columns[c.name] if c.name in columns else pa.nulls(count, CELL) for c in contract.columns]
    return pa.Table.from_arrays([pa.array(row_numbers[lead]), *every], schema=text_schema(contract))


def _lines(layout: Layout, source: Source, places: Mapping[str, int]) -> pa.Table:
    """The lines of the file: those columns that the layout reads, under the headers as it declares them; all of
    them where it asks which lines are the same."""
    names = {place: header for header, place in places.items()}
    wanted = list(range(len(source.header))) if layout.once_per else list(names)
    rows = source.read(wanted)
    every = [names.get(place, f"column {place + 1}") for place in wanted]
    return filled_lines(pa.table([rows.row_numbers, *rows.columns], names=["row_number", *every]), every)


def _compare_address(layout: Layout, contract: Feed, lines: pa.Table, payload: Payload, report: Report) -> None:
    told = layout.restates
    months = [_column(lines, header).cast(pa.string()) for header in told.period]
    month = pc.binary_join_element_wise(*months, "-").dictionary_encode()
    sites = [_column(lines, told.site_code)] if told.site_code else []
    compare_address(payload, [month], sites, contract.null_tokens, report)


def _column(lines: pa.Table, header: str) -> pa.DictionaryArray:
    return one_array(lines[header])


def _is_absent(cells: pa.DictionaryArray, contract: Feed) -> Mask:
    tokens = pa.array(["", *(token.lower() for token in contract.null_tokens)])
    texts = pc.utf8_lower(pc.utf8_trim(cells.dictionary, characters=SPACES))
    return np.asarray(pc.is_in(texts, tokens).take(cells.indices).to_numpy(zero_copy_only=False), dtype=np.bool_)


def _counts(once_per: str, contract: Feed, lines: pa.Table, report: Report) -> Mask:
    """Rows that count: not those that say of the same identifier, cell for cell, what a row before them says."""
    names = [name for name in lines.column_names if name != "row_number"]
    cells = combined([_column(lines, name).indices.to_numpy().astype(np.int64) for name in names])
    _, first_at, inverse = np.unique(cells, return_index=True, return_inverse=True)
    firsts = first_at[inverse]
    is_again = firsts != np.arange(len(cells))
    is_absent = _is_absent(_column(lines, once_per), contract)
    row_numbers = one_array(lines["row_number"]).to_numpy()
    again = (is_again & ~is_absent).nonzero()[0]
    if len(again):
        tell_repeats(report, row_numbers[again], row_numbers[firsts[again[:EXAMPLES]]])
    alike = (is_again & is_absent).nonzero()[0]
    if len(alike):
        report.add(
            "information",
            "alike_rows",
            f"{counted(len(alike), 'row', 'rows')} without {quoted(once_per)} {'is' if len(alike) == 1 else 'are'} the "
            f"same as another row, first on line {row_numbers[alike[0]]}; nothing tells one thing twice from two "
            "alike, and each was counted.",
            "Nothing, if they are different ones.",
            rows_count=len(alike),
            examples=[Example(int(row_numbers[r]), f"as line {row_numbers[firsts[r]]}") for r in alike[:EXAMPLES]],
        )
    return np.asarray(~(is_again & ~is_absent), dtype=np.bool_)


def _in_words(column: Column, values: Mapping[str, str], cells: pa.DictionaryArray) -> pa.DictionaryArray:
    """Cells of the grain in the contract's own words, so that two spellings of one thing share a group. Codes stay
    letter for letter, and so does what cannot be read."""
    texts = pc.utf8_trim(cells.dictionary, characters=SPACES)
    if column.type != "code":
        read = reader_of(column)
        own = {fold(text): word for text, word in values.items()}
        words = [(text, own.get(fold(text)) or read(text)) for text in texts.to_pylist()]
        texts = pa.array([text if word is None or isinstance(word, State) else str(word) for text, word in words])
    return texts.take(cells.indices).dictionary_encode()


def _sum(
    made: Made, column: Column, cells: pa.DictionaryArray, grain: Mapping[str, pa.DictionaryArray], groups: Groups
) -> Sum:
    values = _figures(cells, "count" if made.times else column.type).take(cells.indices)
    bad = np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False))
    if made.times is not None:
        by = grain[made.times.category]
        worth = {word: Decimal(str(value)) for word, value in made.times.values.items()}
        each = pa.array([worth.get(word) for word in by.dictionary.to_pylist()], _WORTH).take(by.indices)
        values = pc.multiply(values.cast(_COUNTED), each)
    texts = _as_text(groups.sums(values), column.type)
    unknown = np.flatnonzero(values.is_null().to_numpy(zero_copy_only=False))
    if not len(unknown):
        return Sum(texts, bad)
    instead = np.array(texts.to_pylist(), dtype=object)
    instead[groups.of[unknown]] = ""
    concerned, rows = groups.first_of(bad)
    instead[concerned] = cells.take(pa.array(rows)).cast(pa.string()).to_pylist()
    return Sum(pa.array(instead, pa.string()), bad)


def _figures(cells: pa.DictionaryArray, kind: ColumnType) -> pa.Array:
    """Of each distinct text the exact figure; null where it is none."""
    texts = pc.utf8_trim(cells.dictionary, characters=SPACES)
    is_plain = pc.match_substring_regex(texts, numbers.PLAIN_COUNT if kind == "count" else numbers.PLAIN_NUMBER)
    values = pc.if_else(is_plain, texts, pa.scalar(None, pa.string())).cast(EXACT)
    if pc.all(is_plain).as_py():
        return values
    read = {"count": numbers.read_count, "money": numbers.read_money}.get(kind, numbers.read_number)
    rest = [None if is_done or (value := read(text)) is None else Decimal(f"{value:.15f}")
            for text, is_done in zip(texts.to_pylist(), is_plain.to_pylist(), strict=True)]  # fmt: skip
    return pc.coalesce(values, pa.array(rest, EXACT))


def _as_text(values: pa.Array, kind: ColumnType) -> pa.Array:
    if kind == "money":
        return pc.round(values, ndigits=2, round_mode="half_to_even").cast(pa.decimal128(38, 2)).cast(pa.string())
    texts = values.cast(pa.string())
    return pc.utf8_rtrim(pc.utf8_rtrim(texts, characters="0"), characters=".")


def _distinct(ids: pa.DictionaryArray, is_absent: Mask, groups: Groups) -> pa.Array:
    """Of each group how many different cells; empty where one of them is."""
    pairs = combined([groups.of, ids.indices.to_numpy().astype(np.int64)])
    different = groups.of[np.unique(pairs, return_index=True)[1]]
    counts = pa.array(np.bincount(different, minlength=len(groups.first))).cast(pa.string())
    is_unknown = np.isin(np.arange(len(groups.first)), groups.of[is_absent])
    return pc.if_else(pa.array(is_unknown), "", counts)


def _tell_unusual(made: Made, cells: pa.DictionaryArray, row_numbers: npt.NDArray[np.int32], report: Report) -> None:
    """Rows whose figure lies outside what is usual of one row; they are counted all the same."""
    if made.usual is None:
        return
    low, high = made.usual
    values = _figures(cells, "number").cast(pa.float64()).take(cells.indices)
    is_outside = pc.or_(pc.less(values, low), pc.greater(values, high))
    rows = np.flatnonzero(pc.fill_null(is_outside, False).to_numpy(zero_copy_only=False))
    if len(rows):
        examples = [Example(int(row_numbers[r]), cells[int(r)].as_py()) for r in rows[:EXAMPLES]]
        report.add(
            "warning",
            "unusual_row",
            f"Column {quoted(made.header)} ({made.name}): {counted(len(rows), 'row holds', 'rows hold')} a figure "
            f"outside {low:g} to {high:g}, first on line {examples[0].row_number} ({quoted(examples[0].value)}). "
            f"{'It was' if len(rows) == 1 else 'They were'} counted.",
            "Check it at the source; correct it there and send the file again if it is wrong.",
            column=made.name,
            rows_count=len(rows),
            examples=examples,
        )
