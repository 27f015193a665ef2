"""Returns that a site still owes before a primary close, or after it.

ref.period -> the month whose primary close is near, or was just now -> ops.return_state -> Awaited
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from psycopg.rows import class_row

from pch.warehouse.calendar import LONDON
from pch.warehouse.db import Connection

REMIND_BEFORE = timedelta(days=5)
OVERDUE_FOR = timedelta(days=5)
"""So long after a close it is said that a return is overdue; then it is history."""

AT_WORK = time(8)
"""When people begin to read: London time."""


@dataclass(frozen=True)
class Closing:
    """A month to be spoken of now. ``until``: when it is too late to say so."""

    topic: Literal["due", "overdue"]
    period: date
    primary_close_at: datetime
    refresh_close_at: datetime
    until: datetime

    @property
    def notice_subject(self) -> str:
        return f"{self.period:%Y-%m}"


@dataclass(frozen=True)
class Awaited:
    """A return of which nothing is in use, and nothing is being checked; ``rejected_id``: its last submission, where
    that was rejected."""

    site_code: str
    feed: str
    rejected_id: int | None


def morning(day: date) -> datetime:
    return datetime.combine(day, AT_WORK, LONDON)


def closings(conn: Connection, now: datetime) -> Iterator[Closing]:
    """The months whose primary close is at most five days off, counted from a morning, or that far past."""
    for period, primary, refresh in conn.execute(
        """select period, primary_close_at, refresh_close_at from ref.period
           where primary_close_at between %s and %s order by period""",
        (now - 2 * OVERDUE_FOR, now + 2 * REMIND_BEFORE),
    ):
        day = primary.astimezone(LONDON).date()
        overdue_from = morning(day + timedelta(days=1))
        if morning(day - REMIND_BEFORE) <= now <= primary:
            yield Closing("due", period, primary, refresh, primary)
        elif overdue_from <= now < overdue_from + OVERDUE_FOR:
            yield Closing("overdue", period, primary, refresh, overdue_from + OVERDUE_FOR)


def awaited(conn: Connection, closing: Closing) -> list[Awaited]:
    """Of the sites that have a contact and were not told of this yet; by site and feed."""
    return (
        conn.cursor(row_factory=class_row(Awaited))
        .execute(
            """select r.site_code, r.feed,
                 case when r.last_verdict = 'rejected' then r.last_submission_id end as rejected_id
               from ops.return_state as r
               inner join ops.contacted_site as c on r.site_code = c.site_code
               where r.period = %s and r.is_due and r.submission_id is null and r.unchecked_count = 0
               and not exists (
                 select from ops.notice as n where (n.kind, n.site_code, n.subject) = (%s, r.site_code, %s))
               order by r.site_code, r.feed""",
            (closing.period, closing.topic, closing.notice_subject),
        )
        .fetchall()
    )
