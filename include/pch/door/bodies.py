"""Every body is bounded: in bytes, in the silence between two chunks, and in the least speed over all.

    connection (``patience``) -> Body.receive, which raises Problem -> whoever reads the request

So neither an endless nor a slow body holds a place for ever, whichever route it is for. A body is small unless its
reader says otherwise: ``allow`` is for those who put it on the disk as it comes (``spool``).
"""

import asyncio
import time

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pch.door.problems import Problem
from pch.settings import Settings

SMALL_BYTES = 1 << 20
LEAST_BYTES_A_SECOND = 4096

_BODY = "pch.body"


class BoundedBodies:
    """ASGI middleware; inside any of Starlette's own kind, which would wrap what is raised here."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[_BODY] = body = _Body(receive, self.settings)
            receive = body.receive
        await self.app(scope, receive, send)


def allow(request: Request, most_bytes: int) -> None:
    """Lets the body of ``request`` be so large. Raises Problem where it says that it is larger."""
    if int(request.headers.get("content-length") or 0) > most_bytes:
        raise _too_large(most_bytes)
    request.scope[_BODY].most = most_bytes


class _Body:
    def __init__(self, receive: Receive, settings: Settings) -> None:
        self._receive = receive
        self._silence_seconds = settings.door_silence_seconds
        self._grace_seconds = settings.door_grace_seconds
        self._begun: float | None = None
        self._size = 0
        self._is_over = False
        self.most = SMALL_BYTES

    async def receive(self) -> Message:
        if self._is_over:  # somebody wants to know when the caller hangs up
            return await self._receive()
        self._begun = self._begun or time.monotonic()  # whoever waits for their turn is not slow
        try:
            async with asyncio.timeout(self._silence_seconds):
                message = await self._receive()
        except TimeoutError:
            raise _too_slow(f"No byte came for {self._silence_seconds:.0f} seconds.") from None
        self._is_over = message["type"] != "http.request" or not message.get("more_body")
        self._size += len(message.get("body", b""))
        if self._size > self.most:
            raise _too_large(self.most)
        lasted = time.monotonic() - self._begun
        if not self._is_over and lasted > self._grace_seconds and self._size < LEAST_BYTES_A_SECOND * lasted:
            raise _too_slow("The file came too slowly.")
        return message


def _too_large(most_bytes: int) -> Problem:
    return Problem(
        "too-large", f"The file is larger than {most_bytes >> 20} MB.", "Check that it is the right one.",
        {"Connection": "close"},
    )  # fmt: skip


def _too_slow(what: str) -> Problem:
    return Problem("too-slow", what, "Send it again over a better connection.", {"Connection": "close"})
