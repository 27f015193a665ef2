"""What a figure was made from: its practices, its months, and the submissions of those months.

Read as the build found them (``int``), with what the ledger has learnt since beside it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pch.findings import Finding
from pch.warehouse.db import Connection
from pch.warehouse.ledger import findings_of


@dataclass(frozen=True)
class LeftOut:
    period: date
    why: str


@dataclass(frozen=True)
class Practice:
    """In how many months of the window the figure includes it; ``person_months`` is its list summed over all
    months it belongs to the site, ``left_out`` the months without it."""

    practice_code: str
    months_included_count: int
    person_months: float
    left_out: list[LeftOut]


@dataclass(frozen=True)
class Source:
    """A return the metric needs, as the build found it, and its submission: the one in use, else the last
    that arrived (then ``is_in_figure`` is False). None where nothing had arrived. ``in_use_now``: the
    submission in use today, where it is another one."""

    feed: str
    state: str
    is_in_figure: bool
    submission_id: int | None
    attempt: int | None
    sha256: str | None
    bytes: int | None
    file_name: str | None
    received_at: datetime | None
    door: str | None
    submitted_by: str | None
    verdict: str | None
    rows_read: int | None
    rows_published: int | None
    rows_set_aside: int | None
    judged_by_code_version: str | None
    in_use_now: int | None
    findings: list[Finding]


@dataclass(frozen=True)
class Month:
    """A month of the window: its share of numerator and denominator (None: nothing of the month is in the
    figure), cells of unknown sex or age included."""

    period: date
    numerator: float | None
    denominator: float | None
    sources: list[Source]


def practices(conn: Connection, cell: dict[str, Any]) -> list[Practice]:
    """Every practice that belonged to the site in the window."""
    rows = conn.execute(
        """with absent as (
             select p.practice_code, p.period, string_agg(
               case when r.state = 'received' then 'the ' || p.feed || ' received has no row of it'
                 else p.feed || ' is ' || replace(r.state, '_', ' ') end, '; ' order by p.feed) as why
             from int.int_practice__presence as p
             inner join int.int_return__state as r using (site_code, feed, period)
             where p.site_code = %(site)s and p.feed = any(%(feeds)s) and not p.is_present
               and p.period between %(first)s and %(period)s
             group by p.practice_code, p.period
           )
           select i.practice_code, i.period, i.size, i.is_included, a.why
           from int.int_metric__inclusion as i left join absent as a using (practice_code, period)
           where i.definition_id = %(definition)s and i.site_code = %(site)s and i.practice_code <> ''
             and i.period between %(first)s and %(period)s
           order by i.practice_code, i.period""",
        cell,
    ).fetchall()
    return [
        Practice(
            code,
            sum(row[3] for row in rows if row[0] == code),
            sum(row[2] for row in rows if row[0] == code),
            [LeftOut(row[1], row[4] or "not known") for row in rows if row[0] == code and not row[3]],
        )
        for code in dict.fromkeys(row[0] for row in rows)
    ]


def months(conn: Connection, cell: dict[str, Any]) -> list[Month]:
    """Every month of the window that the programme collects, with the returns the metric needs."""
    shares = {
        row[0]: (row[1], row[2])
        for row in conn.execute(
            """select period, sum(numerator)::double precision, sum(denominator)::double precision
               from int.int_metric__strata
               where (definition_id, site_code) = (%(definition)s, %(site)s) and period between %(first)s and %(period)s
               group by period""",
            cell,
        )
    }
    by_month: dict[date, list[Source]] = {}
    for period, source in _sources(conn, cell):
        by_month.setdefault(period, []).append(source)
    return [Month(p, *shares.get(p, (None, None)), sources) for p, sources in by_month.items()]


def _sources(conn: Connection, cell: dict[str, Any]) -> list[tuple[date, Source]]:
    rows = conn.execute(
        """select r.period, r.feed, r.state, r.submission_id is not null as is_in_figure,
             s.submission_id, s.attempt, s.sha256, s.bytes, s.file_name, s.received_at, s.door, s.submitted_by,
             coalesce(r.verdict, r.last_verdict), v.rows_read, v.rows_published, v.rows_set_aside, v.code_version,
             case when c.submission_id is distinct from r.submission_id then c.submission_id end
           from int.int_return__state as r
           left join ops.submission as s on s.submission_id = coalesce(r.submission_id, r.last_submission_id)
           left join ops.current_verdict as v on v.submission_id = s.submission_id
           left join ops.publication as c
             on c.is_current and (c.site_code, c.feed, c.period) = (r.site_code, r.feed, r.period)
           where r.site_code = %(site)s and r.feed = any(%(feeds)s) and r.period between %(first)s and %(period)s
           order by r.period, r.feed""",
        cell,
    ).fetchall()
    found = findings_of(conn, [row[4] for row in rows if row[4] is not None])
    return [(row[0], Source(*(*row[1:], found.get(row[4], [])))) for row in rows]
