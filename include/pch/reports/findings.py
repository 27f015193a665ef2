"""What was found in what a site pushed for a period, return by return.

ops.submission, ops.current_verdict, ops.current_finding -> list[Checked]
"""

from dataclasses import dataclass
from datetime import date, datetime

from psycopg.rows import class_row

from pch import registry
from pch.errors import Refused
from pch.findings import Finding
from pch.reports.plain import require_site, snapshot
from pch.settings import Settings
from pch.warehouse.db import Connection
from pch.warehouse.ledger import findings_of


@dataclass(frozen=True)
class Attempt:
    """A submission and what was decided of it; ``verdict`` is None while it is being checked."""

    submission_id: int
    attempt: int
    file_name: str
    sha256: str
    bytes: int
    nil_reason: str | None
    received_at: datetime
    is_in_use: bool
    verdict: str | None
    revision: int | None
    rows_read: int | None
    rows_published: int | None
    rows_set_aside: int | None
    decided_at: datetime | None


@dataclass(frozen=True)
class Checked:
    """A return: its state (None: none is expected), the attempt looked at and its findings, gravest first."""

    site_code: str
    feed: str
    period: date
    state: str | None
    primary_close_at: datetime | None
    refresh_close_at: datetime | None
    attempts_count: int
    attempt_in_use: int | None
    attempt: Attempt | None
    findings: list[Finding]


def findings(
    settings: Settings, site: str, period: date, feed: str | None = None, attempt: int | None = None
) -> list[Checked]:
    """Each return of the site and period, its last attempt unless ``attempt`` says which. Raises Refused
    when no return of these has that attempt, or there is no such site or feed."""
    feeds = [registry.feed(feed).feed] if feed else list(registry.feeds())
    with snapshot(settings) as conn:
        require_site(conn, site)
        checked = [_checked(conn, site, f, period, attempt) for f in feeds]
    if attempt is not None and not any(c.attempt for c in checked):
        had = ", ".join(f"{c.feed} {c.attempts_count}" for c in checked)
        raise Refused(f"Site {site} pushed no attempt {attempt} for {period:%Y-%m}. It pushed, in all: {had}.")
    return checked


def _checked(conn: Connection, site: str, feed: str, period: date, number: int | None) -> Checked:
    address = (site, feed, period)
    expected = conn.execute(
        """select state, primary_close_at, refresh_close_at from ops.return_state
           where (site_code, feed, period) = (%s, %s, %s)""",
        address,
    ).fetchone()
    attempts = (
        conn.cursor(row_factory=class_row(Attempt))
        .execute(
            """select submission_id, attempt, file_name, sha256, bytes, nil_reason, received_at,
                 coalesce(p.is_current, false) as is_in_use, verdict, revision, rows_read, rows_published,
                 rows_set_aside, decided_at
               from ops.submission as s
               left join ops.current_verdict using (submission_id)
               left join (select submission_id, is_current from ops.publication) as p using (submission_id)
               where (s.site_code, s.feed, s.period) = (%s, %s, %s) order by attempt""",
            address,
        )
        .fetchall()
    )
    chosen = next((a for a in reversed(attempts) if number in (None, a.attempt)), None)
    found = findings_of(conn, [chosen.submission_id])[chosen.submission_id] if chosen else []
    in_use = next((a.attempt for a in attempts if a.is_in_use), None)
    state, primary, refresh = expected or (None, None, None)
    return Checked(site, feed, period, state, primary, refresh, len(attempts), in_use, chosen, found)
