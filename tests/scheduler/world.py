"""A small programme pushed through the real stack, and the truth that its tables are compared with.

programme -> deliveries -> receive() -> the stack of a temporary home: the scheduler does the rest
                        -> receive(), load(), review(), build() in this process, in another home: the truth
tables(...) of both, free of ids and moments, are equal
"""

import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import psutil
import psycopg

from pch import registry
from pch.intake.landing import Landing
from pch.intake.receive import Receipt, Return, Sender, receive
from pch.local.postgres import EmbeddedPostgres
from pch.local.pushing import arrival
from pch.pipeline.batches import plan
from pch.pipeline.build import build
from pch.pipeline.collect import load
from pch.pipeline.review import review
from pch.settings import Settings, ensure_secrets
from pch.simulate import Programme
from pch.warehouse.bootstrap import prepare
from pch.warehouse.db import connect
from pch.warehouse.register import import_sites, read_register

NOW = datetime.now(UTC)
RUNNING = ("queued", "running")

Tables = dict[str, list[str]]
"""By table: its rows as JSON, sorted."""


@dataclass(frozen=True)
class Delivery:
    """A file, the return it is pushed for, and when it arrives."""

    address: Return
    file_name: str
    content: bytes
    received_at: datetime | None = None


def deliveries(programme: Programme, periods: Iterable[date] | None = None) -> list[Delivery]:
    """Every file of the programme, in the order and at the times of the demonstration."""
    return [
        Delivery(Return(file.site_code, file.feed, period), file.file_name, file.content, min(arrival(file), NOW))
        for period in periods or programme.periods
        for file in programme.files(period)
    ]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def temporary_home(**settings: Any) -> Iterator[Settings]:
    """Settings of a home of its own on free ports; whoever starts something there stops it."""
    home = Path(tempfile.mkdtemp(prefix="pch-test-"))
    home.chmod(0o755)
    yield Settings(home=home, db_port=free_port(), airflow_port=free_port(), door_port=free_port(), **settings)
    shutil.rmtree((home / "postgres").resolve(), ignore_errors=True)
    shutil.rmtree(home, ignore_errors=True)


def environment(settings: Settings) -> dict[str, str]:
    """What makes a program of ours work in the home of ``settings``."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return inherited | settings.environment()


def register(settings: Settings, programme: Programme) -> None:
    file = settings.home / "sites.csv"
    programme.write_sites_csv(file)
    with connect(settings, "owner") as conn:
        import_sites(conn, read_register(file), date.today())


def push(settings: Settings, files: Iterable[Delivery]) -> list[Receipt]:
    """Through the door that every caller uses."""
    landing = Landing(settings.landing)
    with connect(settings, "intake", autocommit=True) as conn:
        return [
            receive(
                conn, landing, f.address, f.file_name, f.content, Sender("test", "tester"), received_at=f.received_at
            )
            for f in files
        ]


def undisturbed(programme: Programme, files: list[Delivery]) -> Tables:
    """The tables of the same files, collected and built one after the other with no scheduler near."""
    with temporary_home() as settings, mock.patch.dict(os.environ):  # dbt's password stays in the environment
        ensure_secrets(settings.home)
        postgres = EmbeddedPostgres(settings)
        postgres.start()
        try:
            prepare(settings)
            register(settings, programme)
            push(settings, files)
            for batch in plan(settings):
                load(settings, batch)
            review(settings)
            build(settings)
            return tables(settings)
        finally:
            postgres.stop()


#  Left out of each: numbers that a database gives out, and moments at which a run happened to do something.
_COMPARED = {
    "ops.submission": """
        select to_jsonb(s) - array['submission_id', 'received_at', 'recorded_at', 'door', 'submitted_by', 'reinstates']
        from ops.submission as s""",
    "ops.publication": """
        select to_jsonb(p) - array['submission_id', 'published_at', 'superseded_at']
          || jsonb_build_object('attempt', s.attempt)
        from ops.publication as p inner join ops.submission as s using (submission_id)""",
    "ops.current_verdict": """
        select to_jsonb(v) - array['submission_id', 'revision', 'batch_id', 'decided_at', 'code_version']
          || jsonb_build_object('return', (s.site_code, s.feed, s.period, s.attempt))
        from ops.current_verdict as v inner join ops.submission as s using (submission_id)""",
    "ops.current_finding": """
        select to_jsonb(f) - array['submission_id', 'revision', 'finding_id']
          || jsonb_build_object('return', (s.site_code, s.feed, s.period, s.attempt))
        from ops.current_finding as f inner join ops.submission as s using (submission_id)""",
    "mart.fct_return": """
        select to_jsonb(t)
          - array['submission_id', 'received_at', 'first_received_at', 'last_received_at', 'as_of', 'locked_at']
        from mart.fct_return as t""",
    "mart.fct_finding": "select to_jsonb(t) - array['submission_id', 'finding_id'] from mart.fct_finding as t",
    "mart.fct_reporting": "select to_jsonb(t) - 'as_of' from mart.fct_reporting as t",
    "mart.fct_metric_value": "select to_jsonb(t) - 'built_at' from mart.fct_metric_value as t",
    **{
        f"mart.{name}": f"select to_jsonb(t) from mart.{name} as t"
        for name in ("fct_population", "dim_site", "dim_practice", "dim_period", "dim_metric")
    },
    # rows by the hundred thousand: a checksum a file
    **{
        f"raw.{feed}": f"""
            select jsonb_build_object('return', (r.site_code, r.period, s.attempt, s.sha256), 'rows', count(*),
              'checksum', md5(string_agg((to_jsonb(r) - 'submission_id')::text, '' order by r.row_number)))
            from raw.{feed} as r inner join ops.submission as s using (submission_id)
            group by r.site_code, r.period, s.attempt, s.sha256"""
        for feed in registry.feeds()
    },
}


def tables(settings: Settings) -> Tables:
    with connect(settings, "owner") as conn:
        return {name: sorted(_line(row[0]) for row in conn.execute(query)) for name, query in _COMPARED.items()}


def _line(row: dict[str, Any]) -> str:
    """A row as text. The last digits of a sum depend on the order of its rows: nine figures count."""
    rounded = {k: float(f"{v:.9g}") if isinstance(v, float) else v for k, v in row.items()}
    return json.dumps(rounded, sort_keys=True)


def assert_same(found: Tables, truth: Tables) -> None:
    """Fails with the first rows that only one of them has, of each table that differs."""
    assert all(truth[name] for name in truth if name != "ops.current_finding"), (
        "the truth is empty: nothing is compared"
    )
    told = []
    for name in truth:
        only_found, only_truth = (
            sorted(set(a) - set(b))[:3] for a, b in ((found[name], truth[name]), (truth[name], found[name]))
        )
        if found[name] != truth[name]:
            told.append(
                f"{name}: {len(found[name])} rows, the undisturbed run has {len(truth[name])}\n"
                f"  only here: {only_found}\n  only there: {only_truth}"
            )
    assert not told, "\n".join(told)


def scheduler_rows(settings: Settings, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """From Airflow's own database."""
    with psycopg.connect(settings.dsn("airflow")) as conn:
        return conn.execute(query, parameters).fetchall()


def ledger_rows(settings: Settings, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connect(settings, "owner") as conn:
        return conn.execute(query, parameters).fetchall()


def superuser_rows(settings: Settings, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """What only the superuser sees: who does what in the database."""
    with psycopg.connect(
        host=settings.db_host, port=settings.db_port, user="postgres", password=settings.password("postgres")
    ) as conn:
        return conn.execute(query, parameters).fetchall()


def unsettled(settings: Settings) -> str:
    """What the scheduler still has to do, in words; empty when all is judged and built and no run is open."""
    waiting, pending = ledger_rows(
        settings, "select (select count(*) from ops.queue), (select count(*) from ops.month_pending)"
    )[0]
    open_runs = scheduler_rows(
        settings, "select dag_id, state, count(*) from dag_run where state = any(%s) group by 1, 2", list(RUNNING)
    )
    if not (waiting or pending or open_runs):
        return ""
    tasks = scheduler_rows(
        settings,
        "select dag_id, task_id, map_index, state, try_number from task_instance"
        " where state is distinct from 'success' and state is distinct from 'skipped' order by 1, 2, 3 limit 20",
    )
    return f"{waiting} submissions wait, {pending} months are not built, runs {open_runs}, tasks {tasks}"


def settle(settings: Settings, seconds: float) -> float:
    """Waits until the scheduler has done all there is to do; returns how long that took."""
    begun = time.monotonic()
    wait(lambda: not unsettled(settings), seconds, lambda: f"The scheduler is not done: {unsettled(settings)}.")
    return time.monotonic() - begun


def wait(condition: Callable[[], bool], seconds: float, problem: Callable[[], str] | str) -> None:
    """Until ``condition`` holds; fails with ``problem`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            said = problem if isinstance(problem, str) else problem()
            raise AssertionError(f"{said} (after {seconds:.0f} s)")
        time.sleep(0.2)


def seconds_to_sweep(settings: Settings) -> float:
    """Until the timer of ``collect`` strikes next."""
    now = datetime.now(UTC)
    minutes = (now.replace(second=0, microsecond=0) + timedelta(minutes=n) for n in range(1, 61))
    return next((m - now).total_seconds() for m in minutes if m.minute % settings.sweep_minutes == 0)


def process_of_session(settings: Settings, client_port: int) -> psutil.Process:
    """The process at our end of a connection to Postgres."""
    for each in psutil.net_connections("tcp"):
        if each.laddr and each.laddr.port == client_port and each.raddr and each.raddr.port == settings.db_port:
            assert each.pid, f"the process that has port {client_port} is not ours to see"
            return psutil.Process(each.pid)
    raise AssertionError(f"No process has port {client_port}.")


def leaks(settings: Settings, needles: Iterable[str]) -> list[str]:
    """Where one of ``needles`` stands in a log, or in any table of Airflow's."""
    wanted = {needle.encode() for needle in needles}
    folders = [settings.home / "logs", settings.home / "airflow", settings.home / "dbt"]
    files = [f for folder in folders for f in folder.rglob("*") if f.is_file()]
    files.append(EmbeddedPostgres(settings).log_file)
    secret = {settings.home / "airflow" / "simple_auth_manager_passwords.json.generated"}  # is what it is for
    found = [str(f.relative_to(settings.home)) for f in files if f not in secret and wanted & _words(f, wanted)]
    for (table,) in scheduler_rows(settings, "select tablename from pg_tables where schemaname = 'public'"):
        for needle in needles:
            if scheduler_rows(settings, f'select 1 from "{table}" as t where strpos(t::text, %s) > 0 limit 1', needle):
                found.append(f"airflow's table {table}")
    return found


def _words(file: Path, wanted: set[bytes]) -> set[bytes]:
    content = file.read_bytes()
    return {needle for needle in wanted if needle in content}


def passwords(settings: Settings) -> list[str]:
    return list(json.loads(settings.secrets_file.read_text()).values())
