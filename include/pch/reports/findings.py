"""What was found in what a site pushed for a period, return by return.

ops.submission, ops.current_verdict, ops.current_finding, ops.finding_course, ops.question -> list[Checked]
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from psycopg.rows import class_row

from pch import registry
from pch.errors import Refused
from pch.findings import Finding
from pch.reports.plain import require_site, snapshot
from pch.reports.questions import Question, questions_about
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
class Found(Finding):
    """A finding, whether the submission before had it, too (None: there is none before), and the question it asks
    of a submission in use."""

    course: Literal["new", "persisting"] | None = None
    question: Question | None = None


@dataclass(frozen=True)
class Before:
    """The submission that findings are set beside: the attempt before, else the one in use of the newest earlier
    month. ``resolved``: its findings that are gone."""

    submission_id: int
    period: date
    attempt: int
    resolved: list[Finding]


@dataclass(frozen=True)
class Checked:
    """A return: its state (None: none is expected), the attempt looked at and its findings, gravest first.
    ``before`` is None where nothing came before, or nothing was decided yet."""

    site_code: str
    feed: str
    period: date
    state: str | None
    primary_close_at: datetime | None
    refresh_close_at: datetime | None
    attempts_count: int
    attempt_in_use: int | None
    attempt: Attempt | None
    findings: list[Found]
    before: Before | None


def findings(
    settings: Settings, site: str, period: date, feed: str | None = None, attempt: int | None = None
) -> list[Checked]:
    """Each return of the site and period, its last attempt unless ``attempt`` says which. Raises Refused
    when no return of these has that attempt, or there is no such site or feed."""
    feeds = [registry.feed(feed).feed] if feed else list(registry.feeds())
    with snapshot(settings) as conn:
        require_site(conn, site)
        found = [checked(conn, site, f, period, attempt) for f in feeds]
    if attempt is not None and not any(c.attempt for c in found):
        had = ", ".join(f"{c.feed} {c.attempts_count}" for c in found)
        raise Refused(f"Site {site} pushed no attempt {attempt} for {period:%Y-%m}. It pushed, in all: {had}.")
    return found


def attempts(conn: Connection, site: str, feed: str, period: date) -> list[Attempt]:
    """What arrived for a return, in order."""
    return (
        conn.cursor(row_factory=class_row(Attempt))
        .execute(
            """select submission_id, attempt, file_name, sha256, bytes, nil_reason, received_at,
                 coalesce(p.is_current, false) as is_in_use, verdict, revision, rows_read, rows_published,
                 rows_set_aside, decided_at
               from ops.submission as s
               left join ops.current_verdict using (submission_id)
               left join (select submission_id, is_current from ops.publication) as p using (submission_id)
               where (s.site_code, s.feed, s.period) = (%s, %s, %s) order by attempt""",
            (site, feed, period),
        )
        .fetchall()
    )


def checked(conn: Connection, site: str, feed: str, period: date, number: int | None = None) -> Checked:
    """A return with the findings of the attempt of that ``number``; of its last one without."""
    expected = conn.execute(
        """select state, primary_close_at, refresh_close_at from ops.return_state
           where (site_code, feed, period) = (%s, %s, %s)""",
        (site, feed, period),
    ).fetchone()
    arrived = attempts(conn, site, feed, period)
    chosen = next((a for a in reversed(arrived) if number in (None, a.attempt)), None)
    said, before = found(conn, chosen.submission_id) if chosen and chosen.verdict else ([], None)
    in_use = next((a.attempt for a in arrived if a.is_in_use), None)
    state, primary, refresh = expected or (None, None, None)
    return Checked(site, feed, period, state, primary, refresh, len(arrived), in_use, chosen, said, before)


def found(conn: Connection, submission_id: int) -> tuple[list[Found], Before | None]:
    """The findings of a submission that was judged, and what they are set beside."""
    courses = conn.execute(
        """select f.rule, f.subject, f.column_name, c.course, b.submission_id, b.period, b.attempt
           from ops.finding_course as c
           inner join ops.finding as f on f.finding_id = c.finding_id
           left join ops.submission as b on b.submission_id = c.previous_submission_id
           where c.submission_id = %s""",
        (submission_id,),
    ).fetchall()
    course = {tuple(row[:3]): row[3] for row in courses}
    previous = next((row[4:] for row in courses if row[4] is not None), ())
    questions = {(q.rule, q.subject): q for q in questions_about(conn, submission_id)}
    said = findings_of(conn, [submission_id, *previous[:1]])
    found = [
        Found(
            **vars(f),
            course=course[f.rule, f.subject, f.column] if previous else None,
            question=questions.get((f.rule, f.subject)) if f.is_question else None,
        )
        for f in said[submission_id]
    ]
    if not previous:
        return found, None
    before_id, period, attempt = previous
    gone = [f for f in said[before_id] if course.get((f.rule, f.subject, f.column)) == "resolved"]
    return found, Before(before_id, period, attempt, gone)
