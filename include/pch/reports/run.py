"""What a run came to: returns by month, rows, seconds of each stage, and a few metrics with their intervals."""

from datetime import date

from rich.console import Console
from rich.table import Table

from pch.settings import Settings
from pch.warehouse.db import Connection, connect


def print_run(settings: Settings, console: Console, periods: list[date]) -> None:
    """Prints the months ``periods`` as they stand in the ledger and the marts."""
    with connect(settings, "analyst") as conn:
        console.print(_returns(conn, periods))
        console.print(_metrics(conn, periods[-1]))


def _returns(conn: Connection, periods: list[date]) -> Table:
    table = Table(title="Returns, and the seconds each stage took", title_justify="left")
    for name in ("Month", "Expected", "Received", "Accepted", "Warned", "Rejected", "Missing", "Rows"):
        table.add_column(name, justify="left" if name == "Month" else "right")
    for name in ("Decode", "Stage", "Check", "Publish", "Build"):
        table.add_column(name, justify="right", style="dim")
    rows = conn.execute(
        """select r.period, count(*) filter (where r.is_due), count(*) filter (where r.attempts_count > 0),
             count(*) filter (where r.last_verdict = 'accepted'),
             count(*) filter (where r.last_verdict = 'accepted_with_warnings'),
             count(*) filter (where r.last_verdict = 'rejected'),
             count(*) filter (where r.attempts_count = 0 and r.is_due), b.rows_count,
             b.decode, b.stage, b.check_, b.publish,
             (select extract(epoch from x.finished_at - x.started_at) / cardinality(x.periods) from ops.build as x
              where x.succeeded and r.period = any(x.periods) order by build_id desc limit 1)
           from ops.return_state as r
           left join (
             select period, sum(rows_count) as rows_count, sum(decode_seconds) as decode, sum(stage_seconds) as stage,
               sum(check_seconds) as check_, sum(publish_seconds) as publish
             from ops.batch group by period) as b using (period)
           where r.period = any(%s)
           group by r.period, b.rows_count, b.decode, b.stage, b.check_, b.publish order by r.period""",
        (periods,),
    )
    for period, *counts, decode, stage, check, publish, build in rows:
        table.add_row(
            f"{period:%Y-%m}", *(f"{c or 0:,}" for c in counts),
            *("" if s is None else f"{s:.1f}" for s in (decode, stage, check, publish, build)),
        )  # fmt: skip
    return table


def _metrics(conn: Connection, period: date) -> Table:
    """The last month of a few sites: the figure, its interval, or why there is none."""
    table = Table(title=f"A few metrics, {period:%Y-%m}", title_justify="left")
    for name in ("Metric", "Site", "Window", "Value", "95% interval", "Unit", "Coverage %", "State"):
        table.add_column(name, justify="right" if name in ("Value", "Coverage %") else "left")
    rows = conn.execute(
        """select v.metric_code, v.site_code, v.period_window, v.value, v.lower_95, v.upper_95, m.unit, v.coverage_pct,
             v.state, v.state_reason
           from mart.fct_metric_value as v
           inner join mart.dim_metric as m using (metric_code)
           where v.period = %s
             and v.site_code in (select site_code from mart.dim_site order by site_code limit 2)
             and v.metric_code in ('PH01', 'IN01', 'IN02', 'DQ02')
           order by 1, 2, 3""",
        (period,),
    )
    for code, site, window, value, lower, upper, unit, coverage, state, reason in rows:
        table.add_row(
            code, site, window, "" if value is None else f"{value:,.2f}",
            "" if lower is None else f"{lower:,.2f} to {upper:,.2f}", unit.replace("_", " "), f"{coverage:.1f}",
            state if not reason else f"{state}: {reason}",
        )  # fmt: skip
    return table
