"""Small charts: thirteen columns, a month each, as figures for an inline SVG.

Cell and the months before it -> Chart (columns, a title, and every figure in words for whoever cannot see them)
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pch.reports.pages.cells import TROUBLE, Cell
from pch.reports.pages.words import month, pct

COLUMN, GAP, HEIGHT = 8, 2, 30
LEAST_HEIGHT = 1.5  # of a share that is not 0
LEAST_TOP_PCT = 5.0  # the full height never stands for less: a chart does not make much of little


@dataclass(frozen=True)
class Column:
    """``kind`` decides the colour; y runs downwards from the top."""

    kind: str
    x: float
    y: float
    height: float
    label: str


@dataclass(frozen=True)
class Chart:
    """``top_pct``: what its full height stands for. ``described``: every figure in words."""

    name: str
    title: str
    described: str
    top_pct: float
    columns: list[Column]
    width: int
    height: int = HEIGHT
    column_width: int = COLUMN


def top_of(cells: Iterable[Cell]) -> float:
    """What the full height of these cells' charts stands for, so that they compare: the worst month of any."""
    shares = (sum(c.tally.share_pct(o) or 0 for o in TROUBLE) for cell in cells for c in cell.trend)
    return max(LEAST_TOP_PCT, *shares, LEAST_TOP_PCT)


def of_trouble(cell: Cell, top_pct: float) -> Chart:
    """The share of a feed's returns that is not in order: rejected below, then missing, then with warnings."""
    columns, described = [], []
    for i, each in enumerate(cell.trend):
        in_order = each.tally.in_order_pct
        share = "not due" if not each.is_due else "awaited" if in_order is None else pct(100 - in_order)
        described.append(f"{month(each.period)} {share}")
        y = float(HEIGHT)
        for outcome in TROUBLE:
            if height := HEIGHT * (each.tally.share_pct(outcome) or 0) / top_pct:
                y -= height
                columns.append(Column(outcome, i * (COLUMN + GAP), y, height, described[-1]))
    title = f"{cell.feed.title}: share of returns not in order, by month"
    return _chart(f"trend-{cell.feed.feed}", title, described, top_pct, columns)


def of_rule(cell: Cell, rule: str) -> Chart | None:
    """The share of what a rule was asked of that breaks it; None where nothing did in all these months."""
    asked = [each.checks.get(rule) for each in cell.trend]
    shares = [a.violated_pct if a else None for a in asked]
    top_pct = max((s for s in shares if s), default=None)
    if top_pct is None:
        return None
    described = [
        f"{month(each.period)} {'not asked' if share is None else pct(share)}"
        for each, share in zip(cell.trend, shares, strict=True)
    ]
    columns = []
    for i, share in enumerate(shares):
        if share:
            height = max(LEAST_HEIGHT, HEIGHT * share / top_pct)
            columns.append(Column("broken", i * (COLUMN + GAP), HEIGHT - height, height, described[i]))
    title = f"{rule.replace('_', ' ')}: share that breaks the rule, by month"
    return _chart(f"rule-{rule}", title, described, top_pct, columns)


def _chart(name: str, title: str, described: list[str], top_pct: float, columns: list[Column]) -> Chart:
    return Chart(name, title, "; ".join(described), top_pct, columns, len(described) * (COLUMN + GAP) - GAP)
