"""A month through the real scheduler: from the last receipt to tested marts, and how large each process grew."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

from pch.bench.world import push_month, register_sites
from pch.errors import StackError
from pch.local import stack
from pch.settings import Settings
from pch.simulate import Programme
from pch.warehouse.db import connect

GIVE_UP_SECONDS = 900
_LOOK_SECONDS = 0.25


@dataclass(frozen=True)
class Live:
    """``seconds``: from the last receipt until nothing waits and every month is built; ``whole_seconds``: from before
    the first push. ``peaks``: largest resident memory of a process of each kind, in MB; ``load_mb``: what the load
    processes said of themselves."""

    files: int
    seconds: float
    whole_seconds: float
    peaks: dict[str, float]
    load_mb: float


def through_the_scheduler(settings: Settings, programme: Programme) -> Live:
    """Two months, the last of which counts: the first finds Airflow and dbt cold, and the marts missing."""
    stack.up(settings)
    register_sites(settings, programme)
    with _watched(settings) as peaks:
        for period in programme.periods[-2:]:
            begun = datetime.now(UTC)
            files, last = push_month(settings, programme, period)
            seconds = _wait(settings, last)
            whole = (datetime.now(UTC) - begun).total_seconds()
    with connect(settings, "loader") as conn:
        row = conn.execute("select max(peak_memory_mb) from ops.batch").fetchone()
    stack.down(settings)
    return Live(files, seconds, whole, peaks, row[0] if row else 0.0)


def _wait(settings: Settings, since: datetime) -> float:
    with connect(settings, "loader", autocommit=True) as conn:
        while True:
            row = conn.execute(
                """select exists (select from ops.queue) or exists (select from ops.month_pending)"""
            ).fetchone()
            seconds = (datetime.now(UTC) - since).total_seconds()
            if row and not row[0]:
                return seconds
            if seconds > GIVE_UP_SECONDS:
                raise StackError(f"The month was not in the marts {GIVE_UP_SECONDS} s after its last file.")
            time.sleep(_LOOK_SECONDS)


@contextmanager
def _watched(settings: Settings) -> Iterator[dict[str, float]]:
    """Looks at the memory of every process of the stack while the block runs."""
    peaks: dict[str, float] = {}
    over = threading.Event()
    leaders = {part.name: part.pid for part in stack.state(settings) if part.pid}

    def watch() -> None:
        while not over.wait(_LOOK_SECONDS):
            for name, pid in leaders.items():
                for kind, megabytes in _memory(name, pid):
                    peaks[kind] = max(peaks.get(kind, 0.0), megabytes)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _memory(name: str, pid: int) -> Iterator[tuple[str, float]]:
    """Of a component and its descendants. Memory that several processes share counts in each of them."""
    try:
        leader = psutil.Process(pid)
        family = [leader, *leader.children(recursive=True)]
    except psutil.Error:
        return
    for process in family:
        kind = name if process == leader else f"{name}: its processes"
        try:
            yield kind, process.memory_info().rss / 2**20
        except psutil.Error:
            continue
