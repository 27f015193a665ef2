"""Reads and writes what the ledger says of submissions: waiting, locked, judged."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from psycopg.rows import class_row

from pch.findings import CheckResult, Example, Finding, Verdict
from pch.warehouse.db import Connection


@dataclass(frozen=True)
class Submission:
    """A row of ``ops.submission``, as far as loading it needs."""

    submission_id: int
    site_code: str
    feed: str
    period: date
    attempt: int
    sha256: str
    bytes: int
    file_name: str
    nil_reason: str | None


CHANNEL = "pch_submission"
"""What is notified when something enters the queue; the orchestrator listens."""

_COLUMNS = "submission_id, site_code, feed, period, attempt, sha256, bytes, file_name, nil_reason"


def waiting(conn: Connection) -> list[Submission]:
    """Everything in the queue; months in order, then by arrival."""
    cursor = conn.cursor(row_factory=class_row(Submission))
    return cursor.execute(
        f"select {_COLUMNS} from ops.queue inner join ops.submission using (submission_id)"
        " order by feed, period, submission_id"
    ).fetchall()


def claim(conn: Connection, submission_ids: list[int]) -> list[Submission]:
    """Of these, the ones that still wait and that no other process holds, by id. Held until the transaction
    ends, and so by nobody whose process has died. Claims are made one at a time, so that of two copies of a
    load one gets all and the other nothing."""
    cursor = conn.cursor(row_factory=class_row(Submission))
    conn.execute("select pg_advisory_lock(hashtext('pch claim'))")
    claimed = cursor.execute(
        f"""with mine as (
              select submission_id from ops.queue where submission_id = any(%s) for update skip locked
            )
            select {_COLUMNS} from mine inner join ops.submission using (submission_id) order by submission_id""",
        (submission_ids,),
    ).fetchall()
    conn.execute("select pg_advisory_unlock(hashtext('pch claim'))")
    return claimed


def done(conn: Connection, submission_ids: list[int]) -> None:
    """Leaves the queue."""
    conn.execute("delete from ops.queue where submission_id = any(%s)", (submission_ids,))


def enqueue(conn: Connection, submission_ids: list[int], reason: str) -> int:
    """Puts submissions into the queue, to be judged from their stored bytes, and wakes the orchestrator when
    the transaction commits; returns how many were not waiting already."""
    added = conn.execute(
        "insert into ops.queue (submission_id, reason) select unnest(%s::bigint[]), %s on conflict do nothing",
        (submission_ids, reason),
    ).rowcount
    if added:
        conn.execute("select pg_notify(%s, %s)", (CHANNEL, reason[:100]))
    return added


@dataclass(frozen=True)
class Judgement:
    """A verdict with its counts, of one submission. ``batch_id``: the batch that loaded it, once it is recorded."""

    submission_id: int
    verdict: Verdict
    rows_read: int
    rows_published: int
    rows_set_aside: int
    findings: list[Finding]
    batch_id: int | None = None


def record(conn: Connection, code_version: str, judgements: list[Judgement], batch_id: int | None = None) -> None:
    """Writes the verdicts as the next revision of each submission, with their findings; ``batch_id`` is of those
    that were just loaded. A second writer of the same revision fails on the primary key, and with it its whole
    transaction."""
    if not judgements:
        return
    ids = [j.submission_id for j in judgements]
    revision: dict[int, int] = dict(
        conn.execute(
            "select submission_id, max(revision) from ops.verdict where submission_id = any(%s) group by 1", (ids,)
        ).fetchall()
    )
    cursor = conn.cursor()  # no COPY: Postgres has none into tables with row-level security
    cursor.executemany(
        """insert into ops.verdict (submission_id, revision, verdict, batch_id, rows_read, rows_published,
             rows_set_aside, code_version)
           values (%s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            (j.submission_id, revision.get(j.submission_id, 0) + 1, j.verdict, j.batch_id or batch_id, j.rows_read,
             j.rows_published, j.rows_set_aside, code_version)
            for j in judgements
        ],
    )  # fmt: skip
    cursor.executemany(
        """insert into ops.finding (submission_id, revision, rule, layer, severity, column_name, rows_count, examples,
             message, next_step, subject, checked_count, threshold, is_question, exemption)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            (j.submission_id, revision.get(j.submission_id, 0) + 1, f.rule, f.layer, f.severity, f.column,
             f.rows_count, json.dumps(f.examples_json()), f.message, f.next_step, f.subject, f.checked_count,
             f.threshold, f.is_question, f.exemption)
            for j in judgements for f in j.findings
        ],
    )  # fmt: skip


def judgements(conn: Connection, submission_ids: list[int]) -> dict[int, Judgement]:
    """The latest word on each of these."""
    found: dict[int, Judgement] = {
        row[0]: Judgement(row[0], row[1], row[2], row[3], row[4], [], row[5])
        for row in conn.execute(
            """select submission_id, verdict, rows_read, rows_published, rows_set_aside, batch_id
               from ops.current_verdict where submission_id = any(%s)""",
            (submission_ids,),
        )
    }
    for submission_id, findings in findings_of(conn, submission_ids).items():
        if submission_id in found:
            found[submission_id].findings.extend(findings)
    return found


_LATER = ("subject", "checked_count", "threshold", "is_question", "exemption")


def findings_of(conn: Connection, submission_ids: list[int]) -> dict[int, list[Finding]]:
    """The latest findings of each of these: errors, warnings, information; many rows before few."""
    found: dict[int, list[Finding]] = {i: [] for i in submission_ids}
    for row in conn.execute(
        """select submission_id, rule, severity, layer, message, next_step, column_name, rows_count, examples,
             subject, checked_count, threshold, is_question, exemption
           from ops.current_finding where submission_id = any(%s)
           order by array_position(array['error', 'warning', 'information'], severity), rows_count desc, finding_id""",
        (submission_ids,),
    ):
        examples = [Example(**e) for e in row[8]]
        found[row[0]].append(replace(Finding(*row[:8]), examples=examples, **dict(zip(_LATER, row[9:], strict=True))))
    return found


def record_checks(
    conn: Connection,
    period: date,
    results: list[CheckResult],
    *,
    batch_id: int | None = None,
    review_id: int | None = None,
) -> None:
    """Writes what each rule was asked of, by one batch or one review."""
    with conn.cursor().copy(
        """copy ops.check_result (batch_id, review_id, feed, period, layer, rule, severity, threshold, checked_count,
           violated_count, submissions_count, submissions_violated, is_applicable) from stdin"""
    ) as copy:
        for r in results:
            copy.write_row(
                (batch_id, review_id, r.feed, period, r.layer, r.rule, r.severity, r.threshold, r.checked_count,
                 r.violated_count, r.submissions_count, r.submissions_violated, r.is_applicable)
            )  # fmt: skip


def mark_changed(conn: Connection, periods: Iterable[date], reason: str) -> None:
    """Puts months down for building."""
    conn.cursor().executemany(
        "insert into ops.month_change (period, reason) values (%s, %s)", [(p, reason) for p in sorted(set(periods))]
    )


def last_change(conn: Connection) -> int:
    """The highest change that this transaction can see; those below it are visible, too (``ops.in_order``)."""
    row = conn.execute("select coalesce(max(change_id), 0) from ops.month_change").fetchone()
    assert row is not None
    return int(row[0])
