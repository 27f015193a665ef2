"""Appends an evaluation to schema ``eval``: one row a finding, by COPY, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from pch.evaluation.claims import ClaimResult
from pch.evaluation.reading import Evidence
from pch.evaluation.results import Area, Estimate, Found, Interval
from pch.evaluation.worth import Valued
from pch.registry.evaluation import Evaluation
from pch.warehouse.db import Connection
from pch.warehouse.version import code_version


def begin(
    conn: Connection, evidence: Evidence, settings: Evaluation, *, by: str, because: str, started_at: datetime
) -> int:
    """The row of the evaluation itself; returns its id."""
    row = conn.execute(
        """insert into eval.evaluation (first_period, last_period, panel_sha256, code_version, settings, seed, run_by,
             because, started_at)
           values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning evaluation_id""",
        (
            evidence.first_period, evidence.last_period, evidence.panel_sha256, code_version(),
            Jsonb(settings.model_dump(mode="json")), settings.seed, by, because, started_at,
        ),
    ).fetchone()  # fmt: skip
    assert row is not None
    return int(row[0])


def append(
    conn: Connection, evaluation_id: int, found: Sequence[Found], valued: Valued, claims: Sequence[ClaimResult]
) -> None:
    put = _Put(conn, evaluation_id)
    put("estimate", [(*_key(f), *_estimate(f.estimate)) for f in found])
    put("diagnostic", [(*_key(f), d.diagnostic, d.is_passed, d.statistic, d.p_value, d.finding)
                       for f in found for d in f.diagnostics])  # fmt: skip
    put("event", [(f.estimate.outcome, *_area(f.estimate.area), e.relative_month, e.sites_count, *_three(e.effect_pct))
                  for f in found for e in f.events])  # fmt: skip
    put("course", [(*_key(f), p.period, p.observed, p.expected, p.lower_95, p.upper_95)
                   for f in found for p in f.course])  # fmt: skip
    put("worth", [(w.metric_code, w.variant, *_area(w.area), w.value, w.lower_95, w.upper_95, w.unit, w.numerator,
                   w.denominator, w.verdict, w.reason, Jsonb(w.assumptions)) for w in valued.figures])  # fmt: skip
    put("plane", [(*_area(area), *rest) for area, *rest in valued.plane])
    put("acceptability", [(*_area(area), *rest) for area, *rest in valued.acceptability])
    put("claim_result", [(c.claim_id, c.status, c.method, *_three(c.found), c.share_of_group_pct, c.finding)
                         for c in claims])  # fmt: skip


class _Put:
    def __init__(self, conn: Connection, evaluation_id: int) -> None:
        self.conn, self.evaluation_id = conn, evaluation_id

    def __call__(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Values in the order of the table's columns after evaluation_id."""
        copy = sql.SQL("copy {} from stdin").format(sql.Identifier("eval", table))
        with self.conn.cursor() as cursor, cursor.copy(copy) as into:
            for row in rows:
                into.write_row((self.evaluation_id, *row))


def _area(area: Area) -> tuple[str, str]:
    return area.area_type, area.area_code


def _key(found: Found) -> tuple[str, str, str, str]:
    return found.estimate.outcome, found.estimate.method, *_area(found.estimate.area)


def _three(interval: Interval | None) -> tuple[float | None, float | None, float | None]:
    return (interval.value, interval.lower_95, interval.upper_95) if interval else (None, None, None)


def _estimate(e: Estimate) -> tuple[Any, ...]:
    return (
        e.first_period, e.last_period, e.sites_count, e.site_months_count, e.covered_pct, *_three(e.effect_pct),
        e.observed, e.expected, *_three(e.avoided), e.detectable_effect_pct, e.verdict, e.reason,
    )  # fmt: skip
