"""Processes of a test: each a real one, started at once, struck down at a chosen moment.

A fork server has imported Great Expectations and dbt once, as Airflow's scheduler has; every process is a
fork of it, so that starting one costs milliseconds and a test can afford many.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from desk import FIGURES

from pch.intake.landing import Landing
from pch.intake.receive import Receipt, Return, Sender, receive
from pch.pipeline.batches import Batch
from pch.pipeline.build import Built, build
from pch.pipeline.collect import Loaded, load
from pch.pipeline.review import Reviewed, review
from pch.settings import Settings
from pch.warehouse.db import connect

CREW = multiprocessing.get_context("forkserver")
CREW.set_forkserver_preload(
    ["pytest", "dbt.cli.main", "dbt.adapters.postgres", "pch.pipeline.build", "pch.pipeline.collect",
     "pch.pipeline.review", "pch.quality.cross_feed", "pch.quality.exemptions", "pch.quality.history",
     "pch.quality.register", "pch.quality.rows", "pch.quality.submissions", "pch.quality.windows"]
)  # fmt: skip

SECONDS = 60  # longer than anything here takes


@dataclass(frozen=True)
class Strike:
    """Kills as soon as ``function`` ('module.name', of ours) is left: this process, or ``pid`` with the signal
    given, and then waits for the effect."""

    function: str
    pid: int = 0
    sign: int = signal.SIGKILL

    def arm(self) -> None:
        sys.setprofile(self._watch)

    def _watch(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "return" and f"{Path(code.co_filename).stem}.{code.co_name}" == self.function:
            sys.setprofile(None)
            os.kill(self.pid or os.getpid(), self.sign)
            time.sleep(0.3)


def push_once(settings: Settings, address: Return, name: str, content: bytes) -> Receipt:
    with connect(settings, "intake", autocommit=True) as conn:
        return receive(conn, Landing(settings.landing), address, name, content, Sender("test", name))


def load_once(settings: Settings, batch: Batch, strike: Strike | None = None) -> Loaded:
    if strike:
        strike.arm()
    return load(settings, batch)


def review_once(settings: Settings, strike: Strike | None = None) -> list[Reviewed]:
    if strike:
        strike.arm()
    return review(settings)


def build_once(settings: Settings) -> Built:
    return build(settings, models=FIGURES)


class Job:
    """``target(*arguments)`` in a process of its own; of several with one ``barrier`` none begins alone."""

    def __init__(self, target: Callable[..., Any], *arguments: Any, barrier: Any = None) -> None:
        self._answer, end = CREW.Pipe(duplex=False)
        self._process = CREW.Process(target=_work, args=(target, arguments, barrier, end), daemon=True)
        self._process.start()
        end.close()

    def result(self) -> Any:
        """What it returned; fails where it did not end well."""
        try:
            answer = self._answer.recv() if self._answer.poll(SECONDS) else None
        except EOFError:
            answer = None
        assert self.end() == 0, f"the process ended with {self.end()}"
        return answer

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> int | None:
        """The exit code, once it has ended: minus the signal that killed it."""
        self._process.join(SECONDS)
        return self._process.exitcode


def _work(target: Callable[..., Any], arguments: tuple[Any, ...], barrier: Any, end: Any) -> None:
    if barrier:
        barrier.wait()
    end.send(target(*arguments))


def at_once(*calls: tuple[Any, ...]) -> list[Any]:
    """Runs each ``(target, *arguments)`` in a process of its own, all released at one moment."""
    barrier = CREW.Barrier(len(calls))
    return [job.result() for job in [Job(*call, barrier=barrier) for call in calls]]
