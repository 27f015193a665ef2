"""The data quality pages: what was checked, what failed, whose it is and whether it got better, for a data manager;
and beside each site's the pages of its progress and of its cost and value, for the central team and the site.

    ledger -> facts -> grid of cells (month x feed) -> index, a page a month, a month and feed, a site -> HTML files
    marts -> progress facts -> a page a site -> HTML files
    marts -> worth facts -> a page of the programme, a page a site -> HTML files

Plain files that need neither network nor script; they link to one another and each stands alone. All are made from
one moment of the ledger, so that they agree. Words of the rules come from the suites (``rules``).
"""

from collections.abc import Collection
from datetime import date
from pathlib import Path

from pch.reports.pages.cells import TREND_MONTHS, Grid
from pch.reports.pages.facts import read_facts
from pch.reports.pages.feed import feed_page
from pch.reports.pages.index import index_page
from pch.reports.pages.month import month_page
from pch.reports.pages.progress import progress_pages
from pch.reports.pages.progress_facts import Facts as ProgressFacts
from pch.reports.pages.progress_facts import read_progress
from pch.reports.pages.render import put
from pch.reports.pages.site import site_pages
from pch.reports.pages.words import month_file, progress_file, site_file, worth_file
from pch.reports.pages.worth import worth_pages
from pch.reports.pages.worth_facts import Facts as WorthFacts
from pch.reports.pages.worth_reading import read_worth
from pch.settings import Settings
from pch.warehouse.calendar import add_months


def index_file(settings: Settings) -> Path:
    """Where to begin."""
    return settings.home.resolve() / "pages" / "quality" / "index.html"


def write_pages(settings: Settings, periods: Collection[date] | None = None) -> Path:
    """Writes the pages of the months ``periods`` (None: of all) and of those whose trends they are part of, any that
    are not there yet, every site's two and the index; returns the index. Writing them again changes only the time."""
    index = index_file(settings)
    write(Grid(read_facts(settings)), index, periods, read_progress(settings), read_worth(settings))
    return index


def write(
    grid: Grid, index: Path, periods: Collection[date] | None = None, progress: ProgressFacts | None = None,
    worth: WorthFacts | None = None,
) -> None:  # fmt: skip
    """The pages into the folder of ``index``; those of progress and of cost and value where a warehouse was built."""
    index.parent.mkdir(parents=True, exist_ok=True)
    for period in grid.periods:
        path = index.with_name(month_file(period))
        if periods is None or not path.exists() or _moved_by(periods, period):
            for cell in grid.cells(period):
                if cell.is_due:
                    put(index.with_name(cell.file_name), feed_page(cell))
            put(path, month_page(grid, period))
    has_worth = worth is not None
    for site_code, text in progress_pages(progress, grid.facts.sites, has_worth=has_worth) if progress else ():
        put(index.with_name(progress_file(site_code)), text)
    for area, text in worth_pages(worth, grid.facts.sites) if worth else ():
        put(index.with_name(worth_file(area)), text)
    built = {"has_progress": progress is not None, "has_worth": has_worth}
    for site_code, text in site_pages(grid, **built):
        put(index.with_name(site_file(site_code)), text)
    put(index, index_page(grid, **built))


def _moved_by(periods: Collection[date], period: date) -> bool:
    return any(p <= period < add_months(p, TREND_MONTHS) for p in periods)
