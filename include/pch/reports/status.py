"""The state of every return, live from the ledger: how many per period and feed, and each of them.

ops.return_state, ops.queue, ops.build, ops.month_pending -> Status
"""

from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import class_row

from pch import registry
from pch.reports.plain import require_site, snapshot
from pch.settings import Settings
from pch.warehouse.db import Connection


@dataclass(frozen=True)
class Counts:
    """Returns of one period and feed; of everything asked for where these are None.

    Each return counts once in the columns from ``accepted`` on, so these add up to ``expected``;
    ``being_checked`` are returns with nothing in use whose last submission has no verdict yet. ``received``:
    anything arrived, whatever became of it.
    """

    period: date | None
    feed: str | None
    expected: int
    received: int
    accepted: int
    accepted_with_warnings: int
    nil_return: int
    rejected: int
    being_checked: int
    missing: int
    late: int
    due: int
    not_due: int


@dataclass(frozen=True)
class ReturnState:
    """A row of ``ops.return_state``. ``submission_id``, ``attempt`` and the rows are those in use."""

    site_code: str
    feed: str
    period: date
    state: str
    attempts_count: int
    unchecked_count: int
    last_verdict: str | None
    last_submission_id: int | None
    last_received_at: datetime | None
    submission_id: int | None
    attempt: int | None
    verdict: str | None
    rows_published: int | None
    rows_set_aside: int | None
    primary_close_at: datetime
    refresh_close_at: datetime


@dataclass(frozen=True)
class Build:
    build_id: int
    started_at: datetime
    finished_at: datetime
    succeeded: bool
    periods: list[date]


@dataclass(frozen=True)
class Pending:
    """A month whose figures are not up to date, and why."""

    period: date
    reasons: list[str]


@dataclass(frozen=True)
class Status:
    """``waiting_count``: submissions to be judged, for the first time or again, since ``waiting_since``.
    ``unexpected_count``: submissions of no expected return (a site not in the register, or not yet begun)."""

    as_of: datetime
    total: Counts
    counts: list[Counts]
    returns: list[ReturnState]
    waiting_count: int
    waiting_since: datetime | None
    unexpected_count: int
    last_build: Build | None
    pending: list[Pending]


_ASKED_FOR = """(%(site)s::text is null or site_code = %(site)s) and (%(feed)s::text is null or feed = %(feed)s)
  and (%(period)s::date is null or period = %(period)s)"""

_COUNTS = f"""
with each as (
  select period, feed, attempts_count,
    case
      when state = 'received' then verdict
      when state in ('nil_return', 'rejected') then state
      when unchecked_count > 0 then 'being_checked'
      else state
    end as standing
  from ops.return_state where {_ASKED_FOR}
)
select period, feed, count(*) as expected, count(*) filter (where attempts_count > 0) as received,
  {", ".join(f"count(*) filter (where standing = '{name}') as {name}" for name in (
    "accepted", "accepted_with_warnings", "nil_return", "rejected", "being_checked",
    "missing", "late", "due", "not_due"))}
from each group by grouping sets ((period, feed), ()) order by period nulls first, feed"""  # fmt: skip


def status(settings: Settings, site: str | None = None, feed: str | None = None, period: date | None = None) -> Status:
    """All returns, or those of a site, a feed, a period. Raises Refused for a site or feed that is none."""
    if feed:
        registry.feed(feed)
    asked = {"site": site, "feed": feed, "period": period}
    with snapshot(settings) as conn:
        if site:
            require_site(conn, site)
        total, *counts = conn.cursor(row_factory=class_row(Counts)).execute(_COUNTS, asked).fetchall()
        returns = (
            conn.cursor(row_factory=class_row(ReturnState))
            .execute(
                f"""select site_code, feed, period, state, attempts_count, unchecked_count, last_verdict,
                      last_submission_id, last_received_at, submission_id, attempt, verdict, rows_published,
                      rows_set_aside, primary_close_at, refresh_close_at
                    from ops.return_state where {_ASKED_FOR} order by period, feed, site_code""",
                asked,
            )
            .fetchall()
        )
        queue = conn.execute(
            f"""select now(), count(submission_id), min(queued_at)
                from ops.queue inner join ops.submission using (submission_id) where {_ASKED_FOR}""",
            asked,
        ).fetchone()
        unexpected = conn.execute(
            f"""select count(*) from ops.submission as s where {_ASKED_FOR} and not exists (
                  select from ops.expected_return as e
                  where (e.site_code, e.feed, e.period) = (s.site_code, s.feed, s.period))""",
            asked,
        ).fetchone()
        assert queue is not None and unexpected is not None
        return Status(
            queue[0], total, counts, returns, queue[1], queue[2], unexpected[0], _last_build(conn), _pending(conn)
        )


def _last_build(conn: Connection) -> Build | None:
    return (
        conn.cursor(row_factory=class_row(Build))
        .execute(
            "select build_id, started_at, finished_at, succeeded, periods from ops.build order by build_id desc limit 1"
        )
        .fetchone()
    )


def _pending(conn: Connection) -> list[Pending]:
    cursor = conn.cursor(row_factory=class_row(Pending))
    return cursor.execute("select period, reasons from ops.month_pending order by period").fetchall()
