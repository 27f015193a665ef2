"""Builds the warehouse for the months that changed: dbt, once, in this process.

    ops.month_pending -> months (changed) and window_months (those they move) -> dbt build
    -> ops.build, ops.dbt_node -> what is new is frozen (ops.baseline, ops.indirect_reference)

One build at a time (a lock in the database); a second one waits and then usually finds nothing to do. What
changed while a build ran stays pending. Killed half-way, a build leaves its months pending, and making a
month again replaces it whole.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pch.errors import PchError
from pch.pipeline.months import notice_time, pending
from pch.settings import PROJECT, Settings
from pch.warehouse import calendar
from pch.warehouse.db import BUILD_LOCK, Connection, connect
from pch.warehouse.programme.baselines import freeze
from pch.warehouse.version import code_version

DBT_PROJECT = PROJECT / "dbt_project"

_REACH = 11 + 11
"""Months after it that a changed month moves: it is part of the rolling twelve of eleven, and a list of it may
stand for a missing one in the eleven after (``int_practice__presence``), which are part of eleven more."""


class BuildFailed(PchError):
    """A model or test of the build failed; the months stay pending."""


@dataclass(frozen=True)
class Built:
    """``periods`` is empty where nothing was pending."""

    build_id: int | None
    periods: list[date]


def build(settings: Settings, run_id: str | None = None, *, settled: bool = False, models: Sequence[str] = ()) -> Built:
    """Builds everything pending (``settled``: but for months that are still being loaded); raises BuildFailed naming
    the nodes that failed. ``models``: only these, in dbt's words; then nothing is frozen."""
    with connect(settings, "loader", autocommit=True) as conn, _alone(conn):
        with conn.transaction():
            notice_time(conn, settings)
        rows = pending(conn, settled=settled)
        if not rows or _failed_elsewhere(conn, run_id, max(row[1] for row in rows)):
            return Built(None, [])
        months = [row[0] for row in rows]
        started_at = datetime.now(UTC)
        known = {row[0] for row in conn.execute("select period from ref.period")}
        result = build_months(settings, months, window_months(months, known), models=models)
        build_id = _record(conn, run_id, months, max(row[1] for row in rows), result, started_at)
        if result.success and not models:
            with connect(settings, "dbt") as maker:
                freeze(maker)
    if not result.success:
        raise BuildFailed(
            f"Build {build_id} failed: {_failures(result)}. See ops.dbt_node where build_id = {build_id}."
        )
    return Built(build_id, months)


def build_worth(settings: Settings) -> None:
    """Makes anew what shows the newest evaluation (models tagged ``worth``), which is of all months; raises
    BuildFailed. The months that are pending stay so."""
    with connect(settings, "loader", autocommit=True) as conn, _alone(conn):
        result = build_months(settings, [], [], models=["tag:worth"])
    if not result.success:
        raise BuildFailed(f"What shows the evaluation could not be made: {_failures(result)}.")


def _failed_elsewhere(conn: Connection, run_id: str | None, up_to: int) -> bool:
    """Whether another run has just failed on the very same changes. Airflow starts a run a month announced: one
    of them tries and tries again, the others need not fail beside it."""
    row = conn.execute(
        """select not succeeded and up_to_change_id >= %s and run_id <> %s
             and finished_at > now() - interval '10 minutes'
           from ops.build order by build_id desc limit 1""",
        (up_to, run_id),
    ).fetchone()
    return bool(row and row[0])


def window_months(months: Iterable[date], known: set[date]) -> list[date]:
    """The months, and those whose rolling figures they move."""
    return sorted(
        {m for first in months for m in calendar.months_between(first, calendar.add_months(first, _REACH))} & known
    )


def build_months(
    settings: Settings, months: Iterable[date], windows: Iterable[date], *options: str, models: Sequence[str] = ()
) -> Any:
    """One dbt build of these months (``macros/months.sql``); returns its ``dbtRunnerResult``."""
    chosen = {
        "PCH_BUILD_MONTHS": ",".join(m.isoformat() for m in months),
        "PCH_BUILD_WINDOW_MONTHS": ",".join(m.isoformat() for m in windows),
    }
    only = ["--select", *models] if models else []
    #  What failed is in ops.dbt_node: dbt's own file of every statement costs an eighth of a build
    quiet = ["--no-write-json", "--log-level-file", "none"]
    return run_dbt(
        settings, *options, *quiet, "build", "--exclude-resource-type", "unit_test", *only, environment=chosen
    )


def run_dbt(settings: Settings, *arguments: str, environment: Mapping[str, str] | None = None) -> Any:
    """Runs dbt in this process; returns its ``dbtRunnerResult``. The profile reads the environment."""
    from dbt.cli.main import dbtRunner  # seconds to import: only where dbt is run

    before = dict(os.environ)
    os.environ |= {
        "PCH_DB_HOST": settings.db_host,
        "PCH_DB_PORT": str(settings.db_port),
        "PCH_DB_NAME": settings.db_name,
        "PCH_PASSWORD_DBT": settings.password("dbt"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        **(environment or {}),
    }
    folder = settings.home / "dbt"
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
              "--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]  # fmt: skip
    try:
        return dbtRunner().invoke([*arguments, *places])
    finally:
        os.environ.clear()
        os.environ.update(before)  # a password left behind would count for every other warehouse, too


@contextmanager
def _alone(conn: Connection) -> Iterator[None]:
    """One build at a time; the lock goes with the session, so a killed build holds nobody up."""
    conn.execute("select pg_advisory_lock(hashtext(%s))", (BUILD_LOCK,))
    try:
        yield
    finally:
        conn.execute("select pg_advisory_unlock(hashtext(%s))", (BUILD_LOCK,))


def _record(
    conn: Connection, run_id: str | None, months: list[date], up_to: int, result: Any, started_at: datetime
) -> int:
    """Writes the build and the outcome of each of its nodes."""
    with conn.transaction():
        row = conn.execute(
            """insert into ops.build (run_id, periods, up_to_change_id, succeeded, code_version, started_at)
               values (%s, %s, %s, %s, %s, %s) returning build_id""",
            (run_id, months, up_to, bool(result.success), code_version(), started_at),
        ).fetchone()
        assert row is not None
        conn.cursor().executemany(
            """insert into ops.dbt_node
                 (build_id, node, resource_type, status, message, rows_affected, failures, seconds)
               values (%s, %s, %s, %s, %s, %s, %s, %s)""",
            [
                (
                    row[0], r.node.unique_id, str(r.node.resource_type), str(r.status), r.message,
                    r.adapter_response.get("rows_affected"), r.failures, r.execution_time,
                )
                for r in _nodes(result)
            ],
        )  # fmt: skip
    return int(row[0])


def _nodes(result: Any) -> list[Any]:
    return list(result.result.results) if result.result is not None else []


def _failures(result: Any) -> str:
    failed = [f"{r.node.name} ({r.message})" for r in _nodes(result) if str(r.status) in ("error", "fail")]
    return "; ".join(failed) or str(result.exception)
