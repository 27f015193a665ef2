"""The XmR chart of a metric at a site: where every month stands, what its shape means, and what is said of it."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from progress_pages_world import MARCH, PH01, STRETCHES, stretch, world

from pch.reports.declared import Rebase
from pch.reports.pages.charts_spc import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Chart, key, xmr_chart
from pch.reports.pages.progress_facts import Stretch, Switch

REBASE = Rebase("PH01", "AAA01", date(2025, 4, 1), "Another building.", "Bob", world().as_of)


def chart(stretches: list[Stretch] = STRETCHES, until: date = MARCH, **changed: object) -> Chart:
    given = {"baseline": (PH01.baseline_first_period, PH01.baseline_last_period), "rebases": [REBASE], "switches": []}
    made = xmr_chart("PH01", "Emergency admissions", PH01.unit, stretches, until, **(given | changed))  # type: ignore[arg-type]
    assert made is not None
    return made


def test_a_month_has_its_place_with_or_without_a_figure() -> None:
    drawn = chart()
    column = (WIDTH - LEFT - RIGHT) / 25
    gaps = [date(2024, 6, 1), date(2025, 3, 1), date(2025, 11, 1)]
    assert [g.label for g in drawn.gaps] == [f"{p:%Y-%m}: no figure" for p in gaps]
    assert [round((g.x - LEFT) / column) for g in drawn.gaps] == [3, 12, 20]
    values = [p for p in drawn.lines if p.kind == "values"]
    assert [(p.d.count("M"), p.d.count("L")) for p in values] == [
        (2, 9),
        (2, 9),
    ]  # one line a stretch, broken once each
    assert len(drawn.marks) == 22
    assert "2024-06 no figure; 2024-07 99.0;" in drawn.described and drawn.described.count(";") == 24
    assert "2025-12 76.0 (below the lower limit)" in drawn.described


def test_what_is_no_chance_differs_by_shape_and_is_said() -> None:
    drawn = chart()
    by_kind = {kind: [m.label[:7] for m in drawn.marks if m.kind == kind] for kind in ("better", "worse")}
    assert by_kind == {"better": ["2025-12", "2026-01", "2026-02", "2026-03"], "worse": ["2024-09"]}
    outlines = {p.d.partition("a")[2] or p.d[p.d.index("l") if "l" in p.d else p.d.index("h") :] for p in key()}
    assert len(outlines) == 5
    assert drawn.signals == [
        "September 2024: worse than chance makes, above the upper limit.",
        "December 2025: better than chance makes, below the lower limit.",
        "January 2026 to March 2026: better than chance makes, in a run of seven months or more below the mean.",
        "April 2025: the chart begins anew. Another building.",
    ]


def test_limits_belong_to_their_stretch() -> None:
    drawn = chart()
    means = [p.d for p in drawn.lines if p.kind == "mean"]
    middle = LEFT + 13 * (WIDTH - LEFT - RIGHT) / 25
    assert means[0].startswith(f"M{LEFT:.1f} ") and means[0].endswith(f"H{middle:.1f}")
    assert means[1].startswith(f"M{middle:.1f} ") and means[1].endswith(f"H{WIDTH - RIGHT:.1f}")
    assert [b.at for b in drawn.breaks] == [pytest.approx(middle)]
    assert drawn.limits == "Mean 87.2, limits 75.2 to 99.2, of the first 11 months from April 2025 on."


def test_a_break_by_definition_is_told_from_one_declared() -> None:
    switch = Switch("PH01", 2, date(2025, 3, 1))  # in the gap before the stretch
    by_definition, withdrawn = chart(switches=[switch]), chart(rebases=[])
    assert [b.label for b in by_definition.breaks] == ["new definition"]
    assert by_definition.signals[-1] == "April 2025: version 2 of the definition begins, and the chart anew."
    assert withdrawn.signals[-1] == "April 2025: the chart begins anew. It was declared, and withdrawn since."
    assert [b.label for b in chart(switches=[replace(switch, effective_from=date(2025, 5, 1))]).breaks] == [
        "begins anew"
    ]


def test_values_are_drawn_to_scale() -> None:
    drawn = chart()
    top, foot = (min(t.at for t in drawn.y_ticks), max(t.at for t in drawn.y_ticks))
    assert TOP <= top < foot <= HEIGHT - BOTTOM
    assert [t.label for t in drawn.y_ticks] == ["80", "90", "100", "110", "120"]
    steps = {round(a.at - b.at, 6) for a, b in pairwise(drawn.y_ticks)}
    assert len(steps) == 1
    at = {t.label: t.at for t in drawn.y_ticks}
    mark = next(m for m in drawn.marks if m.label.startswith("2025-05"))
    assert float(mark.d.split()[1].partition("a")[0]) == pytest.approx(at["90"], abs=0.05)  # a value of 90


def test_target_and_baseline_are_drawn() -> None:
    drawn = chart()
    (target,) = (p for p in drawn.lines if p.kind == "target")
    assert target.d.count("L") == 2  # January to March 2026
    assert drawn.target is not None and drawn.baseline is not None
    assert drawn.baseline.x == pytest.approx(LEFT)
    assert drawn.baseline.width == pytest.approx(12 * (WIDTH - LEFT - RIGHT) / 25)
    assert chart(baseline=(None, None)).baseline is None


def test_only_the_last_sixty_months_are_drawn() -> None:
    long = stretch("PH01", date(2016, 4, 1), [float(90 + n % 7) for n in range(120)])
    drawn = chart([long])
    assert len(drawn.marks) == 60 and drawn.described.startswith("2021-04 ")
    assert drawn.baseline is not None
    ended = stretch("PH01", date(2016, 4, 1), [90.0])
    assert xmr_chart("PH01", "", "pct", [ended], MARCH, (None, None), [], []) is None
    assert xmr_chart("PH01", "", "pct", [], MARCH, (None, None), [], []) is None


def test_one_month_and_a_constant_have_a_chart() -> None:
    one = replace(stretch("PH01", MARCH, [0.0]), lpl=None, upl=None)
    drawn = chart([one], baseline=(None, None))
    assert drawn.limits == "Mean 0, of the first month from March 2026 on; limits cannot be told yet."
    assert len(drawn.marks) == 1 and drawn.y_ticks
