"""Files looked at as they arrive, in processes of their own: what a file does to its reader it does to nobody else.

    path -> worker process (memory and time bounded) -> findings of the contract, or none: the pipeline will say

A worker that takes too long or too much memory is ended and replaced; the file is received all the same, and judged by
the pipeline. The process at the door never opens a file itself.
"""

import multiprocessing
import resource
from collections.abc import Callable
from concurrent.futures import Future
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from pebble import ProcessPool

from pch.desk.compared import Compared
from pch.desk.looked import Looked, Register
from pch.errors import Temporary
from pch.intake.landing import Landing
from pch.settings import Settings

T = TypeVar("T")

SECONDS = 20.0
"""After which a look is given up."""

DEEP_SECONDS = 60.0
"""Great Expectations alone takes some to load, once for each process."""

MEMORY_BYTES = 2 << 30
"""Of each process, of which Arrow's allocator sets one half aside before it needs it."""

MOST_BYTES = 32 << 20
"""Of a file as it came: a larger one is left to the pipeline."""

MOST_WAITING = 40


class Unseen(Temporary):
    """A file that could not be looked at here."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The file could not be looked at: {why}. Send it all the same; the verdict will say more.")


class Checks:
    """The worker processes. ``open`` before use."""

    def __init__(self, settings: Settings) -> None:
        self._limits = (settings.max_file_mb << 20, settings.max_expansion)
        self._processes = settings.check_processes
        self._pool: ProcessPool | None = None
        self._under_way = 0
        self._lock = Lock()

    def open(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["pch.door.readers"])
        self._running()

    def close(self) -> None:
        if self._pool:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()

    def look(
        self, path: Path, file_name: str, feed: str, period: date, site_code: str, *, deep: bool = False,
        register: Register | None = None,
    ) -> "Future[Looked]":  # fmt: skip
        """What ``pch.desk.check.look`` finds, some time soon. Fails with Unseen where that is not to be had, with
        TimeoutError or ProcessExpired where it was too much; ``path`` must live until then."""
        if path.stat().st_size > MOST_BYTES:
            return _refused("it is too large for that")
        what = (path, file_name, feed, period, site_code)
        seconds = DEEP_SECONDS if deep else SECONDS
        return self._schedule(_look, *what, seconds=seconds, deep=deep, register=register)

    def compare(
        self, landing_url: str, before: str, after: str, largest: int, feed: str, period: date, site_code: str
    ) -> "Future[Compared]":
        """What ``pch.desk.compare.compare`` finds; fails as ``look`` does. The files are given by their checksums, the
        bytes of the larger one, and the landing store that the worker reads them from."""
        if largest > MOST_BYTES:
            return _refused("it is too large for that")
        return self._schedule(_compare, landing_url, before, after, feed, period, site_code)

    def _schedule(self, function: Callable[..., T], *what: Any, seconds: float = SECONDS, **how: Any) -> "Future[T]":
        with self._lock:
            if self._under_way >= MOST_WAITING:
                return _refused("too many others wait")
            self._under_way += 1
        try:
            looking: Future[T] = self._running().schedule(function, (*what, *self._limits), how, timeout=seconds)
        except RuntimeError:  # the processes died in this very moment
            looking = _refused("its reader is not there")
        looking.add_done_callback(self._ended)
        return looking

    def _ended(self, _: "Future[Any]") -> None:
        with self._lock:
            self._under_way -= 1

    def _running(self) -> ProcessPool:
        """The pool; another one where it broke because its processes were killed from outside."""
        with self._lock:
            if self._pool is None or not self._pool.active:
                self._pool = ProcessPool(self._processes, initializer=_bound, context=self._context)
            assert self._pool.active  # asking starts it
            return self._pool


def _refused(why: str) -> "Future[Any]":
    refused: Future[Any] = Future()
    refused.set_exception(Unseen(why))
    return refused


def _look(
    path: Path, file_name: str, feed: str, period: date, site_code: str, max_bytes: int, max_expansion: int, *,
    deep: bool, register: Register | None,
) -> Looked:  # fmt: skip
    from pch.decode import Limits
    from pch.desk.check import look

    limits = Limits(max_bytes, max_expansion)
    looked = look(path, file_name, feed, period, site_code, limits, deep=deep, register=register)
    if any(f.rule == "unreadable" for f in looked.findings):  # also said where memory ends, of which there is more
        raise Unseen("it was too much for the reader at the door")  # where the pipeline reads it
    return looked


def _compare(
    landing_url: str, before: str, after: str, feed: str, period: date, site_code: str, max_bytes: int,
    max_expansion: int,
) -> Compared:  # fmt: skip
    from pch.decode import Limits
    from pch.desk.compare import compare

    landing = Landing(landing_url)
    limits = Limits(max_bytes, max_expansion)
    return compare(landing.get(before), landing.get(after), feed, period, site_code, limits)


def _bound() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
