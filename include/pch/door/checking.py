"""Files looked at as they arrive, in processes of their own: what a file does to its reader it does to nobody else.

    path -> worker process (memory and time bounded) -> findings of the contract, or None: the pipeline will say

A worker that takes too long or too much memory is ended and replaced; the file is received all the same, and judged by
the pipeline. The process at the door never opens a file itself.
"""

import multiprocessing
import resource
from datetime import date
from pathlib import Path

from pebble import ProcessFuture, ProcessPool

from pch.desk.looked import Looked
from pch.settings import Settings

SECONDS = 20.0
"""After which a look is given up."""

MEMORY_BYTES = 2 << 30


class Checks:
    """The worker processes. ``open`` before use."""

    def __init__(self, settings: Settings) -> None:
        self._limits = (settings.max_file_mb << 20, settings.max_expansion)
        self._processes = settings.check_processes
        self._pool: ProcessPool | None = None

    def open(self) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["pch.desk.check"])  # readers are loaded once, and not in this process
        self._pool = ProcessPool(self._processes, initializer=_bounded, context=context)

    def close(self) -> None:
        if self._pool:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()

    def look(self, path: Path, file_name: str, feed: str, period: date, site_code: str) -> "ProcessFuture[Looked]":
        """The contract's findings, some time soon: ``Looked``."""
        assert self._pool is not None
        return self._pool.schedule(_look, (path, file_name, feed, period, site_code, *self._limits), timeout=SECONDS)


def _look(
    path: Path, file_name: str, feed: str, period: date, site_code: str, max_bytes: int, max_expansion: int
) -> Looked:
    from pch.decode import Limits
    from pch.desk.check import look

    return look(path, file_name, feed, period, site_code, Limits(max_bytes, max_expansion))


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
