"""The front door as a process of ours: ``pch door``, beside Airflow.

    settings -> environment -> process -> GET /health

``start`` does not wait, so that the door opens while Airflow does; ``wait`` does.
"""

import os
import sys
from typing import Any

import httpx

from pch.errors import StackError
from pch.local.processes import Component, claim_port, stop, tail, wait_until
from pch.settings import Settings

START_SECONDS = 60
STOP_SECONDS = 10
"""A push that is under way may end; whoever hears nothing of it sends it again."""


class LocalDoor:
    """The front door of one home folder. ``start`` and ``stop`` may be called in any state."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.component = Component("door", settings.home.resolve())

    def start(self) -> None:
        """Starts it, unless it runs with these settings."""
        ours = self.settings.environment() | {"PCH_HOME": str(self.component.home)}
        if self.component.runs_with(ours):
            return
        self.stop()
        self.check_port()
        environment = os.environ | ours
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # without bytecode every start takes twice as long
        self.component.start([sys.executable, "-m", "pch.cli", "door"], environment)

    def wait(self) -> None:
        """Until it is healthy."""
        wait_until(lambda: self.is_healthy() or not self.component.leader(), START_SECONDS)
        if not self.is_healthy():
            problem = f"is not healthy after {START_SECONDS} s" if self.component.leader() else "ended"
            log_file = self.component.log_file
            raise StackError(f"The front door {problem}. The end of {log_file}:\n{tail(log_file)}")

    def stop(self) -> None:
        stop([self.component], STOP_SECONDS)

    def check_port(self) -> None:
        """Refuses a port that somebody else has."""
        claim_port(self.component, "The front door", self.settings.door_host, self.settings.door_port, "PCH_DOOR_PORT")

    def is_healthy(self) -> bool:
        """Whether it answers, and has its database."""
        try:
            with self.client(timeout=5) as client:
                return client.get("/health").is_success
        except httpx.TransportError:
            return False

    def client(self, **how: Any) -> httpx.Client:
        """Speaks to the process itself, on this machine: past any proxy, and whatever name its certificate bears."""
        own = self.settings.model_copy(update={"door_url": ""}).door_address
        return httpx.Client(base_url=own, trust_env=False, verify=False, **how)
