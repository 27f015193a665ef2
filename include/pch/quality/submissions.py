"""Submission layer, practices: is it last month's file again, and does it speak of every practice?

accepted submissions of a month + the submission in use before each -> suite ``submission`` -> findings

The submission before is that of the newest earlier month within a year; a survey is compared with its last wave.
"""

from datetime import date

import pandas as pd

from pch.quality.whole import Judged, judge
from pch.warehouse.db import Connection


def practice_findings(conn: Connection, period: date) -> Judged:
    """Of every accepted submission of the month, superseded ones included: what is said of a submission does not
    depend on when it was superseded. Nil returns have no profile and are left out."""
    cursor = conn.execute(
        """with concerned as (
             select c.submission_id, c.site_code, c.feed, n.practices, n.content_hash, n.rows_count
             from ops.publication as c inner join ops.profile as n using (submission_id) where c.period = %(period)s
           ),
           before as (
             select distinct on (b.site_code, b.feed) b.site_code, b.feed, b.period, p.practices, p.content_hash
             from ops.publication as b inner join ops.profile as p using (submission_id)
             where b.is_current and b.period < %(period)s and b.period >= %(period)s - interval '12 months'
             order by b.site_code, b.feed, b.period desc
           ),
           member as (
             select site_code, practice_code from ref.membership
             where %(period)s >= valid_from and (valid_to is null or %(period)s < valid_to)
           )
           select c.submission_id, c.feed, '' as subject, to_char(b.period, 'FMMonth YYYY') as before_label,
             b.content_hash is not null and c.rows_count > 0 as has_before, c.content_hash = b.content_hash as is_copy,
             f.names_practices,
             array(select m.practice_code from member as m
                   where m.site_code = c.site_code and m.practice_code <> all(c.practices)
                   and m.practice_code = any(coalesce(b.practices, '{}')) order by 1) as vanished,
             array(select m.practice_code from member as m
                   where m.site_code = c.site_code and m.practice_code <> all(c.practices)
                   and m.practice_code <> all(coalesce(b.practices, '{}')) order by 1) as silent
           from concerned as c
           inner join ref.feed as f on f.feed = c.feed
           left join before as b on (b.site_code, b.feed) = (c.site_code, c.feed)""",
        {"period": period},
    )
    columns = [c.name for c in cursor.description or ()]
    frame = pd.DataFrame(cursor.fetchall(), columns=columns)
    if frame.empty:
        return [], []
    frame["is_copy"] = frame["is_copy"].where(frame["has_before"], None)
    by_practice = frame["names_practices"]
    for what, applies in (("vanished", by_practice & frame["has_before"]), ("silent", by_practice)):
        frame[f"{what}_practices"] = frame[what].str.join(", ")
        frame[f"{what}_practices_count"] = frame[what].str.len().where(applies)
    return judge("submission", "submission", frame, period)
