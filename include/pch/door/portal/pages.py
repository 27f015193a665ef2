"""A page: a template, and what is in it -> HTML for people. Errors, too, in the same look.

Every text is escaped by the templates; no page holds a script or a style of its own (the policy in ``app`` forbids
both), and none asks another server for anything.
"""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader

from pch.door.access import Asking
from pch.door.portal import words
from pch.door.problems import Problem
from pch.door.sessions import FORM_TOKEN, NotSignedIn, with_session

FOR_PROGRAMS = ("/v1/", "/openapi.json", "/health")


@cache
def environment() -> Environment:
    """The templates of NHS.UK are written for undefined values that can be asked for more."""
    env = Environment(
        loader=ChoiceLoader([PackageLoader("pch.door.portal"), PackageLoader("nhsuk_frontend_jinja")]),
        undefined=ChainableUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(words.FILTERS)
    env.globals.update(words=words, FORM_TOKEN=FORM_TOKEN)
    return env


def page(
    template: str, asking: Asking | None = None, status: int = 200, headers: dict[str, str] | None = None, **given: Any
) -> HTMLResponse:
    """``asking``: who is signed in."""
    text = environment().get_template(f"{template}.jinja").render(asking=asking, **given)
    return HTMLResponse(text, status, headers=headers)


def is_for_people(request: Request) -> bool:
    """Whether whoever asks is shown a page and not a document for programs."""
    return not request.url.path.startswith(FOR_PROGRAMS)


def error_page(problem: Problem) -> HTMLResponse:
    return page("problem", status=problem.kind.status, headers=problem.headers, problem=problem)


def with_perhaps_session(request: Request) -> Iterator[Asking | None]:
    """Who is signed in, for a page that is open to everybody."""
    try:
        yield from with_session(request)
    except NotSignedIn:
        yield None


PerhapsSession = Annotated[Asking | None, Depends(with_perhaps_session, scope="function")]
