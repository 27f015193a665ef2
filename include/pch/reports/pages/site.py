"""A site: what became of its returns in the last thirteen months, and what is open.

Grid -> (site, site.<code>.html)
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from pch.reports.pages.cells import Grid, LetPass
from pch.reports.pages.facts import Return, Standing
from pch.reports.pages.render import render
from pch.reports.questions import Question


def site_pages(grid: Grid, *, has_progress: bool = False, has_worth: bool = False) -> Iterator[tuple[str, str]]:
    """Of every site on the register: its code and its page."""
    newest = grid.newest
    shown = set(grid.trend(newest)) & set(grid.periods) if newest else set()
    returns: dict[str, dict[tuple[date, str], Return]] = defaultdict(dict)
    open_: dict[str, dict[tuple[date, str], list[Standing]]] = defaultdict(lambda: defaultdict(list))
    questions: dict[str, list[Question]] = defaultdict(list)
    let_pass: dict[str, list[LetPass]] = defaultdict(list)
    for period in sorted(shown, reverse=True):
        for cell in grid.cells(period):
            key = (period, cell.feed.feed)
            for r in cell.returns:
                returns[r.site_code][key] = r
            for f in cell.open:
                open_[f.site_code][key].append(f)
            for q in cell.questions:
                questions[q.site_code].append(q)
    for each in grid.let_pass(newest) if newest else ():
        let_pass[each.exemption.site_code].append(each)
    for code in grid.facts.sites:
        yield code, render(
            "site", grid=grid, site_code=code, periods=sorted(shown, reverse=True), returns=returns[code],
            open=open_[code], questions=questions[code], let_pass=let_pass[code], has_progress=has_progress,
            has_worth=has_worth,
        )  # fmt: skip
