"""A month: its feeds, worst first; the sites that are not in order; questions, and what is let pass.

Grid, month -> <month>.html
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from pch.reports.pages.cells import TROUBLE, Grid, Tally
from pch.reports.pages.facts import Return
from pch.reports.pages.render import render
from pch.reports.pages.words import change, month_name, pct, plural


@dataclass(frozen=True)
class SiteMonth:
    """A site's returns of the month; ``troubled``: those not in order, gravest first."""

    site_code: str
    tally: Tally
    troubled: list[Return]


def month_page(grid: Grid, period: date) -> str:
    place = grid.periods.index(period)
    return render(
        "month", grid=grid, period=period, lead=lead(grid, period), cells=grid.worst_first(period),
        sites=sites_not_in_order(grid, period),
        questions=[q for cell in grid.cells(period) for q in cell.questions],
        let_pass=grid.let_pass(period),
        earlier=grid.periods[place - 1] if place else None,
        later=grid.periods[place + 1] if place + 1 < len(grid.periods) else None,
    )  # fmt: skip


def lead(grid: Grid, period: date) -> str:
    """The month in two sentences: how much is in order, and which feed is worst."""
    now = Tally.of(r for cell in grid.cells(period) for r in cell.returns)
    share = "" if now.in_order_pct is None else f" ({pct(now.in_order_pct)})"
    said = (
        f"Of {plural(now.due_count, 'return', 'returns')} for {month_name(period)}, {now['in_order']:,} are in "
        f"order{share}, {now['rejected']:,} rejected, {now['missing']:,} missing, {now['warned']:,} with warnings"
    )
    said += f" and {now['awaited']:,} awaited." if now["awaited"] else "."
    worst = next(iter(grid.worst_first(period)), None)
    if worst is None or not worst.tally.troubled_count:
        return f"{said} Nothing is rejected, missing or in question."
    said += f" Worst is {worst.feed.title}: {pct(worst.tally.in_order_pct)} in order"
    if worst.before and worst.change_points is not None:
        said += f", {change(worst.change_points, worst.before.period)}"
    return f"{said}."


def sites_not_in_order(grid: Grid, period: date) -> list[SiteMonth]:
    """Worst first."""
    by_site: dict[str, list[Return]] = defaultdict(list)
    for cell in grid.cells(period):
        for r in cell.returns:
            by_site[r.site_code].append(r)
    made = [
        SiteMonth(code, Tally.of(each), sorted((r for r in each if r.outcome in TROUBLE), key=_gravity))
        for code, each in by_site.items()
    ]
    return sorted((s for s in made if s.troubled), key=lambda s: ([-s.tally[o] for o in TROUBLE], s.site_code))


def _gravity(r: Return) -> tuple[int, str]:
    return TROUBLE.index(r.outcome), r.feed
