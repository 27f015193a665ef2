"""Keys to the front door: made, listed, revoked by the central team; recognised at the door.

    pch keys make -> "pch_<key_id>_<secret>", told once; ops.access_key keeps a checksum of the secret

The secret is 256 random bits, so nothing slower than SHA-256 is needed to keep it: it cannot be guessed, not even by
who has the checksums. The door asks functions (``ops.recognise_key``) and cannot read the tables.
"""

import hashlib
import re
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pch.warehouse.db import Connection

_KEY = re.compile(r"pch_([a-z0-9]{10})_([A-Za-z0-9_-]{43})")
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


def recognise(conn: Connection, key: str) -> Visitor | None:
    """Whose key it is, on a connection as door; None for one that is not known."""
    if not (parts := _KEY.fullmatch(key)):
        return None
    row = conn.execute("select * from ops.recognise_key(%s, %s)", (parts[1], digest(parts[2]))).fetchone()
    return _visitor(row)


def recognise_session(conn: Connection, token: str) -> Visitor | None:
    """Whose session it is, on a connection as door; None for one that is not known."""
    return _visitor(conn.execute("select * from ops.recognise_session(%s)", (digest(token),)).fetchone())


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
    """A new key, as the owner: its text, which is kept nowhere."""
    key_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(10))
    secret = secrets.token_urlsafe(32)
    conn.execute(
        """insert into ops.access_key
             (key_id, secret_sha256, site_code, feeds, holder, is_simulation, made_by, expires_at)
           values (%s, %s, %s, %s, %s, %s, %s, %s)""",
        (key_id, digest(secret), site_code, sorted(feeds) if feeds is not None else None, holder, is_simulation, by,
         expires_at),
    )  # fmt: skip
    return f"pch_{key_id}_{secret}"


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _visitor(row: tuple[Any, ...] | None) -> Visitor | None:
    if row is None or row[3] is None:
        return None
    key_id, site_code, feeds, holder, is_simulation, state, session_id = row
    only = frozenset(feeds) if feeds is not None else None
    return Visitor(key_id, site_code, only, holder, is_simulation, state, session_id)
