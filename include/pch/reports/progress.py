"""Whether a site is better than it was: the verdict on each metric, its own priorities first.

mart.fct_progress (verdicts, as built) + mart.dim_metric + ops.current_priority (live) -> Progress
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.rows import class_row

from pch.errors import Refused
from pch.reports.plain import require_site, snapshot
from pch.settings import Settings
from pch.warehouse.db import Connection
from pch.warehouse.programme.rows import metric_of


@dataclass(frozen=True)
class Verdict:
    """A row of ``mart.fct_progress`` with the metric's name, unit and aim. ``priority_rank``: of the site's own
    priorities, as chosen (None: not one of them)."""

    priority_rank: int | None
    metric_code: str
    metric_name: str
    aim: str
    unit: str
    period_window: str
    verdict: str
    verdict_text: str
    baseline_value: float | None
    baseline_first_period: date | None
    baseline_last_period: date | None
    value: float | None
    lower_95: float | None
    upper_95: float | None
    change: float | None
    change_lower_95: float | None
    change_upper_95: float | None
    change_pct: float | None
    target_value: float | None
    is_target_met: bool | None
    variation_icon: str | None
    assurance_icon: str | None
    minimum_detectable_change_pct_50: float | None
    minimum_detectable_change_pct_80: float | None
    months_to_show_worthwhile_change: int | None


@dataclass(frozen=True)
class Progress:
    """``awaiting``: months up to ``period`` that changed since and wait to be built."""

    site_code: str
    site_name: str
    period: date
    verdicts: list[Verdict]
    awaiting: list[date]


_OF_METRIC = ("metric_name", "aim", "unit")


def progress(settings: Settings, site: str, metric: str | None, period: date | None) -> Progress:
    """Of the site's metrics (or one of them) in ``period``; without it, in the newest month that has a figure. Raises
    Refused where there is nothing to say."""
    if metric:
        metric_of(metric)
    with snapshot(settings) as conn:
        require_site(conn, site)
        built = conn.execute("select to_regclass('mart.fct_progress') is not null").fetchone()
        if not (built and built[0]):
            raise Refused("Nothing was ever judged: the warehouse has not been built. 'pch build' builds it.")
        when = period or _newest(conn, site)
        verdicts = _verdicts(conn, {"site": site, "metric": metric, "period": when}) if when else []
        if not (when and verdicts):
            month = f" and {period:%Y-%m}" if period else ""
            raise Refused(
                f"The warehouse has no verdict on {metric or 'anything'} for {site}{month}: the site had not begun (or "
                "had ended), the month is outside the programme, or it has not been built yet."
            )
        name = conn.execute("select site_name from mart.dim_site where site_code = %s", (site,)).fetchone()
        awaiting = conn.execute("select period from ops.month_pending where period <= %s order by period", (when,))
        assert name is not None
        return Progress(site, name[0], when, verdicts, [row[0] for row in awaiting])


def _newest(conn: Connection, site: str) -> date | None:
    row = conn.execute(
        """select coalesce(max(period) filter (where value is not null), max(period))
           from mart.fct_progress where site_code = %s""",
        (site,),
    ).fetchone()
    return row[0] if row else None


def _verdicts(conn: Connection, asked: dict[str, Any]) -> list[Verdict]:
    names = [name for name in Verdict.__dataclass_fields__ if name != "priority_rank"]
    columns = ", ".join(f"{'m' if name in _OF_METRIC else 'f'}.{name}" for name in names)
    return (
        conn.cursor(row_factory=class_row(Verdict))
        .execute(
            f"""select c.rank as priority_rank, {columns}
                from mart.fct_progress as f
                inner join mart.dim_metric as m using (metric_code)
                left join ops.current_priority as c
                  on (c.site_code, c.metric_code) = (f.site_code, f.metric_code)
                  and f.period between c.from_period and coalesce(c.to_period, f.period)
                where (f.site_code, f.period) = (%(site)s, %(period)s)
                and (%(metric)s::text is null or f.metric_code = %(metric)s)
                order by c.rank nulls last, f.metric_code""",
            asked,
        )
        .fetchall()
    )
