"""Makes the accepted submissions of a stage the ones in use, all at once or not at all.

stage + submissions that passed -> winners (the latest attempt of each return) -> raw.<feed>, ops.publication

The caller's transaction holds it all: readers see the rows of the old submission until they see those of
the new one. Two writers of a feed's month queue up behind a lock; one current submission per return is,
besides, a unique index.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from psycopg import sql

from pch.registry import Feed
from pch.warehouse.db import Connection


@dataclass(frozen=True)
class Published:
    """``winners`` are current now; ``superseded`` were until now; ``outrun`` were accepted although a later
    attempt of their return is current already. All are submission ids."""

    winners: list[int]
    superseded: list[int]
    outrun: list[int]


def lock_months(conn: Connection, feed: Feed, periods: Iterable[date]) -> None:
    """Queues up behind other writers of these months of a feed, always in one order, so that nobody waits
    in a circle."""
    for period in sorted(set(periods)):
        conn.execute("select pg_advisory_xact_lock(hashtext(%s), %s)", (f"publish {feed.feed}", period.toordinal()))


def publish(conn: Connection, feed: Feed, passed: list[int]) -> Published:
    """Publishes the submissions ``passed``, whose rows stand in ``stage``; expects ``lock_months``."""
    rows = conn.execute(
        """with contender as (
             select submission_id, site_code, feed, period, attempt from ops.submission where submission_id = any(%s)
             union
             select s.submission_id, s.site_code, s.feed, s.period, s.attempt
             from ops.submission as p
             inner join ops.publication as c on c.is_current
               and (c.site_code, c.feed, c.period) = (p.site_code, p.feed, p.period)
             inner join ops.submission as s on s.submission_id = c.submission_id
             where p.submission_id = any(%s)
           )
           select submission_id, rank() over (partition by site_code, feed, period order by attempt desc) = 1,
             submission_id = any(%s)
           from contender""",
        (passed, passed, passed),
    ).fetchall()
    winners = [i for i, best, passing in rows if best and passing]
    superseded = [i for i, best, passing in rows if not best and not passing]
    outrun = [i for i, best, passing in rows if not best and passing]
    _replace_rows(conn, feed, out=[*winners, *superseded, *outrun], come=winners)
    conn.execute(
        """update ops.publication set is_current = false, superseded_at = clock_timestamp()
           where submission_id = any(%s) and is_current""",
        ([*superseded, *outrun, *winners],),
    )
    conn.execute(
        """insert into ops.publication (submission_id, site_code, feed, period, is_current, superseded_at)
           select submission_id, site_code, feed, period, submission_id = any(%s),
             case when submission_id <> all(%s) then clock_timestamp() end
           from ops.submission where submission_id = any(%s)
           on conflict (submission_id) do update
           set is_current = excluded.is_current, superseded_at = excluded.superseded_at""",
        (winners, winners, passed),
    )
    return Published(winners, superseded, outrun)


def withdraw(conn: Connection, feed: Feed, failed: list[int]) -> list[int]:
    """Takes submissions that were current and failed a replay out of use; returns those."""
    gone = [
        row[0]
        for row in conn.execute(
            """update ops.publication set is_current = false, superseded_at = clock_timestamp()
               where is_current and submission_id = any(%s) returning submission_id""",
            (failed,),
        )
    ]
    _replace_rows(conn, feed, out=gone, come=[])
    return gone


def without_successor(conn: Connection, failed: list[int]) -> list[int]:
    """Of returns that ``failed`` left with nothing in use, the latest submission that was accepted: it is to
    be loaded again, so that the last good one is in use."""
    return [
        row[0]
        for row in conn.execute(
            """select distinct on (site_code, feed, period) g.submission_id
               from ops.submission as f
               inner join ops.submission as g using (site_code, feed, period)
               inner join ops.current_verdict as v on v.submission_id = g.submission_id and v.verdict <> 'rejected'
               where f.submission_id = any(%s) and g.submission_id <> all(%s)
               and not exists (
                 select from ops.publication as c where c.is_current
                 and (c.site_code, c.feed, c.period) = (f.site_code, f.feed, f.period))
               order by site_code, feed, period, g.attempt desc""",
            (failed, failed),
        )
    ]


def _replace_rows(conn: Connection, feed: Feed, out: list[int], come: list[int]) -> None:
    """Rows of ``out`` leave raw, those of ``come`` enter it, month by month (partitions are pruned)."""
    raw = sql.Identifier("raw", feed.feed)
    periods = conn.execute(
        """select period, array_agg(submission_id) from ops.submission
           where submission_id = any(%s) and exists (
             select from ops.publication where publication.submission_id = submission.submission_id)
           group by period""",
        (out,),
    ).fetchall()
    for period, submissions in periods:
        conn.execute(
            sql.SQL("delete from {} where period = %s and submission_id = any(%s)").format(raw), (period, submissions)
        )
    columns = sql.SQL(", ").join(sql.Identifier(c) for c in [*(c.name for c in feed.columns), "absent"])
    conn.execute(
        sql.SQL(
            """insert into {raw} (submission_id, row_number, site_code, period, {columns})
               select submission_id, row_number, s.site_code, s.period, {columns}
               from stage inner join ops.submission as s using (submission_id)
               where s.submission_id = any(%s)"""
        ).format(raw=raw, columns=columns),
        (come,),
    )
