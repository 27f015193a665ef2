"""Register layer, time: did the file arrive while its month was open?

ops.submission + ops.expected_return + ops.unlocking -> findings

The last good submission before the primary close counts for the primary edition, one after it for the refresh.
Then the return is locked: what arrives is kept and refused, until the central team unlocks it by name. A
submission that came too early for its unlocking is judged again when it is granted.
"""

from datetime import datetime

from pch.findings import Finding
from pch.warehouse.calendar import LONDON
from pch.warehouse.db import Connection


def window_findings(conn: Connection, submission_ids: list[int]) -> list[Finding]:
    """Of submissions that arrived after a close of their return."""
    late = conn.execute(
        """select s.submission_id, s.site_code, s.feed, s.period, s.received_at, e.primary_close_at, e.locked_at,
             s.received_at > e.locked_at and not exists (
               select from ops.unlocking as u
               where (u.site_code, u.feed, u.period) = (s.site_code, s.feed, s.period)
               and s.received_at <= u.expires_at) as is_locked
           from ops.submission as s
           inner join ops.expected_return as e
           on (e.site_code, e.feed, e.period) = (s.site_code, s.feed, s.period)
           where s.submission_id = any(%s) and s.received_at > e.primary_close_at and s.reinstates is null""",
        (submission_ids,),
    ).fetchall()
    findings = []
    for submission_id, site_code, feed, period, received_at, primary, locked_at, is_locked in late:
        came = f"The file came on {_day(received_at)}"
        if is_locked:
            findings.append(
                Finding(
                    submission_id,
                    "return_locked",
                    "error",
                    "register",
                    f"{came}; {period:%B %Y} was locked after {_day(locked_at)}.",
                    f"Ask the central team to unlock {feed} of {site_code} for {period:%Y-%m}; the file is then read "
                    "again without another push.",
                )
            )
        else:
            findings.append(
                Finding(
                    submission_id,
                    "after_primary_close",
                    "information",
                    "register",
                    f"{came}, after the primary close of {period:%B %Y} ({_day(primary)}). It counts in the refresh; "
                    "primary figures do not change.",
                    "Nothing. Files that come before the close count in both.",
                )
            )
    return findings


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(LONDON):%-d %B %Y}"
