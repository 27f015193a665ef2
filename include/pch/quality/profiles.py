"""Profiles of submissions: measured in a stage, kept in the ledger, compared with the month before."""

import json

from psycopg import sql

from pch.quality.submissions import Candidate, Profile
from pch.registry import Feed
from pch.warehouse.db import Connection


def keep_profiles(conn: Connection, feed: Feed) -> None:
    """Measures every submission in the stage and writes ``ops.profile``."""
    totals = [
        item
        for name in feed.numeric_columns
        for item in (sql.Literal(name), sql.SQL("coalesce(sum({}), 0)").format(sql.Identifier(name)))
    ]
    conn.execute(
        sql.SQL(
            """insert into ops.profile (submission_id, rows_count, practices, totals, content_hash)
               select submission_id, sum(rows_count),
                 coalesce(array_agg(practice_code order by practice_code)
                   filter (where practice_code is not null), '{{}}'),
                 jsonb_build_object({totals}),
                 sum(content_hash)::text
               from stage_practice group by submission_id
               on conflict (submission_id) do nothing"""
        ).format(totals=sql.SQL(", ").join(totals))
    )


def forget_profiles(conn: Connection, submission_ids: list[int]) -> None:
    """Before submissions are judged again."""
    conn.execute("delete from ops.profile where submission_id = any(%s)", (submission_ids,))


def candidates(conn: Connection, feed: Feed, submission_ids: list[int]) -> list[Candidate]:
    """Every accepted submission of the returns that ``submission_ids`` belong to and of the month after each,
    beside its predecessor: the current one of the month before. Superseded ones are among them, so that what
    is said of them does not depend on when they were superseded. Nil returns have no profile and are left out."""
    rows = conn.execute(
        """with touched as (
             select distinct site_code, feed, period from ops.submission where submission_id = any(%s)
           ),
           concerned as (
             select c.* from ops.publication as c inner join touched as t
             on (c.site_code, c.feed) = (t.site_code, t.feed)
             and c.period in (t.period, (t.period + interval '1 month')::date)
           )
           select distinct c.submission_id, c.feed, c.site_code, c.period,
             array(select practice_code from ref.membership as m where m.site_code = c.site_code
                   and c.period >= m.valid_from and (m.valid_to is null or c.period < m.valid_to)),
             now_.rows_count, now_.practices, now_.totals::text, now_.content_hash,
             then_.rows_count, then_.practices, then_.totals::text, then_.content_hash
           from concerned as c
           inner join ops.profile as now_ using (submission_id)
           left join ops.publication as b on b.is_current
             and (b.site_code, b.feed) = (c.site_code, c.feed)
             and b.period = (c.period - interval '1 month')::date
           left join ops.profile as then_ on then_.submission_id = b.submission_id""",
        (submission_ids,),
    ).fetchall()
    return [
        Candidate(
            submission_id=r[0], feed=r[1], site_code=r[2], period=r[3], members=frozenset(r[4]),
            names_practices=feed.names_practices,
            profile=Profile(r[5], frozenset(r[6]), json.loads(r[7]), r[8]),
            previous=Profile(r[9], frozenset(r[10]), json.loads(r[11]), r[12]) if r[9] is not None else None,
        )
        for r in rows
    ]  # fmt: skip
