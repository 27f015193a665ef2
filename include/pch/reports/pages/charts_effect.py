"""Charts of what changed: course, event study, methods beside one another.

what an evaluation found of one area -> Plot; None where there is nothing to draw (the page then says why)
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from pch.reports.pages.charts_plot import (
    FOOT,
    LEFT,
    TOP,
    Months,
    Note,
    Plot,
    Sample,
    across,
    band,
    diamond,
    dot,
    line,
    upright,
    whisker,
    x_scale,
    y_scale,
)
from pch.reports.pages.charts_spc import Path, Tick
from pch.reports.pages.words import month
from pch.reports.pages.worth_facts import CoursePoint, Effect, Event
from pch.reports.pages.worth_words import METHODS, between, count, percent
from pch.warehouse.calendar import add_months, months_between

MOST_PCT, MOST_TIMES = 100.0, 1.5
"""Where what is drawn ends, an effect or so many times the largest count: a limit far beyond would make all else a dot.
The figures beside the chart have the whole."""


def course_chart(name: str, course: Sequence[CoursePoint], since: date | None = None) -> Plot | None:
    """What was observed beside what would have been. ``since``: the first month with effect, of a site."""
    if not course:
        return None
    by_month = {c.period: c for c in course}
    periods = list(months_between(min(by_month), max(by_month)))
    months = Months(periods[0], periods[-1])
    most = MOST_TIMES * max(v for c in course for v in (c.observed, c.expected))
    limits = [min(v, most) for c in course for v in (c.lower_95, c.upper_95) if v is not None]
    y = y_scale([*(c.observed for c in course), *(c.expected for c in course), *limits])

    def drawn(figure: str) -> str:
        at = ((p, getattr(by_month[p], figure)) if p in by_month else (p, None) for p in periods)
        return line([None if v is None else (months(p), y(v)) for p, v in at])

    marks = [Path("band", d) for d in _bands(course, months, lambda value: y(min(value, most)))]
    marks += [Path("expected", drawn("expected")), Path("observed", drawn("observed"))]
    marks += [
        Path(
            "observed-mark",
            dot(months(c.period), y(c.observed), 2.5),
            f"{month(c.period)} observed {count(c.observed)}, expected {count(c.expected)}",
        )
        for c in course
    ]
    notes = []
    if since and periods[0] < since <= periods[-1]:
        x = months(since) - months.column / 2
        marks.append(Path("break", upright(x)))
        notes.append(Note(x + 4, TOP + 12, "with effect"))
    observed, expected = sum(c.observed for c in course), sum(c.expected for c in course)
    fewer = "fewer" if observed < expected else "more"
    return Plot(
        name=f"course-{name}",
        title="Emergency admissions: what happened, and what would have been",
        caption=f"{count(observed)} observed, {count(expected)} expected without the programme: "
        f"{count(abs(expected - observed))} {fewer}. {METHODS[course[0].method]}."
        + (
            " Of the interval, what is far above all else is cut off."
            if any((c.upper_95 or 0) > most for c in course)
            else ""
        ),
        header=["Month", "Observed", "Expected", "95% interval of the expected"],
        rows=[_course_row(p, by_month.get(p)) for p in periods],
        x_title="",
        y_title="admissions a month",
        x_ticks=months.ticks(periods),
        y_ticks=y.ticks(),
        marks=marks,
        notes=notes,
        key=[
            Sample("observed", "observed", "line"),
            Sample("expected", "expected without the programme", "line"),
            *([Sample("band", "95% interval of the expected")] if limits else []),
        ],
    )


def _bands(course: Sequence[CoursePoint], months: Months, y: Callable[[float], float]) -> Iterable[str]:
    """A stretch of months with limits after another."""
    stretch: list[CoursePoint] = []
    for c in [*course, None]:
        follows = (
            c is not None and c.lower_95 is not None and (not stretch or add_months(stretch[-1].period, 1) == c.period)
        )
        if not follows and stretch:
            yield band(
                [(months(s.period), y(s.upper_95 or 0.0)) for s in stretch],
                [(months(s.period), y(s.lower_95 or 0.0)) for s in stretch],
            )
            stretch = []
        if c is not None and c.lower_95 is not None:
            stretch.append(c)


def _course_row(period: date, c: CoursePoint | None) -> list[str]:
    if c is None:
        return [month(period), "no figure", "no figure", "none"]
    return [month(period), count(c.observed), count(c.expected), between(c.lower_95, c.upper_95, count, "") or "none"]


def event_chart(name: str, events: Sequence[Event]) -> Plot | None:
    """The effect by months before and since going live: before, there should be none."""
    if not events:
        return None
    x = x_scale([-0.5, *(e.relative_month for e in events)])
    y = y_scale([0.0, *(_drawn(v) for e in events for v in (e.effect_lower_95, e.effect_upper_95))])
    zero = x(-0.5)
    before = events[0].relative_month < 0
    marks = [Path("axis", across(y(0))), Path("break", upright(zero))]
    for e in events:
        kind = "before" if e.relative_month < 0 else "since"
        at, low, high = x(e.relative_month), y(_drawn(e.effect_lower_95)), y(_drawn(e.effect_upper_95))
        label = f"{_relative(e.relative_month)} {percent(e.effect_pct)}"
        marks += [
            Path(f"{kind}-reach", whisker(at, low, high, 2)),
            Path(kind, dot(at, y(_drawn(e.effect_pct)), 3), label),
        ]
    step = 3 if len(events) <= 24 else 6 if len(events) <= 60 else 12
    first = -(-events[0].relative_month // step) * step
    return Plot(
        name=f"events-{name}",
        title="Effect by month before and since going live",
        caption=_before_live(events) + _cut(e.effect_upper_95 for e in events),
        header=["Months since going live", "Effect", "95% interval", "Sites"],
        rows=[
            [
                str(e.relative_month).replace("-", "−"),
                percent(e.effect_pct),
                between(e.effect_lower_95, e.effect_upper_95, percent, ""),
                f"{e.sites_count:,}",
            ]
            for e in events
        ],
        x_title="months since going live",
        y_title="% of what would have been",
        x_ticks=[Tick(x(n), str(n).replace("-", "−")) for n in range(first, events[-1].relative_month + 1, step)],
        y_ticks=y.ticks("", "%"),
        marks=marks,
        notes=[Note(zero + 4, TOP + 12, "live"), *([Note(zero - 4, TOP + 12, "before", "end")] if before else [])],
        key=[
            *([Sample("before", "before going live", "mark")] if before else []),
            Sample("since", "since going live, with its 95% interval", "mark"),
        ],
    )


def _before_live(events: Sequence[Event]) -> str:
    """Whether the months before going live are as they should be."""
    before = [e for e in events if e.relative_month < 0]
    if not before:
        return "There is no month before going live to check it by."
    apart = sum(not e.effect_lower_95 <= 0 <= e.effect_upper_95 for e in before)
    differ = "1 differs" if apart == 1 else f"{apart or 'none'} differ"
    return (
        f"Before going live there should be nothing: of these {len(before)} months {differ} from no effect. "
        "One in twenty would by chance."
    )


def _drawn(effect_pct: float | None) -> float:
    return min(effect_pct or 0.0, MOST_PCT)


def _cut(limits: Iterable[float]) -> str:
    return f" Limits beyond +{MOST_PCT:.0f}% are drawn there." if max(limits) > MOST_PCT else ""


def _relative(n: int) -> str:
    return f"{-n} months before" if n < 0 else f"{n} months since"


def methods_chart(name: str, effects: Sequence[Effect]) -> Plot | None:
    """The naive comparison beside the others, one below another."""
    known = [e for e in effects if e.effect_pct is not None and e.effect_lower_95 is not None]
    if not known:
        return None
    x = x_scale([0.0, *(_drawn(v) for e in known for v in (e.effect_lower_95, e.effect_upper_95))])
    row = (FOOT - TOP) / len(known)
    marks, notes = [Path("break", upright(x(0)))], []
    for n, e in enumerate(known):
        y = TOP + (n + 0.68) * row
        kind = "naive" if e.method == "before_after" else "since"
        low, high, at = (x(_drawn(v)) for v in (e.effect_lower_95, e.effect_upper_95, e.effect_pct))
        reach = f"M{low:.1f} {y:.1f}H{high:.1f}M{low:.1f} {y - 5:.1f}v10M{high:.1f} {y - 5:.1f}v10"
        label = f"{METHODS[e.method]}: {percent(e.effect_pct)}"
        mark = dot(at, y, 5) if kind == "since" else diamond(at, y, 7)
        marks += [Path(f"{kind}-reach", reach), Path(kind, mark, label)]
        notes.append(Note(LEFT, TOP + (n + 0.32) * row, label))
    return Plot(
        name=f"methods-{name}",
        title="The naive comparison beside the estimate",
        caption="Each with its 95% interval; left of the line: fewer emergency admissions."
        + _cut(e.effect_upper_95 or 0.0 for e in known),
        header=["Method", "Effect", "95% interval"],
        rows=[
            [METHODS[e.method], percent(e.effect_pct), between(e.effect_lower_95, e.effect_upper_95, percent, "")]
            for e in known
        ],
        x_title="emergency admissions, % of what would have been",
        y_title="",
        x_ticks=x.ticks("", "%"),
        y_ticks=[],
        marks=marks,
        notes=notes,
        key=[
            sample
            for sample in (
                Sample("since", "compared with what would have been", "mark"),
                Sample("naive", "before and after only", "mark"),
            )
            if any(mark.kind == sample.kind for mark in marks)
        ],
    )
