"""The XmR chart of a metric at a site, as figures for an inline SVG.

stretches + why each begins -> Chart (lines, marks, gaps, breaks, axes; every figure in words, too)

A month has its place whether it has a figure or not. What a mark means is told by its shape as well as its colour:
circle, chance; diamond, better than chance makes; square, worse; triangle, where neither is better.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from math import ceil, floor, log10

from pch.reports.declared import Rebase
from pch.reports.pages.progress_facts import Stretch, Switch
from pch.reports.pages.progress_words import CAUSES, figure
from pch.reports.pages.words import month, month_name
from pch.warehouse.calendar import add_months, months_between

MOST_MONTHS = 60
WIDTH, HEIGHT = 640, 226
LEFT, RIGHT, TOP, BOTTOM = 58, 44, 18, 40  # of the margins
FRAME = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": WIDTH - RIGHT, "top": TOP, "foot": HEIGHT - BOTTOM}
TICKS, STEPS = 5, (1, 2, 2.5, 5, 10)

CIRCLE = "a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z"
SHAPES: dict[str, tuple[float, float, str]] = {  # where its outline begins, seen from its middle, and how it goes
    "chance": (-3, 0, CIRCLE),
    "better": (0, -6, "l6 6 -6 6 -6 -6z"),
    "worse": (-4.5, -4.5, "h9v9h-9z"),
    "high": (0, -6, "l5.5 9.5h-11z"),
    "low": (0, 6, "l5.5 -9.5h-11z"),
}
KEY = {
    "chance": "a month, as chance makes it",
    "better": "better than chance makes",
    "worse": "worse than chance makes",
    "high": "higher than chance makes, neither better nor worse",
    "low": "lower than chance makes, neither better nor worse",
}
KINDS = {
    "special_cause_improvement": "better",
    "special_cause_concern": "worse",
    "special_cause_neutral_high": "high",
    "special_cause_neutral_low": "low",
}


@dataclass(frozen=True)
class Path:
    """``kind`` decides its look; ``label`` is said where one points at it."""

    kind: str
    d: str
    label: str = ""


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Band:
    """From x to x + width, over the whole height."""

    x: float
    width: float
    label: str


@dataclass(frozen=True)
class Chart:
    """``described``: every month in words. ``signals``: the months that are no chance. ``breaks``: why the chart begins
    anew, and when. ``limits``: the newest stretch's in words."""

    name: str
    title: str
    described: str
    lines: list[Path]
    marks: list[Path]
    gaps: list[Band]
    baseline: Band | None
    breaks: list[Tick]
    target: Tick | None
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    limits: str
    signals: list[str]


class _Frame:
    """Where a month and a value stand."""

    def __init__(self, periods: list[date], values: Sequence[float]) -> None:
        self.periods = periods
        self.column = (WIDTH - LEFT - RIGHT) / len(periods)
        low, high = min(values), max(values)
        room = 0.05 * (high - low) or 0.05 * abs(high) or 1
        self.low, self.high = low - room, high + room

    def x(self, period: date) -> float:
        """The middle of its month."""
        first = self.periods[0]
        months = 12 * (period.year - first.year) + period.month - first.month
        return LEFT + (months + 0.5) * self.column

    def y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self.high - value) / (self.high - self.low)

    def ticks(self, unit: str) -> list[Tick]:
        pound = "£" if unit.startswith("gbp") else ""
        values, decimals = round_values(self.low, self.high)
        return [Tick(self.y(v), f"{'−' if v < 0 else ''}{pound}{abs(v):,.{decimals}f}") for v in values]


def round_values(low: float, high: float) -> tuple[list[float], int]:
    """Round values between two, five or so, and the decimals they need."""
    power = 10.0 ** floor(log10((high - low) / TICKS))
    step = min((power * s for s in STEPS), key=lambda step: abs((high - low) / step - TICKS))
    decimals = max(0, ceil(-log10(step) - 1e-9) + (f"{step / power:g}" == "2.5"))
    return [n * step for n in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)], decimals


def xmr_chart(
    code: str, name: str, unit: str, stretches: Sequence[Stretch], until: date,
    baseline: tuple[date | None, date | None], rebases: Sequence[Rebase], switches: Sequence[Switch],
) -> Chart | None:  # fmt: skip
    """At most the last sixty months up to ``until``; None without a figure in them. ``stretches``: oldest first."""
    since = add_months(until, 1 - MOST_MONTHS)
    shown = [s for s in stretches if s.periods[-1] >= since]
    if not shown:
        return None
    periods = list(months_between(max(since, shown[0].periods[0]), until))
    points = {p: i for s in shown for p, i in zip(s.periods, _points(s), strict=True) if p >= since}
    aims = {p: t for s in shown for p, t in zip(s.periods, s.targets, strict=True) if t is not None and p >= since}
    limits = [v for s in shown for v in (s.mean, s.lpl, s.upl) if v is not None]
    frame = _Frame(periods, [*(value for value, _, _ in points.values()), *limits, *aims.values()])
    breaks = _breaks(stretches, since, rebases, switches)
    gaps = [p for p in periods if p not in points]
    aim = max(aims, default=None)
    first, last = baseline
    said = {p: _said(p, points.get(p), unit) for p in periods}
    return Chart(
        name=f"chart-{code}",
        title=f"{name}: XmR chart of the months {month(periods[0])} to {month(until)}",
        described="; ".join(said.values()),
        lines=[*_limit_lines(frame, shown, since), *_line(frame, "target", aims), *_value_lines(frame, shown, since)],
        marks=[_mark(frame, p, value, kind, said[p]) for p, (value, kind, _) in points.items()],
        gaps=[Band(frame.x(p) - frame.column / 2, frame.column, f"{month(p)}: no figure") for p in gaps],
        baseline=_span(frame, max(first, since), last) if first and last and last >= since else None,
        breaks=[Tick(frame.x(p) - frame.column / 2, label) for p, label, _ in breaks],
        target=Tick(frame.y(aims[aim]), "target") if aim else None,
        y_ticks=frame.ticks(unit),
        x_ticks=[Tick(frame.x(p), f"{p:%b %Y}") for p in _quarters(periods)],
        limits=_limits_in_words(shown[-1], unit),
        signals=_signals(points) + [why for _, _, why in breaks],
    )


Point = tuple[float, str, str]
"""Its value, its kind, and the rule that marks it in words."""


def _points(s: Stretch) -> list[Point]:
    return [
        (value, KINDS.get(kind or "", "chance"), CAUSES.get(cause or "", ""))
        for value, kind, cause in zip(s.values, s.kinds, s.causes, strict=True)
    ]


def _said(period: date, point: Point | None, unit: str) -> str:
    if point is None:
        return f"{month(period)} no figure"
    value, _, cause = point
    return f"{month(period)} {figure(value, unit)}" + (f" ({cause})" if cause else "")


def _mark(frame: _Frame, period: date, value: float, kind: str, label: str) -> Path:
    dx, dy, outline = SHAPES[kind]
    return Path(kind, f"M{frame.x(period) + dx:.1f} {frame.y(value) + dy:.1f}{outline}", label)


def _line(frame: _Frame, kind: str, values: dict[date, float]) -> list[Path]:
    """From month to month; nothing is drawn across a month without a value, and one by itself is a dash."""
    d = ""
    for period, value in values.items():
        x, y = frame.x(period), frame.y(value)
        if add_months(period, -1) in values:
            d += f"L{x:.1f} {y:.1f}"
        elif kind == "target":
            d += f"M{x - frame.column / 2:.1f} {y:.1f}H{x:.1f}"
        else:
            d += f"M{x:.1f} {y:.1f}"
    return [Path(kind, d)] if d else []


def _value_lines(frame: _Frame, stretches: Sequence[Stretch], since: date) -> list[Path]:
    return [
        path
        for s in stretches
        for path in _line(frame, "values", {p: v for p, v in zip(s.periods, s.values, strict=True) if p >= since})
    ]


def _limit_lines(frame: _Frame, stretches: Sequence[Stretch], since: date) -> list[Path]:
    """Each over its own stretch, up to the next."""
    drawn = []
    for s, later in zip(stretches, [*stretches[1:], None], strict=True):
        left = frame.x(max(s.periods[0], since)) - frame.column / 2
        right = WIDTH - RIGHT if later is None else frame.x(later.periods[0]) - frame.column / 2
        for kind, value in (("mean", s.mean), ("limit", s.lpl), ("limit", s.upl)):
            if value is not None:
                drawn.append(Path(kind, f"M{left:.1f} {frame.y(value):.1f}H{right:.1f}"))
    return drawn


def _span(frame: _Frame, first: date, last: date) -> Band:
    left, right = frame.x(first) - frame.column / 2, frame.x(last) + frame.column / 2
    return Band(left, right - left, "baseline")


def _quarters(periods: list[date]) -> list[date]:
    """Every January, with fewer than three years every half or quarter, too."""
    months = (1,) if len(periods) > 40 else (1, 7) if len(periods) > 18 else (1, 4, 7, 10)
    return [p for p in periods if p.month in months]


def _breaks(
    stretches: Sequence[Stretch], since: date, rebases: Sequence[Rebase], switches: Sequence[Switch]
) -> list[tuple[date, str, str]]:
    """Where a stretch follows another: its first month, a label, and why."""
    found = []
    for before, s in pairwise(stretches):
        first, last = s.periods[0], before.periods[-1]
        if first < since:
            continue
        definition = next((d for d in switches if last < d.effective_from <= first), None)
        if definition:
            found.append((first, "new definition", f"{month_name(first)}: version {definition.definition_version} of "
                          "the definition begins, and the chart anew."))  # fmt: skip
            continue
        why = next(
            (r.because for r in rebases if last < r.from_period <= first), "It was declared, and withdrawn since."
        )
        found.append((first, "begins anew", f"{month_name(first)}: the chart begins anew. {why}"))
    return found


def _signals(points: dict[date, Point]) -> list[str]:
    """Months of one kind that follow one another are said together."""
    words = {"better": "better than chance makes", "worse": "worse than chance makes"}
    found = []
    for (kind, cause), group in groupby(points.items(), key=lambda item: item[1][1:]):
        if kind != "chance":
            months = [p for p, _ in group]
            span = month_name(months[0]) + (f" to {month_name(months[-1])}" if len(months) > 1 else "")
            found.append(f"{span}: {words.get(kind, 'more than chance makes')}, {cause}.")
    return found


def _limits_in_words(s: Stretch, unit: str) -> str:
    if s.mean is None:
        return ""
    made_of = "twelve months" if len(s.periods) >= 12 else f"{len(s.periods)} months" if len(s.periods) > 1 else "month"
    since = f"the first {made_of} from {month_name(s.periods[0])} on"
    if s.lpl is None or s.upl is None:
        return f"Mean {figure(s.mean, unit)}, of {since}; limits cannot be told yet."
    return f"Mean {figure(s.mean, unit)}, limits {figure(s.lpl, unit)} to {figure(s.upl, unit)}, of {since}."


def key() -> list[Path]:
    """Each mark by itself, around (10, 10), with what it means."""
    return [Path(kind, f"M{10 + dx:g} {10 + dy:g}{outline}", KEY[kind]) for kind, (dx, dy, outline) in SHAPES.items()]
