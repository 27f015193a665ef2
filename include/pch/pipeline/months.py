"""Which months the warehouse has to build, and which of them Airflow must still be told of.

ops.month_change (data, register) + the passing of time -> ops.month_pending -> ops.announcement -> asset events
"""

from datetime import date, datetime

from pch.settings import Settings
from pch.warehouse import calendar
from pch.warehouse.db import Connection, connect

PATIENCE = "10 minutes"
"""So long a month is not built while files of it still wait to be loaded: a build of half a month is work twice."""

SWEEPS_OF_PATIENCE = 3
"""After so many sweeps a month that is pending still is announced again: its event was lost, or its build failed."""


def months_to_announce(settings: Settings) -> list[date]:
    """Settled months that were not announced since they changed, or long ago; notes that they are now."""
    with connect(settings, "loader") as conn:
        notice_time(conn, settings)
        return [
            row[0]
            for row in conn.execute(
                f"""insert into ops.announcement (period, change_id)
                   select p.period, p.change_id from ({_SETTLED}) as p
                   where not exists (
                     select from ops.announcement as a
                     where a.period = p.period and a.change_id >= p.change_id
                     and a.announced_at > now() - make_interval(mins => %s))
                   order by p.period returning period""",
                (SWEEPS_OF_PATIENCE * settings.sweep_minutes,),
            )
        ]


_SETTLED = f"""
    select p.period, p.change_id from ops.month_pending as p
    where not exists (
      select from ops.queue as q inner join ops.submission as s using (submission_id) where s.period = p.period)
    or exists (
      select from ops.month_change as c where c.period = p.period and c.changed_at < now() - interval '{PATIENCE}'
      and c.change_id > coalesce(
        (select max(b.up_to_change_id) from ops.build as b where b.succeeded and p.period = any(b.periods)), 0))"""


def pending(conn: Connection, *, settled: bool) -> list[tuple[date, int]]:
    """Months to build, each with its newest change; ``settled``: only those of which no file waits any more, or
    which have waited long enough."""
    query = _SETTLED if settled else "select period, change_id from ops.month_pending"
    return [(row[0], row[1]) for row in conn.execute(f"{query} order by 1")]


def notice_time(conn: Connection, settings: Settings) -> None:
    """Time changes states, too: a month has ended, or a close has passed since a month was last built."""
    conn.execute("select pg_advisory_xact_lock(hashtext('pch calendar'))")
    today = datetime.now(calendar.LONDON).date()
    row = conn.execute("select min(period) from ops.submission").fetchone()
    first = calendar.parse_period(settings.first_period) if settings.first_period else (row[0] if row else None)
    if first:
        calendar.ensure_periods(conn, first, calendar.last_complete_month(today))
    conn.execute(
        """insert into ops.month_change (period, reason)
           select p.period, case when b.built_at is null then 'new month' else 'time passed' end
           from ref.period as p
           left join lateral (
             select max(x.started_at) as built_at from ops.build as x
             where x.succeeded and p.period = any(x.periods)) as b on true
           where not exists (select from ops.month_pending as m where m.period = p.period)
           and (b.built_at is null or exists (
             select from unnest(array[p.period + interval '1 month', p.primary_close_at, p.refresh_close_at])
               as passing (at) where b.built_at <= passing.at and passing.at < now()))"""
    )
