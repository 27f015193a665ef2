"""What is wrong with the cells of a column, said to each submission in one sentence.

Cells of total rows are not judged: those rows are set aside, whatever they hold. Where most cells of a column
cannot be read and are what another column holds, the header may stand above the wrong one, and that is said.
"""

from pch.decode.batch import Batch, Mask, Places
from pch.decode.model import counted, listed, quoted
from pch.decode.values import ReadColumn, State, reader_of
from pch.findings import EXAMPLES, Example, Severity
from pch.registry import NUMERIC
from pch.registry.feed import Column, ColumnType

SAMPLE = 20  # cells of which it is asked whether another column could hold them

RULE: dict[ColumnType, str] = {
    "code": "bad_code",
    "category": "unknown_category",
    "age_band": "bad_age_band",
    "count": "bad_count",
    "number": "bad_number",
    "money": "bad_money",
    "date": "bad_date",
    "text": "bad_text",
}
NOUN: dict[ColumnType, tuple[str, str]] = {
    "code": ("is not a code of this kind", "are not codes of this kind"),
    "category": ("is not one of the categories", "are not among the categories"),
    "age_band": ("is not an age band that fits in five years", "are not age bands that fit in five years"),
    "count": ("is not a whole number", "are not whole numbers"),
    "number": ("is not a number", "are not numbers"),
    "money": ("is not an amount of money", "are not amounts of money"),
    "date": ("is not a date", "are not dates"),
    "text": ("is not text", "are not text"),
}
ADVICE: dict[ColumnType, str] = {
    "code": "Codes must match {pattern} letter for letter; a spreadsheet may have dropped leading zeros.",
    "category": "Use one of: {values}.",
    "age_band": "Write bands as 0-4, 5-9, ... 85-89, 90+ (or finer ones within them).",
    "count": "Write whole numbers in digits. Where a count is withheld write *, where it is not known leave "
    "the cell empty if the column allows it.",
    "number": "Write numbers in digits with a decimal point, such as 7.5.",
    "money": "Write pounds and pence in digits, such as 1234.50 or -12.00.",
    "date": "Write dates as 2022-04-01 or 01/04/2022.",
    "text": "Write plain text.",
}


def judge(batch: Batch, read: ReadColumn, is_total: Mask) -> None:
    """Adds the findings on one column and marks the submissions that have an error in it."""
    if read.states is None:
        return
    column = read.column
    one, many = NOUN[column.type]
    advice = ADVICE[column.type].format(pattern=column.pattern, values=", ".join(column.values))
    _tell(batch, read, read.has(State.UNREADABLE) & ~is_total, "error", RULE[column.type], one, many, advice)
    _tell(
        batch, read, read.has(State.MANGLED) & ~is_total, "error", "age_band_as_date",
        "is a date instead of an age band", "are dates instead of age bands",
        "Excel turns 5-9 into 5 September: set the column to Text before filling it, or write 5_9.",
    )  # fmt: skip
    if nothing := _not_allowed(column):
        _tell(
            batch, read, read.has(*nothing) & ~is_total, "error", "empty_cell",
            "is empty but must have a value", "are empty but must have a value",
            "Fill them in. Zero is written 0; a withheld count is written *.",
        )  # fmt: skip
    if column.type in NUMERIC:
        _tell(
            batch, read, read.has(State.SUPPRESSED) & ~is_total, "information", "suppressed_values",
            "is withheld (suppressed)", "are withheld (suppressed)",
            "Nothing. They are kept as withheld, never counted as 0, and figures that need them say so.",
        )  # fmt: skip


def _not_allowed(column: Column) -> tuple[State, ...]:
    if column.nullable:
        return ()
    if column.type in NUMERIC:
        return (State.EMPTY, State.NOT_RECORDED, State.NOT_APPLICABLE)
    return (State.EMPTY, State.NOT_RECORDED, State.NOT_APPLICABLE, State.SUPPRESSED)


def _tell(
    batch: Batch,
    read: ReadColumn,
    where: Mask,
    severity: Severity,
    rule: str,
    one: str,
    many: str,
    advice: str,
) -> None:
    for part, rows in batch.by_part(where.nonzero()[0]):
        examples = [Example(int(batch.row_numbers[r]), read.text(int(r))) for r in rows[:EXAMPLES]]
        first = examples[0]
        value = f" ({quoted(first.value)})" if first.value.strip() else ""
        others = _could_be(batch, part, read, rows) if rule == RULE[read.column.type] else []
        misplaced = f"These could be values of {listed(others, 3)}: does each header stand above its own column? "
        batch.parts[part].report.add(
            severity,
            rule,
            f"Column {batch.name_of(part, read.column)}: {counted(len(rows), 'cell', 'cells')} "
            f"{one if len(rows) == 1 else many}, first on line {first.row_number}{value}.",
            (misplaced if others else "") + advice,
            column=read.column.name,
            rows_count=len(rows),
            examples=examples,
        )
        if severity == "error":
            batch.is_bad[part] = True


def _could_be(batch: Batch, part: int, read: ReadColumn, rows: Places) -> list[str]:
    """Other columns that could hold these cells of ``read``, where most of its cells are such."""
    if 2 * len(rows) <= batch.starts[part + 1] - batch.starts[part]:
        return []
    texts = {read.text(int(row)).strip() for row in rows[:SAMPLE]}
    return [
        column.name
        for column in batch.contract.columns
        if all(_holds(column, text) for text in texts) and not _holds(column, "?")  # what takes anything says nothing
    ]


def _holds(column: Column, text: str) -> bool:
    value = reader_of(column)(text)
    return value is not None and not isinstance(value, State)
