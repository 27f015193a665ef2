"""Everything behind one figure: from the value back to the files, checksums and findings it was made of.

    mart.fct_metric_value (the figure) + ref.metric (its definition, in the version that made it)
      <- int_metric__window_strata (what was divided by what, stratum by stratum)
      <- int_metric__strata (month by month), int_metric__inclusion (which practices, and why others not)
      <- int_return__state (the returns as the build found them) <- ops.submission, verdict, finding

All of it as the build found it, in one snapshot; what has changed since is said beside it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from math import fsum
from typing import Any

from psycopg.rows import class_row, dict_row

from pch import registry
from pch.errors import Refused
from pch.reports.plain import require_site, snapshot
from pch.reports.sources import Month, Practice, months, practices
from pch.settings import Settings
from pch.warehouse.db import Connection


@dataclass(frozen=True)
class Figure:
    """A row of ``mart.fct_metric_value``; the window runs from ``first_period`` to ``period``. ``sensitivity_lower``
    and ``sensitivity_upper`` are None where nothing is absent or in question, or nothing is there to judge it by."""

    metric_code: str
    site_code: str
    site_name: str
    period: date
    period_window: str
    first_period: date
    value: float | None
    lower_95: float | None
    upper_95: float | None
    lower_998: float | None
    upper_998: float | None
    numerator: float | None
    denominator: float | None
    state: str
    state_reason: str | None
    coverage_pct: float
    sensitivity_lower: float | None
    sensitivity_upper: float | None
    edition: str
    worst_finding_severity: str | None
    worst_finding: str | None
    worst_finding_message: str | None
    open_questions_count: int
    explanations: list[str] | None
    definition_version: int
    built_at: datetime


@dataclass(frozen=True)
class Stratum:
    """``rate`` = multiplier x numerator / denominator. A directly standardised value is the sum of
    rate x standard_population over all strata, divided by the sum of standard_population; an indirectly standardised
    one is the programme's rate x the sum of numerator / the sum of expected, what the programme's rate of each stratum
    would have made of the denominator."""

    sex: str
    age_band: str
    numerator: float
    denominator: float
    suppressed_count: int
    rate: float | None
    standard_population: int | None
    expected: float | None


@dataclass(frozen=True)
class Sum:
    """The strata added up, and the value they come to by the definition's method: what to hold against the
    figure. ``value`` is None where a stratum has nothing to divide by. ``programme_rate``: of indirect
    standardisation."""

    numerator: float
    denominator: float
    standard_population: int | None
    expected: float | None
    programme_rate: float | None
    value: float | None


@dataclass(frozen=True)
class MadeBy:
    """The build that made the figure. None: it was stopped before it could be recorded."""

    build_id: int
    started_at: datetime
    finished_at: datetime
    succeeded: bool
    code_version: str | None


@dataclass(frozen=True)
class Explanation:
    """``outside``: counted, but of unknown sex or age, so in no stratum. ``awaiting``: months of the window
    that changed after the figure was made and wait to be built."""

    figure: Figure
    definition: dict[str, Any]
    strata: list[Stratum]
    sum: Sum | None
    outside: list[Stratum]
    practices: list[Practice]
    months: list[Month]
    build: MadeBy | None
    awaiting: list[date]


def explain(settings: Settings, metric: str, site: str, period: date, window: str | None = None) -> Explanation:
    """The figure of ``metric`` for ``site`` and the ``window`` (default: the metric's first) that ends with
    ``period``. Raises Refused, in words, where there is no such cell."""
    declared = registry.metrics().get(metric)
    if declared is None:
        raise Refused(f"There is no metric '{metric}'. The metrics are: {', '.join(registry.metrics())}.")
    window = window or declared.windows[0]
    if window not in declared.windows:
        raise Refused(f"{metric} is made for the window(s) {' and '.join(declared.windows)}, not for '{window}'.")
    cell = {"metric": metric, "site": site, "period": period, "window": window}
    with snapshot(settings) as conn:
        require_site(conn, site)
        figure = _figure(conn, cell)
        cell["definition"] = f"{metric}.v{figure.definition_version}"
        definition = _definition(conn, cell)
        cell |= {"first": figure.first_period, "feeds": definition["feeds"], "multiplier": definition["multiplier"]}
        strata, outside = _strata(conn, definition, cell)
        added_up = _sum(conn, strata, definition)
        return Explanation(
            figure, definition, strata, added_up, outside, practices(conn, cell), months(conn, cell),
            _made_by(conn, figure.built_at), _awaiting(conn, cell),
        )  # fmt: skip


def _figure(conn: Connection, cell: dict[str, Any]) -> Figure:
    built = conn.execute("select to_regclass('mart.fct_metric_value') is not null").fetchone()
    if not (built and built[0]):
        raise Refused("No figure was ever made: the warehouse has not been built. 'pch build' builds it.")
    figure = (
        conn.cursor(row_factory=class_row(Figure))
        .execute(
            """select f.metric_code, f.site_code, f.period, f.period_window, f.value, f.lower_95, f.upper_95,
                 f.lower_998, f.upper_998, f.numerator, f.denominator, f.state, f.state_reason, f.coverage_pct,
                 f.sensitivity_lower, f.sensitivity_upper, f.edition, f.worst_finding_severity, f.worst_finding,
                 f.worst_finding_message, f.open_questions_count, f.explanations, f.definition_version, f.built_at,
                 s.site_name, w.first_period
               from mart.fct_metric_value as f
               inner join mart.dim_site as s using (site_code)
               inner join int.int_metric__judged as w
                 using (metric_code, definition_version, site_code, period, period_window)
               where (f.metric_code, f.site_code, f.period, f.period_window)
                 = (%(metric)s, %(site)s, %(period)s, %(window)s)""",
            cell,
        )
        .fetchone()
    )
    if figure is None:
        raise Refused(
            f"The warehouse has no figure of {cell['metric']} for {cell['site']} and {cell['period']:%Y-%m}: the site "
            "had not begun (or had ended), the month is outside the programme, or it has not been built yet. "
            "'pch status' shows which months are expected and which wait to be built."
        )
    return figure


def _definition(conn: Connection, cell: dict[str, Any]) -> dict[str, Any]:
    """The version that made the figure; where the registry no longer has it, the newest."""
    row = conn.cursor(row_factory=dict_row).execute(
        """select * from ref.metric where metric_code = %(metric)s
           order by definition_id = %(definition)s desc, definition_version desc limit 1""",
        cell,
    ).fetchone()  # fmt: skip
    assert row is not None  # the figure's build made it, too
    return row


def _strata(conn: Connection, definition: dict[str, Any], cell: dict[str, Any]) -> tuple[list[Stratum], list[Stratum]]:
    """Those that make the figure, all of the standard's where there is one; and those beside it."""
    made = """select sex, age_band, numerator, denominator, suppressed_count::bigint
              from int.int_metric__window_strata
              where (definition_id, site_code, period, period_window)
                = (%(definition)s, %(site)s, %(period)s, %(window)s)"""
    columns = """sex, age_band, coalesce(numerator, 0)::double precision as numerator,
                 coalesce(denominator, 0)::double precision as denominator,
                 coalesce(suppressed_count, 0) as suppressed_count,
                 %(multiplier)s * coalesce(numerator, 0) / nullif(denominator, 0) as rate"""
    cursor = conn.cursor(row_factory=class_row(Stratum))
    if definition["method"] == "indirect_rate":
        reference = "(select * from int.int_metric__reference where definition_id = %(definition)s and population > 0)"
        strata = cursor.execute(
            f"""select {columns}, null as standard_population,
                  coalesce(denominator, 0) * r.events / r.population as expected
                from ({made}) as made inner join {reference} as r using (sex, age_band)
                left join ref.standard_population using (age_band) order by sex, band_order, age_band""",
            cell,
        ).fetchall()
    elif definition["method"] in ("dsr", "dsr_repeat"):
        reference = "ref.standard_population"
        youngest = {**cell, "age_from": definition["age_from"] or 0}
        strata = cursor.execute(
            f"""with made as ({made})
                select {columns}, standard_population, null as expected
                from (values ('female'), ('male')) as g (sex)
                cross join ref.standard_population
                left join made using (sex, age_band)
                where exists (select from made) and 5 * (band_order - 1) >= %(age_from)s order by sex, band_order""",
            youngest,
        ).fetchall()
    else:
        every = f"select {columns}, null as standard_population, null as expected from ({made}) as made"
        return cursor.execute(every, cell).fetchall(), []
    outside = cursor.execute(
        f"""select {columns}, null as standard_population, null as expected from ({made}) as made
            where age_band not in (select age_band from {reference} as r) or sex not in ('female', 'male', 'all')
            order by sex, age_band""",
        cell,
    ).fetchall()
    return strata, outside


def _sum(conn: Connection, strata: list[Stratum], definition: dict[str, Any]) -> Sum | None:
    if not strata:
        return None
    numerator, denominator = fsum(s.numerator for s in strata), fsum(s.denominator for s in strata)
    multiplier = definition["multiplier"]
    if definition["method"] == "indirect_rate":
        expected, rate = fsum(s.expected or 0 for s in strata), _programme_rate(conn, definition)
        value = rate * numerator / expected if rate is not None and expected else None
        return Sum(numerator, denominator, None, expected, rate, value)
    if definition["method"] not in ("dsr", "dsr_repeat"):
        value = multiplier * numerator / denominator if denominator else None
        return Sum(numerator, denominator, None, None, None, value)
    weight = sum(s.standard_population or 0 for s in strata)
    weighted = [s.rate * s.standard_population for s in strata if s.rate is not None and s.standard_population]
    value = fsum(weighted) / weight if len(weighted) == len(strata) else None
    return Sum(numerator, denominator, weight, None, None, value)


def _programme_rate(conn: Connection, definition: dict[str, Any]) -> float | None:
    row = conn.execute(
        """select %(multiplier)s * sum(events) / nullif(sum(population), 0)
           from int.int_metric__reference where definition_id = %(definition_id)s and population > 0""",
        definition,
    ).fetchone()
    return None if row is None else row[0]


def _made_by(conn: Connection, built_at: datetime) -> MadeBy | None:
    cursor = conn.cursor(row_factory=class_row(MadeBy))
    return cursor.execute(
        """select build_id, started_at, finished_at, succeeded, code_version
           from ops.build where %s between started_at and finished_at order by build_id limit 1""",
        (built_at,),
    ).fetchone()


def _awaiting(conn: Connection, cell: dict[str, Any]) -> list[date]:
    rows = conn.execute(
        "select period from ops.month_pending where period between %(first)s and %(period)s order by period", cell
    )
    return [row[0] for row in rows]
