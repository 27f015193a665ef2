"""Charts of what changed and what it is worth: course, event study, methods beside one another, plane, acceptability.

what an evaluation found of one area -> Plot; None where there is nothing to draw (the page then says why)
"""

from collections.abc import Iterable, Sequence
from datetime import date

from pch.reports.pages.charts_plot import (
    FOOT,
    LEFT,
    TOP,
    Months,
    Note,
    Plot,
    Sample,
    Scale,
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
from pch.reports.pages.worth_facts import Acceptability, CoursePoint, Draw, Effect, Event
from pch.reports.pages.worth_words import METHODS, between, count, of_100, percent, pounds
from pch.warehouse.calendar import add_months, months_between

LIKELY = (0.5, 0.95)


def course_chart(name: str, course: Sequence[CoursePoint], since: date | None = None) -> Plot | None:
    """What was observed beside what would have been. ``since``: the first month with effect, of a site."""
    if not course:
        return None
    by_month = {c.period: c for c in course}
    periods = list(months_between(min(by_month), max(by_month)))
    months = Months(periods[0], periods[-1])
    limits = [v for c in course for v in (c.lower_95, c.upper_95) if v is not None]
    y = y_scale([*(c.observed for c in course), *(c.expected for c in course), *limits])

    def drawn(figure: str) -> str:
        at = ((p, getattr(by_month[p], figure)) if p in by_month else (p, None) for p in periods)
        return line([None if v is None else (months(p), y(v)) for p, v in at])

    marks = [Path("band", d) for d in _bands(course, months, y)]
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
        notes.append(Note(x + 4, TOP - 8, "with effect"))
    observed, expected = sum(c.observed for c in course), sum(c.expected for c in course)
    fewer = "fewer" if observed < expected else "more"
    return Plot(
        name=f"course-{name}",
        title="Emergency admissions: what happened, and what would have been",
        caption=f"{count(observed)} observed, {count(expected)} expected without the programme: "
        f"{count(abs(expected - observed))} {fewer}. {METHODS[course[0].method]}.",
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


def _bands(course: Sequence[CoursePoint], months: Months, y: Scale) -> Iterable[str]:
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
    x = x_scale([e.relative_month for e in events])
    y = y_scale([0.0, *(e.effect_lower_95 for e in events), *(e.effect_upper_95 for e in events)])
    zero = x(-0.5)
    marks = [Path("axis", across(y(0))), Path("break", upright(zero))]
    for e in events:
        kind = "before" if e.relative_month < 0 else "since"
        marks.append(Path(f"{kind}-reach", whisker(x(e.relative_month), y(e.effect_lower_95), y(e.effect_upper_95), 2)))
        marks.append(
            Path(
                kind,
                dot(x(e.relative_month), y(e.effect_pct), 3),
                f"{_relative(e.relative_month)} {percent(e.effect_pct)}",
            )
        )
    step = 3 if len(events) <= 24 else 6 if len(events) <= 60 else 12
    first = -(-events[0].relative_month // step) * step
    return Plot(
        name=f"events-{name}",
        title="Effect by month before and since going live",
        caption=_before_live(events),
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
        notes=[Note(zero + 4, TOP - 8, "live"), Note(zero - 4, TOP - 8, "before", "end")],
        key=[
            Sample("before", "before going live", "mark"),
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


def _relative(n: int) -> str:
    return f"{-n} months before" if n < 0 else f"{n} months since"


def methods_chart(name: str, effects: Sequence[Effect]) -> Plot | None:
    """The naive comparison beside the others, one below another."""
    known = [e for e in effects if e.effect_pct is not None and e.effect_lower_95 is not None]
    if not known:
        return None
    x = x_scale([0.0, *(v or 0.0 for e in known for v in (e.effect_lower_95, e.effect_upper_95))])
    row = (FOOT - TOP) / len(known)
    marks, notes = [Path("break", upright(x(0)))], []
    for n, e in enumerate(known):
        y = TOP + (n + 0.68) * row
        kind = "naive" if e.method == "before_after" else "since"
        low, high, at = x(e.effect_lower_95 or 0.0), x(e.effect_upper_95 or 0.0), x(e.effect_pct or 0.0)
        marks.append(
            Path(f"{kind}-reach", f"M{low:.1f} {y:.1f}H{high:.1f}M{low:.1f} {y - 5:.1f}v10M{high:.1f} {y - 5:.1f}v10")
        )
        marks.append(
            Path(
                kind,
                dot(at, y, 5) if kind == "since" else diamond(at, y, 7),
                f"{METHODS[e.method]} {percent(e.effect_pct)}",
            )
        )
        notes.append(Note(LEFT, TOP + (n + 0.32) * row, f"{METHODS[e.method]}: {percent(e.effect_pct)}"))
    return Plot(
        name=f"methods-{name}",
        title="The naive comparison beside the estimate",
        caption="Each with its 95% interval; left of the line: fewer emergency admissions.",
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
            Sample("since", "compared with what would have been", "mark"),
            Sample("naive", "before and after only", "mark"),
        ],
    )


def plane_chart(name: str, draws: Sequence[Draw]) -> Plot | None:
    """Each dot one way in which chance may have made the figures: money upwards, admissions avoided to the right."""
    if not draws:
        return None
    x = x_scale([0.0, *(d.avoided_per_1000 for d in draws)])
    y = y_scale([0.0, *(d.net_cost_gbp_per_1000 for d in draws)])
    marks = [Path("draw", dot(x(d.avoided_per_1000), y(d.net_cost_gbp_per_1000), 2)) for d in draws]
    middle = [
        sorted(v)[len(draws) // 2]
        for v in ([d.avoided_per_1000 for d in draws], [d.net_cost_gbp_per_1000 for d in draws])
    ]
    marks += [
        Path("axis", across(y(0))),
        Path("axis", upright(x(0))),
        Path("middle", diamond(x(middle[0]), y(middle[1]), 7), "the middle of them"),
    ]
    quadrants = {
        "cheaper, and fewer admissions": sum(d.net_cost_gbp_per_1000 < 0 < d.avoided_per_1000 for d in draws),
        "dearer, and fewer admissions": sum(d.net_cost_gbp_per_1000 >= 0 and d.avoided_per_1000 > 0 for d in draws),
        "cheaper, but no fewer admissions": sum(d.net_cost_gbp_per_1000 < 0 and d.avoided_per_1000 <= 0 for d in draws),
        "dearer, and no fewer admissions": sum(d.net_cost_gbp_per_1000 >= 0 and d.avoided_per_1000 <= 0 for d in draws),
    }
    shares = {words: of_100(n / len(draws)) for words, n in quadrants.items()}
    return Plot(
        name=f"plane-{name}",
        title="What it costs against what it does",
        caption=f"{len(draws):,} ways in which chance may have made the figures: "
        f"{shares['cheaper, and fewer admissions']} are cheaper with fewer admissions.",
        header=["Where the dots are", "How many of 100", "Middle: admissions avoided", "Middle: net cost"],
        rows=[[words, share, count(middle[0]), pounds(middle[1])] for words, share in shares.items()],
        x_title="admissions avoided, per 1,000 patients a year",
        y_title="net cost, £ per 1,000 patients a year",
        x_ticks=x.ticks(),
        y_ticks=y.ticks("£"),
        marks=marks,
        x_grid=True,
        notes=[
            Note(x.last - 4, FOOT - 6, "cheaper, fewer admissions", "end"),
            Note(x.last - 4, TOP + 10, "dearer, fewer admissions", "end"),
        ],
        key=[Sample("draw", "one way", "mark"), Sample("middle", "the middle of them", "mark")],
    )


def acceptability_chart(name: str, points: Sequence[Acceptability]) -> Plot | None:
    """How likely the programme is worth it, by what one would pay for an admission avoided."""
    if not points:
        return None
    x, y = x_scale([p.gbp_per_admission for p in points]), y_scale([0.0, 100.0])
    marks = [Path("target", across(y(100 * level))) for level in LIKELY]
    marks.append(Path("observed", line([(x(p.gbp_per_admission), y(100 * p.probability)) for p in points])))
    enough = next((p for p in points if p.probability >= LIKELY[1]), None)
    said = (
        f"95 in 100 from {pounds(enough.gbp_per_admission)} an admission on."
        if enough
        else f"nowhere 95 in 100 up to {pounds(points[-1].gbp_per_admission)} an admission."
    )
    shown = points[:: max(1, len(points) // 10)]
    return Plot(
        name=f"acceptability-{name}",
        title="How sure, by what an admission avoided is worth",
        caption=f"In money alone (at £0): {of_100(points[0].probability)} that it pays for itself; {said}",
        header=["What an admission avoided is worth", "How likely the programme is worth it"],
        rows=[[pounds(p.gbp_per_admission), of_100(p.probability)] for p in shown],
        x_title="£ one would pay for an admission avoided, beyond its own cost",
        y_title="how likely it is worth it",
        x_ticks=x.ticks("£"),
        y_ticks=y.ticks("", "%"),
        marks=marks,
        key=[Sample("target", "50 and 95 in 100", "line")],
    )
