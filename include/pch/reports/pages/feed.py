"""A month and feed: sites with something open, every rule that was asked, questions, and what is let pass.

Cell -> <month>.<feed>.html
"""

from collections import defaultdict
from dataclasses import dataclass

from pch.findings import Layer
from pch.registry.rules import ratios, totals
from pch.reports.pages.cells import GRAVEST, Asked, Cell
from pch.reports.pages.charts import Chart, of_rule
from pch.reports.pages.facts import Return, Standing
from pch.reports.pages.render import render


@dataclass(frozen=True)
class Entry:
    """A site and what is open at it; ``return_`` is None where none is expected of it."""

    site_code: str
    return_: Return | None
    open: list[Standing]

    @property
    def newest_attempt(self) -> int:
        return max((f.attempt for f in self.open), default=0)

    @property
    def gravity(self) -> tuple[int, int, int, str]:
        errors = sum(f.severity == "error" for f in self.open)
        outcome = self.return_.outcome if self.return_ else "rejected"
        return GRAVEST.index(outcome), -errors, -len(self.open), self.site_code


@dataclass(frozen=True)
class Checks:
    """The rules of a layer with their trends (None: nothing broke them in all these months). ``broken``: in this
    month; ``held``: the others, whether they were asked or not."""

    broken: list[tuple[Asked, Chart | None]]
    held: list[tuple[Asked, Chart | None]]


def feed_page(cell: Cell) -> str:
    feed = cell.feed.feed
    return render(
        "feed", grid=cell.grid, cell=cell, later=cell.after, entries=entries(cell), checks=checks(cell),
        compared={"submission": totals(feed), "cross_feed": ratios(feed)},
        let_pass=cell.grid.let_pass(cell.period, feed),
    )  # fmt: skip


def checks(cell: Cell) -> dict[Layer, Checks]:
    """Every rule in force, by layer, in the order declared."""
    found: dict[Layer, Checks] = defaultdict(lambda: Checks([], []))
    for asked in cell.checks.values():
        layer = found[asked.rule.layer]
        is_broken = asked.violated_count or asked.open_count
        (layer.broken if is_broken else layer.held).append((asked, of_rule(cell, asked.rule.rule)))
    return found


def entries(cell: Cell) -> list[Entry]:
    """Sites with anything open, worst first; those whose file is missing stand apart."""
    by_site: dict[str, list[Standing]] = defaultdict(list)
    for f in cell.open:
        by_site[f.site_code].append(f)
    returns = {r.site_code: r for r in cell.returns}
    return sorted((Entry(code, returns.get(code), found) for code, found in by_site.items()), key=lambda e: e.gravity)
