"""The portal for people: pages made here, of a look that NHS staff know, usable without a script.

    browser -> session (``sessions``) -> reading | pushing -> template -> page

pages        a template -> HTML      words    states, days and sizes in words    uploads   a file in a form
signing      in and out              sites    the calendar                       returns   send a file, a nil return
submissions  receipt and findings    comparisons    a correction beside what it replaces
feeds        contracts, templates    help     how to send; problems in words

``static/`` holds the styles (of NHS.UK and ours) and the one script, which watches a file being checked.
"""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

from pch.door import problems
from pch.door.portal import comparisons, feeds, help, returns, signing, sites, submissions
from pch.door.portal.pages import error_page, is_for_people
from pch.door.problems import Problem


def furnish(app: FastAPI) -> None:
    """Adds the portal's pages and files to ``app``."""
    router = APIRouter(include_in_schema=False)
    for part in (signing, sites, returns, submissions, comparisons, feeds, help):
        router.include_router(part.router)
    app.include_router(router)
    app.mount("/static", _Files(directory=Path(__file__).parent / "static"))


def answer(request: Request, problem: Problem) -> Response:
    """A problem as a page for people, as a document for programs."""
    return error_page(problem) if is_for_people(request) else problems.answer(request, problem)


class _Files(StaticFiles):
    """Kept by browsers, who ask whether they changed."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response
