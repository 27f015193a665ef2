"""Judging submissions again: which, and back into the queue with them.

ops.submission -> ops.queue + notification + audit -> (the loader, as if they had just arrived)
"""

import json
from datetime import date

from pch import registry
from pch.errors import Refused
from pch.settings import Settings
from pch.warehouse import ledger
from pch.warehouse.db import connect


def submissions_of(settings: Settings, site: str | None, feed: str | None, period: date | None) -> list[int]:
    """All attempts, superseded and rejected ones too: which of them is in use is part of what is judged.
    Raises Refused where there is none."""
    if feed:
        registry.feed(feed)
    with connect(settings, "loader") as conn:
        rows = conn.execute(
            """select submission_id from ops.submission
               where (%(site)s::text is null or site_code = %(site)s) and (%(feed)s::text is null or feed = %(feed)s)
                 and (%(period)s::date is null or period = %(period)s) order by submission_id""",
            {"site": site, "feed": feed, "period": period},
        ).fetchall()
    if not rows:
        raise Refused("Nothing was ever pushed that fits; there is nothing to judge again.")
    return [row[0] for row in rows]


def put_back(settings: Settings, submission_ids: list[int], reason: str) -> int:
    """Puts them into the queue, wakes the orchestrator; returns how many were not waiting already."""
    if not reason.strip():
        raise Refused("A replay needs a reason: it stays on record with every submission it concerns.")
    with connect(settings, "loader") as conn:
        added = ledger.enqueue(conn, submission_ids, reason)
        conn.execute(
            "insert into ops.audit (action, subject, detail) values ('replay', %s, %s)",
            (f"{len(submission_ids)} submissions", json.dumps({"reason": reason, "submission_ids": submission_ids})),
        )
    return added
