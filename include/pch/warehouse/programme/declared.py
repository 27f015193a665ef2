"""What people declare: targets, a site's local priorities, characteristics of the model, months to begin a chart anew.

Each is checked, appended (``rows``) and puts the months it moves down for building. All of it as the owner, in the
caller's transaction. Nothing is declared twice: what is in force already, word for word, adds no row.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from math import isfinite

from pch import registry
from pch.errors import Refused
from pch.registry import Metric
from pch.warehouse.calendar import add_months
from pch.warehouse.db import Connection
from pch.warehouse.programme.rows import (
    Declared,
    Row,
    declare,
    in_force,
    metric_of,
    no_site,
    one_at_a_time,
    refuse_any,
    require_sentence,
    require_site,
    sites_of,
    wrong_with_sentence,
)

CHARACTERISTICS = {
    "population_30_50k": "a population of 30,000 to 50,000",
    "integrated_workforce": "an integrated workforce",
    "personalised_population_health": "personalised care together with the health of the population",
    "unified_capitated_budget": "a unified, capitated budget",
}
LEVELS = ("not_started", "partly", "in_place")


@dataclass(frozen=True)
class Target:
    """``value`` from ``from_period`` on, in the metric's unit; with ``to_period`` a straight line from there to
    ``to_value``, which then holds. ``site_code`` None: of the whole programme."""

    metric_code: str
    site_code: str | None
    from_period: date
    value: float
    because: str
    to_period: date | None = None
    to_value: float | None = None

    @property
    def key(self) -> tuple[object, ...]:
        return self.metric_code, self.site_code, self.from_period


@dataclass(frozen=True)
class Fact:
    """How far a site had a characteristic of the model in place on the day ``as_of``, and how that is known."""

    site_code: str
    characteristic: str
    level: str
    as_of: date
    evidence: str

    @property
    def key(self) -> tuple[object, ...]:
        return self.site_code, self.characteristic, self.as_of


def set_targets(conn: Connection, targets: Sequence[Target], by: str) -> Declared:
    """Sets each; Refused, with the first sentence that is wrong, where one cannot be. Until the next target of the
    same metric and site begins, it holds; one that begins with the same month stands for it."""
    one_at_a_time(conn)
    sites = sites_of(conn)
    for target in targets:
        refuse_any(wrong_with_target(target, sites))
    rows = [asdict(target) | {"because": target.because.strip()} for target in targets]
    baselines = {(row["metric_code"], row["site_code"]): row["value"] for row in in_force(conn, "baseline", {})}
    warnings = [w for t in targets for w in _warnings(t, baselines.get((t.metric_code, t.site_code)))]
    return declare(conn, "target", rows, by, min(t.from_period for t in targets), warnings)


def wrong_with_target(target: Target, sites: Collection[str]) -> Iterator[str]:
    """Sentences, each a reason why it cannot be set."""
    metric = registry.metrics().get(target.metric_code)
    if metric is None:
        yield f"There is no metric '{target.metric_code}'."
    if target.site_code is not None and target.site_code not in sites:
        yield no_site(target.site_code)
    if (target.to_period is None) != (target.to_value is None):
        yield "A trajectory needs both where it leads and when it is there: a month and a value."
    if target.to_period is not None and target.to_period <= target.from_period:
        yield f"The trajectory would end with {target.to_period:%Y-%m}, not after it begins."
    for value in (target.value, target.to_value):
        if value is not None and not (isfinite(value) and abs(value) < 1e15):
            yield f"{value} is no number to aim at."
        elif value is not None and metric is not None and metric.unit == "pct" and not 0 <= value <= 100:
            yield f"{metric.code} is a share in percent, and {value:g} is not between 0 and 100."
    yield from wrong_with_sentence(target.because, "A target")


def _warnings(target: Target, baseline: float | None) -> Iterator[str]:
    """What would be odd to aim at: a change to the worse."""
    metric = metric_of(target.metric_code)
    if metric.polarity == "neutral":
        yield f"{metric.code} is better neither high nor low: to meet a target of it is not in itself an improvement."
        return
    better = "lower" if metric.polarity == "lower_is_better" else "higher"
    end = target.value if target.to_value is None else target.to_value
    if _is_worse(metric, end, target.value):
        yield f"{metric.code} is better {better}, and this trajectory leads from {target.value:g} to {end:g}."
    if baseline is not None and _is_worse(metric, end, baseline):
        yield (
            f"{metric.code} is better {better}, and the baseline of {target.site_code} is {baseline:.4g}: {end:g} "
            "would be met without any improvement."
        )


def _is_worse(metric: Metric, value: float, than: float) -> bool:
    return value > than if metric.polarity == "lower_is_better" else value < than


def choose_priority(
    conn: Connection, site: str, metric: str, from_period: date, because: str, by: str, *,
    to_period: date | None = None, rank: int | None = None,
) -> Declared:  # fmt: skip
    """Makes a metric of the set a priority of the site from a month to a month, both included; without ``rank``, the
    last of those it then has. One that begins with the same month stands for it."""
    one_at_a_time(conn)
    metric_of(metric)
    require_site(conn, site)
    require_sentence(because, "A priority")
    if to_period and to_period < from_period:
        raise Refused(f"The priority would end with {to_period:%Y-%m}, before it begins with {from_period:%Y-%m}.")
    if rank is not None and rank < 1:
        raise Refused("The first priority has rank 1.")
    others = []
    for other in in_force(conn, "priority", {"site_code": site}):
        if other["from_period"] > (to_period or date.max) or from_period > (other["to_period"] or date.max):
            continue
        if other["metric_code"] != metric:
            others.append(other["rank"])
        elif other["from_period"] != from_period:
            raise Refused(
                f"{metric} is a priority of {site} already, from {other['from_period']:%Y-%m} to "
                f"{other['to_period'] or 'now'!s:.7}. End that one first: pch priority end."
            )
    row = {
        "site_code": site, "metric_code": metric, "from_period": from_period, "to_period": to_period,
        "rank": rank or max(others, default=0) + 1, "because": because.strip(),
    }  # fmt: skip
    return declare(conn, "priority", [row], by, from_period)


def end_priority(conn: Connection, site: str, metric: str, last: date, because: str, by: str) -> Declared:
    """``last`` becomes the last month of the priority that holds in it."""
    one_at_a_time(conn)
    require_sentence(because, "The end of a priority")
    for row in in_force(conn, "priority", {"site_code": site, "metric_code": metric}):
        if row["from_period"] <= last and (row["to_period"] is None or row["to_period"] >= last):
            kept = {name: row[name] for name in ("site_code", "metric_code", "from_period", "rank")}
            ended = kept | {"to_period": last, "because": because.strip()}
            return declare(conn, "priority", [ended], by, add_months(last, 1))
    raise Refused(f"{metric} is no priority of {site} in {last:%Y-%m}. 'pch priority list' has those there are.")


def record_characteristics(conn: Connection, facts: Sequence[Fact], by: str) -> Declared:
    """Records each; Refused, with the first sentence that is wrong, where one cannot be. A fact of the same day stands
    for the earlier one, and each holds until the day of the next."""
    one_at_a_time(conn)
    sites = sites_of(conn)
    for fact in facts:
        refuse_any(wrong_with_fact(fact, sites))
    rows = [asdict(fact) | {"evidence": fact.evidence.strip()} for fact in facts]
    return declare(conn, "characteristic", rows, by, date.max)  # the marts hold them whole: one month makes them again


def wrong_with_fact(fact: Fact, sites: Collection[str]) -> Iterator[str]:
    """Sentences, each a reason why it cannot be recorded."""
    if fact.site_code not in sites:
        yield no_site(fact.site_code)
    if fact.characteristic not in CHARACTERISTICS:
        yield f"There is no characteristic '{fact.characteristic}'. There are: {', '.join(CHARACTERISTICS)}."
    if fact.level not in LEVELS:
        yield f"There is no level '{fact.level}'. There are: {', '.join(LEVELS)}."
    if fact.as_of > date.today():
        yield f"{fact.as_of} is still to come, and a fact is of a day that was."
    yield from wrong_with_sentence(fact.evidence, "The evidence")


def declare_rebase(
    conn: Connection, metric: str, site: str | None, from_period: date, because: str, by: str
) -> Declared:
    """The XmR chart of a metric begins anew with ``from_period``, with limits of its own; ``site`` None: everywhere."""
    one_at_a_time(conn)
    metric_of(metric)
    if site is not None:
        require_site(conn, site)
    require_sentence(because, "A re-basing")
    row: Row = {"metric_code": metric, "site_code": site, "from_period": from_period, "because": because.strip()}
    return declare(conn, "rebase", [row], by, from_period)
