"""What the progress pages show, for all sites in one moment: a query a fact, whatever the number of sites and metrics.

    mart.fct_progress, fct_metric_value, fct_spc, fct_change_part, fct_peer_value, fct_peer, fct_funnel (as built)
    + ops.current_priority, _characteristic, _target, _rebase, and who froze a baseline (live) -> Facts

A site is shown at the newest month that its own data speak of: one with a monthly figure of another aim than Process,
which is about returns and has figures of sites that send nothing.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, TypeVar

from psycopg.rows import class_row

from pch.reports.declared import Characteristic, Priority, Rebase, Target
from pch.reports.plain import snapshot
from pch.reports.progress import Verdict
from pch.settings import Settings
from pch.warehouse.db import Connection


@dataclass(frozen=True)
class Judged(Verdict):
    """A site's metric in the month shown: the verdict, and what stands beside the figure."""

    site_code: str
    period: date
    polarity: str
    method: str
    baseline_lower_95: float | None
    baseline_upper_95: float | None
    baseline_because: str | None
    baseline_frozen_by: str | None
    baseline_frozen_at: datetime | None
    definition_change: float | None
    worthwhile_change_pct: float
    state: str
    state_reason: str | None
    coverage_pct: float | None
    edition: str | None
    open_questions_count: int
    worst_finding_message: str | None
    sensitivity_lower: float | None
    sensitivity_upper: float | None
    nominal_value: float | None


@dataclass(frozen=True)
class Stretch:
    """A part of an XmR chart with limits of its own: its months with a figure, oldest first, and what the rules of
    Making Data Count say of each as of the last. ``targets``: what the site aimed at in each."""

    site_code: str
    metric_code: str
    periods: list[date]
    values: list[float]
    targets: list[float | None]
    causes: list[str | None]
    kinds: list[str | None]
    mean: float | None
    lpl: float | None
    upl: float | None


@dataclass(frozen=True)
class Part:
    """What one of the parts did to the figure, in the metric's unit."""

    site_code: str
    metric_code: str
    part: str
    amount: float


@dataclass(frozen=True)
class Peers:
    """The site beside its peers that have a figure; rank 1 is the best of both, of a neutral metric the lowest."""

    site_code: str
    metric_code: str
    peers_count: int
    peer_median: float | None
    peer_lower_quartile: float | None
    peer_upper_quartile: float | None
    rank_among_peers: int | None


@dataclass(frozen=True)
class Peer:
    site_code: str
    peer_site_code: str
    peer_rank: int


@dataclass(frozen=True)
class Funnel:
    """The site among all that have a figure; ``is_beyond_overdispersed``: outside the 95% limits that allow for sites
    differing by more than chance (None: there are none)."""

    site_code: str
    metric_code: str
    funnel_position: str | None
    funnel_position_reason: str | None
    is_better: bool
    is_worse: bool
    is_beyond_overdispersed: bool | None
    decile: int | None
    sites_compared_count: int


@dataclass(frozen=True)
class Switch:
    """The published series of a metric takes another version of its definition from a month on."""

    metric_code: str
    definition_version: int
    effective_from: date


@dataclass(frozen=True)
class Facts:
    """``shown``: the month that a site is shown at; ``built_at``: when the figures were last built; ``awaiting``:
    months that changed since."""

    as_of: datetime
    built_at: datetime | None
    awaiting: list[date]
    shown: dict[str, date]
    judged: list[Judged]
    stretches: list[Stretch]
    parts: list[Part]
    peers_of_metric: list[Peers]
    peers: list[Peer]
    funnels: list[Funnel]
    priorities: list[Priority]
    characteristics: list[Characteristic]
    targets: list[Target]
    rebases: list[Rebase]
    switches: list[Switch]


def read_progress(settings: Settings) -> Facts | None:
    """None before the first build."""
    with snapshot(settings) as conn:
        built = conn.execute("select to_regclass('mart.fct_progress') is not null").fetchone()
        if not (built and built[0]):
            return None
        when = conn.execute("select now(), (select max(finished_at) from ops.build where succeeded)").fetchone()
        assert when is not None
        shown = dict(conn.execute(_SHOWN).fetchall())
        at = {"sites": list(shown), "periods": list(shown.values())}
        return Facts(
            as_of=when[0],
            built_at=when[1],
            awaiting=[row[0] for row in conn.execute("select period from ops.month_pending order by period")],
            shown=shown,
            judged=_all(conn, Judged, f"select {_columns_of_judged()} {_JUDGED}", at),
            stretches=_all(conn, Stretch, _STRETCHES, at),
            parts=_all(conn, Part, _of_month(Part, "fct_change_part"), at),
            peers_of_metric=_all(conn, Peers, _of_month(Peers, "fct_peer_value"), at),
            peers=_all(conn, Peer, _of_month(Peer, "fct_peer"), at),
            funnels=_all(conn, Funnel, _FUNNELS, at),
            priorities=_all(conn, Priority, _declared(Priority, "priority")),
            characteristics=_all(conn, Characteristic, _declared(Characteristic, "characteristic")),
            targets=_all(conn, Target, _declared(Target, "target")),
            rebases=_all(conn, Rebase, _declared(Rebase, "rebase")),
            switches=_all(conn, Switch, _SWITCHES),
        )


T = TypeVar("T")


def _all(conn: Connection, kind: type[T], query: str, values: dict[str, Any] | None = None) -> list[T]:
    return conn.cursor(row_factory=class_row(kind)).execute(query, values).fetchall()


def _names(kind: type) -> list[str]:
    return [f.name for f in fields(kind)]


def _of_month(kind: type, model: str) -> str:
    """Its rows of the month shown of each site."""
    columns = ", ".join(f"x.{name}" for name in _names(kind))
    return f"select {columns} from {_AT} inner join mart.{model} as x using (site_code, period)"


def _declared(kind: type, what: str) -> str:
    return f"select {', '.join(_names(kind))} from ops.current_{what}"


_SHOWN = """
select f.site_code, coalesce(s.period, max(f.period))
from mart.fct_progress as f
left join (
  select c.site_code, max(c.period) as period
  from mart.fct_spc as c inner join mart.dim_metric as m using (metric_code)
  where m.aim <> 'Process'
  group by c.site_code
) as s using (site_code)
group by f.site_code, s.period"""

_AT = "(select * from unnest(%(sites)s::text[], %(periods)s::date[]) as a (site_code, period)) as a"

_ELSEWHERE = {
    **dict.fromkeys(("metric_name", "aim", "unit", "polarity", "method"), "m"),
    **dict.fromkeys(
        ("state_reason", "coverage_pct", "edition", "open_questions_count", "worst_finding_message",
         "sensitivity_lower", "sensitivity_upper", "nominal_value"), "v",
    ),
}  # fmt: skip


def _columns_of_judged() -> str:
    """Those of the baseline's freezing have the prefix of what they are about."""
    frozen = {"baseline_because", "baseline_frozen_by", "baseline_frozen_at"}
    return ", ".join(
        f"b.{name.removeprefix('baseline_')} as {name}" if name in frozen else f"{_ELSEWHERE.get(name, 'f')}.{name}"
        for name in _names(Judged)
    )


_JUDGED = f"""
from {_AT}
inner join mart.fct_progress as f using (site_code, period)
inner join mart.dim_metric as m using (metric_code)
inner join mart.fct_metric_value as v using (metric_code, site_code, period, period_window)
left join ops.current_baseline as b using (metric_code, site_code)
order by site_code, metric_code"""

#  The chart as of the month shown, and not each month as it was judged at its time: of a run of seven, all seven carry
#  its mark. Where a stretch begins, and that its limits are frozen after twelve months, is fct_spc's.
_STRETCHES = f"""
with point as (
  select c.metric_code, c.site_code, c.period, c.value, c.target_value,
    count(*) filter (where c.is_break) over (partition by c.metric_code, c.site_code order by c.period) as number
  from {_AT} inner join mart.fct_spc as c on c.site_code = a.site_code and c.period <= a.period
),
stretch as (
  select metric_code, site_code, number, array_agg(period order by period) as periods,
    array_agg(value order by period) as y, array_agg(target_value order by period) as targets
  from point group by metric_code, site_code, number
)
select s.site_code, s.metric_code, s.periods, s.y as values, s.targets,
  array_agg(x.special_cause_type order by x.idx) as causes, array_agg(x.point_type order by x.idx) as kinds,
  max(x.mean) as mean, max(x.lpl) as lpl, max(x.upl) as upl
from stretch as s
inner join mart.dim_metric as m using (metric_code)
cross join lateral stat.xmr(
  s.y,
  case m.polarity when 'lower_is_better' then 'decrease' when 'higher_is_better' then 'increase' else 'neutral' end,
  fix_after => 12
) as x
group by s.site_code, s.metric_code, s.number, s.periods, s.y, s.targets
order by s.site_code, s.metric_code, s.number"""

_FUNNELS = f"""
select x.site_code, x.metric_code, x.funnel_position, x.funnel_position_reason, x.is_better, x.is_worse,
  (x.value < x.overdispersed_lower_95 or x.value > x.overdispersed_upper_95) as is_beyond_overdispersed,
  x.decile, x.sites_compared_count
from {_AT}
inner join mart.fct_progress as f using (site_code, period)
inner join mart.fct_funnel as x using (metric_code, site_code, period, period_window)"""

_SWITCHES = """
select metric_code, definition_version, effective_from from mart.dim_definition
where effective_from is not null order by metric_code, effective_from"""
