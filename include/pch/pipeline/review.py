"""Looks at months as a whole: each submission beside its own history and beside the other feeds.

    ops.month_change -> months to review (those changed, and the year after them) -> suites ``submission``,
    ``history``, ``cross_feed`` -> findings -> a new revision of the verdicts they change, ops.check_result

Loading cannot say any of this: the other feed, or the month before, may arrive later. So a month is reviewed after
the loads, whenever something that bears on it changed, and the findings come out the same in whatever order files
arrive. One month is one transaction, which no load of that month runs beside.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from pch import registry
from pch.findings import REVIEWED, Finding, verdict_of
from pch.settings import Settings
from pch.warehouse import ledger
from pch.warehouse.answers import stand_still
from pch.warehouse.db import Connection, connect
from pch.warehouse.ledger import Judgement
from pch.warehouse.publish import lock_months
from pch.warehouse.version import code_version

FINDINGS_CHANGED = "findings"  # a reason to build a month again, not to review it again
REACH = 12  # months after it that a month is history of


@dataclass(frozen=True)
class Reviewed:
    """A month, how many accepted submissions were looked at and how many verdicts came out anew."""

    period: date
    submissions: int
    revised: int


def review(settings: Settings, run_id: str | None = None) -> list[Reviewed]:
    """Every month that needs it, in order; each is kept before the next is begun."""
    with connect(settings, "loader") as conn:
        due = _due(conn)
    return [r for period in due if (r := _review(settings, period, run_id))]


def _due(conn: Connection) -> list[date]:
    """Months with something accepted, for which they or the year before them changed since their last review."""
    return [
        row[0]
        for row in conn.execute(
            """select p.period
               from ref.period as p
               inner join ops.month_change as c
               on c.period between p.period - make_interval(months => %s) and p.period
               where c.reason not in (%s, 'time passed', 'new month')
               and exists (select from ops.publication as x where x.period = p.period)
               group by p.period
               having max(c.change_id) > coalesce(
                 (select max(r.up_to_change_id) from ops.review as r where r.period = p.period), 0)
               order by p.period""",
            (REACH, FINDINGS_CHANGED),
        )
    ]


def _review(settings: Settings, period: date, run_id: str | None) -> Reviewed | None:
    #  Great Expectations takes seconds to import: only a process that checks pays for it
    from pch.quality.cross_feed import cross_feed_findings
    from pch.quality.exemptions import with_exemptions
    from pch.quality.history import history_findings
    from pch.quality.submissions import practice_findings

    started_at = datetime.now(UTC)
    with connect(settings, "loader") as conn:
        stand_still(conn)
        for feed in registry.feeds().values():
            lock_months(conn, feed, [period])
        if period not in _due(conn):  # another review was quicker
            return None
        up_to = ledger.last_change(conn)
        of_practices, results = practice_findings(conn, period)
        of_history, more = history_findings(conn, period)
        in_question = {(f.submission_id, f.subject) for f in of_history}
        of_feeds, rest = cross_feed_findings(conn, period, in_question)
        found = with_exemptions(conn, of_practices + of_history + of_feeds)
        accepted = [
            row[0] for row in conn.execute("select submission_id from ops.publication where period = %s", (period,))
        ]
        revised = _revised(ledger.judgements(conn, accepted), found)
        ledger.record(conn, code_version(), revised)
        row = conn.execute(
            """insert into ops.review (period, run_id, up_to_change_id, submissions_count, revised_count, started_at)
               values (%s, %s, %s, %s, %s, %s) returning review_id""",
            (period, run_id, up_to, len(accepted), len(revised), started_at),
        ).fetchone()
        assert row is not None
        ledger.record_checks(conn, period, [*results, *more, *rest], review_id=row[0])
        if revised:
            ledger.mark_changed(conn, [period], FINDINGS_CHANGED)
    return Reviewed(period, len(accepted), len(revised))


def _revised(judgements: dict[int, Judgement], found: list[Finding]) -> list[Judgement]:
    """Of those judged, the ones of which something else is said now."""
    anew: dict[int, list[Finding]] = {i: [] for i in judgements}
    for f in found:
        anew[f.submission_id].append(f)
    revised = []
    for i, old in judgements.items():
        if _said([f for f in old.findings if f.layer in REVIEWED]) != _said(anew[i]):
            findings = [f for f in old.findings if f.layer not in REVIEWED] + anew[i]
            revised.append(replace(old, findings=findings, verdict=verdict_of(findings)))
    return revised


def _said(findings: list[Finding]) -> set[tuple[str, str, str, str]]:
    return {(f.rule, f.subject, f.severity, f.exemption or f.message) for f in findings}
