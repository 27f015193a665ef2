"""Charts of money: cost per patient by service, what was put in by source, budget against actual.

facts of one area -> Plot; None where there is nothing to draw (the page then says why)
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby

from pch.reports.pages.charts_plot import (
    FOOT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Months,
    Plot,
    Sample,
    across,
    band,
    box,
    dot,
    line,
    whisker,
    y_scale,
)
from pch.reports.pages.charts_spc import Path
from pch.reports.pages.words import month, month_name
from pch.reports.pages.worth_facts import Budget, Cost, Input
from pch.reports.pages.worth_words import SERVICES, SOURCES, percent, pounds
from pch.warehouse.calendar import add_months, months_between

TOTAL = "total"
Z = 1.959963984540054  # of the middle 95% of the normal distribution


def cost_chart(name: str, costs: Sequence[Cost]) -> Plot | None:
    """Months whose total is known, by service; of the others only that they have none."""
    totals = {c.period: c.real_gbp_per_person_month for c in costs if c.service == TOTAL}
    known = {p for p, total in totals.items() if total is not None}
    if not known:
        return None
    parts: dict[date, dict[str, float]] = defaultdict(dict)
    for c in costs:
        if c.service in SERVICES and c.period in known:
            parts[c.period][c.service] = c.real_gbp_per_person_month or 0.0
    periods = list(months_between(min(totals), max(totals)))
    first, last = min(known), max(known)
    caption = (
        f"{pounds(totals[last])} per patient in {month_name(last)}, {pounds(totals[first])} in {month_name(first)}, "
        "in money of the same year."
    )
    return _stacked(
        f"cost-{name}",
        "Cost per patient and month, by service",
        caption,
        periods,
        parts,
        SERVICES,
        "£ per patient a month",
    )


def inputs_chart(name: str, inputs: Sequence[Input]) -> Plot | None:
    if not inputs:
        return None
    parts: dict[date, dict[str, float]] = defaultdict(dict)
    for i in inputs:
        parts[i.period][i.funding_source] = i.charged_real_gbp
    periods = list(months_between(min(parts), max(parts)))
    whole = sum(i.charged_real_gbp for i in inputs)
    caption = (
        f"{pounds(whole)} from {month_name(periods[0])} to {month_name(periods[-1])}, in money of the same year; "
        "what was bought to last is spread over its life."
    )
    return _stacked(f"inputs-{name}", "What was put in, by source", caption, periods, parts, SOURCES, "£ a month")


def _stacked(
    name: str,
    title: str,
    caption: str,
    periods: Sequence[date],
    parts: Mapping[date, Mapping[str, float]],
    words: Mapping[str, str],
    y_title: str,
) -> Plot:
    """A column a month, its parts in the order of ``words`` from below; what is taken back hangs below the line."""
    months = Months(periods[0], periods[-1])
    ups = [sum(v for v in month_.values() if v > 0) for month_ in parts.values()]
    downs = [sum(v for v in month_.values() if v < 0) for month_ in parts.values()]
    y = y_scale([0.0, *ups, *downs])
    shown = [code for code in words if any(month_.get(code) for month_ in parts.values())]
    width = 0.8 * months.column
    marks = [
        Path("gap", box(months(p) - width / 2, TOP, width, FOOT - TOP), f"{month(p)}: no figure")
        for p in periods
        if p not in parts
    ]
    for p in (p for p in periods if p in parts):
        tops = {True: 0.0, False: 0.0}
        for code in shown:
            if value := parts[p].get(code):
                base = tops[value > 0]
                tops[value > 0] = base + value
                upper, lower = y(max(base, base + value)), y(min(base, base + value))
                d = box(months(p) - width / 2, upper, width, lower - upper)
                marks.append(Path(_kind(words, code), d, f"{month(p)} {words[code]} {pounds(value)}"))
    marks.append(Path("axis", across(y(0))))
    return Plot(
        name=name,
        title=title,
        caption=caption,
        header=["Month", *(words[code] for code in shown), "Together"],
        rows=[[month(p), *_cells(parts.get(p), shown)] for p in periods],
        x_title="",
        y_title=y_title,
        x_ticks=months.ticks(periods),
        y_ticks=y.ticks("£"),
        marks=marks,
        key=[Sample(_kind(words, code), words[code]) for code in reversed(shown)] + _gap_in_key(marks),
    )


def _kind(words: Iterable[str], code: str) -> str:
    return f"s{list(words).index(code) + 1}"


def _cells(found: Mapping[str, float] | None, shown: Iterable[str]) -> list[str]:
    codes = list(shown)
    if found is None:
        return ["no figure"] * (len(codes) + 1)
    return [pounds(v) for v in (*(found.get(code, 0.0) for code in codes), sum(found.values()))]


def _gap_in_key(marks: Iterable[Path]) -> list[Sample]:
    return [Sample("gap", "no figure in this month")] if any(m.kind == "gap" for m in marks) else []


def budget_course_chart(name: str, budgets: Sequence[Budget]) -> Plot | None:
    """A site's newest financial year, added up month by month: what is left, and how far chance reaches."""
    known = [b for b in budgets if b.surplus_gbp is not None]
    if not known:
        return None
    newest = known[-1]
    year = _year(newest.period)
    of_year = [b for b in known if _year(b.period) == year]
    chance = {b.period: Z * b.sd_gbp for b in of_year if b.sd_gbp is not None}
    months = Months(date(year, 4, 1), date(year + 1, 3, 1))
    reach = [v for w in chance.values() for v in (w, -w)]
    y = y_scale([0.0, *(b.surplus_gbp or 0.0 for b in of_year), *reach])
    points = [(months(b.period), y(b.surplus_gbp or 0.0)) for b in of_year]
    upper, lower = ([(months(p), y(sign * w)) for p, w in chance.items()] for sign in (1, -1))
    labels = [f"{month(b.period)} {pounds(b.surplus_gbp)}" for b in of_year]
    return Plot(
        name=f"budget-{name}",
        title=f"What is left of the budget, April {year} on",
        caption=newest.sentence,
        header=["April to", "Budget", "Actual cost", "Left over", "As chance makes it, at most"],
        rows=[
            [month(b.period), *map(pounds, (b.budget_gbp, b.actual_gbp, b.surplus_gbp, chance.get(b.period)))]
            for b in of_year
        ],
        x_title="",
        y_title="£ left of the budget, added up since April; below the line: overspent",
        x_ticks=months.ticks(months_between(months.first, months.last)),
        y_ticks=y.ticks("£"),
        marks=[
            Path("band", band(upper, lower)),
            Path("axis", across(y(0))),
            Path("observed", line(points)),
            *(Path("observed-mark", dot(*point), label) for point, label in zip(points, labels, strict=True)),
        ],
        key=[
            Sample("observed", "left of the budget", "line"),
            Sample("band", "what chance alone makes of a site on budget, in 95 of 100 cases"),
        ],
    )


def budget_sites_chart(budgets: Sequence[Budget]) -> Plot | None:
    """Every site's newest figure, in order: what was left over, and how far chance alone reaches."""
    newest = [
        max(group, key=lambda b: b.period)
        for _, group in groupby(
            (b for b in budgets if b.surplus_pct is not None and b.budget_gbp), key=lambda b: b.site_code
        )
    ]
    if not newest:
        return None
    ranked = sorted(newest, key=lambda b: (b.surplus_pct or 0.0, b.site_code))
    chance = [100 * Z * (b.sd_gbp or 0.0) / (b.budget_gbp or 1.0) for b in ranked]
    y = y_scale([0.0, *(b.surplus_pct or 0.0 for b in ranked), *chance, *(-c for c in chance)])
    column = (WIDTH - LEFT - RIGHT) / len(ranked)
    marks, beyond = [], 0
    for n, (b, reach) in enumerate(zip(ranked, chance, strict=True)):
        px, surplus = LEFT + (n + 0.5) * column, b.surplus_pct or 0.0
        is_beyond = abs(surplus) > reach
        beyond += is_beyond
        label = f"{b.site_code} {percent(surplus)}"
        marks.append(Path("chance-reach", whisker(px, y(-reach), y(reach), min(3, column / 3))))
        marks.append(
            Path("beyond" if is_beyond else "within", dot(px, y(surplus), min(3.5, max(1.6, column / 2.5))), label)
        )
    above = sum((b.surplus_pct or 0.0) > 0 for b in ranked)
    return Plot(
        name="budget-sites",
        title="What each site has left of its budget",
        caption=f"{above:,} of {len(ranked):,} sites have something left; of {beyond:,} it is more, or less, than "
        "chance makes.",
        header=["Site", "Left over, % of the budget", "As chance makes it, at most"],
        rows=[[b.site_code, percent(b.surplus_pct), f"{reach:.1f}%"] for b, reach in zip(ranked, chance, strict=True)],
        x_title="sites, those with least left first",
        y_title="left over, % of the budget",
        x_ticks=[],
        y_ticks=y.ticks("", "%"),
        marks=[Path("axis", across(y(0))), *marks],
        key=[
            Sample("beyond", "a site, more than chance makes", "mark"),
            Sample("within", "a site, as chance makes it", "mark"),
            Sample("chance-reach", "how far chance alone reaches, in 95 of 100 cases", "line"),
        ],
    )


def _year(period: date) -> int:
    return add_months(period, -3).year
