"""What sites are asked about figures that are plausible but odd, and what they answered.

ops.question, ref.reason -> Asked
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from psycopg.rows import class_row

from pch import registry
from pch.reports.plain import require_site, snapshot
from pch.settings import Settings
from pch.warehouse.db import Connection


@dataclass(frozen=True)
class Question:
    """A question about a submission in use, with the newest reply to it. Open: none was given; answered: one waits
    for the central team; declined: it did not settle the question; accepted: about to be judged again."""

    site_code: str
    feed: str
    period: date
    submission_id: int
    rule: str
    subject: str
    message: str
    next_step: str
    state: Literal["open", "answered", "declined", "accepted"]
    reply_id: int | None
    reason_code: str | None
    reason: str | None
    sentence: str | None
    replied_by: str | None
    replied_at: datetime | None
    note: str | None
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True)
class Asked:
    """``reasons``: what each code of a reply means."""

    questions: list[Question]
    reasons: dict[str, str]


def questions(settings: Settings, site: str | None, feed: str | None, period: date | None) -> Asked:
    """Every question of the site, feed and month (None: of all), months in order."""
    if feed:
        registry.feed(feed)
    with snapshot(settings) as conn:
        if site:
            require_site(conn, site)
        found = _questions(
            conn,
            """(%(site)s::text is null or site_code = %(site)s) and (%(feed)s::text is null or feed = %(feed)s)
               and (%(period)s::date is null or period = %(period)s)""",
            {"site": site, "feed": feed, "period": period},
        )
        reasons = conn.execute("select reason_code, meaning from ref.reason order by reason_code").fetchall()
    return Asked(found, dict(reasons))


def questions_about(conn: Connection, submission_id: int) -> list[Question]:
    return _questions(conn, "submission_id = %(submission)s", {"submission": submission_id})


def _questions(conn: Connection, condition: str, parameters: dict[str, object]) -> list[Question]:
    columns = ", ".join(Question.__dataclass_fields__)
    cursor = conn.cursor(row_factory=class_row(Question))
    return cursor.execute(
        f"select {columns} from ops.question where {condition} order by period, site_code, feed, rule, subject",
        parameters,
    ).fetchall()
