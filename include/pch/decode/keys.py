"""Rows that stand for others: totals set aside and compared, repeats collapsed, contradictions refused.

Keys are those of the source, before ages are folded: 90-94 and 95+ are two rows, not one row twice.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pch.decode.batch import Batch, Codes, Mask, Places
from pch.decode.model import Report, counted
from pch.decode.values import ABSENT, ReadColumn, State
from pch.findings import EXAMPLES, Example

Columns = dict[str, ReadColumn]


def total_rows(batch: Batch, read: Columns) -> Mask:
    """Rows in which a column of the key holds a word for all."""
    is_total = np.zeros(len(batch), dtype=np.bool_)
    for name in batch.contract.grain:
        is_total |= read[name].has(State.TOTAL)
    for part, rows in batch.by_part(is_total.nonzero()[0]):
        batch.parts[part].report.add(
            "information",
            "total_rows",
            f"{counted(len(rows), 'row is a total', 'rows are totals')} over other rows, first on line "
            f"{batch.row_numbers[rows[0]]}; they were compared and not counted again.",
            "Nothing. Files without total rows are simpler.",
            rows_count=len(rows),
            examples=_places(batch, read, rows),
        )
        if len(rows) == batch.starts[part + 1] - batch.starts[part]:
            batch.parts[part].report.add(
                "error",
                "only_totals",
                "Every row of the file is a total; there is no detail to work with.",
                f"Send a row for each combination of {', '.join(batch.contract.grain)}.",
            )
            batch.is_bad[part] = True
    return is_total


def compare_totals(batch: Batch, read: Columns, is_total: Mask) -> None:
    """Each count of a total row against the sum over the detail rows it covers. A key cell of a total row that
    holds no value of its own covers all values; a sum with a suppressed count in it is not compared."""
    concerned = ~batch.is_bad
    concerned &= np.isin(np.arange(len(batch.parts)), batch.part_of[is_total])
    in_play = concerned[batch.part_of]
    detail = (in_play & ~is_total).nonzero()[0]
    totals = (in_play & is_total).nonzero()[0]
    if not len(totals):
        return
    grain = [read[name] for name in batch.contract.grain]
    covers_all = np.array([c.has(State.TOTAL, State.UNREADABLE, *ABSENT)[totals] for c in grain])
    by_five = np.array([_five(c, totals) for c in grain])
    patterns, pattern_of = np.unique(np.vstack([covers_all, by_five]), axis=1, return_inverse=True)
    counts = [c for c in read.values() if c.column.type == "count"]
    differs: dict[str, list[tuple[int, int, int]]] = {c.column.name: [] for c in counts}
    for i, pattern in enumerate(patterns.T):
        mine = totals[pattern_of.ravel() == i]
        every = np.concatenate([detail, mine])
        keys = [batch.part_of[every]]
        for c, is_all, five in zip(grain, pattern[: len(grain)], pattern[len(grain) :], strict=True):
            if not is_all:
                keys.append((c.folded if five else c.key)[every])
        group = combined(keys)
        of_detail, of_totals = group[: len(detail)], group[len(detail) :]
        for c in counts:
            values = pc.fill_null(c.values.take(pa.array(every)), 0).to_numpy(zero_copy_only=False)
            size = int(group.max()) + 1
            sums = np.bincount(of_detail, weights=values[: len(detail)], minlength=size)[of_totals]
            hidden = np.bincount(of_detail, weights=c.has(State.SUPPRESSED)[detail], minlength=size)[of_totals]
            stated = values[len(detail) :]
            known = c.values.is_valid().to_numpy(zero_copy_only=False)[mine]
            for j in np.flatnonzero(known & (hidden == 0) & (sums != stated)):
                differs[c.column.name].append((int(mine[j]), int(stated[j]), int(sums[j])))
    for c in counts:
        _tell_differences(batch, c, sorted(differs[c.column.name]))


def _five(column: ReadColumn, rows: Places) -> Mask:
    if column.is_five_year is None:
        return np.zeros(len(rows), dtype=np.bool_)
    return np.asarray(column.is_five_year[rows], dtype=np.bool_)


def _tell_differences(batch: Batch, read: ReadColumn, found: list[tuple[int, int, int]]) -> None:
    by_row = {row: (stated, summed) for row, stated, summed in found}
    for part, rows in batch.by_part(np.array([row for row, _, _ in found], dtype=np.intp)):
        stated, summed = by_row[int(rows[0])]
        batch.parts[part].report.add(
            "warning",
            "total_differs",
            f"Column {batch.name_of(part, read.column)}: {counted(len(rows), 'total differs', 'totals differ')} "
            f"from the rows below it, first on line {batch.row_numbers[rows[0]]}, which says {stated:,} where "
            f"the rows add up to {summed:,}.",
            "Check whether rows are missing or stand twice. The rows count, not the total.",
            column=read.column.name,
            rows_count=len(rows),
            examples=[
                Example(int(batch.row_numbers[r]), "{:,} against {:,}".format(*by_row[int(r)])) for r in rows[:EXAMPLES]
            ],
        )


def repeated_rows(batch: Batch, read: Columns, is_total: Mask) -> Mask:
    """Rows that say again what a row before them says. The same key with other values is an error."""
    grain = [read[name] for name in batch.contract.grain]
    usable = ~is_total
    for c in grain:
        usable &= ~c.has(State.UNREADABLE, State.MANGLED)
        if not c.column.nullable:
            usable &= ~c.has(*ABSENT)
    rows = usable.nonzero()[0]
    is_repeat = np.zeros(len(batch), dtype=np.bool_)
    key = combined([batch.part_of[rows], *(c.key[rows] for c in grain)])
    times = np.bincount(key)
    if not len(rows) or times.max() == 1:
        return is_repeat
    shared = rows[times[key] > 1]
    _, first_at, inverse = np.unique(key[times[key] > 1], return_index=True, return_inverse=True)
    firsts = shared[first_at][inverse]  # np.unique gives the first place, and rows are in the file's order
    later = shared != firsts
    same = np.ones(len(shared), dtype=np.bool_)
    for c in read.values():
        same &= _equal(c, shared, firsts)
    is_repeat[shared[later & same]] = True
    partner = dict(zip(shared.tolist(), firsts.tolist(), strict=True))
    _tell_repeats(batch, shared[later & same], partner)
    _tell_conflicts(batch, read, shared[later & ~same], partner)
    return is_repeat


def combined(keys: Sequence[Codes]) -> Codes:
    """One dense code (0, 1, 2, ...) for each combination of codes."""
    result = keys[0].astype(np.int64)
    reach = _reach(result)
    for key in keys[1:]:
        width = _reach(key)
        if reach * width >= 2**62:
            result = _dense(result)
            reach = _reach(result)
        result = result * width + key
        reach *= width
    return _dense(result)


def _reach(codes: Codes) -> int:
    return int(codes.max()) + 1 if len(codes) else 1


def _dense(codes: Codes) -> Codes:
    """As Arrow's hash table does it: several times quicker than sorting."""
    indices = pa.array(codes).dictionary_encode().indices
    return np.asarray(indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _equal(read: ReadColumn, one: npt.NDArray[np.intp], other: npt.NDArray[np.intp]) -> Mask:
    a, b = read.values.take(pa.array(one)), read.values.take(pa.array(other))
    both_null = pc.and_(pc.is_null(a), pc.is_null(b))
    same = pc.or_(pc.fill_null(pc.equal(a, b), False), both_null).to_numpy(zero_copy_only=False)
    if read.states is not None:
        same = same & (read.states[one] == read.states[other])
    return np.asarray(same, dtype=np.bool_)


def _tell_repeats(batch: Batch, rows: Places, partner: dict[int, int]) -> None:
    for part, mine in batch.by_part(rows):
        firsts = np.array([partner[int(r)] for r in mine[:EXAMPLES]], dtype=np.intp)
        tell_repeats(batch.parts[part].report, batch.row_numbers[mine], batch.row_numbers[firsts])


def tell_repeats(report: Report, lines: npt.NDArray[np.int32], firsts: npt.NDArray[np.int32]) -> None:
    """``firsts``: the lines that the first few of ``lines`` repeat."""
    report.add(
        "warning",
        "repeated_row",
        f"{counted(len(lines), 'row says', 'rows say')} again what another row says: line "
        f"{lines[0]} repeats line {firsts[0]}. Each was counted once.",
        "Check why the extract writes rows twice.",
        rows_count=len(lines),
        examples=[Example(int(line), f"repeats line {first}") for line, first in zip(lines, firsts, strict=False)],
    )


def _tell_conflicts(batch: Batch, read: Columns, rows: Places, partner: dict[int, int]) -> None:
    for part, mine in batch.by_part(rows):
        pairs = [(batch.row_numbers[partner[int(r)]], batch.row_numbers[r]) for r in mine[:EXAMPLES]]
        where = "; ".join(f"lines {first} and {line}" for first, line in pairs)
        batch.parts[part].report.add(
            "error",
            "conflicting_rows",
            f"{counted(len(mine), 'row contradicts', 'rows contradict')} another with the same "
            f"{', '.join(batch.contract.grain)}: {where}.",
            "Keep the right one of each pair, or add up what belongs together, and send the file again.",
            rows_count=len(mine),
            examples=_places(batch, read, mine),
        )
        batch.is_bad[part] = True


def _places(batch: Batch, read: Columns, rows: Places) -> list[Example]:
    names = batch.contract.grain
    return [
        Example(int(batch.row_numbers[r]), ", ".join(t for name in names if (t := read[name].text(int(r)))))
        for r in rows[:EXAMPLES]
    ]
