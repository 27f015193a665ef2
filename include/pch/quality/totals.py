"""The totals by which a submission is compared with its history and with other feeds.

A feed's suite declares them (``meta.totals``): a sum over its rows, or over those of some categories, with how
much of a change is still unremarkable, and why. Measured in the stage, kept by practice in
``ops.submission_total``; what every row leaves out or withholds is not known, and has no total there.
"""

from functools import cache
from typing import Any

from psycopg import sql
from pydantic import BaseModel, ConfigDict, Field

from pch.quality.suites import declared
from pch.registry import Feed
from pch.warehouse.db import Connection


class Total(BaseModel):
    """A sum of ``column`` (null: a count of rows) over the rows in which each column of ``where`` holds one of
    the categories named. ``least_change_pct`` null: not compared with its history; a total under
    ``least_total`` neither."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    column: str | None
    where: dict[str, list[str]] = {}
    label: str
    least_change_pct: float | None = Field(None, gt=0)
    least_total: float = Field(0, ge=0)
    reason: str


@cache
def totals_of(feed: str) -> tuple[Total, ...]:
    """Those that ``expectations/<feed>.json`` declares."""
    found: list[dict[str, Any]] = declared(feed).get("meta", {}).get("totals", [])
    return tuple(Total(**t) for t in found)


def aggregates(feed: str) -> dict[str, sql.Composable]:
    """Each total by its name as an aggregate over rows of the feed."""
    return {t.name: _aggregate(t) for t in totals_of(feed)}


def _aggregate(total: Total) -> sql.Composable:
    """Null where there are such rows and none of them says a number; 0 where there are none."""
    conditions = [
        sql.SQL("{} = any({})").format(sql.Identifier(column), sql.Literal(values))
        for column, values in total.where.items()
    ]
    which = sql.SQL(" and ").join(conditions) if conditions else sql.SQL("true")
    count = sql.SQL("count(*) filter (where {})").format(which)
    if not total.column:
        return count
    return sql.SQL("coalesce(sum({}) filter (where {}), case when {} = 0 then 0 end)").format(
        sql.Identifier(total.column), which, count
    )


def keep_totals(conn: Connection, feed: Feed) -> None:
    """Writes ``ops.profile`` and ``ops.submission_total`` of every submission in the stage."""
    conn.execute(
        """insert into ops.profile (submission_id, rows_count, practices, content_hash)
           select submission_id, sum(rows_count),
             coalesce(array_agg(practice_code order by practice_code) filter (where practice_code is not null), '{}'),
             sum(content_hash)::text
           from stage_practice group by submission_id
           on conflict (submission_id) do nothing"""
    )
    for t in totals_of(feed.feed):
        conn.execute(
            sql.SQL(
                """insert into ops.submission_total (submission_id, practice_code, total, quantity)
                   select submission_id, coalesce(practice_code, ''), {name}, {total}::double precision
                   from stage_practice where {total} is not null on conflict do nothing"""
            ).format(name=sql.Literal(t.name), total=sql.Identifier(f"total {t.name}"))
        )


def forget_totals(conn: Connection, submission_ids: list[int]) -> None:
    """Before submissions are judged again."""
    conn.execute("delete from ops.profile where submission_id = any(%s)", (submission_ids,))
    conn.execute("delete from ops.submission_total where submission_id = any(%s)", (submission_ids,))
