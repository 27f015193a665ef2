"""Processes of a test: each a real one, started at once, struck down at a chosen moment.

A fork server has imported Great Expectations and dbt once, as Airflow's scheduler has; every process is a
fork of it, so that starting one costs milliseconds and a test can afford many.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from pch.intake.landing import Landing
from pch.intake.receive import Receipt, Return, Sender, receive
from pch.pipeline.batches import Batch
from pch.pipeline.build import build
from pch.pipeline.collect import load
from pch.settings import Settings
from pch.warehouse.db import connect

CREW = multiprocessing.get_context("forkserver")
CREW.set_forkserver_preload(
    ["pytest", "dbt.cli.main", "dbt.adapters.postgres", "pch.pipeline.build", "pch.pipeline.collect",
     "pch.quality.profiles", "pch.quality.register", "pch.quality.rows", "pch.quality.submissions"]
)  # fmt: skip


@dataclass(frozen=True)
class Strike:
    """Kills as soon as ``function`` of ours is entered ('call') or left ('return'): this process, or ``pid``
    with the signal given, and then waits for the effect."""

    function: str
    event: str
    pid: int = 0
    sign: int = signal.SIGKILL

    def arm(self) -> None:
        sys.setprofile(self._watch)

    def _watch(self, frame: FrameType, event: str, _: object) -> None:
        if event == self.event and frame.f_code.co_name == self.function and "pch" in frame.f_code.co_filename:
            sys.setprofile(None)
            os.kill(self.pid or os.getpid(), self.sign)
            time.sleep(0.3)


def push_once(settings: Settings, address: Return, name: str, content: bytes, start: Any, answers: Any) -> None:
    landing = Landing(settings.landing)
    with connect(settings, "intake", autocommit=True) as conn:
        start.wait()
        answers.put(receive(conn, landing, address, name, content, Sender("test", name)))


def load_once(settings: Settings, batch: Batch, strike: Strike | None, start: Any, answers: Any) -> None:
    start.wait()
    if strike:
        strike.arm()
    answers.put(load(settings, batch))


def build_once(settings: Settings, start: Any, answers: Any) -> None:
    start.wait()
    answers.put(build(settings))


@dataclass
class Job:
    """A process and what it answers."""

    process: BaseProcess
    answers: Any

    def result(self) -> Any:
        """What it returned; fails where it did not end well."""
        self.process.join(60)
        assert self.process.exitcode == 0, f"the process ended with {self.process.exitcode}"
        return self.answers.get(timeout=5)

    def struck(self) -> None:
        """Waits for the end of one that was killed."""
        self.process.join(60)
        assert self.process.exitcode == -signal.SIGKILL, f"the process ended with {self.process.exitcode}"


def start(target: Callable[..., None], *arguments: Any, together: Any = None) -> Job:
    """One process; with ``together`` (a barrier) it begins when all that share it are there."""
    answers = CREW.SimpleQueue()
    process = CREW.Process(target=target, args=(*arguments, together or _Go(), _Put(answers)), daemon=True)
    process.start()
    return Job(process, answers)


def at_once(calls: list[tuple[Any, ...]]) -> list[Any]:
    """Runs ``(target, *arguments)`` each in a process of its own, all released at one moment."""
    barrier = CREW.Barrier(len(calls))
    jobs = [start(*call, together=barrier) for call in calls]
    return [job.result() for job in jobs]
