"""Letters written down, sent, and what became of them.

    letters -> ops.mail + ops.notice (one transaction) -> begun -> mail server -> sent | postponed | failed

``queue`` writes what is to be told, each thing once, whether or not a mail server is there. ``send`` hands on what
waits, one sender at a time. That a mail is begun is on record before the server hears of it: after a crash in between
it is sent once more, under the same Message-ID, and not a third time.
"""

import logging
import re
import smtplib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from psycopg.rows import class_row

from pch.errors import Refused, Temporary
from pch.notices.contacts import Contact, contacts
from pch.notices.letters import Letter, letters
from pch.settings import Settings
from pch.warehouse.db import Connection, connect

log = logging.getLogger(__name__)

Answers = Mapping[str, tuple[int, bytes]]
"""Of each address that was refused: code and sentence of the mail server."""

Post = Callable[[EmailMessage], Answers]
"""Hands a message to a mail server, as ``smtplib.SMTP.send_message`` does."""

MOST_UNKNOWN = 2
"""Tries that ended without a word, after which a mail is not sent again: it may have arrived each time."""

_ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")


@dataclass(frozen=True)
class Waiting:
    """A mail to be sent."""

    mail_id: int
    site_code: str
    subject_line: str
    body: str
    thread: str | None
    made_at: datetime
    unknown_count: int


@dataclass
class Sent:
    """What a call of ``send`` came to."""

    sent: int = 0
    postponed: int = 0
    failed: int = 0


def queue(settings: Settings, now: datetime | None = None) -> int:
    """Writes down what is to be told, and gives up what is no news any more; returns how many mails wait. Nothing,
    while mail is off."""
    if not settings.mail_from:
        return 0
    with connect(settings, "loader") as conn:
        conn.execute("select pg_advisory_xact_lock(hashtext('pch notices'))")
        moment = now or datetime.now(UTC)
        for letter in letters(conn, settings, moment):
            _write_down(conn, letter)
        conn.execute(
            """insert into ops.mail_event (mail_id, state, reason)
               select mail_id, 'failed', 'It could not be sent in time. ' || reason
               from ops.mail_state where state = 'waiting' and expires_at < %s""",
            (moment,),
        )
        row = conn.execute("select count(*) from ops.mail_state where state = 'waiting'").fetchone()
        assert row is not None
        return int(row[0])


def _write_down(conn: Connection, letter: Letter) -> None:
    row = conn.execute(
        """insert into ops.mail (site_code, topic, subject_line, body, thread, expires_at)
           values (%s, %s, %s, %s, %s, %s) returning mail_id""",
        (letter.site_code, letter.topic, letter.subject_line, letter.body, letter.thread, letter.expires_at),
    ).fetchone()
    assert row is not None
    conn.cursor().executemany(
        "insert into ops.notice (kind, site_code, subject, mail_id) values (%s, %s, %s, %s)",
        [(kind, letter.site_code, subject, row[0]) for kind, subject in letter.notices],
    )


def send(settings: Settings, post: Post) -> Sent:
    """Sends what waits; does nothing while another process sends. Raises Temporary when the server goes away or will
    not take our mail at all: what is left waits for the next call."""
    done = Sent()
    with connect(settings, "loader", autocommit=True) as conn:
        row = conn.execute("select pg_try_advisory_lock(hashtext('pch post'))").fetchone()
        if not (row and row[0]):
            return done
        for mail in _waiting(conn):
            state = _send(conn, settings, mail, post)
            log.info("Mail %s to %s: %s", mail.mail_id, mail.site_code, state)
            setattr(done, state, getattr(done, state) + 1)
    return done


def _waiting(conn: Connection) -> list[Waiting]:
    return (
        conn.cursor(row_factory=class_row(Waiting))
        .execute(
            """select m.mail_id, m.site_code, m.subject_line, m.body, m.thread, m.made_at, s.unknown_count
               from ops.mail_state as s inner join ops.mail as m using (mail_id)
               where s.state = 'waiting' order by m.mail_id"""
        )
        .fetchall()
    )


def _send(conn: Connection, settings: Settings, mail: Waiting, post: Post) -> str:
    """One mail; returns the state that was recorded."""
    to = contacts(conn, mail.site_code)
    if not to:
        return _record(conn, mail, "failed", "The site has no contact any more.")
    if mail.unknown_count >= MOST_UNKNOWN:
        return _record(conn, mail, "failed", f"{mail.unknown_count} tries ended without a word; it may have arrived.")
    message = message_of(settings, mail, to)
    _record(conn, mail, "begun", "")
    try:
        refused = post(message)
    except smtplib.SMTPRecipientsRefused as e:
        is_final = all(code >= 500 for code, _ in e.recipients.values())
        return _record(conn, mail, "failed" if is_final else "postponed", _said_of(e.recipients, to))
    except smtplib.SMTPDataError as e:
        return _record(conn, mail, "failed" if e.smtp_code >= 500 else "postponed", _said(e.smtp_code, e.smtp_error))
    except OSError as e:  # as all of smtplib's errors are: nothing about this mail, but no more of them now
        said = _said(e.smtp_code, e.smtp_error) if isinstance(e, smtplib.SMTPResponseException) else type(e).__name__
        if isinstance(e, smtplib.SMTPException) and not isinstance(e, smtplib.SMTPServerDisconnected):
            _record(conn, mail, "postponed", said)  # else nobody knows whether it took the mail, which stays begun
        raise Temporary(
            f"The mail server took no more mail at mail {mail.mail_id} ({said}). What waits is sent later."
        ) from None
    return _record(conn, mail, "sent", _said_of(refused, to))


def message_of(settings: Settings, mail: Waiting, to: list[Contact]) -> EmailMessage:
    """The mail as it goes out: plain text, and headers by which programs know it for one of a program."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = settings.mail_from
        domain = message["From"].addresses[0].domain
    except (ValueError, IndexError):
        domain = ""
    if not domain:
        raise Refused(f"PCH_MAIL_FROM is '{settings.mail_from}', which is no address to send mail from.")
    message["To"] = ", ".join(contact.email for contact in to)
    message["Subject"] = mail.subject_line
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{mail.mail_id}.{mail.made_at:%Y%m%d%H%M%S}@{domain}>"
    if mail.thread:
        message["In-Reply-To"] = message["References"] = f"<{mail.thread}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(mail.body, cte="quoted-printable")
    return message


def _record(conn: Connection, mail: Waiting, state: str, reason: str) -> str:
    conn.execute(
        "insert into ops.mail_event (mail_id, state, reason) values (%s, %s, %s)", (mail.mail_id, state, reason)
    )
    return state


def _said_of(refused: Answers, to: list[Contact]) -> str:
    """What the server said of each address that it refused, by the number of the contact."""
    return " ".join(
        f"Contact {contact.contact_id} was refused: {_said(*refused[contact.email])}."
        for contact in to
        if contact.email in refused
    )


def _said(code: int, sentence: bytes | str) -> str:
    """A mail server's answer, without any address it may repeat."""
    text = sentence.decode(errors="replace") if isinstance(sentence, bytes) else sentence
    return f"{code} {_ADDRESS.sub('(address)', ' '.join(text.split()))[:200]}"
