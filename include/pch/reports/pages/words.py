"""How figures, months and names are written on a page."""

from datetime import date, datetime

from pch.findings import Layer
from pch.reports.pages.facts import Outcome
from pch.warehouse.calendar import LONDON

OUTCOMES: dict[Outcome, str] = {
    "rejected": "rejected",
    "missing": "missing",
    "warned": "with warnings",
    "awaited": "awaited",
    "in_order": "in order",
}
LAYERS: dict[Layer, tuple[str, str]] = {
    "contract": ("Contract", "can the file be read?"),
    "register": ("Register", "whose is it, and did it come in time?"),
    "row": ("Rows", "does each make sense?"),
    "submission": ("History", "is it like the site's earlier months?"),
    "cross_feed": ("Other feeds", "do they agree?"),
}
NONE = "–"


def number(value: int | None) -> str:
    return NONE if value is None else f"{value:,}"


def pct(value: float | None) -> str:
    """One decimal; what is nearly none or nearly all is not said to be so."""
    if value is None:
        return NONE
    if value in (0, 100):
        return f"{value:.0f}%"
    if value < 0.1:
        return "<0.1%"
    return ">99.9%" if 99.9 < value < 100 else f"{value:,.1f}%"


def change(points: float | None, since: date) -> str:
    """By how much a share in order has risen since a month."""
    if points is None:
        return ""
    if abs(points) < 0.05:
        return f"as in {month(since)}"
    return f"{'better' if points > 0 else 'worse'} by {abs(points):.1f} than {month(since)}"


def month(period: date) -> str:
    return f"{period:%Y-%m}"


def month_name(period: date) -> str:
    return f"{period:%B %Y}"


def day(at: date) -> str:
    return f"{at:%-d %B %Y}"


def moment(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%-d %B %Y, %H:%M}"


def plural(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def month_file(period: date) -> str:
    return f"{month(period)}.html"


def site_file(site_code: str) -> str:
    return f"site.{site_code}.html"


def progress_file(site_code: str) -> str:
    return f"progress.{site_code}.html"


def worth_file(site_code: str | None) -> str:
    """None: the programme's."""
    return f"worth-{site_code}.html" if site_code else "worth.html"
