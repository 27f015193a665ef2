"""A request's body -> a file of ours, counted and summed on the way; never more than a chunk in memory.

    Content-Length too large? -> chunks -> disk -> Content-Digest as announced? -> Spooled

Bounded in bytes, in the time between two chunks and in the least speed over all, so that neither an endless nor a slow
body holds a place for ever. The file is gone when the block ends: what was received has its bytes in the landing store.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from fastapi import Request
from starlette.requests import ClientDisconnect

from pch.door.house import House
from pch.door.problems import Problem
from pch.intake.landing import Spooled

SILENCE_SECONDS = 30.0
GRACE_SECONDS = 60.0
LEAST_BYTES_A_SECOND = 4096


@asynccontextmanager
async def spooled(request: Request, house: House) -> AsyncIterator[Spooled]:
    """The body of ``request`` on the disk until the end of the block."""
    most = house.settings.max_file_mb << 20
    if int(request.headers.get("content-length") or 0) > most:
        raise _too_large(house)
    path = house.spool_folder / uuid4().hex
    try:
        yield await _write(request, house, path, most)
    finally:
        path.unlink(missing_ok=True)


async def _write(request: Request, house: House, path: Path, most: int) -> Spooled:
    sha256, size, begun = hashlib.sha256(), 0, time.monotonic()
    chunks = request.stream()
    with path.open("wb") as file:
        while True:
            try:
                chunk = await asyncio.wait_for(anext(chunks), SILENCE_SECONDS)
            except StopAsyncIteration:
                break
            except TimeoutError:
                raise Problem("too-slow", "No byte came for half a minute.", "Send it again.") from None
            except ClientDisconnect:
                raise Problem("cut-short", "The connection ended before the file did.", "Send it again.") from None
            size += len(chunk)
            if size > most:
                raise _too_large(house)
            sha256.update(chunk)
            await asyncio.to_thread(file.write, chunk)
            lasted = time.monotonic() - begun
            if lasted > GRACE_SECONDS and size < LEAST_BYTES_A_SECOND * lasted:
                raise Problem("too-slow", "The file came too slowly.", "Send it again over a better connection.")
    return Spooled(sha256.hexdigest(), size, path)


def _too_large(house: House) -> Problem:
    return Problem(
        "too-large", f"The file is larger than {house.settings.max_file_mb} MB.", "Was it meant for this feed?",
        {"Connection": "close"},
    )  # fmt: skip
