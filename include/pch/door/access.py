"""Who is asking: a key (programs, ``Authorization: Bearer``) or a session (people, a cookie) -> Visitor.

A key is recognised by the database, which alone can read what is kept of it. What a visitor may not see does not
exist for them: another site's return, submission or receipt is 404, as one that never was.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from pch.door.house import EVERY_SITE, House
from pch.door.problems import Problem
from pch.warehouse import keys
from pch.warehouse.keys import Visitor

REALM = {"WWW-Authenticate": 'Bearer realm="pch-progress"'}


@dataclass(frozen=True)
class Asking:
    """A visitor and where they stand: ``address`` is of the network, for the audit and the lock-out."""

    visitor: Visitor
    address: str

    def serves(self) -> str:
        """Whose rows a connection lent for this request may show."""
        return self.visitor.site_code or EVERY_SITE

    def require_site(self, site_code: str) -> None:
        if self.visitor.site_code not in (None, site_code):
            raise nothing_there()

    def require_feed(self, feed: str) -> None:
        if self.visitor.feeds is not None and feed not in self.visitor.feeds:
            raise Problem("not-yours", f"This key is not for the feed {feed}.", "Use a key that is, or ask for one.")


def house(request: Request) -> House:
    found: House = request.app.state.house
    return found


def caller(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def with_key(request: Request) -> Asking:
    """A request of a program: the key in its Authorization header."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Problem("no-key", "The request has no key.", "Send it as 'Authorization: Bearer <key>'.", REALM)
    with house(request).serving(None) as conn:
        visitor = keys.recognise(conn, text.strip())
    if visitor is None:
        raise Problem("no-key", "The key is not known.", "Check that all of it was copied.", REALM)
    if visitor.state != "valid":
        raise Problem("no-key", f"The key has {_ended(visitor.state)}.", "Ask the central team for a new one.", REALM)
    return Asking(visitor, caller(request))


def nothing_there() -> Problem:
    return Problem("not-found", "There is nothing here, or it is not yours to see.", "Check the address.")


def _ended(state: str) -> str:
    return "expired" if state == "expired" else "been revoked"


OfHouse = Annotated[House, Depends(house)]
OfKey = Annotated[Asking, Depends(with_key)]
