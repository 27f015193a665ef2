"""Loads a batch: waiting submissions become verdicts, findings and rows in use.

    claim -> decode -> stage -> check -> publish -> record        one transaction

Killed at any moment, a batch leaves nothing behind and its submissions wait for the next run. Two processes
never load one submission: the second finds it locked, or gone from the queue. The times of the stages go
to ``ops.batch``.
"""

import logging
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from pch import registry
from pch.decode import Decoded, Limits, Payload, decode
from pch.findings import Finding, verdict_of
from pch.intake.landing import BytesLost, Landing
from pch.pipeline.batches import Batch
from pch.registry import Feed
from pch.settings import Settings
from pch.warehouse import ledger
from pch.warehouse.calendar import add_months
from pch.warehouse.db import Connection, connect
from pch.warehouse.ledger import Judgement, Submission
from pch.warehouse.publish import lock_months, publish, withdraw, without_successor
from pch.warehouse.stage import stage, summarise
from pch.warehouse.version import code_version

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """What a batch came to. ``lost``: bytes that the landing store no longer holds; these wait on."""

    accepted: int = 0
    accepted_with_warnings: int = 0
    rejected: int = 0
    rows: int = 0
    lost: int = 0


def load(settings: Settings, batch: Batch, run_id: str | None = None) -> Loaded:
    """Loads what still waits of ``batch`` and is not held by another process."""
    feed = registry.feed(batch.feed)
    clock = Clock()
    with connect(settings, "loader") as conn:
        submissions = ledger.claim(conn, batch.submission_ids)
        payloads = _fetch(Landing(settings.landing), submissions)
        lost = len(submissions) - len(payloads)
        submissions = [s for s in submissions if s.submission_id in {p.submission_id for p in payloads}]
        if not submissions:
            return Loaded(lost=lost)
        _ensure_partitions(settings, feed, {s.period for s in submissions})
        with clock("decode"):
            limits = Limits(max_bytes=settings.max_file_mb << 20, max_expansion=settings.max_expansion)
            decoded = decode(feed, [p for p in payloads if p.submission_id not in _nil(submissions)], limits)
        with clock("stage"):
            stage(conn, feed, decoded.table)
        judged = _check_and_publish(conn, feed, submissions, decoded, clock)
        batch_id = _record_batch(conn, feed, run_id, submissions, decoded, clock)
        ledger.record(conn, batch_id, code_version(), judged)
        ledger.done(conn, [s.submission_id for s in submissions])
    verdicts = [j.verdict for j in judged if j.submission_id in {s.submission_id for s in submissions}]
    return Loaded(
        verdicts.count("accepted"), verdicts.count("accepted_with_warnings"), verdicts.count("rejected"),
        decoded.table.num_rows, lost,
    )  # fmt: skip


def _check_and_publish(
    conn: Connection, feed: Feed, submissions: list[Submission], decoded: Decoded, clock: "Clock"
) -> list[Judgement]:
    """Judges what is staged, publishes what passed, and then looks at it beside the months around it."""
    #  Great Expectations takes seconds to import: only a process that checks pays for it
    from pch.quality.profiles import candidates, forget_profiles, keep_profiles
    from pch.quality.register import set_aside
    from pch.quality.rows import row_findings
    from pch.quality.submissions import submission_findings

    ids = [s.submission_id for s in submissions]
    with clock("check"):
        summarise(conn, feed)
        aside = set_aside(conn, ids)
        findings = (
            decoded.findings + aside.findings + row_findings(feed.feed, _with_period_end(decoded.table, submissions))
        )
        failed = {f.submission_id for f in findings if f.severity == "error"}
        forget_profiles(conn, ids)
        keep_profiles(conn, feed)
    with clock("publish"):
        lock_months(conn, feed, {s.period for s in submissions})
        withdraw(conn, feed, [i for i in ids if i in failed])
        publish(conn, feed, [i for i in ids if i not in failed])
        ledger.enqueue(conn, without_successor(conn, [i for i in ids if i in failed]), "a later file was withdrawn")
    with clock("check"):
        beside = candidates(conn, feed, ids)
        history = submission_findings(beside)
        by_submission: dict[int, list[Finding]] = {i: [] for i in ids}
        for f in findings + history:
            by_submission.setdefault(f.submission_id, []).append(f)
        revised = _revise(conn, {c.submission_id for c in beside} - set(ids), history)
    #  A rejection changes no figure of the month, but the state of its return and the counts of returns
    following = {add_months(s.period, 1) for s in submissions} if revised else set()
    ledger.mark_changed(conn, {s.period for s in submissions} | following, "returns")
    rows = _count_by_submission(decoded.table)
    return revised + [
        Judgement(
            submission_id=i,
            verdict=verdict_of(by_submission[i]),
            rows_read=decoded.rows_read.get(i, 0),
            rows_published=rows.get(i, 0) if i not in failed else 0,
            rows_set_aside=aside.rows.get(i, 0),
            findings=by_submission[i],
        )
        for i in ids
    ]


def _revise(conn: Connection, neighbours: set[int], history: list[Finding]) -> list[Judgement]:
    """New judgements of the following month's submissions, where their predecessor changed what is said."""
    revised = []
    for submission_id, old in ledger.judgements(conn, sorted(neighbours)).items():
        before = [f for f in old.findings if f.layer == "submission"]
        after = [f for f in history if f.submission_id == submission_id]
        if {(f.rule, f.message) for f in before} != {(f.rule, f.message) for f in after}:
            findings = [f for f in old.findings if f.layer != "submission"] + after
            revised.append(replace(old, findings=findings, verdict=verdict_of(findings)))
    return revised


def _fetch(landing: Landing, submissions: list[Submission]) -> list[Payload]:
    """The bytes, verified. What is lost is logged for the central team and does not hold up the rest."""
    payloads = []
    for s in submissions:
        try:
            content = landing.get(s.sha256)
        except BytesLost as e:
            log.error("Submission %s (%s %s %s): %s", s.submission_id, s.site_code, s.feed, s.period, e)
            continue
        payloads.append(Payload(s.submission_id, s.site_code, s.period, s.file_name, content))
    return payloads


def _nil(submissions: list[Submission]) -> set[int]:
    return {s.submission_id for s in submissions if s.nil_reason is not None}


def _ensure_partitions(settings: Settings, feed: Feed, periods: set[date]) -> None:
    """In transactions of their own: the lock on the parent table must not last as long as a load."""
    with connect(settings, "loader", autocommit=True) as conn:
        for period in sorted(periods):
            conn.execute("select ops.ensure_partition(%s, %s)", (feed.feed, period))


def _with_period_end(rows: pa.Table, submissions: list[Submission]) -> pa.Table:
    """``period_end``, the last day of the return's month, beside each row: what a date is judged by."""
    ends = {s.submission_id: date.fromordinal(add_months(s.period, 1).toordinal() - 1) for s in submissions}
    order = pa.array(sorted(ends), pa.int64())
    place = pc.index_in(rows.column("submission_id"), value_set=order)
    return rows.append_column("period_end", pc.take(pa.array([ends[i] for i in sorted(ends)], pa.date32()), place))


def _count_by_submission(rows: pa.Table) -> dict[int, int]:
    counted = pc.value_counts(rows.column("submission_id"))
    return {item["values"]: item["counts"] for item in counted.to_pylist()}


class Clock:
    """Adds up the seconds of each stage: ``with clock("decode"): ...``"""

    def __init__(self) -> None:
        self.started_at = datetime.now(UTC)
        self.seconds = dict.fromkeys(("decode", "stage", "check", "publish"), 0.0)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] += time.perf_counter() - start


def _record_batch(
    conn: Connection, feed: Feed, run_id: str | None, submissions: list[Submission], decoded: Decoded, clock: Clock
) -> int:
    row = conn.execute(
        """insert into ops.batch (feed, period, run_id, submissions_count, rows_count, started_at, finished_at,
             decode_seconds, stage_seconds, check_seconds, publish_seconds, peak_memory_mb)
           values (%s, %s, %s, %s, %s, %s, clock_timestamp(), %s, %s, %s, %s, %s) returning batch_id""",
        (
            feed.feed, submissions[0].period, run_id, len(submissions), sum(decoded.rows_read.values()),
            clock.started_at, *clock.seconds.values(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        ),
    ).fetchone()  # fmt: skip
    assert row is not None
    return int(row[0])
