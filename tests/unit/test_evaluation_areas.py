"""The staggered estimate of programme, regions, waves and sites: what is counted, what it says, when it says nothing."""

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from pch.evaluation.estimate import areas
from pch.evaluation.panel import Panel, log_ratio, months_since
from pch.evaluation.results import PROGRAMME, Area, Diagnostic, Found
from pch.evaluation.staggered import Staggered
from pch.registry.evaluation import evaluation
from pch.simulate.effects import Effects
from pch.simulate.panels import PanelWorld

OUTCOME, PLACEBO = "emergency_admissions", "planned_admissions"
LONDON, NORTH_WEST = Area("region", "London"), Area("region", "North West")


def drawn(reduction: float, seed: int = 4) -> pd.DataFrame:
    return PanelWorld(Effects(reduction, share=1.0)).draw(seed).frame


@cache
def four() -> Staggered:
    """4% fewer in every site; planned admissions as ever."""
    placebo = PanelWorld(Effects(0.04, share=1.0)).draw(4, "el").frame
    return Staggered.of(Panel(OUTCOME, drawn(0.04)), evaluation(), Panel(PLACEBO, placebo))


def found(made: Staggered, area: Area) -> Found:
    return made.estimate(area, areas(made.panel)[area])


def diagnostic(of: Found, name: str) -> Diagnostic:
    return next(d for d in of.diagnostics if d.diagnostic == name)


def test_the_programme() -> None:
    estimate = found(four(), PROGRAMME).estimate
    assert estimate.verdict == "lower" and estimate.reason is None
    effect, avoided = estimate.effect_pct, estimate.avoided
    assert effect and avoided and estimate.observed and estimate.expected
    assert effect.lower_95 < -4 < effect.upper_95 < 0
    assert estimate.expected == pytest.approx(estimate.observed + avoided.value)
    assert estimate.observed / estimate.expected == pytest.approx(1 + effect.value / 100)
    assert estimate.observed / (1 + effect.upper_95 / 100) - estimate.observed == pytest.approx(avoided.lower_95)
    frame = four().panel.frame
    wanted = (months_since(frame) >= 6).sum()
    assert estimate.covered_pct == pytest.approx(100 * estimate.site_months_count / wanted)
    assert (estimate.first_period, estimate.last_period) == (date(2024, 4, 1), date(2026, 3, 1))


def test_regions_make_up_the_programme() -> None:
    whole = found(four(), PROGRAMME).estimate
    parts = [found(four(), area).estimate for area in areas(four().panel) if area.area_type == "region"]
    assert len(parts) == 7
    weights = [p.site_months_count for p in parts]
    mean = np.average([np.log1p(p.effect_pct.value / 100) for p in parts if p.effect_pct], weights=weights)
    assert whole.effect_pct and np.log1p(whole.effect_pct.value / 100) == pytest.approx(mean)
    assert whole.site_months_count == sum(weights) and whole.sites_count == sum(p.sites_count for p in parts)


def test_the_months_before_and_since() -> None:
    shown = found(four(), LONDON)
    assert [e.relative_month for e in shown.events[:6]] == [-5, -4, -3, -2, -1, 0]
    settled = [e for e in shown.events if 6 <= e.relative_month < 12]
    assert sum(e.effect_pct.lower_95 < -4 < e.effect_pct.upper_95 for e in settled) >= 5  # one in twenty strays
    assert sum(e.effect_pct.lower_95 < 0 < e.effect_pct.upper_95 for e in shown.events[:6]) >= 5
    assert diagnostic(shown, "pre_trend").is_passed
    frame = four().panel.frame
    september = frame[(frame["region"] == "London") & (frame["period"] == "2025-09-01")]
    last = shown.course[-1]
    assert (len(shown.course), last.period) == (30, date(2025, 9, 1))  # later on too few were still waiting
    assert last.observed == september["observed"].sum()
    assert last.lower_95 and last.lower_95 < last.expected < (last.upper_95 or 0) and last.observed < last.expected


def test_a_site_by_itself() -> None:
    frame = four().panel.frame
    longest = frame[months_since(frame) >= 6].groupby("site_code").size().idxmax()
    shown = found(four(), Area("site", str(longest)))
    assert shown.estimate.sites_count == 1 and shown.events == []
    assert shown.estimate.effect_pct and shown.estimate.effect_pct.lower_95 < -4 < shown.estimate.effect_pct.upper_95
    assert diagnostic(shown, "autocorrelation").is_passed
    width = shown.estimate.effect_pct.upper_95 - shown.estimate.effect_pct.lower_95
    assert 6 < width < 12  # 24 months beside fewer and fewer neighbours: about 5% a month, a fourth of that in all


def test_a_site_that_just_went_live() -> None:
    frame = four().panel.frame
    newest = frame.loc[frame["went_live"].idxmax(), "site_code"]
    estimate = found(four(), Area("site", str(newest))).estimate
    assert (estimate.verdict, estimate.effect_pct, estimate.observed) == ("cannot_conclude", None, None)
    assert estimate.reason == "Nobody here has been live for more than 6 months yet: there is no effect to see."


def test_nobody_to_compare_with() -> None:
    """Everybody went live in the same month."""
    frame = drawn(0.04).assign(went_live=pd.Timestamp("2024-04-01"))
    estimate = found(Staggered.of(Panel(OUTCOME, frame), evaluation()), PROGRAMME).estimate
    assert (estimate.verdict, estimate.covered_pct) == ("cannot_conclude", 0)
    assert estimate.reason and estimate.reason.startswith("There is nobody to compare with: in every month with effect")


def test_sites_that_moved_apart_before() -> None:
    """Admissions peak in the half year before going live, which is why it did; back to normal is no effect."""
    frame = drawn(0.0)
    since = months_since(frame)
    frame["observed"] *= np.where((since >= -4) & (since < 0), 1.08, 1.0)
    shown = found(Staggered.of(Panel(OUTCOME, frame), evaluation()), PROGRAMME)
    assert diagnostic(shown, "pre_trend").is_passed is False
    assert shown.estimate.verdict == "cannot_conclude"
    assert (
        shown.estimate.reason
        and "moved apart from the others before they went live (p < 0.001)" in shown.estimate.reason
    )


def test_a_change_where_there_can_be_none() -> None:
    frame = drawn(0.05)
    made = Staggered.of(Panel(OUTCOME, frame), evaluation(), Panel(PLACEBO, frame))
    shown = found(made, PROGRAMME)
    assert diagnostic(shown, "placebo_outcome").is_passed is False
    assert shown.estimate.reason and shown.estimate.reason.endswith("Something else is at work.")


def test_a_result_that_rests_on_one_region() -> None:
    frame = drawn(0.0)
    here = (frame["region"] == "London") & (months_since(frame) >= 6)
    frame["observed"] *= np.where(here, 0.70, 1.0)
    shown = found(Staggered.of(Panel(OUTCOME, frame), evaluation()), PROGRAMME)
    assert shown.estimate.effect_pct and shown.estimate.effect_pct.upper_95 < 0
    assert shown.estimate.verdict == "cannot_conclude"
    assert shown.estimate.reason == "The result rests on a single region: without London there is none."


def test_too_few_sites() -> None:
    frame = drawn(0.0)
    frame = frame[frame["region"] == "North West"]
    live = sorted(frame.loc[frame["went_live"] <= "2024-04-01", "site_code"].unique())[:2]
    waiting = frame.loc[frame["went_live"] >= "2025-10-01", "site_code"].unique()
    shown = found(
        Staggered.of(Panel(OUTCOME, frame[frame["site_code"].isin([*live, *waiting])]), evaluation()), NORTH_WEST
    )
    assert diagnostic(shown, "sites").finding.startswith("2 sites with effect could be compared. At least 5 are needed")
    assert shown.estimate.verdict == "cannot_conclude"


def test_months_that_hang_together() -> None:
    """A site's months that are not independent make its interval too narrow: nothing is concluded."""
    frame = drawn(0.0).sort_values(["site_code", "period"])
    noise, rng = np.zeros(len(frame)), np.random.default_rng(1)
    for row in range(1, len(frame)):
        noise[row] = 0.9 * noise[row - 1] + rng.normal(0, 0.03)
    frame["observed"] *= np.exp(noise)
    site = str(frame.loc[frame["went_live"].idxmin(), "site_code"])
    shown = found(Staggered.of(Panel(OUTCOME, frame), evaluation()), Area("site", site))
    assert diagnostic(shown, "autocorrelation").is_passed is False
    assert shown.estimate.verdict == "cannot_conclude"


def test_missing_months_are_left_out() -> None:
    """A site without its last year: what can be compared shrinks, the rest stays."""
    frame = drawn(0.04)
    site = frame.loc[frame["went_live"].idxmin(), "site_code"]
    fewer = frame[~((frame["site_code"] == site) & (frame["period"] >= "2025-04-01"))]
    of_site = Area("site", str(site))
    whole, part = (Staggered.of(Panel(OUTCOME, f), evaluation()) for f in (frame, fewer))
    lost = (found(m, of_site).estimate.site_months_count for m in (whole, part))
    less = next(lost) - next(lost)
    assert less > 0
    before, after = (found(m, PROGRAMME).estimate for m in (whole, part))
    assert before.site_months_count - after.site_months_count == less
    assert (
        before.effect_pct
        and after.effect_pct
        and before.effect_pct.value == pytest.approx(after.effect_pct.value, abs=0.2)
    )
    assert np.isfinite(log_ratio(fewer)).all()


def test_sites_without_a_month_in_common_are_not_compared() -> None:
    """The smaller group of a region that sent figures in other months than the larger."""
    frame = drawn(0.04)
    frame = frame[frame["region"] == "South East"]
    codes = sorted(frame["site_code"].unique())
    late = frame["site_code"].isin(codes[:6])
    apart = frame[(late & (frame["period"] >= "2024-10-01")) | (~late & (frame["period"] < "2024-10-01"))]
    made = Staggered.of(Panel(OUTCOME, apart), evaluation())
    (grid,) = made.true.grids
    assert grid.sites == codes[6:]
    assert found(made, Area("site", codes[0])).estimate.verdict == "cannot_conclude"
