"""The whole embedded stack: up, down, and what runs.

    up:    ports free? -> passwords -> Postgres -> roles, databases, migrations -> front door, Airflow, until healthy
    down:  front door -> Airflow -> Postgres

Both may be called at any time, also after a crash, and bring about the same end. One call at a time per home
folder (a lock that dies with its holder).
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pch.errors import StackError
from pch.local.airflow import API_SERVER, DAGS, LocalAirflow, address
from pch.local.door import LocalDoor
from pch.local.postgres import HOST, EmbeddedPostgres
from pch.settings import Settings, ensure_secrets
from pch.warehouse.bootstrap import prepare as prepare_database


@dataclass(frozen=True)
class Part:
    """One program of the stack. ``pid`` is None unless it runs, ``address`` empty if it listens nowhere."""

    name: str
    pid: int | None
    address: str
    log_file: Path


def up(
    settings: Settings,
    *,
    dags: Path = DAGS,
    prepare: Callable[[Settings], None] = prepare_database,
    say: Callable[[str], None] = lambda sentence: None,
) -> None:
    """Starts whatever is missing and returns when all of it is healthy.

    ``prepare`` makes roles, databases and tables once Postgres runs (default: the warehouse's); ``say`` is
    told each step as it begins.
    """
    with _alone(settings):
        postgres, door, airflow = EmbeddedPostgres(settings), LocalDoor(settings), LocalAirflow(settings, dags)
        door.check_port()
        airflow.check_port()
        ensure_secrets(settings.home)
        say("Starting Postgres")
        postgres.start()
        say("Preparing the database")
        prepare(settings)
        say("Opening the front door, starting Airflow")
        door.start()
        airflow.start()
        door.wait()


def down(settings: Settings, *, say: Callable[[str], None] = lambda sentence: None) -> None:
    """Stops everything; the data stay."""
    if not settings.home.exists():
        return
    with _alone(settings):
        say("Closing the front door")
        LocalDoor(settings).stop()
        say("Stopping Airflow")
        LocalAirflow(settings).stop()
        say("Stopping Postgres")
        EmbeddedPostgres(settings).stop()


def reset(settings: Settings, *, say: Callable[[str], None] = lambda sentence: None) -> None:
    """Stops everything and deletes the home folder; refuses a folder that does not look like one."""
    home = settings.home
    if not home.exists():
        return
    if not settings.secrets_file.exists():
        raise StackError(
            f"{home} does not look like a home folder of ours: there is no {settings.secrets_file.name} in it."
        )
    down(settings, say=say)
    shutil.rmtree(EmbeddedPostgres(settings).folder, ignore_errors=True)  # below /var/lib, where root runs it
    shutil.rmtree(home)


def state(settings: Settings) -> list[Part]:
    """Every program of the stack, whether it runs or not."""
    postgres, door, airflow = EmbeddedPostgres(settings), LocalDoor(settings), LocalAirflow(settings)
    addresses = {door.component.name: settings.door_address, API_SERVER: address(settings)}
    parts = [Part("postgres", postgres.pid(), f"{HOST}:{settings.db_port}", postgres.log_file)]
    for component in (door.component, *airflow.components):
        leader = component.leader()
        where = addresses.get(component.name, "")
        parts.append(Part(component.name, leader.pid if leader else None, where, component.log_file))
    return parts


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock = (home / "stack.lock").open("a+")
    except PermissionError:
        raise StackError(
            f"The folder {home} belongs to another user. Run this as that user, or set PCH_HOME."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StackError(
                f"The stack in {home} is just being started or stopped by process {lock.read().strip()}. "
                "Wait until it is done, then try again."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
