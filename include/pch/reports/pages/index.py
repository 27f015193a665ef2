"""The first page: the newest month by feed, worst first; every month; every site.

Grid -> index.html
"""

from pch.reports.pages.cells import Grid
from pch.reports.pages.month import lead
from pch.reports.pages.render import render


def index_page(grid: Grid, *, has_progress: bool = False, has_worth: bool = False) -> str:
    newest = grid.newest
    if newest is None:
        return render("index", grid=grid, newest=None, has_worth=has_worth)
    return render(
        "index", grid=grid, newest=newest, lead=lead(grid, newest), cells=grid.worst_first(newest),
        has_progress=has_progress, has_worth=has_worth,
    )  # fmt: skip
