"""What happened that a site was not told yet: files that arrived, verdicts, questions.

ops.submission, ops.verdict, ops.question, less ops.notice -> News, Question
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from psycopg.rows import class_row

from pch.findings import Verdict
from pch.warehouse.db import Connection

NEWS_FOR = timedelta(days=3)
"""What is older is no news: mail that was just switched on does not begin with the past."""

_NOT_OF_THE_SITE = "publication"  # the door through which the central team pushes for all sites


@dataclass(frozen=True)
class News:
    """A submission of which a site has not heard all. ``happened_at``: when the newest of it came to be known;
    ``revision``: of its verdicts the first that came out as the last one did, accepted or rejected; ``attempt_in_use``:
    of its return."""

    site_code: str
    submission_id: int
    feed: str
    period: date
    attempt: int
    sha256: str
    bytes: int
    is_nil: bool
    received_at: datetime
    happened_at: datetime
    primary_close_at: datetime
    refresh_close_at: datetime
    verdict: Verdict | None
    revision: int | None
    tells_receipt: bool
    tells_verdict: bool
    attempt_in_use: int | None

    @property
    def is_rejected(self) -> bool:
        return self.verdict == "rejected"

    @property
    def verdict_subject(self) -> str:
        return f"{self.submission_id}.{self.revision}"


@dataclass(frozen=True)
class Question:
    """A question that waits for a site's reply; ``reply_id``: of a reply that did not settle it."""

    site_code: str
    submission_id: int
    feed: str
    period: date
    rule: str
    subject: str
    next_step: str
    reply_id: int | None
    asked_at: datetime

    @property
    def notice_subject(self) -> str:
        about = " ".join(filter(None, (self.rule, self.subject)))
        return f"{self.feed} {self.period:%Y-%m} {about}" + (f" after {self.reply_id}" if self.reply_id else "")


def news(conn: Connection, now: datetime) -> list[News]:
    """Of every site that has a contact; by site, in the order of arrival."""
    return (
        conn.cursor(row_factory=class_row(News))
        .execute(_NEWS, {"since": now - NEWS_FOR, "not_theirs": _NOT_OF_THE_SITE})
        .fetchall()
    )


_NEWS = """
with recent as (
  select submission_id from ops.submission where recorded_at > %(since)s
  union
  select submission_id from ops.verdict where decided_at > %(since)s
),
standing as (
  select s.*, v.verdict, first.revision, first.decided_at, greatest(c.first_contact_at, %(since)s) as since
  from recent as r
  inner join ops.submission as s using (submission_id)
  inner join ops.contacted_site as c using (site_code)
  left join ops.current_verdict as v using (submission_id)
  left join lateral (  -- of the verdicts since which it has been accepted, or rejected
    select a.revision, a.decided_at from ops.verdict as a
    where a.submission_id = s.submission_id and not exists (
      select from ops.verdict as o
      where o.submission_id = a.submission_id and o.revision >= a.revision
      and (o.verdict = 'rejected') <> (v.verdict = 'rejected'))
    order by a.revision limit 1) as first on true
  where s.door <> %(not_theirs)s
)
select s.site_code, s.submission_id, s.feed, s.period, s.attempt, s.sha256, s.bytes, s.nil_reason is not null as is_nil,
  s.received_at, greatest(s.recorded_at, s.decided_at) as happened_at, p.primary_close_at, p.refresh_close_at,
  s.verdict, s.revision, u.tells_receipt, u.tells_verdict,
  (select b.attempt from ops.publication as x inner join ops.submission as b using (submission_id)
   where x.is_current and (x.site_code, x.feed, x.period) = (s.site_code, s.feed, s.period)) as attempt_in_use
from standing as s
inner join ref.period as p using (period)
cross join lateral (
  select
    s.recorded_at > s.since and not exists (
      select from ops.notice as n
      where (n.kind, n.site_code, n.subject) = ('receipt', s.site_code, s.submission_id::text)) as tells_receipt,
    coalesce(s.decided_at > s.since, false) and not exists (
      select from ops.notice as n
      where (n.kind, n.site_code, n.subject)
        = ('verdict', s.site_code, s.submission_id || '.' || s.revision)) as tells_verdict
) as u
where u.tells_receipt or u.tells_verdict
order by s.site_code, s.submission_id"""


def sites_being_checked(conn: Connection) -> set[str]:
    """Sites of which something waits to be judged."""
    waiting = "select distinct site_code from ops.queue inner join ops.submission using (submission_id)"
    return {row[0] for row in conn.execute(waiting)}


def questions(conn: Connection) -> list[Question]:
    """What waits for the reply of a site that has a contact, told or not; by site and month."""
    return (
        conn.cursor(row_factory=class_row(Question))
        .execute(
            """select q.site_code, q.submission_id, q.feed, q.period, q.rule, q.subject, q.next_step, q.reply_id,
                 coalesce(q.decided_at, v.decided_at) as asked_at
               from ops.question as q
               inner join ops.contacted_site as c on q.site_code = c.site_code
               inner join ops.current_verdict as v on q.submission_id = v.submission_id
               where q.state in ('open', 'declined')
               order by q.site_code, q.period, q.feed, q.rule, q.subject"""
        )
        .fetchall()
    )


def questions_told(conn: Connection) -> set[tuple[str, str]]:
    """Site and subject of every notice of a question."""
    return {
        (row[0], row[1]) for row in conn.execute("select site_code, subject from ops.notice where kind = 'question'")
    }
