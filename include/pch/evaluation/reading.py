"""What an evaluation is made from, read from the marts as role ``evaluator``: one moment, exact, in a fixed order.

mart.fct_panel -> Panel an outcome; mart.fct_input(_completeness), metric AC05 -> inputs and hours; ref -> prices
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import pandas as pd

from pch.evaluation.panel import Panel
from pch.evaluation.results import Area, Estimate, Interval
from pch.registry import metrics
from pch.warehouse.db import Connection

GP_HOURS = "AC05"
"""The metric whose numerator, times its multiplier, is hours freed (per 1,000 person-months)."""


@dataclass(frozen=True)
class Price:
    """What one unit costs, in pounds of the year of ``valid_from``; ``real_gbp``: of the base year. ``kind``: unit (an
    event) or hour (of a role)."""

    kind: str
    item: str
    valid_from: date
    gbp: float
    real_gbp: float
    source: str


@dataclass(frozen=True, eq=False)
class Evidence:
    """``panels``: by outcome, usable rows only. ``inputs``: a row a site x period it took part in: charged_real_gbp,
    is_complete. ``hours``: a row a site x period: hours of GP time freed. ``base_year``: whose pounds are real."""

    panels: dict[str, Panel]
    inputs: pd.DataFrame
    hours: pd.DataFrame
    prices: list[Price]
    base_year: str
    panel_sha256: str
    first_period: date
    last_period: date

    def with_panel(self, panel: Panel) -> "Evidence":
        return replace(self, panels=self.panels | {panel.outcome: panel})


_PANEL = (
    "outcome", "site_code", "region", "wave", "period", "went_live", "observed", "expected", "population",
    "person_months", "is_usable",
)  # fmt: skip


def read(conn: Connection) -> Evidence | None:
    """None while the panel is empty: nothing was built yet."""
    rows = conn.execute(
        f"""select {", ".join(_PANEL)} from mart.fct_panel
            inner join ref.outcome using (outcome) order by outcome_order, site_code, period"""
    ).fetchall()
    if not rows:
        return None
    digest = hashlib.sha256()
    for row in rows:
        digest.update(("|".join(map(_exactly, row)) + "\n").encode())
    frame = pd.DataFrame(rows, columns=list(_PANEL))
    periods = frame["period"]
    return Evidence(
        panels=_panels(frame), inputs=_inputs(conn), hours=_hours(conn), prices=_prices(conn),
        base_year=_base_year(conn), panel_sha256=digest.hexdigest(), first_period=periods.min(),
        last_period=periods.max(),
    )  # fmt: skip


def _exactly(value: object) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def _panels(frame: pd.DataFrame) -> dict[str, Panel]:
    frame["went_live"] = pd.to_datetime(frame["went_live"])
    frame["period"] = pd.to_datetime(frame["period"])
    for text in ("region", "wave"):
        frame[text] = frame[text].fillna("not known")
    return {
        str(outcome): Panel(str(outcome), of[of["is_usable"]].reset_index(drop=True))
        for outcome, of in frame.groupby("outcome", sort=False)
    }


def _inputs(conn: Connection) -> pd.DataFrame:
    """Of every month of a site's part in the programme; what is not complete may still have a part of its cost."""
    return _frame(
        conn,
        """select c.site_code, c.period, c.is_complete, coalesce(sum(i.charged_real_gbp), 0) as charged_real_gbp
           from mart.fct_input_completeness as c
           left join mart.fct_input as i using (site_code, period)
           group by c.site_code, c.period, c.is_complete order by c.site_code, c.period""",
        ("site_code", "period", "is_complete", "charged_real_gbp"),
    )


def _hours(conn: Connection) -> pd.DataFrame:
    found = _frame(
        conn,
        """select site_code, period, numerator from mart.fct_metric_value
           where metric_code = %s and period_window = 'month' and numerator is not null order by site_code, period""",
        ("site_code", "period", "hours"),
        GP_HOURS,
    )
    found["hours"] *= metrics()[GP_HOURS].multiplier / 1000
    return found


def _prices(conn: Connection) -> list[Price]:
    rows = conn.execute(
        """with price (kind, item, valid_from, gbp, source) as (
             select 'unit', measure_code, valid_from, gbp, source from ref.unit_cost where part = 'emergency_hospital'
             union all
             select 'hour', staff_role, valid_from, gbp_per_hour, source from ref.hourly_cost)
           select kind, item, valid_from, gbp::float, (gbp * 100 / deflator_index)::float, source
           from price inner join ref.deflator on financial_year = to_char(valid_from - interval '3 months', 'YYYY')
             || '/' || to_char(valid_from + interval '9 months', 'YY')
           order by 1, 2, 3"""
    )
    return [Price(*row) for row in rows]


def _base_year(conn: Connection) -> str:
    row = conn.execute("select financial_year from ref.deflator where deflator_index = 100").fetchone()
    assert row is not None
    return str(row[0])


def valued(conn: Connection, what: Literal["item", "hour"]) -> pd.DataFrame:
    """What outcome valued_cost is made of (item), or the hours of the inputs that a role's price values (hour): a row a
    site x period x item or role: how many, and real_gbp."""
    item, many = ("item", "activity_count") if what == "item" else ("staff_role", "hours")
    return _frame(
        conn,
        f"select site_code, period, {item}, {many}, real_gbp from mart.fct_valued_{what} order by 1, 2, 3",
        ("site_code", "period", "item", "many", "real_gbp"),
    )


def current_estimates(conn: Connection) -> list[Estimate]:
    """Those of the newest evaluation; none before the first."""
    rows = conn.execute(
        """select outcome, method, area_type, area_code, first_period, last_period, sites_count, site_months_count,
             covered_pct, effect_pct, effect_lower_95, effect_upper_95, observed, expected, avoided, avoided_lower_95,
             avoided_upper_95, detectable_effect_pct, verdict, reason
           from eval.estimate where evaluation_id = (select evaluation_id from eval.current_evaluation)
           order by outcome, method, area_type, area_code"""
    )
    return [
        Estimate(
            outcome=r[0], method=r[1], area=Area(r[2], r[3]), first_period=r[4], last_period=r[5], sites_count=r[6],
            site_months_count=r[7], covered_pct=r[8], effect_pct=_interval(r[9], r[10], r[11]), observed=r[12],
            expected=r[13], avoided=_interval(r[14], r[15], r[16]), detectable_effect_pct=r[17], verdict=r[18],
            reason=r[19],
        )
        for r in rows
    ]  # fmt: skip


def _interval(value: float | None, lower: float | None, upper: float | None) -> Interval | None:
    return None if value is None or lower is None or upper is None else Interval(value, lower, upper)


def _frame(conn: Connection, query: str, columns: tuple[str, ...], *parameters: object) -> pd.DataFrame:
    frame = pd.DataFrame(conn.execute(query.encode(), parameters).fetchall(), columns=list(columns))
    frame["period"] = pd.to_datetime(frame["period"])
    for number in {"charged_real_gbp", "hours", "many", "real_gbp"} & set(columns):
        frame[number] = frame[number].astype(float)
    return frame
