"""Charts of what the programme is worth: the cost-effectiveness plane, and how sure one can be at which price.

what an evaluation found of one area -> Plot; None where there is nothing to draw (the page then says why)
"""

from collections.abc import Sequence

from pch.reports.pages.charts_plot import (
    FOOT,
    TOP,
    Note,
    Plot,
    Sample,
    across,
    diamond,
    dot,
    line,
    upright,
    x_scale,
    y_scale,
)
from pch.reports.pages.charts_spc import Path
from pch.reports.pages.worth_facts import Acceptability, Draw
from pch.reports.pages.worth_words import count, of_100, pounds

LIKELY = (0.5, 0.95)


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
