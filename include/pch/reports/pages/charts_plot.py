"""What the charts of cost and value have in common: a frame with two scales, round ticks, months on an axis, marks.

values -> Frame (where they stand) -> Plot (lines, areas, marks, ticks, a key, every figure as a table) -> inline SVG

A plot knows nothing of a page: the evaluator pack draws the same as files.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from pch.reports.pages.charts_spc import Path, Tick, round_values

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 80, 14, 28, 50  # of the margins
FOOT = HEIGHT - BOTTOM
FRAME = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT, "top": TOP, "foot": FOOT}
MARK = 3.5


@dataclass(frozen=True)
class Note:
    """Words within a chart; ``anchor``: start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "start"


@dataclass(frozen=True)
class Sample:
    """A line of the key: how something is drawn (``shape``: area, line or mark), and what it is."""

    kind: str
    words: str
    shape: str = "area"


@dataclass(frozen=True)
class Plot:
    """``caption``: what to see in it, in a sentence. ``header`` and ``rows``: its figures, as people read them.
    ``lead``: the figures in words, where there are too many of them for a list."""

    name: str
    title: str
    caption: str
    header: list[str]
    rows: list[list[str]]
    x_title: str
    y_title: str
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    marks: list[Path]
    key: list[Sample] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    lead: str = ""
    x_grid: bool = False

    @property
    def described(self) -> str:
        """Every figure in words, for whoever cannot see them."""
        said = (", ".join([row[0], *_named(self.header[1:], row[1:])]) for row in self.rows)
        return self.lead or "; ".join(said)


def _named(names: Sequence[str], figures: Sequence[str]) -> list[str]:
    return [f"{name} {shown}" for name, shown in zip(names, figures, strict=True)]


class Scale:
    """From a range of values to a range of coordinates; a little room at either end, but for an end that is 0."""

    def __init__(self, values: Iterable[float], first: float, last: float) -> None:
        shown = list(values) or [0.0]
        low, high = min(shown), max(shown)
        room = 0.06 * (high - low) or 0.1 * abs(high) or 1
        self.low, self.high = low - room * (low != 0), high + room * (high != 0)
        self.first, self.last = first, last

    def __call__(self, value: float) -> float:
        return self.first + (self.last - self.first) * (value - self.low) / (self.high - self.low)

    def ticks(self, before: str = "", after: str = "") -> list[Tick]:
        """Round values with their unit."""
        values, decimals = round_values(self.low, self.high)
        return [Tick(self(v), f"{'−' if v < 0 else ''}{before}{abs(v):,.{decimals}f}{after}") for v in values]


class Months:
    """The months of an axis, each with its column."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.count = 12 * (last.year - first.year) + last.month - first.month + 1
        self.column = (WIDTH - LEFT - RIGHT) / self.count

    def __call__(self, period: date) -> float:
        """The middle of its column."""
        return LEFT + (12 * (period.year - self.first.year) + period.month - self.first.month + 0.5) * self.column

    def ticks(self, periods: Iterable[date]) -> list[Tick]:
        """Aprils, with fewer months every half, quarter or month, too."""
        months = (4,) if self.count > 40 else (4, 10) if self.count > 24 else (1, 4, 7, 10) if self.count > 8 else None
        return [Tick(self(p), f"{p:%b %Y}") for p in periods if months is None or p.month in months]


def y_scale(values: Iterable[float]) -> Scale:
    return Scale(values, FOOT, TOP)


def x_scale(values: Iterable[float]) -> Scale:
    return Scale(values, LEFT, WIDTH - RIGHT)


def line(points: Sequence[tuple[float, float] | None]) -> str:
    """Broken where there is no point."""
    d, pen = "", "M"
    for point in points:
        if point is not None:
            d += f"{pen}{point[0]:.1f} {point[1]:.1f}"
        pen = "M" if point is None else "L"
    return d


def band(upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]]) -> str:
    return f"{line(list(upper))}L{line(list(lower)[::-1])[1:]}z" if upper else ""


def box(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:.1f} {y:.1f}h{width:.1f}v{height:.1f}h{-width:.1f}z"


def dot(x: float, y: float, radius: float = MARK) -> str:
    half = f"a{radius:g} {radius:g} 0 1 0"
    return f"M{x - radius:.1f} {y:.1f}{half} {2 * radius:g} 0{half} {-2 * radius:g} 0z"


def diamond(x: float, y: float, radius: float = MARK + 1.5) -> str:
    return f"M{x:.1f} {y - radius:.1f}l{radius:g} {radius:g} {-radius:g} {radius:g} {-radius:g} {-radius:g}z"


def whisker(x: float, low: float, high: float, half: float = 3) -> str:
    """Upright, with its ends."""
    return f"M{x:.1f} {low:.1f}V{high:.1f}M{x - half:.1f} {low:.1f}h{2 * half:g}M{x - half:.1f} {high:.1f}h{2 * half:g}"


def across(y: float) -> str:
    return f"M{LEFT} {y:.1f}H{WIDTH - RIGHT}"


def upright(x: float) -> str:
    return f"M{x:.1f} {TOP}V{FOOT}"
