"""Errors as the API tells them: RFC 9457 problem details, each kind with one status and one title.

``detail`` is a sentence of ours for people; ``next_step`` says what to do. The portal shows the same words, and
``documented`` says in the API's description what an operation may answer.
"""

from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from pch.errors import PchError, Refused, Temporary
from pch.intake.receive import KeyReused

Documented = dict[int | str, dict[str, Any]]
"""Answers by status, as OpenAPI has them."""

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """A kind of problem. Its type is the address ``/problems#<name>``."""

    name: str
    status: int
    title: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind("bad-request", 400, "The request cannot be read"),
        Kind("digest-differs", 400, "The bytes that arrived are not those that were announced"),
        Kind("cut-short", 400, "The connection ended before the file did"),
        Kind("no-key", 401, "A valid key is needed"),
        Kind("not-yours", 403, "This key may not do that"),
        Kind("not-found", 404, "There is no such thing"),
        Kind("no-such-method", 405, "That cannot be done here"),
        Kind("too-slow", 408, "The file came too slowly"),
        Kind("too-large", 413, "The file is too large"),
        Kind("encoding", 415, "The body is encoded in a way that is not read"),
        Kind("key-reused", 422, "The idempotency key stands for another file"),
        Kind("refused", 422, "What was asked for cannot be done"),
        Kind("too-many", 429, "Too many requests"),
        Kind("unexpected", 500, "Something went wrong at our end"),
        Kind("not-now", 503, "Not possible at the moment"),
        Kind("no-space", 507, "There is no room for the file"),
    )
}


class Details(BaseModel, title="Problem"):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="The kind of problem: an address that says more", examples=["/problems#not-found"])
    title: str = Field(description="The kind in words, always the same")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What went wrong this time, in plain words")
    instance: str = Field(description="The path that was asked for")
    next_step: str | None = Field(None, description="What to do about it")


@dataclass
class Problem(PchError):
    """Ends a request. ``name`` is one of ``KINDS``."""

    name: str
    detail: str
    next_step: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.detail} {self.next_step}".strip()

    @property
    def kind(self) -> Kind:
        return KINDS[self.name]

    def body(self, instance: str) -> dict[str, Any]:
        kind = self.kind
        said = Details(
            type=f"/problems#{kind.name}", title=kind.title, status=kind.status, detail=self.detail, instance=instance,
            next_step=self.next_step or None,
        )  # fmt: skip
        return said.model_dump(exclude_none=True)


def problem_of(error: PchError) -> Problem:
    """An error of ours from another room, as the door tells it."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, KeyReused):
        return Problem("key-reused", str(error))
    if isinstance(error, Temporary):
        return Problem("not-now", str(error), headers={"Retry-After": "30"})
    if isinstance(error, Refused):
        return Problem("refused", str(error))
    return Problem("unexpected", "Something went wrong at our end.", "Try again; tell the central team if it goes on.")


def answer(request: Request, problem: Problem) -> JSONResponse:
    return JSONResponse(
        problem.body(request.url.path), problem.kind.status, media_type=MEDIA_TYPE, headers=problem.headers
    )


def documented(*names: str) -> Documented:
    """The answers of an operation that may end in problems of these kinds."""
    answers: Documented = {}
    for kind in (KINDS[name] for name in names):
        answers.setdefault(kind.status, {"description": "", "headers": _HEADERS.get(kind.status, {}), "content": {
            MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}}})  # fmt: skip
        content = answers[kind.status]["content"][MEDIA_TYPE]
        content["examples"][kind.name] = {"value": {"type": f"/problems#{kind.name}", "title": kind.title,
                                                    "status": kind.status, "detail": f"{kind.title}.",
                                                    "instance": "/v1/..."}}  # fmt: skip
        answers[kind.status]["description"] = "; ".join(KINDS[name].title for name in content["examples"])
    return answers


_HEADERS = {
    401: {"WWW-Authenticate": {"description": "How to show a key", "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "string"}}},
    503: {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "string"}}},
}
