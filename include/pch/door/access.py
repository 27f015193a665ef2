"""Who is asking, and that it is on record: a key (programs, ``Authorization: Bearer``) -> Visitor -> Asking.

    request -> key recognised by the database -> within its limits? -> route -> ops.audit, one row -> answer

A route says in its signature who may come in, and needs nothing else:

    asking: OfKey       a program with a key                              asking: OfSession   a person (``sessions``)
    asking: PushOfKey   the same, bringing a file: a few of a key's at once, the others wait their turn (``limits``)

The row in ops.audit (action ``access``: who, from where, by which key, method and address, outcome) is written when the
route is done and before a byte of its answer leaves; a route cannot forget it, and writes none itself. What only the
route knows it adds by ``asking.note(submission_id=...)``. Requests without a valid key are on record as ``refuse``.
A dependency of a route that itself depends on ``OfKey`` and yields needs ``Depends(..., scope="function")``.

What a visitor may not see does not exist for them: another site's return, submission or receipt is 404, as one that
never was.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Request
from psycopg.types.json import Jsonb

from pch.door.house import EVERY_SITE, House
from pch.door.problems import Problem, problem_of
from pch.errors import PchError
from pch.warehouse import keys
from pch.warehouse.db import Connection
from pch.warehouse.keys import Visitor

REALM = {"WWW-Authenticate": 'Bearer realm="pch-progress"'}
LONGEST_SUBJECT = 300  # characters of an address that are kept on record


@dataclass(frozen=True)
class Asking:
    """A visitor and where they stand: ``address`` is of the network, for the audit and the lock-out; ``form_token``
    goes with every form of a session; ``noted`` goes on record."""

    visitor: Visitor
    address: str
    form_token: str = ""
    noted: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Whose limits they use up."""
        is_session = self.visitor.session_id is not None
        return f"session {self.visitor.session_id}" if is_session else f"key {self.visitor.key_id}"

    def serves(self) -> str:
        """Whose rows a connection lent for this request may show."""
        return self.visitor.site_code or EVERY_SITE

    def require_site(self, site_code: str) -> None:
        if self.visitor.site_code not in (None, site_code):
            raise nothing_there()

    def require_feed(self, feed: str) -> None:
        if self.visitor.feeds is not None and feed not in self.visitor.feeds:
            raise Problem("not-yours", f"This key is not for the feed {feed}.", "Use a key that is, or ask for one.")

    def note(self, **detail: Any) -> None:
        """Adds to the row that this request leaves in ops.audit."""
        self.noted.update(detail)


def house(request: Request) -> House:
    found: House = request.app.state.house
    return found


async def of_house(request: Request) -> House:
    """``house`` for a route: asked on the spot, where FastAPI would send a plain function to a thread."""
    return house(request)


def caller(request: Request) -> str:
    """The caller's address of the network; what a trusted proxy says of it may be any text."""
    return request.client.host[:60] if request.client else "unknown"


def with_key(request: Request) -> Iterator[Asking]:
    """A request of a program: the key in its Authorization header."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Problem("no-key", "The request has no key.", "Send it as 'Authorization: Bearer <key>'.", REALM)
    asking = Asking(recognised(house(request), caller(request), text.strip()), caller(request))
    with on_record(request, asking):
        yield asking


async def in_turn(request: Request, asking: "OfKey") -> AsyncIterator[Asking]:
    """A push of a program, when it is its turn."""
    async with house(request).limits.turn(asking.name):
        yield asking


def recognised(house: House, address: str, key: str) -> Visitor:
    """Whose key it is. Raises Problem for one that is not valid, which is counted against guessing and on record, and
    for one that comes too often."""
    key_id = keys.id_of(key)
    house.limits.refuse_guesser(address, key_id)
    with house.serving(None) as conn:
        visitor = keys.recognise(conn, key)
        if visitor is None:
            house.limits.guessed(address, key_id)
            record(conn, "refuse", "sign in", why="unknown", address=address, key_id=key_id)
            raise Problem("no-key", "The key is not known.", "Check that all of it was copied.", REALM)
        house.limits.requested(f"key {visitor.key_id}")
        if visitor.state != "valid":
            record(conn, "refuse", "sign in", why=visitor.state, address=address, key_id=key_id)
            ended = "expired" if visitor.state == "expired" else "been revoked"
            raise Problem("no-key", f"The key has {ended}.", "Ask the central team for a new one.", REALM)
    return visitor


@contextmanager
def on_record(request: Request, asking: Asking) -> Iterator[None]:
    """Whatever comes of the request in this block, it is in ops.audit at its end."""
    outcome = "interrupted"
    try:
        yield
        outcome = "answered"
    except Exception as error:
        outcome = problem_of(error).name if isinstance(error, PchError) else type(error).__name__
        raise
    finally:
        visitor = asking.visitor
        who = {"by": visitor.holder, "key_id": visitor.key_id, "session_id": visitor.session_id,
               "site_code": visitor.site_code, "address": asking.address, "outcome": outcome}  # fmt: skip
        subject = f"{request.method} {quote(request.scope['path'])}"  # quoted: it may hold what a table cannot
        with house(request).serving(None) as conn:
            record(conn, "access", subject[:LONGEST_SUBJECT], **who | asking.noted)


def record(conn: Connection, action: str, subject: str, **detail: Any) -> None:
    """A row of the audit; never with a secret or a value of a file in it."""
    conn.execute(
        "insert into ops.audit (action, subject, detail) values (%s, %s, %s)",
        (action, subject, Jsonb(detail, dumps=lambda o: json.dumps(o, default=str))),
    )


def nothing_there() -> Problem:
    return Problem("not-found", "There is nothing here, or it is not yours to see.", "Check the address.")


OfHouse = Annotated[House, Depends(of_house)]
OfKey = Annotated[Asking, Depends(with_key, scope="function")]
PushOfKey = Annotated[Asking, Depends(in_turn, scope="function")]
