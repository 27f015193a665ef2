"""People at the door: signed in by a key or a one-time link -> a session, its token in a cookie -> Asking.

    sign_in (a key) | follow_link (POST only: a GET shows ``whose_link`` and uses nothing up) -> token -> keep (cookie)
    with_session: cookie -> visitor -> route -> ops.audit            none or ended -> NotSignedIn -> 303 to /sign-in
    guarded_form: the same, and the form's own token -> its fields   ``open_form``: a form before anybody is signed in

For a route: ``asking: OfSession``, ``form: GuardedForm`` (a dict); ``asking: PushOfSession`` for an upload, which calls
``require_form_token`` with the field FORM_TOKEN that came before the file. Every form carries ``asking.form_token``
under that name. An unsafe method that comes from another site's page is refused before anything else.
"""

import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from pch.door.access import Asking, caller, house, on_record, recognised, record
from pch.door.house import House
from pch.door.problems import Problem
from pch.warehouse import keys
from pch.warehouse.keys import LinkHolder

HOURS = 8
FORM_TOKEN = "form_token"
SIGN_IN = "/sign-in"
_SAFE = {"GET", "HEAD", "OPTIONS"}


class NotSignedIn(Problem):
    """Nobody is signed in, or not any more. ``app`` answers with ``to_sign_in``."""

    def __init__(self) -> None:
        super().__init__("no-key", "Nobody is signed in, or not any more.", "Sign in.")


async def to_sign_in(request: Request, error: Exception) -> Response:
    """To the page where one signs in, which leads back to where one was going."""
    back = f"?next={quote(request.url.path)}" if request.method == "GET" else ""
    answer = RedirectResponse(SIGN_IN + back, 303)
    forget(answer, request)
    return answer


def lead_to(asked: str | None) -> str:
    """Where to go once signed in: the page asked for, if it is one of ours."""
    is_ours = asked is not None and asked.startswith("/") and not asked.startswith("//")
    return asked if asked and is_ours and "\\" not in asked and asked.isprintable() else "/"


def sign_in(request: Request, key: str) -> str:
    """A new session for who has the key; its token. Raises Problem (no-key, too-many)."""
    at_home, address = house(request), caller(request)
    visitor = recognised(at_home, address, key.strip())
    with at_home.serving(None) as conn:
        token = keys.start_session(conn, key.strip(), HOURS)
        if token is None:  # it ended in this very moment
            raise NotSignedIn
        record(conn, "sign_in", "key", by=visitor.holder, key_id=visitor.key_id, address=address)
    return token


def whose_link(request: Request, link: str) -> LinkHolder | None:
    """Whom a one-time link is for, without using it up; None where it is unknown, used or too old."""
    at_home = house(request)
    with at_home.serving(None) as conn:
        holder = keys.link_holder(conn, link)
        if holder is None:
            at_home.limits.guessed(caller(request), None)
            record(conn, "refuse", "sign in", why="unknown or used link", address=caller(request))
    return holder


def follow_link(request: Request, link: str) -> str | None:
    """Uses a one-time link up: the token of a new session; None where it is unknown, used or too old."""
    holder = whose_link(request, link)
    if holder is None:
        return None
    with house(request).serving(None) as conn:
        token = keys.use_link(conn, link, HOURS)
        if token is not None:
            record(conn, "sign_in", "link", by=holder.holder, address=caller(request))
    return token


def sign_out(request: Request, asking: Asking) -> None:
    """Ends the session, at once and for good."""
    assert asking.visitor.session_id is not None
    with house(request).serving(None) as conn:
        keys.end_session(conn, asking.visitor.session_id)


def keep(response: Response, request: Request, token: str) -> None:
    """Gives the token to the browser, until it is closed; no script and no other site's page gets at it."""
    at_home = house(request)
    response.set_cookie(
        _cookie(at_home), token, httponly=True, samesite="lax", secure=_is_https(at_home), path="/"
    )  # fmt: skip


def forget(response: Response, request: Request) -> None:
    at_home = house(request)
    response.delete_cookie(_cookie(at_home), httponly=True, samesite="lax", secure=_is_https(at_home), path="/")


def same_origin(request: Request) -> None:
    """Refuses what another site's page makes a browser send. Programs say neither; the form's token holds them."""
    if request.method in _SAFE or request.headers.get("sec-fetch-site") == "same-origin":
        return
    origin = request.headers.get("origin")
    ours = (request.headers.get("host"), urlsplit(house(request).settings.door_address).netloc)
    if "sec-fetch-site" in request.headers or (origin is not None and urlsplit(origin).netloc not in ours):
        raise _not_our_form()


def with_session(request: Request) -> Iterator[Asking]:
    """A request of a person: the token in the cookie."""
    same_origin(request)
    at_home = house(request)
    token = request.cookies.get(_cookie(at_home))
    if not token:
        raise NotSignedIn
    with at_home.serving(None) as conn:
        visitor = keys.recognise_session(conn, token)
    if visitor is None or visitor.state != "valid":
        raise NotSignedIn
    asking = Asking(visitor, caller(request), _form_token(token))
    at_home.limits.requested(asking.name)
    with on_record(request, asking):
        yield asking


OfSession = Annotated[Asking, Depends(with_session, scope="function")]


async def in_turn(request: Request, asking: OfSession) -> AsyncIterator[Asking]:
    """An upload, when it is its turn."""
    async with house(request).limits.turn(asking.name):
        yield asking


async def guarded_form(request: Request, asking: OfSession) -> dict[str, str]:
    """The fields of a form of ours that this session was given. Raises Problem for any other."""
    fields = await _fields(request)
    require_form_token(asking, fields.get(FORM_TOKEN, ""))
    return fields


async def open_form(request: Request) -> dict[str, str]:
    """The fields of a form that needs no session: to sign in."""
    same_origin(request)
    return await _fields(request)


def require_form_token(asking: Asking, given: str) -> None:
    if not hmac.compare_digest(given.encode(), asking.form_token.encode()):
        raise _not_our_form()


async def _fields(request: Request) -> dict[str, str]:
    form = await request.form()  # a small body, as any is that nobody allowed more (``bodies``)
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _form_token(token: str) -> str:
    """Known to whoever has the session's token, and to no other site's page."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def _cookie(house: House) -> str:
    """With the prefix, browsers take it over https only and from no other host of the domain."""
    return "__Host-session" if _is_https(house) else "session"


def _is_https(house: House) -> bool:
    return house.settings.door_address.startswith("https:")


def _not_our_form() -> Problem:
    return Problem(
        "not-yours", "This form did not come from a page of ours, or from before you signed in.",
        "Open the page again and send its form.",
    )  # fmt: skip


PushOfSession = Annotated[Asking, Depends(in_turn, scope="function")]
GuardedForm = Annotated[dict[str, str], Depends(guarded_form, scope="function")]
OpenForm = Annotated[dict[str, str], Depends(open_form)]
