"""Keys to the front door: made, listed, revoked by the central team; recognised at the door.

    pch keys make -> "pch_<key_id>_<secret>", told once; ops.access_key keeps a checksum of the secret
    pch keys link -> a token that signs a person in once; ops.sign_in_link keeps its checksum
    key | link    -> a session: a token of eight hours; ops.session keeps its checksum

Every secret is 256 random bits, so nothing slower than SHA-256 is needed to keep it: it cannot be guessed, not even by
who has the checksums. The door asks functions (``ops.recognise_key``) and cannot read the tables.
"""

import hashlib
import re
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, LiteralString

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from pch import registry
from pch.errors import Refused
from pch.warehouse.db import Connection
from pch.warehouse.programme.rows import require_sentence, require_site

SOON_DAYS = 30
"""A key that ends within so many days needs a successor."""

_KEY = re.compile(r"pch_([a-z0-9]{10})_([A-Za-z0-9_-]{43})")
_ID = re.compile(r"pch_([a-z0-9]{10})_")
_ID_LETTERS = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class Visitor:
    """Whoever a key or a session stands for. ``site_code`` None: the central team, every site; ``feeds`` None: every
    feed; ``state``: valid, expired or revoked."""

    key_id: str | None
    site_code: str | None
    feeds: frozenset[str] | None
    holder: str
    is_simulation: bool
    state: str
    session_id: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class LinkHolder:
    """Whom a one-time link signs in. ``site_code`` None: the central team."""

    site_code: str | None
    holder: str


@dataclass(frozen=True)
class KeyState:
    """A key without its secret. ``state``: valid, expired or revoked; ``ends_soon``: valid for a month at most;
    ``last_used_at``: by a program or to sign in."""

    key_id: str
    site_code: str | None
    feeds: list[str] | None
    holder: str
    state: str
    ends_soon: bool
    made_by: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    reason: str | None
    last_used_at: datetime | None


def make(
    conn: Connection,
    site_code: str | None,
    holder: str,
    expires_at: datetime,
    by: str,
    feeds: Collection[str] | None = None,
    *,
    is_simulation: bool = False,
) -> str:
    """A new key, as the owner: its text, which is kept nowhere. Those made before stay valid. Raises Refused for a
    site or feed that is not known."""
    _require(conn, site_code, holder)
    only = sorted({registry.feed(feed).feed for feed in feeds}) if feeds is not None else None
    key_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(10))
    secret = secrets.token_urlsafe(32)
    conn.execute(
        """insert into ops.access_key
             (key_id, secret_sha256, site_code, feeds, holder, is_simulation, made_by, expires_at)
           values (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (key_id, digest(secret), site_code, only, holder.strip(), is_simulation, by, expires_at),
    )
    _audit(conn, "make_key", key_id, by, site_code=site_code, feeds=only, holder=holder, until=expires_at.isoformat())
    return f"pch_{key_id}_{secret}"


def revoke(conn: Connection, key_id: str, because: str, by: str) -> None:
    """Ends a key, and the sessions begun with it, at once and for good, as the owner. Raises Refused for one that is
    not known, or revoked already."""
    require_sentence(because, "A revocation")
    row = conn.execute("select state, revoked_by from ops.key_state where key_id = %s", (key_id,)).fetchone()
    if row is None:
        raise Refused(f"There is no key '{key_id}'. 'pch keys list' has them all.")
    if row[0] == "revoked":
        raise Refused(f"The key '{key_id}' was revoked already, by {row[1]}.")
    conn.execute(
        "insert into ops.access_key_revocation (key_id, reason, revoked_by) values (%s, %s, %s)",
        (key_id, because.strip(), by),
    )
    _audit(conn, "revoke_key", key_id, by, because=because.strip())


def make_link(conn: Connection, site_code: str | None, holder: str, lasts: timedelta, by: str) -> str:
    """The token of a link that signs in once, as the owner. Raises Refused for a site that is not known."""
    _require(conn, site_code, holder)
    token = secrets.token_urlsafe(32)
    row = conn.execute(
        """insert into ops.sign_in_link (token_sha256, site_code, holder, made_by, expires_at)
           values (%s, %s, %s, %s, clock_timestamp() + %s) returning link_id""",
        (digest(token), site_code, holder.strip(), by, lasts),
    ).fetchone()
    assert row is not None
    hours = lasts.total_seconds() / 3600
    _audit(conn, "make_link", f"link {row[0]}", by, site_code=site_code, holder=holder, hours=hours)
    return token


def revoke_link(conn: Connection, token: str, because: str, by: str) -> None:
    """Ends a link that went astray, and the session begun with it, as ``revoke`` does a key."""
    require_sentence(because, "A revocation")
    row = conn.execute("select link_id from ops.sign_in_link where token_sha256 = %s", (digest(token),)).fetchone()
    if row is None:
        raise Refused("There is no such link. Give its whole address.")
    done = conn.execute(
        """insert into ops.sign_in_link_revocation (link_id, reason, revoked_by) values (%s, %s, %s)
           on conflict do nothing""",
        (row[0], because.strip(), by),
    ).rowcount
    if not done:
        raise Refused("The link was revoked already.")
    _audit(conn, "revoke_link", f"link {row[0]}", by, because=because.strip())


def known(conn: Connection, site_code: str | None = None) -> list[KeyState]:
    """Every key, or those of a site, as the analyst: by site, those of the central team first."""
    return conn.cursor(row_factory=class_row(KeyState)).execute(
        """select k.key_id, k.site_code, k.feeds, k.holder, k.state,
             k.state = 'valid' and k.expires_at < now() + make_interval(days => %s) as ends_soon,
             k.made_by, k.made_at, k.expires_at, k.revoked_at, k.revoked_by, k.reason, u.at as last_used_at
           from ops.key_state as k
           left join lateral (
             select a.at from ops.audit as a
             where a.detail ->> 'key_id' = k.key_id and a.action in ('access', 'sign_in')
             order by a.audit_id desc limit 1
           ) as u on true
           where k.site_code = %s or %s::text is null
           order by k.site_code nulls first, k.made_at""",
        (SOON_DAYS, site_code, site_code),
    ).fetchall()  # fmt: skip


def id_of(key: str) -> str | None:
    """The part of a key that is no secret, of anything that looks like one."""
    found = _ID.match(key)
    return found[1] if found else None


def recognise(conn: Connection, key: str) -> Visitor | None:
    """Whose key it is, on a connection as door; None for one that is not known."""
    if not (parts := _KEY.fullmatch(key)):
        return None
    row = conn.execute("select * from ops.recognise_key(%s, %s)", (parts[1], digest(parts[2]))).fetchone()
    return _visitor(row)


def recognise_session(conn: Connection, token: str) -> Visitor | None:
    """Whose session it is, on a connection as door; None for one that is not known."""
    return _visitor(conn.execute("select * from ops.recognise_session(%s)", (digest(token),)).fetchone())


def start_session(conn: Connection, key: str, hours: int) -> str | None:
    """The token of a new session of a valid key, on a connection as door; None for any other."""
    if not (parts := _KEY.fullmatch(key)):
        return None
    token = secrets.token_urlsafe(32)
    return _if_so(
        conn, token, "select ops.start_session(%s, %s, %s, %s)",
        (parts[1], digest(parts[2]), digest(token), timedelta(hours=hours)),
    )  # fmt: skip


def use_link(conn: Connection, link: str, hours: int) -> str | None:
    """Uses a one-time link up, on a connection as door: the token of a new session; None where it has ended."""
    token = secrets.token_urlsafe(32)
    return _if_so(conn, token, "select ops.use_link(%s, %s, %s)", (digest(link), digest(token), timedelta(hours=hours)))


def link_holder(conn: Connection, link: str) -> LinkHolder | None:
    """Whom a one-time link would sign in, on a connection as door; None where it has ended."""
    return (
        conn.cursor(row_factory=class_row(LinkHolder))
        .execute("select * from ops.link_holder(%s)", (digest(link),))
        .fetchone()
    )


def end_session(conn: Connection, session_id: int) -> None:
    conn.execute("select ops.end_session(%s)", (session_id,))


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _if_so(conn: Connection, token: str, query: LiteralString, parameters: tuple[object, ...]) -> str | None:
    row = conn.execute(query, parameters).fetchone()
    return token if row and row[0] else None


def _require(conn: Connection, site_code: str | None, holder: str) -> None:
    if not holder.strip():
        raise Refused("A key is somebody's: give the holder's name.")
    if site_code is not None:
        require_site(conn, site_code)


def _audit(conn: Connection, action: str, subject: str, by: str, **detail: Any) -> None:
    conn.execute(
        "insert into ops.audit (action, subject, detail) values (%s, %s, %s)",
        (action, subject, Jsonb({"by": by} | detail)),
    )


def _visitor(row: tuple[Any, ...] | None) -> Visitor | None:
    if row is None or row[3] is None:
        return None
    key_id, site_code, feeds, holder, is_simulation, state, session_id, expires_at = row
    only = frozenset(feeds) if feeds is not None else None
    return Visitor(key_id, site_code, only, holder, is_simulation, state, session_id, expires_at)
