"""Forgets everything that was made from the landing store, so that it is made again.

    raw.*, what ops says of submissions (_LEDGER), the models of dbt -> emptied
    ops.submission -> ops.queue, ref.period -> ops.month_change: all is to be loaded and built anew

What cannot be made again stays: submissions and their bytes, the audit, the register, and the record of
batches and builds. The verdicts of the past go with the rest; a replay (``ledger.enqueue``) keeps them.
"""

from psycopg import sql

from pch.warehouse.db import BUILD_LOCK, Connection
from pch.warehouse.ledger import enqueue, mark_changed

_LEDGER = ("verdict", "finding", "profile", "submission_total", "publication", "review", "check_result")


def forget(conn: Connection, reason: str = "rebuild") -> int:
    """Empties and queues, as the owner, in the caller's transaction; returns how many submissions wait.

    Waits for the build and the loads that run, and holds up new ones until the transaction ends. Readers of
    the marts find them empty until the next build.
    """
    conn.execute("select pg_advisory_xact_lock(hashtext(%s))", (BUILD_LOCK,))
    #  A load takes its rows of the queue before it touches anything else: who holds the queue is alone
    conn.execute("lock table ops.queue in access exclusive mode")
    derived = conn.execute(
        """select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
           where (n.nspname in ('raw', 'int', 'mart') and c.relkind in ('r', 'p'))
           or (n.nspname = 'ops' and c.relname = any(%s))""",
        (list(_LEDGER),),
    ).fetchall()
    conn.execute(sql.SQL("truncate {}").format(sql.SQL(", ").join(sql.Identifier(*name) for name in derived)))
    waiting = [row[0] for row in conn.execute("select submission_id from ops.submission order by submission_id")]
    enqueue(conn, waiting, reason)
    mark_changed(conn, [row[0] for row in conn.execute("select period from ref.period")], reason)
    conn.execute(
        "insert into ops.audit (action, subject, detail) values ('forget', 'warehouse', jsonb_build_object("
        "'reason', %s::text, 'submissions', %s::int))",
        (reason, len(waiting)),
    )
    return len(waiting)
