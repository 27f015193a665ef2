"""Reports on a terminal. What came from a file is shown as plain text: no markup, no control characters."""

from datetime import date, datetime

from rich import box
from rich.table import Table
from rich.text import Text

from pch.warehouse.calendar import LONDON

STYLES = {
    "accepted": "green", "received": "green", "nil_return": "green", "accepted_with_warnings": "yellow",
    "rejected": "red", "missing": "red", "late": "yellow", "error": "red", "warning": "yellow", "information": "blue",
}  # fmt: skip


def plain(value: object, style: str = "") -> Text:
    """Any text as it is; what could steer the terminal becomes '?'."""
    return Text("".join(c if c.isprintable() or c == "\n" else "?" for c in str(value)), style)


def word(name: str | None) -> Text:
    """A state, verdict or severity in its colour; ``accepted_with_warnings`` -> accepted with warnings."""
    return plain((name or "").replace("_", " "), STYLES.get(name or "", ""))


def number(value: float | None, decimals: int = 0) -> str:
    return "" if value is None else f"{value:,.{decimals}f}"


def quantity(value: float | None) -> str:
    """A count without decimals, a sum of money or hours with four: enough to reckon on by hand."""
    return number(value, 0 if value is None or value == int(value) else 4)


def moment(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone(LONDON):%Y-%m-%d %H:%M:%S}"


def month(period: date) -> str:
    return f"{period:%Y-%m}"


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """A plain table; the columns in ``right`` hold numbers, which fold rather than lose a digit."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return made
