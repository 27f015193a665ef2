"""Submissions -> one typed table and findings.

    each file:   bytes -> source (container) -> header matched, address compared (headers) -> text columns,
                 added up to them where the file has another layout (layouts)
    the batch:   text columns -> values (values, cells) -> totals, repeats, contradictions (keys) -> table

A file that cannot be read ends in findings and the rest go on; nothing that a file holds raises out of here.
"""

import logging
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from pch.decode.batch import Batch, Mask, Part, text_schema
from pch.decode.cells import judge
from pch.decode.container import open_source
from pch.decode.headers import Spellings, compare_address, match
from pch.decode.keys import compare_totals, repeated_rows, total_rows
from pch.decode.layouts import read_layout, recognised
from pch.decode.model import DEFAULT_LIMITS, Decoded, Limits, Payload, Reject, Report
from pch.decode.source import CELL, Rows, Source, filled_lines
from pch.decode.values import ARROW_TYPE, ReadColumn, State, read_column
from pch.findings import Finding
from pch.registry import NUMERIC, Feed, layouts

log = logging.getLogger(__name__)

REASON = {
    State.NOT_RECORDED: "not_recorded",
    State.SUPPRESSED: "suppressed",
    State.NOT_APPLICABLE: "not_applicable",
}


def table_schema(contract: Feed) -> pa.Schema:
    return pa.schema(
        [
            pa.field("submission_id", pa.int64()),
            pa.field("row_number", pa.int32()),
            *(pa.field(c.name, ARROW_TYPE[c.type]) for c in contract.columns),
            pa.field("absent", pa.string()),
        ]
    )


def decode(contract: Feed, payloads: Iterable[Payload], limits: Limits = DEFAULT_LIMITS) -> Decoded:
    """The rows of every submission without an error, and what there is to say about all of them.

    ``payloads`` may be a generator: the bytes of one file are let go before the next is read.
    """
    spellings = Spellings.of(contract)
    reports: list[Report] = []
    parts: list[Part] = []
    for payload in payloads:
        reports.append(Report(payload.submission_id))
        if part := _read_file(payload, contract, spellings, limits, reports[-1]):
            parts.append(part)
    table = _read_batch(contract, parts)
    rows_read = {report.submission_id: 0 for report in reports}
    rows_read |= {part.report.submission_id: part.rows_read for part in parts}
    findings: list[Finding] = [finding for report in reports for finding in report.findings]
    return Decoded(table, findings, rows_read)


def _read_file(payload: Payload, contract: Feed, spellings: Spellings, limits: Limits, report: Report) -> Part | None:
    """The file's rows as text, or None where it is refused before its cells are looked at."""
    try:
        source = open_source(payload.content, spellings, limits, report)
        if layout := recognised(source.header, layouts(contract.feed)):
            return read_layout(layout, contract, source, payload, report)
        return _read_own(contract, spellings, source, payload, report)
    except Reject as cause:
        report.reject(cause)
    except Exception as error:
        _unreadable(report, error)
    return None


def _read_own(contract: Feed, spellings: Spellings, source: Source, payload: Payload, report: Report) -> Part:
    """A file in the contract's own shape. Raises Reject."""
    found = match(source.header, spellings, report)
    rows = source.read(found.wanted)
    names = list(found.columns)
    table = _text_table(contract, names, rows)
    repeats = rows.columns[len(names) :]
    months, sites = repeats[: len(found.period)], repeats[len(found.period) :]
    compare_address(payload, months, sites, contract.null_tokens, report)
    header = {name: source.header[place].strip() for name, place in found.columns.items()}
    return Part(report, table, header, table.num_rows)


def _text_table(contract: Feed, names: Sequence[str], rows: Rows) -> pa.Table:
    """All columns of the contract, without the lines in which none of them holds anything."""
    columns = dict(zip(names, rows.columns, strict=False))
    count = len(rows.row_numbers)
    every = [columns[c.name] if c.name in columns else pa.nulls(count, CELL) for c in contract.columns]
    table = pa.Table.from_arrays([rows.row_numbers, *every], schema=text_schema(contract))
    return filled_lines(table, columns)


def _read_batch(contract: Feed, parts: Sequence[Part]) -> pa.Table:
    """The typed rows of all parts. Should something unforeseen happen, the parts are read one by one, so that
    only the submission that brought it about is refused."""
    before = [len(part.report.findings) for part in parts]
    try:
        return _typed(contract, Batch.of(contract, parts))
    except Exception as error:
        for part, known in zip(parts, before, strict=True):
            del part.report.findings[known:]
        if len(parts) == 1:
            _unreadable(parts[0].report, error)
            return table_schema(contract).empty_table()
        return pa.concat_tables([_read_batch(contract, [part]) for part in parts])


def _typed(contract: Feed, batch: Batch) -> pa.Table:
    batch.is_bad |= np.array([part.report.has_error for part in batch.parts], dtype=np.bool_)
    read = {column.name: read_column(batch, column) for column in contract.columns}
    is_total = total_rows(batch, read)
    for column in read.values():
        judge(batch, column, is_total)
    is_repeat = repeated_rows(batch, read, is_total)
    compare_totals(batch, read, is_total)

    ids = np.array([part.report.submission_id for part in batch.parts], dtype=np.int64)
    table = pa.Table.from_arrays(
        [
            pa.array(ids[batch.part_of]),
            pa.array(batch.row_numbers),
            *(read[c.name].values for c in contract.columns),
            _absent(read.values(), len(batch)),
        ],
        schema=table_schema(contract),
    )
    keep: Mask = ~(is_total | is_repeat | batch.is_bad[batch.part_of])
    return table if keep.all() else table.filter(pa.array(keep))


def _absent(columns: Iterable[ReadColumn], rows: int) -> pa.Array:
    """Per row why numbers are absent (``bed_days=suppressed;...``); null where none is but for empty cells."""
    digit = np.zeros(max(State) + 1, dtype=np.int64)
    digit[[int(state) for state in REASON]] = range(1, len(REASON) + 1)
    concerned = [c for c in columns if c.column.type in NUMERIC and c.has(*REASON).any()]
    code = np.zeros(rows, dtype=np.int64)
    for c in concerned:
        code = code * len(digit) + digit[c.states]
    combinations = pa.array(code).dictionary_encode()
    texts: list[str | None] = []
    for combination in combinations.dictionary.to_pylist():
        said, rest = [], combination
        for c in reversed(concerned):
            rest, reason = divmod(rest, len(digit))
            if reason:
                said.append(f"{c.column.name}={list(REASON.values())[reason - 1]}")
        texts.append(";".join(reversed(said)) or None)
    return pa.array(texts, pa.string()).take(combinations.indices)


def _unreadable(report: Report, error: Exception) -> None:
    #  The type alone: messages of exceptions quote what is in the file.
    log.error("submission %s: %s while decoding", report.submission_id, type(error).__name__)
    report.add(
        "error",
        "unreadable",
        "The file could not be read: it is damaged, or made in a way we have not met.",
        "Export it again as CSV (UTF-8). If it happens again, ask the central team.",
    )
