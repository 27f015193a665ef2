"""Row layer: does each row make sense? One suite run over all submissions of a batch.

typed rows of many submissions -> suite ``<feed>`` -> findings, each of one submission and one rule
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pch.findings import EXAMPLES, Example, Finding
from pch.quality.suites import Violation, load, violations


def row_findings(feed: str, rows: pa.Table) -> list[Finding]:
    """``rows``: submission_id, row_number and the feed's columns, one a line of a file, plus ``period``."""
    frame = _frame(feed, rows)
    return [f for v in violations(feed, frame) for f in _by_submission(v, rows)]


def _frame(feed: str, rows: pa.Table) -> pd.DataFrame:
    """Only what the suite looks at; money as float, which is exact enough to judge plausibility."""
    wanted = sorted({c for e in load(feed) for c in e.columns} & set(rows.column_names))
    table = rows.select(wanted)
    for i, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(i, field.name, pc.cast(table.column(i), pa.float64()))
    frame: pd.DataFrame = table.to_pandas(date_as_object=False, strings_to_categorical=False)
    return frame


def _by_submission(violation: Violation, rows: pa.Table) -> Iterator[Finding]:
    offending = rows.select(["submission_id", "row_number"]).take(pa.array(violation.positions))
    submissions = offending.column("submission_id").to_numpy()
    lines = offending.column("row_number").to_numpy()
    expectation = violation.expectation
    columns = expectation.columns
    order = np.argsort(submissions, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(submissions[order]) != 0])
    for group in np.split(order, starts[1:]):
        examples = [
            #  from the rows: the frame holds whole numbers beside absent ones as 4.0, and days as midnights
            Example(int(lines[i]), ", ".join(f"{c} {rows.column(c)[violation.positions[i]]}" for c in columns))
            for i in group[:EXAMPLES]
        ]
        count = len(group)
        yield Finding(
            submission_id=int(submissions[group[0]]),
            rule=expectation.meta["rule"],
            severity=expectation.severity,
            layer="row",
            column=columns[0],
            rows_count=count,
            examples=examples,
            message=f"{_rows(count)} {expectation.meta['message']} First: line {examples[0].row_number} "
            f"({examples[0].value}).",
            next_step=expectation.meta["next_step"],
        )


def _rows(count: int) -> str:
    return "1 row:" if count == 1 else f"{count:,} rows:"
