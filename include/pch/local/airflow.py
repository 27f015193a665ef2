"""Airflow's four components as processes of ours: api-server, scheduler, dag-processor, triggerer.

    settings -> files in AIRFLOW_HOME (keys, password, preload) -> airflow db migrate -> processes -> health

AIRFLOW_HOME is ``<home>/airflow``, metadata are in Postgres, tasks run in processes of the scheduler
(LocalExecutor). Whatever Airflow must know comes from ``airflow_environment``; only its random keys are in
``airflow.cfg``, which nobody else can read.
"""

import base64
import http.client
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

from pch.errors import StackError
from pch.local.preload import LOCAL_SETTINGS
from pch.local.processes import Component, claim_port, stop, tail
from pch.settings import PROJECT, Settings

DAGS = PROJECT / "dags"
API_SERVER = "api-server"
TRIGGERER = "triggerer"
COMPONENTS = (API_SERVER, "scheduler", "dag-processor", TRIGGERER)

PARALLELISM = 8
"""Task slots: more than cores, for most tasks wait for Postgres."""

START_SECONDS = 180
STOP_SECONDS = 20
LAST_STOP_SECONDS = 5
"""Shorter: the api-server would wait for open connections of browsers, the triggerer for a clock of its own."""


def airflow_environment(settings: Settings, dags: Path = DAGS) -> dict[str, str]:
    """Everything Airflow and our code inside it must know, the database's password included.

    Added to the environment of a program (``os.environ | airflow_environment(...)``) it makes ``airflow ...``
    and ``import airflow`` speak of this stack and no other.
    """
    home = settings.home.resolve()
    direct = [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), settings.airflow_host, "127.0.0.1"]
    no_proxy = ",".join(host for host in direct if host)
    return {
        **settings.environment(),
        "PCH_HOME": str(home),
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(PARALLELISM),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # the default asks a name server
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address(settings)}/execution/",
        "AIRFLOW__API__HOST": settings.airflow_host,
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__BASE_URL": address(settings),
        # Airflow derives its asynchronous connection (asyncpg) from this one
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": settings.dsn("airflow", driver="postgresql+psycopg2"),
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        # tasks whose process or scheduler died without a word are taken up again within a minute, not within five
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        # also how long the end of a task may go unnoticed, once its pipes are closed; it outlives half a minute
        # without an api-server
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "30",
        "AIRFLOW__LOGGING__NAMESPACE_LEVELS": "http.access=WARNING",  # a heartbeat is no news
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "DO_NOT_TRACK": "1",
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "GX_ANALYTICS_ENABLED": "False",
        "NO_PROXY": no_proxy,
        "no_proxy": no_proxy,
        "SPT_NOENV": "1",  # a process that names itself must not overwrite its environment: our mark is there
    }


def address(settings: Settings) -> str:
    return f"http://{settings.airflow_host}:{settings.airflow_port}"


class LocalAirflow:
    """The Airflow of one home folder. ``start`` and ``stop`` may be called in any state."""

    def __init__(self, settings: Settings, dags: Path = DAGS) -> None:
        self.settings = settings
        self.home = settings.home.resolve()
        self.folder = self.home / "airflow"
        self.dags = dags
        self.components = [Component(name, self.home) for name in COMPONENTS]

    def start(self) -> None:
        """Starts what is missing or runs with other settings; returns when all of it is healthy."""
        ours = airflow_environment(self.settings, self.dags)
        environment = os.environ | ours
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # without bytecode every start takes twice as long
        self._write_files()
        self._migrate(environment)
        stop([each for each in self.components if each.leader() and not each.runs_with(ours)], STOP_SECONDS)
        started: set[str] = set()
        deadline = time.monotonic() + START_SECONDS
        while waiting := self._unhealthy():
            for component in waiting:
                if component.leader():
                    problem = f"is not healthy after {START_SECONDS} s"
                    if time.monotonic() < deadline:
                        continue
                elif component.name in started:
                    problem = "ended"
                else:
                    if component.name == API_SERVER:
                        self.check_port()
                    self._declare_dead(component.name)
                    component.start([sys.executable, "-m", "airflow", *_arguments(component.name)], environment)
                    started.add(component.name)
                    continue
                raise StackError(
                    f"Airflow's {component.name} {problem}. The end of {component.log_file}:\n"
                    f"{tail(component.log_file)}"
                )
            time.sleep(0.25)

    def stop(self) -> None:
        """Waits a little for tasks that are running; what is left of them is killed, and will run again."""
        stop([each for each in self.components if each.name not in (API_SERVER, TRIGGERER)], STOP_SECONDS)
        stop(self.components, LAST_STOP_SECONDS)  # the api-server last: a task that ends tells it so

    def check_port(self) -> None:
        """Refuses a port that somebody else has."""
        api_server = next(each for each in self.components if each.name == API_SERVER)
        claim_port(api_server, "Airflow", self.settings.airflow_host, self.settings.airflow_port, "PCH_AIRFLOW_PORT")

    def _write_files(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = self.folder / "airflow.cfg"
        if not keys.exists():  # once: what was encrypted or signed with them must stay readable
            fernet_key = base64.urlsafe_b64encode(os.urandom(32)).decode()
            _write_private(
                keys,
                f"[core]\nfernet_key = {fernet_key}\n\n"
                f"[api]\nsecret_key = {secrets.token_urlsafe(48)}\n\n"
                f"[api_auth]\njwt_secret = {secrets.token_urlsafe(64)}\n",
            )
        passwords = json.dumps({"admin": self.settings.password("admin")})
        _write_private(self.folder / "simple_auth_manager_passwords.json.generated", passwords + "\n")
        (self.folder / "config").mkdir(exist_ok=True)
        (self.folder / "config" / "airflow_local_settings.py").write_text(LOCAL_SETTINGS)

    def _migrate(self, environment: dict[str, str]) -> None:
        """Brings the metadata to this Airflow's version, unless they are known to be there: it takes 10 s."""
        marker = self.folder / "migrated.json"
        airflow = version("apache-airflow")
        revision = self._revision()
        if revision and marker.exists() and json.loads(marker.read_text()) == [airflow, revision]:
            return
        log_file = self.folder / "migrate.log"
        with log_file.open("wb") as log:
            done = subprocess.run(
                [sys.executable, "-m", "airflow", "db", "migrate"],
                env=environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if done.returncode != 0:
            raise StackError(f"Airflow's database could not be prepared. The end of {log_file}:\n{tail(log_file)}")
        marker.write_text(json.dumps([airflow, self._revision()]) + "\n")

    def _declare_dead(self, name: str) -> None:
        """Says in the metadata that no such component runs: the one to be started then takes over at once.

        Airflow would believe one that was killed alive for half a minute, its tasks and triggers with it.
        """
        job = "".join(word.capitalize() for word in name.split("-")) + "Job"
        with psycopg.connect(self.settings.dsn("airflow")) as connection:
            connection.execute(
                "update job set state = 'failed', end_date = now() where job_type = %s and state = 'running'", (job,)
            )

    def _revision(self) -> str | None:
        with psycopg.connect(self.settings.dsn("airflow")) as connection:
            try:
                row = connection.execute("select version_num from alembic_version").fetchone()
            except psycopg.errors.UndefinedTable:
                return None
        return row[0] if row else None

    def _unhealthy(self) -> list[Component]:
        """What does not run, or gave no sign of life since it and the database were started.

        Airflow itself calls a component healthy by the heartbeats of one that has died since, and of one that
        is about to die because its connection has gone.
        """
        with psycopg.connect(self.settings.dsn("airflow")) as connection:
            row = connection.execute("select pg_postmaster_start_time()").fetchone()
        database_start: datetime = row[0] if row else datetime.now(UTC)
        health = self.health()
        return [each for each in self.components if not _is_healthy(each, health, database_start.timestamp())]

    def health(self) -> dict[str, Any]:
        """What the api-server says of itself and the others; empty while it does not answer."""
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(f"{address(self.settings)}/api/v2/monitor/health", timeout=5) as answer:
                health: dict[str, Any] = json.load(answer)
                return health
        except (OSError, ValueError, http.client.HTTPException):
            return {}


def _is_healthy(component: Component, health: dict[str, Any], database_start: float) -> bool:
    leader = component.leader()
    if leader is None or component.name == API_SERVER:
        return leader is not None and bool(health)
    name = component.name.replace("-", "_")
    part = health.get(name, {})
    beat = part.get(f"latest_{name}_heartbeat")
    since = max(leader.create_time(), database_start)
    return part.get("status") == "healthy" and datetime.fromisoformat(beat).timestamp() > since


def _arguments(component: str) -> list[str]:
    """Logs are read from the folder: no log server, whose port would be open to the network."""
    return [component, "--skip-serve-logs"] if component in ("scheduler", "triggerer") else [component]


def _write_private(file: Path, text: str) -> None:
    """Replaces a file as a whole; nobody but its owner can ever read it."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(file)
