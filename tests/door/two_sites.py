"""Two sites with a row of each in everything the door may read: submissions, verdicts, findings, answers, exceptions."""

from datetime import UTC, date, datetime, timedelta

from front import register
from psycopg.types.json import Jsonb

from pch.settings import Settings
from pch.warehouse.calendar import ensure_periods
from pch.warehouse.db import Connection, connect

PERIOD = date(2026, 4, 1)
HERE, THERE = "PCH001", "PCH002"


def fill(settings: Settings) -> dict[str, int]:
    """Returns each site's submission."""
    register(settings, {HERE: ["A81001"], THERE: ["B81001"]})
    with connect(settings, "owner", autocommit=True) as conn:
        ensure_periods(conn, PERIOD, PERIOD)
        return {site: _of(conn, site) for site in (HERE, THERE)}


def _of(conn: Connection, site: str) -> int:
    at = (site, "registered_list", PERIOD)
    (number,) = conn.execute(
        """insert into ops.submission (site_code, feed, period, attempt, sha256, bytes, file_name, door, submitted_by)
           values (%s, %s, %s, 1, repeat('a', 64), 1, 'a.csv', 'api', 'somebody') returning submission_id""", at,
    ).fetchone()  # fmt: skip
    (batch,) = conn.execute(
        """insert into ops.batch (feed, period, submissions_count, rows_count, started_at, finished_at, decode_seconds,
             stage_seconds, check_seconds, publish_seconds, peak_memory_mb)
           values ('registered_list', %s, 1, 1, now(), now(), 0, 0, 0, 0, 0) returning batch_id""", (PERIOD,),
    ).fetchone()  # fmt: skip
    conn.execute(
        """insert into ops.verdict (submission_id, revision, verdict, batch_id, rows_read, rows_published,
             rows_set_aside, code_version) values (%s, 1, 'accepted_with_warnings', %s, 1, 1, 0, 'x')""",
        (number, batch),
    )
    conn.execute(
        """insert into ops.finding (submission_id, revision, rule, layer, severity, rows_count, examples, message,
             next_step, subject, is_question)
           values (%s, 1, 'unusual_total', 'history', 'warning', 1, '[]', 'odd', 'say why', 'total', true)""", (number,),
    )  # fmt: skip
    conn.execute("insert into ops.publication (submission_id, site_code, feed, period) values (%s, %s, %s, %s)",
                 (number, *at))  # fmt: skip
    conn.execute("insert into ops.door_check values (%s, 1, %s)", (number, Jsonb([])))
    conn.execute("insert into ops.idempotency_key values (%s, 'a key', %s, %s, repeat('a', 64), %s)", (*at, number))
    conn.execute("insert into ops.queue (submission_id, reason) values (%s, 'received')", (number,))
    (reply,) = conn.execute(
        """insert into ops.reply (submission_id, rule, subject, reason_code, sentence, replied_by)
           select %s, 'unusual_total', 'total', min(reason_code), 'A practice joined us.', 'somebody' from ref.reason
           returning reply_id""", (number,),
    ).fetchone()  # fmt: skip
    conn.execute(
        """insert into ops.reply_decision (reply_id, is_accepted, valid_to, note, decided_by)
           values (%s, true, %s, '', 'the centre')""", (reply, PERIOD),
    )  # fmt: skip
    conn.execute(
        """insert into ops.waiver (site_code, feed, rule, valid_from, valid_to, reason, waived_by)
           values (%s, 'registered_list', 'unusual_total', %s, %s, 'It is known.', 'the centre')""",
        (site, PERIOD, PERIOD),
    )
    conn.execute(
        """insert into ops.unlocking (site_code, feed, period, expires_at, reason, granted_by)
           values (%s, %s, %s, %s, 'It was asked for.', 'the centre')""",
        (*at, datetime.now(UTC) + timedelta(days=1)),
    )
    conn.execute(
        """insert into ops.dropped_file (source, file_path, fingerprint, bytes, site_code, refusal)
           values ('folder', %s || '/a.csv', '1', 1, %s, 'It is no file.')""", (site, site),
    )  # fmt: skip
    return int(number)
