"""A dbt build of one month, beside its own compiled SQL run by hand."""

import time
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import sql

from pch.errors import StackError
from pch.pipeline.build import build_months as pipeline_build
from pch.settings import Settings
from pch.warehouse.db import connect


@dataclass(frozen=True)
class Build:
    """``nodes``: what dbt ran, each with the SQL it compiled, in the order of running."""

    seconds: float
    nodes: list[Any]


def build_months(settings: Settings, months: list[date]) -> Build:
    """The build that ``pch.pipeline.build`` makes when ``months`` are pending and the newest."""
    begun = time.perf_counter()
    result = pipeline_build(settings, months, months, "--quiet")
    seconds = time.perf_counter() - begun
    if not result.success:
        raise StackError(f"The dbt build of the bench failed: {result.exception or 'see the lines above'}")
    return Build(seconds, [each.node for each in result.result.results])


def by_hand(settings: Settings, nodes: list[Any]) -> float:
    """Seconds of the same SELECTs on one connection: models into temporary tables, tests as they are."""
    begun = time.perf_counter()
    with connect(settings, "dbt") as conn:
        for i, node in enumerate(nodes):
            select = sql.SQL(node.compiled_code)
            if str(node.resource_type) == "test":
                conn.execute(sql.SQL("select count(*) from ({}) as failing").format(select))
            else:
                kind = sql.SQL("view" if node.config.materialized == "view" else "table")
                name = sql.Identifier(f"by_hand_{i}")
                conn.execute(sql.SQL("create temporary {} {} as {}").format(kind, name, select))
        conn.rollback()
    return time.perf_counter() - begun
