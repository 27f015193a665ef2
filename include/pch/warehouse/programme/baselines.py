"""Baselines and references: frozen once, so that what later figures are held against does not move.

mart.fct_baseline, int.int_metric__reference (rows that are new) -> freeze, after a build -> ops
mart.fct_metric_value (a figure the central team names) -> rebaseline -> ops.baseline
"""

from dataclasses import dataclass
from datetime import date

from psycopg.rows import dict_row

from pch.errors import Refused
from pch.warehouse.calendar import add_months
from pch.warehouse.db import Connection
from pch.warehouse.programme.rows import (
    append,
    in_force,
    mark_from,
    metric_of,
    one_at_a_time,
    require_sentence,
    require_site,
)

PIPELINE = "pipeline"
_FIGURES = "value, lower_95, upper_95, numerator, denominator, coverage_pct"


@dataclass(frozen=True)
class Frozen:
    """How many baselines, and of how many definitions the reference, were frozen."""

    baselines: int
    references: int


def freeze(conn: Connection) -> Frozen:
    """Keeps what the last build reckoned for the first time (``is_new``), as dbt, once the build is on record. What
    has changed since that build waits for the next one. Figures do not move by it."""
    one_at_a_time(conn)
    baselines = conn.execute(
        f"""with pending as materialized (select period from ops.month_pending)
            insert into ops.baseline
              (metric_code, site_code, definition_version, period_window, first_period, last_period, {_FIGURES},
               practices, because, frozen_by)
            select b.metric_code, b.site_code, b.definition_version, b.period_window, b.first_period, b.last_period,
              {_FIGURES}, b.practices, 'The first complete months of the site.', %s
            from mart.fct_baseline as b
            where b.is_new
            and not exists (select from ops.current_baseline as c
                            where (c.metric_code, c.site_code) = (b.metric_code, b.site_code))
            and not exists (select from pending as p where p.period between b.first_period and b.last_period)
            order by b.metric_code, b.site_code""",
        (PIPELINE,),
    ).rowcount
    #  not before the twelfth month has closed: the sites that happen to be first are not the programme
    references = conn.execute(
        """with pending as materialized (select period from ops.month_pending),
           fresh as (
             insert into ops.indirect_reference
               (definition_id, sex, age_band, events, population, first_period, last_period, because, frozen_by)
             select r.definition_id, r.sex, r.age_band, r.events, r.population, r.first_period, r.last_period,
               'The first twelve months of the programme.', %s
             from int.int_metric__reference as r
             inner join ref.period as p on p.period = r.last_period
             where r.is_new and r.last_period = r.first_period + interval '11 months' and p.primary_close_at < now()
             and not exists (select from ops.current_reference as c where c.definition_id = r.definition_id)
             and not exists (select from pending as m where m.period between r.first_period and r.last_period)
             returning definition_id)
           select count(distinct definition_id) from fresh""",
        (PIPELINE,),
    ).fetchone()
    assert references is not None
    return Frozen(baselines, references[0])


@dataclass(frozen=True)
class Rebaselined:
    value: float
    first_period: date
    last_period: date
    months: int


def rebaseline(conn: Connection, metric: str, site: str, last_period: date, because: str, by: str) -> Rebaselined:
    """The site's figure of the window that ends with ``last_period`` becomes the baseline of a metric, as the owner.
    Every month since is built again. Raises Refused where there is no such figure, or it may still change."""
    one_at_a_time(conn)
    windows = metric_of(metric).windows
    require_site(conn, site)
    require_sentence(because, "Another baseline")
    window = "r12" if "r12" in windows else "month"
    first = add_months(last_period, -11) if window == "r12" else last_period
    name = f"{metric} of {site} for {last_period:%Y-%m}"
    waits = conn.execute(
        "select min(period) from ops.month_pending where period between %s and %s", (first, last_period)
    )
    if pending := next(waits)[0]:
        raise Refused(f"{pending:%Y-%m} changed and waits to be built: name the baseline once it is ('pch build').")
    built = conn.execute("select to_regclass('mart.fct_metric_value') is not null").fetchone()
    figure = (
        conn.cursor(row_factory=dict_row)
        .execute(
            f"""select metric_code, site_code, definition_version, period_window, state, edition, {_FIGURES},
                  (select coalesce(array_agg(distinct m.practice_code), '{{}}')
                   from ref.membership as m inner join ref.period as p
                   on p.period >= m.valid_from and (m.valid_to is null or p.period < m.valid_to)
                   where m.site_code = f.site_code and p.period between %s and f.period) as practices
                from mart.fct_metric_value as f
                where (metric_code, site_code, period, period_window) = (%s, %s, %s, %s)""",
            (first, metric, site, last_period, window),
        )
        .fetchone()
        if built and built[0]
        else None
    )
    if figure is None or figure["value"] is None:
        state = f" ({figure['state'].replace('_', ' ')})" if figure else ""
        raise Refused(f"There is no {window} figure of {name}{state}, so it cannot be a baseline.")
    if figure["edition"] == "provisional":
        raise Refused(f"The figure of {name} is provisional: it can be a baseline after the month's primary close.")
    earlier = in_force(conn, "baseline", {"metric_code": metric, "site_code": site})
    kept = {n: v for n, v in figure.items() if n not in ("state", "edition")}
    append(
        conn, "baseline", [{**kept, "first_period": first, "last_period": last_period, "because": because.strip()}], by
    )
    months = mark_from(conn, min([first, *(row["first_period"] for row in earlier)]), "baseline")
    return Rebaselined(figure["value"], first, last_period, months)
