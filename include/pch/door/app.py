"""The application: routes of the API and of the portal, one house, and what every answer has in common."""

import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pch.door import api, portal
from pch.door.access import nothing_there
from pch.door.api import description
from pch.door.bodies import BoundedBodies
from pch.door.house import House
from pch.door.portal import answer
from pch.door.problems import Problem, problem_of
from pch.door.sessions import NotSignedIn, to_sign_in
from pch.errors import PchError
from pch.settings import Settings
from pch.warehouse.version import code_version

log = logging.getLogger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers hide where a form of ours comes from
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}
_STATUS = {404: "not-found", 405: "no-such-method", 400: "bad-request"}


def create_app(settings: Settings) -> FastAPI:
    house = House(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        house.open()
        yield
        house.close()

    app = FastAPI(
        title="Primary Care Home returns", summary=description.SUMMARY, description=description.WORDS,
        version=code_version(), lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url="/openapi.json",
        generate_unique_id_function=description.operation_id,
    )  # fmt: skip
    app.state.house = house
    app.include_router(api.router)
    description.complete(app)
    portal.furnish(app)
    app.add_exception_handler(PchError, _ours)
    app.add_exception_handler(NotSignedIn, to_sign_in)
    app.add_exception_handler(HTTPException, _of_starlette)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_middleware(BoundedBodies, settings=settings)
    app.add_middleware(Dressed)
    return app


class Dressed:
    """The headers that every answer has; and the end of errors that nobody expected: Starlette's own way would put the
    message into the log, and with it what a file says."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def dressed(message: Message) -> None:
            nonlocal has_begun
            if message["type"] == "http.response.start":
                has_begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, dressed)
        except Exception as error:
            if has_begun or scope["type"] != "http":
                raise
            answered = await _unexpected(Request(scope), error)
            await answered(scope, receive, dressed)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, PchError)
    return answer(request, problem_of(error))


async def _of_starlette(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, PchError):  # a body that was too much, while FastAPI read it
        return await _ours(request, error.__cause__)
    kind = _STATUS.get(error.status_code, "unexpected")
    problem = nothing_there() if kind == "not-found" else Problem(kind, f"{error.detail}.")
    problem.headers |= error.headers or {}
    if error.status_code == 405:  # Starlette names the methods of one route, and a path may have several
        met = (r for r in request.app.routes if isinstance(r, Route) and r.matches(request.scope)[0] != Match.NONE)
        problem.headers["Allow"] = ", ".join(sorted(method for route in met for method in route.methods or ()))
    return answer(request, problem)


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    said = "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors())
    return answer(request, Problem("bad-request", f"The request cannot be read: {said}."))


async def _unexpected(request: Request, error: Exception) -> Response:
    at = traceback.extract_tb(error.__traceback__)[-1]
    route = getattr(request.scope.get("route"), "path", "of no route")
    log.error("%s %s ended in %s, line %s of %s", request.method, route, type(error).__name__, at.lineno, at.filename)
    return answer(request, problem_of(PchError()))
