"""The application: routes of the API and of the portal, one house, and what every answer has in common."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from pch.door import api
from pch.door.house import House
from pch.door.problems import Problem, answer, problem_of
from pch.errors import PchError
from pch.settings import Settings
from pch.warehouse.version import code_version

log = logging.getLogger(__name__)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
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
        title="pch-progress", version=code_version(), lifespan=lifespan, docs_url=None, redoc_url=None,
        openapi_url="/openapi.json",
    )  # fmt: skip
    app.state.house = house
    app.include_router(api.router)
    app.add_exception_handler(PchError, _ours)
    app.add_exception_handler(HTTPException, _of_starlette)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(Exception, _unexpected)
    app.middleware("http")(_with_headers)
    return app


async def _with_headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, PchError)
    return answer(request, problem_of(error))


async def _of_starlette(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return answer(request, Problem(_STATUS.get(error.status_code, "unexpected"), str(error.detail)))


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    said = "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors())
    return answer(request, Problem("bad-request", f"The request cannot be read: {said}."))


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("%s %s ended in %s", request.method, request.scope["route"].path, type(error).__name__)
    return answer(request, problem_of(PchError()))
