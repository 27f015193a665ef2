"""Whom the mail of a site goes to. The central team keeps the addresses; every change is signed and audited."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from email_validator import EmailNotValidError, validate_email
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from pch.errors import Refused
from pch.warehouse.db import Connection


@dataclass(frozen=True)
class Contact:
    contact_id: int
    site_code: str
    email: str
    added_by: str
    added_at: datetime


@dataclass(frozen=True)
class Changed:
    """How many addresses were added and removed."""

    added: int
    removed: int


def contacts(conn: Connection, site_code: str | None = None) -> list[Contact]:
    """Those of a site (None: of all), by site and in the order they were added."""
    return (
        conn.cursor(row_factory=class_row(Contact))
        .execute(
            """select contact_id, site_code, email, added_by, added_at from ops.contact
               where removed_at is null and (%(site)s::text is null or site_code = %(site)s)
               order by site_code, contact_id""",
            {"site": site_code},
        )
        .fetchall()
    )


def set_contacts(conn: Connection, site_code: str, emails: Collection[str], by: str) -> Changed:
    """Makes these the site's addresses, in place of any it had. Raises Refused for a site that the register does not
    have, and for what is no address."""
    if conn.execute("select from ref.site where site_code = %s for update", (site_code,)).fetchone() is None:
        raise Refused(f"The register has no site '{site_code}'. 'pch sites import' adds one.")
    wanted = {address.lower(): address for address in map(_address, emails)}
    known = {c.email.lower() for c in contacts(conn, site_code)}
    for address in sorted(wanted.keys() - known):
        conn.execute(
            "insert into ops.contact (site_code, email, added_by) values (%s, %s, %s)",
            (site_code, wanted[address], by),
        )
    conn.execute(
        """update ops.contact set removed_at = clock_timestamp(), removed_by = %s
           where site_code = %s and removed_at is null and not lower(email) = any(%s)""",
        (by, site_code, list(wanted)),
    )
    changed = Changed(len(wanted.keys() - known), len(known - wanted.keys()))
    if changed != Changed(0, 0):
        conn.execute(
            "insert into ops.audit (action, subject, detail) values ('set_contacts', %s, %s)",
            (site_code, Jsonb(vars(changed) | {"by": by})),
        )
    return changed


def remove_contacts(conn: Connection, site_code: str, emails: Collection[str], by: str) -> Changed:
    """Takes these away from the site's addresses; all of them, where none is named. Raises Refused for one that the
    site does not have."""
    has = [c.email for c in contacts(conn, site_code)]
    going = {email.strip().lower() for email in emails or has}
    if strangers := going - {email.lower() for email in has}:
        raise Refused(f"Site {site_code} has no contact {', '.join(sorted(strangers))}: see 'pch contacts list'.")
    if not going:
        raise Refused(f"Site '{site_code}' has no contact, so there is none to remove.")
    return set_contacts(conn, site_code, [email for email in has if email.lower() not in going], by)


def _address(text: str) -> str:
    try:
        return validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False).ascii_email or ""
    except EmailNotValidError as e:
        raise Refused(f"'{text}' is not an address for mail: {str(e).rstrip('.')}.") from None
