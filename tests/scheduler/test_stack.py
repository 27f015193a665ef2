"""The whole embedded stack, for real: up, every part killed outright, up again, down, and nothing left."""

import json
import os
import socket
import stat
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from pch.errors import StackError
from pch.local import stack
from pch.local.airflow import LocalAirflow, address
from pch.local.door import LocalDoor
from pch.local.postgres import EmbeddedPostgres
from pch.local.processes import Component, wait_until
from pch.settings import Settings

PARTS = ["postgres", "door", "api-server", "scheduler", "dag-processor", "triggerer"]

DAG = """
from airflow.sdk import dag, task

@dag(schedule=None)
def probe():
    @task
    def look():
        import os, sys
        # what reached a task: our settings, and the modules that the scheduler loads for all
        with open(os.environ["PCH_HOME"] + "/probe.txt", "w") as file:
            file.write(f"{os.environ['PCH_BATCH_ROWS']} {'great_expectations' in sys.modules}")
    look()

probe()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    home = Path(tempfile.mkdtemp(prefix="pch-test-"))
    home.chmod(0o755)
    ports = {"db_port": free_port(), "airflow_port": free_port(), "door_port": free_port()}
    settings = Settings(home=home, batch_rows=123_456, **ports)
    (home / "dags").mkdir()
    (home / "dags" / "probe.py").write_text(DAG)
    yield settings
    stack.reset(settings)


def up(settings: Settings) -> None:
    stack.up(settings, dags=settings.home / "dags")


def pids(settings: Settings) -> dict[str, int | None]:
    return {part.name: part.pid for part in stack.state(settings)}


def components(settings: Settings) -> list[Component]:
    """All but Postgres."""
    return [LocalDoor(settings).component, *LocalAirflow(settings).components]


def members(settings: Settings, part: str) -> set[int]:
    """A component with all that descends from it."""
    return {process.pid for each in components(settings) if each.name == part for process in each.members()}


def call(settings: Settings, path: str, body: object = None, token: str = "") -> dict[str, object]:
    request = urllib.request.Request(
        address(settings) + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    answer: dict[str, object] = json.load(urllib.request.urlopen(request, timeout=10))
    return answer


def test_up_runs_a_task_with_our_settings_and_modules(settings: Settings) -> None:
    up(settings)
    assert list(pids(settings)) == PARTS
    assert None not in pids(settings).values()

    login = {"username": "admin", "password": settings.password("admin")}
    token = str(call(settings, "/auth/token", login)["access_token"])
    found = wait_until(
        lambda: call(settings, "/api/v2/dags?dag_id_pattern=probe", token=token)["total_entries"] == 1, 30
    )
    assert found, "the dag-processor did not find the DAG"
    call(settings, "/api/v2/dags/probe/dagRuns", {"logical_date": None}, token)
    result = settings.home / "probe.txt"
    assert wait_until(lambda: result.exists() and result.read_text() == "123456 True", 60)


def test_nobody_gets_in_or_reads_what_is_secret(settings: Settings) -> None:
    with pytest.raises(urllib.error.HTTPError, match="401"):
        call(settings, "/auth/token", {"username": "admin", "password": "wrong"})
    secret = settings.password("airflow").encode()
    readable = [
        file
        for file in settings.home.rglob("*")
        if file.is_file() and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH)
        # a closed folder above closes what is in it
        if all(folder.stat().st_mode & 0o077 for folder in file.parents if folder.is_relative_to(settings.home))
    ]
    assert settings.secrets_file not in readable
    assert not [file for file in readable if secret in file.read_bytes()]
    for part in stack.state(settings):
        for each in psutil.Process(part.pid).net_connections("tcp"):
            assert each.status != psutil.CONN_LISTEN or each.laddr.ip == "127.0.0.1"


@pytest.mark.parametrize("victim", PARTS)
def test_up_brings_back_what_was_killed(settings: Settings, victim: str) -> None:
    before, family = pids(settings), members(settings, victim)
    begun = datetime.now(UTC)
    os.kill(before[victim] or 0, 9)
    up(settings)
    after = pids(settings)
    assert None not in after.values()
    assert after[victim] != before[victim]
    assert not family & members(settings, victim), "orphans of the one that was killed are left"
    if victim != "postgres":  # whose end ends others
        others = set(PARTS) - {victim}
        assert {name: after[name] for name in others} == {name: before[name] for name in others}
    assert LocalDoor(settings).is_healthy()
    health = LocalAirflow(settings).health()
    for name in ("scheduler", "dag_processor", "triggerer"):
        assert health[name]["status"] == "healthy"
        if victim in (name.replace("_", "-"), "postgres"):
            assert datetime.fromisoformat(health[name][f"latest_{name}_heartbeat"]) > begun


@pytest.mark.parametrize("port", ["airflow_port", "door_port"])
def test_a_busy_port_names_the_setting(settings: Settings, port: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        free = {name: free_port() for name in ("db_port", "airflow_port", "door_port")}
        second = Settings(home=settings.home / "second", **free | {port: other.getsockname()[1]})
        with pytest.raises(StackError, match=f"PCH_{port.upper()}"):
            up(second)
    assert not EmbeddedPostgres(second).running()


def test_down_leaves_nothing(settings: Settings) -> None:
    ours = components(settings)
    assert sum(len(component.members()) for component in ours) > 12
    stack.down(settings)
    assert set(pids(settings).values()) == {None}
    assert [each.pid for component in ours for each in component.members()] == []
    for port in (settings.db_port, settings.airflow_port, settings.door_port):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    stack.down(settings)
