"""What was mailed, what waits, and what would be mailed now: for the central team, without any address.

ops.mail_state, letters (not written down) -> Mails
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg.rows import class_row

from pch.errors import Refused
from pch.notices.letters import Letter, letters
from pch.reports.plain import require_site, snapshot
from pch.settings import Settings


@dataclass(frozen=True)
class Mail:
    """A row of ``ops.mail_state``. ``state``: waiting, sent or failed; ``reason``: what the mail server said last."""

    mail_id: int
    site_code: str
    topic: str
    subject_line: str
    made_at: datetime
    state: str
    last_event_at: datetime | None
    tries_count: int
    reason: str


@dataclass(frozen=True)
class Mails:
    """``is_on``: whether mail is sent at all; ``contacted_count``: sites that have a contact, of ``sites_count``."""

    is_on: bool
    sites_count: int
    contacted_count: int
    next: list[Letter]
    mails: list[Mail]


def mails(settings: Settings, site: str | None = None, most: int = 50) -> Mails:
    """Of a site (None: of all), the newest ``most``, newest first."""
    with snapshot(settings) as conn:
        if site:
            require_site(conn, site)
        row = conn.execute(
            "select (select count(*) from ref.site), (select count(*) from ops.contacted_site)"
        ).fetchone()
        assert row is not None
        found = (
            conn.cursor(row_factory=class_row(Mail))
            .execute(
                f"""select {", ".join(Mail.__dataclass_fields__)} from ops.mail_state
                    where %(site)s::text is null or site_code = %(site)s order by mail_id desc limit %(most)s""",
                {"site": site, "most": most},
            )
            .fetchall()
        )
        to_come = [each for each in letters(conn, settings, datetime.now(UTC)) if site in (None, each.site_code)]
    return Mails(bool(settings.mail_from), row[0], row[1], to_come, found)


def body(settings: Settings, mail_id: int) -> str:
    """The text of a mail, its subject line first."""
    with snapshot(settings) as conn:
        row = conn.execute("select subject_line, body from ops.mail where mail_id = %s", (mail_id,)).fetchone()
    if row is None:
        raise Refused(f"There is no mail {mail_id}. 'pch notices' has the newest.")
    return f"{row[0]}\n\n{row[1]}"
