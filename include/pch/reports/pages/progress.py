"""A site's progress: how far the model of care is in place, its own priorities, then every metric by aim.

progress facts, site -> progress.<site>.html

It holds true figures, small ones included: for the central team and the site itself. Nothing of another site is on it
but its name and the middle of several.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar, get_args

from pch.registry.metric import Aim
from pch.reports.declared import Characteristic, Priority, Target
from pch.reports.pages import progress_words as say
from pch.reports.pages.charts_spc import Chart, xmr_chart
from pch.reports.pages.progress_facts import Facts, Funnel, Judged, Part, Peers, Stretch
from pch.reports.pages.render import render
from pch.warehouse.programme.declared import CHARACTERISTICS

NOTHING = 1e-9  # of a change: a part below it is rounding


@dataclass(frozen=True)
class Share:
    """A part of a change, in words and in the metric's unit."""

    words: str
    amount: float


@dataclass(frozen=True)
class Metric:
    """What the page says of one metric. ``priority``: the site's own choice of it, in force or to come."""

    judged: Judged
    priority: Priority | None
    target: Target | None
    chart: Chart | None
    parts: list[Share]
    peers: Peers | None
    funnel: Funnel | None


@dataclass(frozen=True)
class InPlace:
    """A characteristic of the model of care: what is known of it, the newest fact first."""

    name: str
    facts: list[Characteristic]


class Site:
    """All that is known of one site in the month it is shown at."""

    def __init__(self, world: "World", site_code: str, name: str) -> None:
        facts = world.facts
        self.site_code, self.name = site_code, name
        self.period = facts.shown.get(site_code)
        self.metrics = [world.metric(j) for j in world.judged[site_code]]
        chosen = [m for m in self.metrics if m.priority]
        self.own = sorted(chosen, key=lambda m: (m.priority.rank if m.priority else 0, m.judged.metric_code))
        self.characteristics = [
            InPlace(words[:1].upper() + words[1:], world.characteristics[site_code, code])
            for code, words in CHARACTERISTICS.items()
        ]
        self.peers = [p.peer_site_code for p in world.peers[site_code]]
        self.awaiting = [p for p in facts.awaiting if self.period and p <= self.period]

    @property
    def aims(self) -> dict[str, list[Metric]]:
        """In the order of the registry."""
        found = {aim: [m for m in self.metrics if m.judged.aim == aim] for aim in get_args(Aim)}
        return {aim: metrics for aim, metrics in found.items() if metrics}

    @property
    def in_place_count(self) -> int:
        return sum(bool(c.facts) and c.facts[0].level == "in_place" for c in self.characteristics)

    @property
    def lead(self) -> str:
        return f"Of {_counted(self.metrics)}"

    @property
    def lead_of_own(self) -> str:
        return f"Of {_counted(self.own)}"


class World:
    """The facts by site and metric."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.judged = _by(facts.judged, lambda j: j.site_code)
        self.peers = _by(sorted(facts.peers, key=lambda p: p.peer_rank), lambda p: p.site_code)
        newest_first = sorted(facts.characteristics, key=lambda c: c.as_of, reverse=True)
        self.characteristics = _by(newest_first, lambda c: (c.site_code, c.characteristic))
        self._stretches = _by(facts.stretches, lambda s: (s.site_code, s.metric_code))
        self._parts = _by(facts.parts, lambda p: (p.site_code, p.metric_code))
        self._peers = {(p.site_code, p.metric_code): p for p in facts.peers_of_metric}
        self._funnels = {(f.site_code, f.metric_code): f for f in facts.funnels}
        self._priorities = _by(sorted(facts.priorities, key=_begins), lambda p: (p.site_code, p.metric_code))
        self._targets = _by(sorted(facts.targets, key=_begins), lambda t: (t.metric_code, t.site_code))
        self._rebases = _by(facts.rebases, lambda r: (r.metric_code, r.site_code))
        self._switches = _by(facts.switches, lambda s: s.metric_code)

    def metric(self, j: Judged) -> Metric:
        key = (j.site_code, j.metric_code)
        return Metric(
            j, self._priority(j), self._target(j), self._chart(j, self._stretches[key]), shares(self._parts[key]),
            self._peers.get(key), self._funnels.get(key),
        )  # fmt: skip

    def _priority(self, j: Judged) -> Priority | None:
        """That of the month shown, else the next that begins after it."""
        chosen = self._priorities[j.site_code, j.metric_code]
        return next((p for p in chosen if p.to_period is None or p.to_period >= j.period), None)

    def _target(self, j: Judged) -> Target | None:
        """What holds in the month shown, the site's own before the programme's; else the next that begins after it."""
        declared = [*self._targets[j.metric_code, j.site_code], *self._targets[j.metric_code, None]]
        lasting = [t for t in declared if t.effective_to is None or t.effective_to > j.period]
        return next((t for t in lasting if t.from_period <= j.period), next(iter(lasting), None))

    def _chart(self, j: Judged, stretches: list[Stretch]) -> Chart | None:
        rebases = [*self._rebases[j.metric_code, j.site_code], *self._rebases[j.metric_code, None]]
        baseline = (j.baseline_first_period, j.baseline_last_period)
        return xmr_chart(
            j.metric_code, j.metric_name, j.unit, stretches, j.period, baseline, rebases, self._switches[j.metric_code]
        )


def progress_pages(facts: Facts, sites: Mapping[str, str], *, has_worth: bool = False) -> Iterator[tuple[str, str]]:
    """Of every site, by code and name: its code and its page."""
    world = World(facts)
    for code, name in sites.items():
        yield code, render("progress", site=Site(world, code, name), facts=facts, names=sites, has_worth=has_worth)


def shares(parts: Collection[Part]) -> list[Share]:
    """In the order of ``progress_words.PARTS``; what is rounding is 0."""
    largest = max((abs(p.amount) for p in parts), default=0.0)
    amounts = {p.part: p.amount if abs(p.amount) > NOTHING * largest else 0.0 for p in parts}
    return [Share(words, amounts[part]) for part, words in say.PARTS.items() if part in amounts]


def _counted(metrics: list[Metric]) -> str:
    """How many of them have become better, worse and so on."""
    counts = Counter(m.judged.verdict for m in metrics)
    phrases = {
        "improved": "improved", "worsened": "worsened", "changed": "changed, neither better nor worse",
        "no_detectable_change": "show no detectable change", "too_early": "are too early to tell",
        "cannot_say": "cannot be told",
    }  # fmt: skip
    said = [f"{counts[verdict]:,} {words}" for verdict, words in phrases.items() if counts[verdict]]
    of = "1 metric" if len(metrics) == 1 else f"{len(metrics):,} metrics"
    return f"{of}, since the site's baseline: {'; '.join(said)}."


T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def _by(rows: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """In the order of ``rows``; what has none is an empty list."""
    found: dict[K, list[T]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _begins(declared: Priority | Target) -> date:
    return declared.from_period
