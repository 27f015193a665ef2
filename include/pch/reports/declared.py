"""What is declared and in force: targets, priorities, characteristics of the model, baselines, re-basings.

ops.current_* -> lists of plain rows, live: what was declared a moment ago is here, in the marts after the next build
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import TypeVar

from psycopg.rows import class_row

from pch.reports.plain import require_site, snapshot
from pch.settings import Settings
from pch.warehouse.programme.rows import metric_of

T = TypeVar("T")


@dataclass(frozen=True)
class Target:
    """``site_code`` None: of the whole programme. It holds up to, not including, ``effective_to`` (None: open)."""

    metric_code: str
    site_code: str | None
    from_period: date
    value: float
    to_period: date | None
    to_value: float | None
    effective_to: date | None
    because: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True)
class Priority:
    """It holds up to and including ``to_period`` (None: open)."""

    site_code: str
    metric_code: str
    from_period: date
    to_period: date | None
    rank: int
    because: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True)
class Characteristic:
    """It holds up to, not including, the day ``effective_to`` (None: until today)."""

    site_code: str
    characteristic: str
    level: str
    as_of: date
    effective_to: date | None
    evidence: str
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True)
class Baseline:
    metric_code: str
    site_code: str
    definition_version: int
    period_window: str
    first_period: date
    last_period: date
    value: float
    lower_95: float | None
    upper_95: float | None
    coverage_pct: float | None
    practices: list[str]
    because: str
    frozen_by: str
    frozen_at: datetime


@dataclass(frozen=True)
class Rebase:
    """From ``from_period`` on the XmR chart has limits of its own; ``site_code`` None: every site's."""

    metric_code: str
    site_code: str | None
    from_period: date
    because: str
    signed_by: str
    signed_at: datetime


@dataclass(frozen=True)
class Baselines:
    baselines: list[Baseline]
    rebases: list[Rebase]


def targets(settings: Settings, metric: str | None, site: str | None) -> list[Target]:
    """Of the metric (None: of all) and, ``site`` given, what holds for it: its own and the programme's."""
    return _read(settings, Target, "target", "metric_code, site_code nulls first, from_period", metric, site)


def priorities(settings: Settings, site: str | None) -> list[Priority]:
    """Ended ones included, by site and rank."""
    return _read(settings, Priority, "priority", "site_code, to_period desc nulls first, rank, metric_code", None, site)


def characteristics(settings: Settings, site: str | None) -> list[Characteristic]:
    """The whole course, by site and characteristic."""
    return _read(settings, Characteristic, "characteristic", "site_code, characteristic, as_of", None, site)


def baselines(settings: Settings, metric: str | None, site: str | None) -> Baselines:
    """And the months from which charts begin anew."""
    return Baselines(
        _read(settings, Baseline, "baseline", "metric_code, site_code", metric, site),
        _read(settings, Rebase, "rebase", "metric_code, site_code nulls first, from_period", metric, site),
    )


def _read(settings: Settings, row: type[T], kind: str, order: str, metric: str | None, site: str | None) -> list[T]:
    """Those of the site and of every site (``site_code`` null). Raises Refused for a metric or site that is none."""
    conditions = ["true"]
    if metric:
        metric_of(metric)
        conditions.append("metric_code = %(metric)s")
    if site:
        conditions.append("(site_code = %(site)s or site_code is null)")
    columns = ", ".join(f.name for f in fields(row))  # type: ignore[arg-type]
    with snapshot(settings) as conn:
        if site:
            require_site(conn, site)
        return (
            conn.cursor(row_factory=class_row(row))
            .execute(
                f"select {columns} from ops.current_{kind} where {' and '.join(conditions)} order by {order}",
                {"metric": metric, "site": site},
            )
            .fetchall()
        )
