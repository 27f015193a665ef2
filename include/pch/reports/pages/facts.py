"""What the quality pages show, as the ledger has it at one moment: a handful of queries, whatever the number of months.

    ops.return_state, current_verdict, current_finding, check_result, question, exemption, ref.site -> Facts

The standing of a return is told by its newest file and the one in use; where these differ, both may have findings
that are open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeVar

from psycopg.rows import class_row

from pch.findings import Layer, Severity
from pch.reports.plain import snapshot
from pch.reports.questions import Question
from pch.settings import Settings
from pch.warehouse.db import Connection

Outcome = Literal["rejected", "missing", "warned", "awaited", "in_order"]
"""What became of a return. rejected: its newest file was, also where an older one stays in use; missing: its
primary close passed without a file; warned: accepted with warnings; awaited: due, or being checked; in_order:
accepted or nil, with nothing to ask."""


@dataclass(frozen=True)
class Return:
    """A return that was due or arrived. ``attempt`` and ``rows_count`` are those in use, if any is."""

    site_code: str
    feed: str
    period: date
    outcome: Outcome
    attempts_count: int
    attempt: int | None
    rows_count: int


@dataclass(frozen=True)
class Standing:
    """A finding of a file that stands (the newest of its return, or the one in use): an error or a warning, or what
    would be one were it not exempt."""

    site_code: str
    feed: str
    period: date
    attempt: int
    rule: str
    subject: str
    layer: Layer
    severity: Severity
    message: str
    next_step: str
    is_exempt: bool


@dataclass(frozen=True)
class Judged:
    """The files of a month and feed on which there is a verdict, every attempt counted; nil returns are no files."""

    period: date
    feed: str
    submissions_count: int
    files_count: int
    files_accepted: int


@dataclass(frozen=True)
class Check:
    """What a rule of the suites was asked of in a month and feed, by the loads and the review whose word stands:
    of rows that hold what it looks at, or of figures of whole submissions. Asked of nothing: it did not apply."""

    period: date
    feed: str
    layer: Layer
    rule: str
    severity: Severity
    threshold: str
    asked_count: int


@dataclass(frozen=True)
class Broken:
    """How often a rule was broken in a month and feed, every attempt counted, exempt or not: in how many files, and
    by how many rows or figures; what contract and register ask is asked of files."""

    period: date
    feed: str
    layer: Layer
    rule: str
    severity: Severity
    violated_count: int
    files_violated: int


@dataclass(frozen=True)
class Exemption:
    """What is let pass at a site, from month to month, both included."""

    site_code: str
    feed: str
    rule: str
    subject: str
    valid_from: date
    valid_to: date
    kind: Literal["reply", "waiver"]
    reason: str


@dataclass(frozen=True)
class Facts:
    as_of: datetime
    sites: dict[str, str]  # code -> name
    returns: list[Return]
    standing: list[Standing]
    judged: list[Judged]
    checks: list[Check]
    broken: list[Broken]
    questions: list[Question]
    exemptions: list[Exemption]


def read_facts(settings: Settings) -> Facts:
    """All months: a page shows how its own compares with those before."""
    with snapshot(settings) as conn:
        row = conn.execute("select now()").fetchone()
        assert row is not None
        return Facts(
            as_of=row[0],
            sites=dict(conn.execute("select site_code, site_name from ref.site order by site_code").fetchall()),
            returns=_all(conn, Return, _RETURNS),
            standing=_all(conn, Standing, _STANDING),
            judged=_all(conn, Judged, _JUDGED),
            checks=_all(conn, Check, _CHECKS),
            broken=_all(conn, Broken, _BROKEN),
            questions=_all(conn, Question, _QUESTIONS),
            exemptions=_all(conn, Exemption, _EXEMPTIONS),
        )


T = TypeVar("T")


def _all(conn: Connection, kind: type[T], query: str) -> list[T]:
    return conn.cursor(row_factory=class_row(kind)).execute(query).fetchall()


def _columns(kind: type) -> str:
    names: Sequence[str] = list(kind.__dataclass_fields__)  # type: ignore[attr-defined]
    return ", ".join(names)


_RETURNS = """
select site_code, feed, period, attempts_count, attempt, coalesce(rows_published, 0) as rows_count,
  case
    when last_verdict = 'rejected' then 'rejected'
    when verdict = 'accepted_with_warnings' then 'warned'
    when submission_id is not null then 'in_order'
    when unchecked_count > 0 or state = 'due' then 'awaited'
    else 'missing'
  end as outcome
from ops.return_state where state <> 'not_due' or attempts_count > 0
order by period, feed, site_code"""

_STANDING = """
with standing as (
  (select distinct on (s.site_code, s.feed, s.period) s.submission_id
   from ops.submission as s inner join ops.current_verdict as v using (submission_id)
   order by s.site_code, s.feed, s.period, s.attempt desc)
  union
  select submission_id from ops.publication where is_current
)
select s.site_code, s.feed, s.period, s.attempt, f.rule, f.subject, f.layer, f.severity, f.message, f.next_step,
  f.exemption is not null as is_exempt
from standing
inner join ops.submission as s using (submission_id)
inner join ops.current_finding as f using (submission_id)
where f.severity <> 'information' or f.exemption is not null
order by array_position(array['error', 'warning'], f.severity), s.attempt desc, f.rows_count desc, f.finding_id"""

_JUDGED = """
select s.period, s.feed, count(*) as submissions_count,
  count(*) filter (where s.nil_reason is null) as files_count,
  count(*) filter (where s.nil_reason is null and v.verdict <> 'rejected') as files_accepted
from ops.submission as s inner join ops.current_verdict as v using (submission_id)
group by s.period, s.feed"""

#  A review stands until the next one of its month, and a load while verdicts rest on it: of one of which some files
#  were judged again since, the share of its rows that were not.
_CHECKS = """
with standing as (
  select batch_id, coalesce(v.rows_read / nullif(b.rows_count, 0), 1) as share
  from (select batch_id, sum(rows_read) as rows_read from ops.current_verdict group by batch_id) as v
  inner join ops.batch as b using (batch_id)
)
select c.period, c.feed, c.layer, c.rule, (array_agg(c.severity order by c.check_id desc))[1] as severity,
  (array_agg(c.threshold order by c.check_id desc))[1] as threshold,
  round(sum(c.checked_count * coalesce(l.share, 1)))::bigint as asked_count
from ops.check_result as c
left join standing as l on l.batch_id = c.batch_id
where l.batch_id is not null or c.review_id in (select max(review_id) from ops.review group by period)
group by c.period, c.feed, c.layer, c.rule"""

_BROKEN = """
select s.period, s.feed, f.layer, f.rule, min(f.severity) as severity,
  case
    when f.layer in ('contract', 'register') then count(distinct s.submission_id)
    when f.layer = 'row' then sum(f.rows_count)::bigint
    else count(*)
  end as violated_count,
  count(distinct s.submission_id) as files_violated
from ops.current_finding as f inner join ops.submission as s using (submission_id)
group by s.period, s.feed, f.layer, f.rule"""

_QUESTIONS = f"select {_columns(Question)} from ops.question order by period, feed, site_code, rule, subject"

_EXEMPTIONS = f"select {_columns(Exemption)} from ops.exemption order by feed, site_code, rule, subject, valid_from"
