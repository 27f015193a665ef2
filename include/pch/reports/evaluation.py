"""The newest evaluation as a person asks for it: what changed, and what that is worth, of one area.

mart.fct_evaluation, fct_effect, fct_worth -> plain rows
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TypeVar

from psycopg.rows import class_row

from pch.errors import Refused
from pch.reports.plain import snapshot
from pch.settings import Settings
from pch.warehouse.db import Connection

T = TypeVar("T")


@dataclass(frozen=True)
class Made:
    """The evaluation itself."""

    first_period: date
    last_period: date
    panel_sha256: str
    code_version: str
    because: str
    run_by: str
    finished_at: datetime


@dataclass(frozen=True)
class Effect:
    """Per cent of what would have been; ``avoided`` in events or real pounds."""

    outcome_title: str
    is_money: bool
    method: str
    effect_pct: float | None
    effect_lower_95: float | None
    effect_upper_95: float | None
    avoided: float | None
    avoided_lower_95: float | None
    avoided_upper_95: float | None
    sites_count: int
    site_months_count: int
    verdict: str
    reason: str | None


@dataclass(frozen=True)
class Figure:
    """A metric of cost-effectiveness."""

    metric_code: str
    variant: str
    value: float | None
    lower_95: float | None
    upper_95: float | None
    unit: str
    verdict: str
    reason: str | None


@dataclass(frozen=True)
class Shown:
    area_type: str
    area_code: str
    evaluation: Made
    effects: list[Effect]
    worth: list[Figure]


def newest(settings: Settings, area_type: str, area_code: str) -> Shown:
    """Refused where there is no evaluation, or none of that area."""
    with snapshot(settings) as conn:
        if conn.execute("select to_regclass('mart.fct_evaluation')").fetchone() == (None,):
            raise Refused("Nothing was built yet. 'pch status' says what has arrived.")
        made = _rows(conn, Made, "fct_evaluation", "true")
        if not made:
            raise Refused("There is no evaluation yet: 'pch evaluate run' makes one.")
        of_area = "(area_type, area_code) = (%s, %s)"
        effects = _rows(conn, Effect, "fct_effect", f"{of_area} order by outcome, method", area_type, area_code)
        worth = _rows(conn, Figure, "fct_worth", f"{of_area} order by metric_code, variant", area_type, area_code)
    if not effects:
        raise Refused(f"The evaluation says nothing of {area_type} '{area_code}'.")
    return Shown(area_type, area_code, made[0], effects, worth)


def _rows(conn: Connection, kind: type[T], table: str, where: str, *parameters: str) -> list[T]:
    columns = ", ".join(f.name for f in fields(kind))  # type: ignore[arg-type]
    with conn.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(f"select {columns} from mart.{table} where {where}".encode(), parameters).fetchall()
