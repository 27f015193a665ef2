"""Loads a batch: waiting submissions become verdicts, findings and rows in use.

    claim -> decode -> stage -> check -> publish -> record        one transaction

How a submission looks beside other months and other feeds is said later, by the review of its month.

Killed at any moment, a batch leaves nothing behind and its submissions wait for the next run. Two processes
never load one submission: the second finds it locked, or gone from the queue. The times of the stages go
to ``ops.batch``.
"""

import logging
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from pch import registry
from pch.decode import Decoded, Limits, Payload, decode
from pch.findings import CheckResult, Finding, verdict_of
from pch.intake.landing import BytesLost, Landing
from pch.pipeline.batches import Batch
from pch.registry import Feed
from pch.settings import Settings
from pch.warehouse import ledger
from pch.warehouse.answers import stand_still
from pch.warehouse.calendar import parse_period
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
    feed = registry.feed(batch.feed, parse_period(batch.period))
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
        judged, results = _check_and_publish(conn, feed, submissions, decoded, clock)
        batch_id = _record_batch(conn, feed, run_id, submissions, decoded, clock)
        ledger.record(conn, code_version(), judged, batch_id)
        ledger.record_checks(conn, submissions[0].period, results, batch_id=batch_id)
        ledger.done(conn, [s.submission_id for s in submissions])
    verdicts = [j.verdict for j in judged]
    return Loaded(
        verdicts.count("accepted"), verdicts.count("accepted_with_warnings"), verdicts.count("rejected"),
        decoded.table.num_rows, lost,
    )  # fmt: skip


def _check_and_publish(
    conn: Connection, feed: Feed, submissions: list[Submission], decoded: Decoded, clock: "Clock"
) -> tuple[list[Judgement], list[CheckResult]]:
    """Judges what is staged and publishes what passed. How it looks beside other months and feeds is said by the
    review of the month (``pipeline.review``)."""
    #  Great Expectations takes seconds to import: only a process that checks pays for it
    from pch.quality.exemptions import with_exemptions
    from pch.quality.register import set_aside
    from pch.quality.rows import row_findings
    from pch.quality.totals import aggregates, forget_totals, keep_totals
    from pch.quality.windows import window_findings

    ids = [s.submission_id for s in submissions]
    with clock("check"):
        stand_still(conn)
        summarise(conn, feed, aggregates(feed.feed))
        aside = set_aside(conn, ids)
        of_rows, results = row_findings(feed.feed, decoded.table, submissions[0].period)
        found = with_exemptions(conn, decoded.findings + aside.findings + window_findings(conn, ids) + of_rows)
        failed = {f.submission_id for f in found if f.severity == "error"}
        forget_totals(conn, ids)
        keep_totals(conn, feed)
    with clock("publish"):
        lock_months(conn, feed, {s.period for s in submissions})
        withdraw(conn, feed, [i for i in ids if i in failed])
        publish(conn, feed, [i for i in ids if i not in failed])
        ledger.enqueue(conn, without_successor(conn, [i for i in ids if i in failed]), "a later file was withdrawn")
    #  A rejection changes no figure of the month, but the state of its return and the counts of returns
    ledger.mark_changed(conn, {s.period for s in submissions}, "returns")
    rows = _count_by_submission(decoded.table)
    findings: dict[int, list[Finding]] = {i: [] for i in ids}
    for f in found:
        findings[f.submission_id].append(f)
    return [
        Judgement(
            submission_id=i,
            verdict=verdict_of(findings[i]),
            rows_read=decoded.rows_read.get(i, 0),
            rows_published=rows.get(i, 0) if i not in failed else 0,
            rows_set_aside=aside.rows.get(i, 0),
            findings=findings[i],
        )
        for i in ids
    ], results


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
