"""What is ours among the processes of this machine, and how it is started and stopped.

Every process we start carries its home folder and its component in its environment (``PCH_HOME``,
``PCH_COMPONENT``), and so does everything it forks: LocalExecutor workers, tasks, a task's own children. That
mark, read back from the process table, decides what may be signalled. A pid file only says which of the
marked processes leads; a number in it that a stranger has taken over since is no danger, for the stranger
carries no mark (and a mark, unlike a creation time, does not drift when the clock is set).

A LocalExecutor worker that has run a task hides its environment even from its own user. It is ours when it
bears a worker's title *and* is in the session of our leader, which must be dead or marked. The session alone
would not do: without a pid file, or with one from before a reboot, its number is some stranger's.

    start:  orphans of a dead leader are killed -> leader in a session of its own -> pid file
    stop:   SIGTERM to the leaders -> wait -> SIGKILL to what is left of them and theirs
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from pch.errors import StackError

WORKER_TITLE = "airflow worker -- "
LOG_BYTES = 20_000_000
"""A log larger than this becomes ``<name>.log.1`` at the next start."""


@dataclass(frozen=True)
class Component:
    """One long-running program of the stack. ``home`` is the resolved home folder."""

    name: str
    home: Path

    @property
    def pid_file(self) -> Path:
        return self.home / "run" / f"{self.name}.pid"

    @property
    def log_file(self) -> Path:
        return self.home / "logs" / f"{self.name}.log"

    @property
    def mark(self) -> dict[str, str]:
        return {"PCH_HOME": str(self.home), "PCH_COMPONENT": self.name}

    def leader(self) -> psutil.Process | None:
        """The process that ``start`` started, if it lives."""
        process = _process(self._started_pid())
        return process if process and carries(process, self.mark) else None

    def runs_with(self, environment: Mapping[str, str]) -> bool:
        """Whether the leader lives and was started with these variables."""
        leader = self.leader()
        return leader is not None and carries(leader, environment)

    def members(self) -> list[psutil.Process]:
        """The leader and everything that descends from it, orphans included."""
        session = self._started_pid()
        holder = _process(session)
        if holder and _environment(holder) and not carries(holder, self.mark):
            session = None  # a stranger has that number now; a leader that is dying shows no environment
        return [
            process
            for process in psutil.process_iter()
            if carries(process, self.mark) or _is_hidden_worker(process, session)
        ]

    def _started_pid(self) -> int | None:
        """The leader we started last, alive or not; its session has the same number."""
        try:
            pid = int(self.pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return pid if pid > 1 else None

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Starts a new leader, detached from us; the caller knows that there is none."""
        kill(self.members)
        for folder in (self.pid_file.parent, self.log_file.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        if self.log_file.exists() and self.log_file.stat().st_size > LOG_BYTES:
            self.log_file.replace(self.log_file.with_suffix(".log.1"))
        with self.log_file.open("ab") as log:
            process = subprocess.Popen(
                command,
                env={**environment, **self.mark},
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid_file.write_text(f"{process.pid}\n")


def stop(components: Sequence[Component], grace_seconds: float) -> None:
    """Stops several at once: they get ``grace_seconds`` together to end by themselves."""
    for component in components:
        if leader := component.leader():
            send(leader, signal.SIGTERM)
    wait_until(lambda: not any(component.leader() for component in components), grace_seconds)
    for component in components:
        kill(component.members)
        component.pid_file.unlink(missing_ok=True)


def carries(process: psutil.Process, mark: Mapping[str, str]) -> bool:
    """Whether a living process was started with ``mark``, as far as it shows its environment."""
    environment = _environment(process)
    return bool(environment) and all(environment.get(name) == value for name, value in mark.items())


def _environment(process: psutil.Process) -> dict[str, str]:
    """Empty for a process that is dead, dying, hidden or another user's."""
    try:
        return process.environ()
    except (psutil.Error, OSError):
        return {}


def _is_hidden_worker(process: psutil.Process, session: int | None) -> bool:
    """Whether a living process of our own user, in ``session``, is a LocalExecutor worker or its task."""
    if session is None:
        return False
    try:
        return (
            os.getsid(process.pid) == session
            and process.uids().real == os.getuid()
            and " ".join(process.cmdline()).startswith(WORKER_TITLE)
        )
    except (psutil.Error, OSError):
        return False


def _process(pid: int | None) -> psutil.Process | None:
    try:
        return psutil.Process(pid) if pid else None
    except psutil.NoSuchProcess:
        return None


def send(process: psutil.Process, signal_number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal_number)


def kill(
    find: Callable[[], Iterable[psutil.Process]], first: signal.Signals = signal.SIGKILL, seconds: float = 10
) -> None:
    """Signals what ``find`` finds until it finds nothing; after ``seconds`` with SIGKILL."""
    begun = time.monotonic()
    while found := list(find()):
        waited = time.monotonic() - begun
        if waited > 2 * seconds:
            raise StackError(f"These processes cannot be killed: {', '.join(str(each.pid) for each in found)}.")
        for process in found:
            send(process, first if waited < seconds else signal.SIGKILL)
        time.sleep(0.1)


def wait_until(condition: Callable[[], bool], seconds: float, pause: float = 0.1) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def claim_port(component: Component, who: str, host: str, port: int, variable: str) -> None:
    """Refuses a port that somebody else has, naming the setting; what is left of our own gives it up."""
    if component.leader():
        return
    kill(component.members)
    if busy := occupant(host, port):
        raise StackError(
            f"{who} cannot use port {port}: it is taken ({busy}). Free it, or set {variable} to another one."
        )


def occupant(host: str, port: int) -> str | None:
    """Who listens on a port, in words; None if it is free or soon will be (its holder may just be dying)."""
    if wait_until(lambda: _is_free(host, port), 2):
        return None
    with suppress(psutil.Error):  # who it is may be another user's business
        for each in psutil.net_connections("tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port and each.pid:
                return f"{psutil.Process(each.pid).name()}, process {each.pid}"
    return "another program"


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def tail(file: Path, lines: int = 15) -> str:
    """The end of a log for an error message, indented."""
    try:
        with file.open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - 20_000))
            last = log.read().decode(errors="replace").splitlines()[-lines:]
    except FileNotFoundError:
        last = ["(nothing was written)"]
    return "\n".join(f"    {line}" for line in last)
