"""Signing in, by the site's key or by a one-time link, and out.

key | link, its button pressed -> session (``sessions``) -> cookie -> the page one was going to
"""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from pch.door import sessions
from pch.door.access import nothing_there
from pch.door.portal.pages import page
from pch.door.problems import Problem
from pch.door.sessions import GuardedForm, OfSession, OpenForm

router = APIRouter()


@router.get("/")
def home(asking: OfSession) -> Response:
    site = asking.visitor.site_code
    return RedirectResponse(f"/sites/{site}" if site else "/sites", 303)


@router.get(sessions.SIGN_IN)
def show_sign_in(next: str = "/", out: bool = False) -> Response:
    return page("sign_in", next=sessions.lead_to(next), is_out=out)


@router.post(sessions.SIGN_IN)
def sign_in(request: Request, form: OpenForm) -> Response:
    going = sessions.lead_to(form.get("next"))
    key = form.get("key", "").strip()
    try:
        if not key:
            raise Problem("bad-request", "Enter your site's key.", "It begins with pch_.")
        token = sessions.sign_in(request, key)
    except Problem as problem:
        return page("sign_in", status=problem.kind.status, headers=problem.headers, next=going, problem=problem)
    return _signed_in(request, token, going)


@router.get(sessions.SIGN_IN + "/{link}")
def show_link(request: Request, link: str) -> Response:
    """Looks only: whatever opens the links in a mail before its reader does uses nothing up."""
    holder = sessions.whose_link(request, link)
    return page("link", holder=holder, link=link) if holder else _spent()


@router.post(sessions.SIGN_IN + "/{link}")
def follow_link(request: Request, link: str, form: OpenForm) -> Response:
    token = sessions.follow_link(request, link)
    return _signed_in(request, token, "/") if token else _spent()


@router.post("/sign-out")
def sign_out(request: Request, asking: OfSession, form: GuardedForm) -> Response:
    sessions.sign_out(request, asking)
    answer = RedirectResponse(f"{sessions.SIGN_IN}?out=true", 303)
    sessions.forget(answer, request)
    return answer


def _signed_in(request: Request, token: str, going: str) -> Response:
    answer = RedirectResponse(going, 303)
    sessions.keep(answer, request, token)
    return answer


def _spent() -> Response:
    problem = Problem(
        nothing_there().name, "This link was used already, or is too old, or not all of it was copied.",
        "Sign in with your site's key, or ask the central team for a new link.",
    )  # fmt: skip
    return page("sign_in", status=problem.kind.status, next="/", problem=problem)
