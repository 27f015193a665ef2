"""What a feed's page says beyond its contract: which metrics are made of each column, and the rules in force.

registry (contracts, layouts) + expectations + MetricFacts -> FeedFacts -> feed.<feed>.html
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from pch import registry
from pch.findings import Layer
from pch.registry import Feed, Layout
from pch.registry.rules import Compared, Rule, ratios, rules_of, totals
from pch.reports.dictionary.metrics import MetricFacts


@dataclass(frozen=True)
class FeedFacts:
    """``versions``: newest first. ``uses``: codes of the metrics that are made of a column, by column; True where they
    add it up. ``needed_by``: of the metrics that cannot do without the feed."""

    feed: Feed
    versions: list[Feed]
    layouts: tuple[Layout, ...]
    rules: dict[Layer, list[Rule]]
    totals: list[Compared]
    ratios: list[Compared]
    uses: Mapping[str, dict[str, bool]]
    needed_by: list[str]


def facts(feed: Feed, metrics: Iterable[MetricFacts], today: date) -> FeedFacts:
    """Rules as they are in force in the month of ``today``."""
    uses: dict[str, dict[str, bool]] = defaultdict(dict)
    needed_by = []
    for each in metrics:
        code = each.metric.code
        if feed.feed in each.feeds:
            needed_by.append(code)
        for column in (c for term in each.all_terms for c in term.made.columns if c.feed == feed.feed):
            uses[column.column][code] = uses[column.column].get(code, False) or column.is_counted
    rules: dict[Layer, list[Rule]] = defaultdict(list)
    for rule in rules_of(feed.feed, today.replace(day=1)).values():
        rules[rule.layer].append(rule)
    name = feed.feed
    return FeedFacts(
        feed, list(reversed(registry.contracts()[name])), registry.layouts(name), dict(rules), totals(name),
        ratios(name), uses, needed_by,
    )  # fmt: skip
