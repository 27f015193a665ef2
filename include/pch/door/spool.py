"""A request's body -> a file of ours, counted and summed on the way; never more than a handful of chunks in memory.

    room on the disk? -> Content-Length too large? -> chunks -> disk -> Spooled

How large, how slow and how silent a body may be stands in ``bodies``. The file is gone when the block ends: what was
received has its bytes in the landing store, and a look that goes on has a name of its own for them.
"""

import asyncio
import hashlib
import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO
from uuid import uuid4

from fastapi import Request
from starlette.requests import ClientDisconnect

from pch.door.bodies import allow
from pch.door.house import House
from pch.door.problems import Problem
from pch.intake.landing import Spooled

log = logging.getLogger(__name__)

WRITE_BYTES = 128 << 10
"""Written at once. Hundreds of bodies may come at the same time, and each holds as much."""


@asynccontextmanager
async def spooled(request: Request, house: House) -> AsyncIterator[Spooled]:
    """The body of ``request`` on the disk until the end of the block. Raises Problem."""
    most = house.settings.max_file_mb << 20
    allow(request, most)
    path = house.spool_folder / uuid4().hex
    try:
        with path.open("wb", buffering=0) as file:
            spool = _Spool(file, least_free=most)
            try:
                await _fill(spool, request)
            except OSError as e:
                raise _no_room(e.strerror or type(e).__name__) from e
        yield Spooled(spool.sha256.hexdigest(), spool.size, path)
    finally:
        path.unlink(missing_ok=True)


async def _fill(spool: "_Spool", request: Request) -> None:
    held = bytearray()
    await asyncio.to_thread(spool.write, b"")
    try:
        async for chunk in request.stream():
            held += chunk
            if len(held) >= WRITE_BYTES:
                await asyncio.to_thread(spool.write, held)
                held.clear()
    except ClientDisconnect:
        raise Problem("cut-short", "The connection ended before the file did.", "Send it again.") from None
    await asyncio.to_thread(spool.write, held)


class _Spool:
    """``least_free``: so many bytes are left to the others on this disk, the database among them."""

    def __init__(self, file: BinaryIO, least_free: int) -> None:
        self.file = file
        self.least_free = least_free
        self.sha256 = hashlib.sha256()
        self.size = 0

    def write(self, some: bytes | bytearray) -> None:
        if shutil.disk_usage(self.file.name).free - len(some) < self.least_free:
            raise _no_room(f"less than {self.least_free >> 20} MB are free")
        rest = memoryview(some)
        while rest:  # a disk that fills up takes a part, and refuses the next one
            rest = rest[self.file.write(rest) :]
        self.sha256.update(some)
        self.size += len(some)


def _no_room(why: str) -> Problem:
    log.error("No room for files: %s", why)
    return Problem(
        "no-space", "The central server has no room for files at the moment. Nothing was received.",
        "Try again in an hour; tell the central team if it goes on.", {"Connection": "close"},
    )  # fmt: skip
