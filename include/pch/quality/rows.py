"""Row layer: does each row make sense? One suite run over all submissions of a batch.

typed rows of many submissions -> suite ``<feed>`` -> findings, each of one submission and one rule
"""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pch.findings import EXAMPLES, CheckResult, Example, Finding
from pch.quality.suites import Outcome, load, outcomes
from pch.warehouse.calendar import add_months


def row_findings(feed: str, rows: pa.Table, period: date) -> tuple[list[Finding], list[CheckResult]]:
    """``rows``: submission_id, row_number and the feed's columns, one a line of a file of month ``period``."""
    rows = _with_month(rows, period)
    frame = _frame(feed, rows)
    submissions = len(pc.unique(rows.column("submission_id")))
    asked_of = {r["values"]: r["counts"] for r in pc.value_counts(rows.column("submission_id")).to_pylist()}
    findings, results = [], []
    for outcome in outcomes(feed, frame, period):
        found = list(_by_submission(outcome, rows, asked_of)) if len(outcome.positions) else []
        findings += found
        e = outcome.expectation
        results.append(
            CheckResult(feed, "row", e.meta["rule"], e.severity, e.threshold, outcome.checked,
                        len(outcome.positions), submissions, len(found))
        )  # fmt: skip
    return findings, results


def _with_month(rows: pa.Table, period: date) -> pa.Table:
    """``period`` and ``period_end``, first and last day of the month, beside each row: what a date is judged by."""
    last = date.fromordinal(add_months(period, 1).toordinal() - 1)
    for name, day in (("period", period), ("period_end", last)):
        if name not in rows.column_names:
            rows = rows.append_column(name, pa.repeat(pa.scalar(day, pa.date32()), rows.num_rows))
    return rows


def _frame(feed: str, rows: pa.Table) -> pd.DataFrame:
    """Only what the suite looks at; money as float, which is exact enough to judge plausibility."""
    wanted = sorted({c for e in load(feed) for c in e.columns} & set(rows.column_names))
    table = rows.select(wanted)
    for i, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(i, field.name, pc.cast(table.column(i), pa.float64()))
    frame: pd.DataFrame = table.to_pandas(date_as_object=False, strings_to_categorical=False)
    return frame


def _by_submission(outcome: Outcome, rows: pa.Table, asked_of: dict[int, int]) -> Iterator[Finding]:
    offending = rows.select(["submission_id", "row_number"]).take(pa.array(outcome.positions))
    submissions = offending.column("submission_id").to_numpy()
    lines = offending.column("row_number").to_numpy()
    expectation = outcome.expectation
    columns = expectation.columns
    order = np.argsort(submissions, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(submissions[order]) != 0])
    for group in np.split(order, starts[1:]):
        examples = [
            #  from the rows: the frame holds whole numbers beside absent ones as 4.0, and days as midnights
            Example(int(lines[i]), ", ".join(f"{c} {rows.column(c)[outcome.positions[i]]}" for c in columns))
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
            checked_count=asked_of[int(submissions[group[0]])],
            threshold=expectation.threshold,
            is_question=expectation.asks,
        )


def _rows(count: int) -> str:
    return "1 row:" if count == 1 else f"{count:,} rows:"
