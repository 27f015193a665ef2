"""Cells of text -> typed values, one column of the whole batch at a time, each distinct text read once.

Every distinct text ends in one ``State``; a row has the state of its text. What Arrow can cast as it stands
it casts, the rest is read by the functions of ``numbers``, ``dates`` and ``ages``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pch.decode import numbers
from pch.decode.ages import five_year_band, source_band
from pch.decode.batch import Batch, Codes
from pch.decode.dates import looks_like_date, read_date
from pch.decode.headers import SPACES
from pch.registry import NUMERIC, Column, fold
from pch.registry.feed import ColumnType, NullReason

ARROW_TYPE: dict[ColumnType, pa.DataType] = {
    "code": pa.string(),
    "category": pa.string(),
    "age_band": pa.string(),
    "text": pa.string(),
    "count": pa.int64(),
    "number": pa.float64(),
    "money": pa.decimal128(14, 2),
    "date": pa.date32(),
}


class State(IntEnum):
    FINE = 0
    NO_COLUMN = 1  # the file has no such column, and need not have it
    EMPTY = 2
    NOT_RECORDED = 3
    SUPPRESSED = 4
    NOT_APPLICABLE = 5
    TOTAL = 6
    UNREADABLE = 7
    MANGLED = 8  # an age band that a spreadsheet turned into a date


ABSENT = (State.EMPTY, State.NOT_RECORDED, State.SUPPRESSED, State.NOT_APPLICABLE)
STATE_OF: dict[NullReason, State] = {
    "not_recorded": State.NOT_RECORDED,
    "suppressed": State.SUPPRESSED,
    "not_applicable": State.NOT_APPLICABLE,
}

Reader = Callable[[str], object | None]  # a value, a State, or None for what cannot be read


@dataclass(frozen=True)
class ReadColumn:
    """One column of the batch, a row an entry. ``states`` is None where every cell is fine. ``key``: equal
    where the values are equal before ages are folded into five-year bands; ``folded``: after."""

    column: Column
    raw: pa.DictionaryArray
    values: pa.Array
    states: npt.NDArray[np.uint8] | None
    key: Codes
    folded: Codes
    is_five_year: npt.NDArray[np.bool_] | None

    def has(self, *states: State) -> npt.NDArray[np.bool_]:
        if self.states is None:
            return np.zeros(len(self.key), dtype=np.bool_)
        return np.isin(self.states, [int(s) for s in states])

    def text(self, row: int) -> str:
        """The cell as the file has it."""
        return str(self.raw[row].as_py() or "")


def read_column(batch: Batch, column: Column) -> ReadColumn:
    """Of every distinct text the value and the state; one entry more, at the end, stands for no column."""
    raw = batch.column(column.name)
    texts = pc.utf8_trim(raw.dictionary, characters=SPACES)
    states = _absent_states(texts, batch.contract.null_tokens)
    values = _cast(texts, states, column.type)
    left = np.flatnonzero(~values.is_valid().to_numpy(zero_copy_only=False) & (states[:-1] == State.FINE))
    values = _read_rest(values, texts, left, states, reader_of(column), ARROW_TYPE[column.type])

    rows = pc.fill_null(raw.indices, len(texts)).to_numpy(zero_copy_only=False)
    sources, is_five_year = values, None
    if column.type == "age_band":
        bands = [five_year_band(s) if s else None for s in sources.to_pylist()]
        values = pa.array(bands, pa.string())
        is_five_year = np.array([s == b for s, b in zip(sources.to_pylist(), bands, strict=True)])[rows]
    key = _codes(sources)[rows]
    return ReadColumn(
        column,
        raw,
        values.take(pa.array(rows)),
        states[rows] if states[:-1].any() or raw.null_count else None,
        key,
        _codes(values)[rows] if is_five_year is not None else key,
        is_five_year,
    )


def _absent_states(texts: pa.Array, tokens: Mapping[str, NullReason]) -> npt.NDArray[np.uint8]:
    """The states of cells that hold a token for nothing; FINE, so far, for all others."""
    by_text = {token.strip().lower(): STATE_OF[reason] for token, reason in tokens.items()}
    if by_text.get("", State.NOT_RECORDED) == State.NOT_RECORDED:
        by_text[""] = State.EMPTY
    which = pc.index_in(pc.utf8_lower(texts), value_set=pa.array(list(by_text), pa.string()))
    lookup = np.array([*by_text.values(), State.FINE], dtype=np.uint8)
    places = pc.fill_null(which, len(by_text)).to_numpy(zero_copy_only=False)
    return np.append(lookup[places], np.uint8(State.NO_COLUMN))


def _cast(texts: pa.Array, states: npt.NDArray[np.uint8], kind: ColumnType) -> pa.Array:
    """What Arrow can read without asking Python; null for the rest."""
    plain = {
        "count": numbers.PLAIN_COUNT,
        "number": numbers.PLAIN_NUMBER,
        "money": numbers.PLAIN_MONEY,
    }
    if kind == "text":
        return pc.if_else(pa.array(states[:-1] == State.FINE), texts, pa.scalar(None, pa.string()))
    if kind not in plain:
        return pa.nulls(len(texts), ARROW_TYPE[kind])
    is_plain = pc.match_substring_regex(texts, plain[kind])
    return pc.cast(pc.if_else(is_plain, texts, pa.scalar(None, pa.string())), ARROW_TYPE[kind])


def _read_rest(
    values: pa.Array,
    texts: pa.Array,
    left: npt.NDArray[np.intp],
    states: npt.NDArray[np.uint8],
    reader: Reader,
    kind: pa.DataType,
) -> pa.Array:
    """``values`` with the texts at ``left`` read one by one, and a null at the end. Sets their ``states``."""
    read: list[object | None] = []
    for place, text in zip(left.tolist(), texts.take(pa.array(left)).to_pylist(), strict=True):
        value = reader(text)
        if value is None or isinstance(value, State):
            states[place] = State.UNREADABLE if value is None else value
            value = None
        read.append(value)
    every = pa.concat_arrays([values, pa.array(read, kind), pa.nulls(1, kind)])
    places = np.arange(len(values) + 1)
    places[left] = len(values) + np.arange(len(left))
    places[-1] = len(every) - 1
    return every.take(pa.array(places))


def _codes(values: pa.Array) -> Codes:
    """A number for every value, the same for the same value; one of them for null."""
    encoded = values.dictionary_encode(null_encoding="encode")
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def reader_of(column: Column) -> Reader:
    """What reads one text of ``column``."""
    totals = frozenset(map(fold, column.totals))
    readers: dict[ColumnType, Reader] = {
        "code": partial(_read_code, re.compile(column.pattern or r".+")),
        "category": partial(_read_category, _categories(column)),
        "age_band": _read_band,
        "count": numbers.read_count,
        "number": numbers.read_number,
        "money": numbers.read_money,
        "date": read_date,
        "text": str,
    }
    reader = readers[column.type]
    if not totals or column.type in NUMERIC:
        return reader

    def read(text: str) -> object | None:
        value = reader(text)
        is_nothing = value is None or isinstance(value, State)
        return State.TOTAL if is_nothing and fold(text) in totals else value

    return read


def _categories(column: Column) -> dict[str, str]:
    aliases = {alias: name for name, spellings in column.values.items() for alias in (name, *spellings)}
    return {spelt: name for alias, name in aliases.items() for spelt in (alias.lower(), fold(alias))}


def _read_category(categories: Mapping[str, str], text: str) -> str | None:
    folded = fold(text)
    #  Folding drops signs: -1 and <1 must not be read as the category 1, 65+ only where that is a spelling.
    return categories.get(text.lower() if folded.isdigit() else folded)


def _read_code(pattern: re.Pattern[str], text: str) -> str | None:
    return text if pattern.fullmatch(text) else None


def _read_band(text: str) -> str | State | None:
    return source_band(text) or (State.MANGLED if looks_like_date(text) else None)
