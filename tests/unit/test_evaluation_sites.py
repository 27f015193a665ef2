"""Single sites by themselves (interrupted series, synthetic control), the naive comparison, verdicts, and the whole of an
evaluation."""

from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
import pytest

from pch.evaluation import before_after, diagnostics, series, synthetic
from pch.evaluation.effect import Change
from pch.evaluation.estimate import estimate_all
from pch.evaluation.panel import Panel, months_since
from pch.evaluation.results import PROGRAMME, Diagnostic, Found
from pch.evaluation.verdict import judge
from pch.registry.evaluation import evaluation
from pch.simulate.effects import Effects
from pch.simulate.panels import PanelWorld

OUTCOME = "emergency_admissions"


@cache
def drawn(reduction: float) -> pd.DataFrame:
    return PanelWorld(Effects(reduction, share=1.0)).draw(11).frame


def site_live(frame: pd.DataFrame, month: str) -> str:
    """The first London site that went live in the month."""
    return str(frame.loc[(frame["went_live"] == month) & (frame["region"] == "London"), "site_code"].iloc[0])


def diagnostic(of: Found, name: str) -> Diagnostic:
    return next(d for d in of.diagnostics if d.diagnostic == name)


def test_a_series_finds_a_step() -> None:
    frame = drawn(0.20)
    site = site_live(frame, "2024-10-01")
    found = series.estimate(Panel(OUTCOME, frame), site, evaluation())
    assert found.estimate.verdict == "lower"
    assert found.estimate.effect_pct and found.estimate.effect_pct.lower_95 < -20 < found.estimate.effect_pct.upper_95
    assert (found.estimate.site_months_count, found.estimate.covered_pct) == (12, 100)
    assert len(found.course) == 36
    last = found.course[-1]
    own = frame[frame["site_code"] == site].set_index("period")
    assert last.observed == own["observed"].iloc[-1]
    assert last.observed < (last.lower_95 or 0) < last.expected < (last.upper_95 or 0)
    assert diagnostic(found, "placebo_date").is_passed


def test_a_series_that_is_too_short() -> None:
    frame = drawn(0.20)
    found = series.estimate(Panel(OUTCOME, frame), site_live(frame, "2025-10-01"), evaluation())
    assert (found.estimate.verdict, found.course) == ("cannot_conclude", [])
    assert found.estimate.reason == (
        "The series is too short: 30 months before going live and 0 with effect; at least 6 and 6 are needed."
    )


def test_a_series_whose_months_hang_together() -> None:
    """Newey and West's errors are taken, and nothing is concluded even so."""
    month = np.arange(36.0)
    slow = 300 * np.exp(0.15 * np.sin(2 * np.pi * month / 9))
    fitted = series.interrupted(slow, np.full(36, 300.0), month, month >= 20, month >= 0, pairs=2)
    assert fitted.p_value < 0.001 and fitted.correlation > 0.6
    check = diagnostics.autocorrelation(fitted.correlation, fitted.p_value, evaluation())
    assert check.is_passed is False and "carries over from month to month (correlation 0.7" in check.finding


def test_seasons_need_a_year() -> None:
    assert [series.pairs_of(months) for months in (11, 12, 23, 24)] == [0, 1, 1, 2]


def test_a_synthetic_site() -> None:
    frame = drawn(0.20)
    site = site_live(frame, "2024-04-01")
    wide = synthetic.Sites.of(Panel(OUTCOME, frame))
    found = synthetic.estimate(wide, site, evaluation())
    assert found.estimate.verdict == "lower"
    assert found.estimate.effect_pct and found.estimate.effect_pct.lower_95 < -20 < found.estimate.effect_pct.upper_95
    assert (found.estimate.sites_count, found.estimate.site_months_count) == (1, 12)
    assert [d.diagnostic for d in found.diagnostics] == ["fit", "placebo_date", "leave_one_out", "power"]
    assert all(d.is_passed for d in found.diagnostics)
    assert len(found.course) == 12 + 12 and found.course[-1].observed < found.course[-1].expected
    assert synthetic.estimate(wide, site, evaluation()) == found


def test_a_synthetic_site_that_does_not_fit() -> None:
    """Its six months before stray more than its donors' do; and half a year earlier there is nothing."""
    frame = drawn(0.20)
    found = synthetic.estimate(synthetic.Sites.of(Panel(OUTCOME, frame)), site_live(frame, "2023-10-01"), evaluation())
    assert diagnostic(found, "placebo_date").is_passed is None
    assert found.estimate.verdict == "cannot_conclude" and found.estimate.reason
    assert found.estimate.reason.endswith("in a usual month, more than they miss each other: they are no match.")


def test_donors_are_neighbours_not_yet_live() -> None:
    frame = drawn(0.20)
    site = site_live(frame, "2024-10-01")
    wide = synthetic.Sites.of(Panel(OUTCOME, frame))
    chosen = synthetic.window(wide, wide.names.index(site), evaluation())
    assert isinstance(chosen, synthetic.Window)
    last = wide.months[chosen.after[-1]]
    assert len(chosen.donors) >= synthetic.LEAST_DONORS
    for donor in chosen.donors:
        own = frame[frame["site_code"] == wide.names[donor]].iloc[0]
        assert own["region"] == "London"
        assert own["went_live"].year * 12 + own["went_live"].month - 1 > last


def test_a_site_without_donors() -> None:
    frame = drawn(0.20)
    few = frame[frame["region"] == "South West"]
    site = str(few.loc[few["went_live"].idxmin(), "site_code"])
    alone = few[(few["site_code"] == site) | (few["went_live"] < "2024-05-01")]
    found = synthetic.estimate(synthetic.Sites.of(Panel(OUTCOME, alone)), site, evaluation())
    assert found.estimate.verdict == "cannot_conclude" and found.estimate.reason
    assert found.estimate.reason.startswith("There is nobody to compare with: fewer than 8 other sites of the region")


def test_before_and_after_by_hand() -> None:
    """Two sites at 100 a month before; 90 and 80 after settling; the settling months between are not looked at."""
    periods = pd.date_range("2024-01-01", periods=20, freq="MS")
    rows = [
        {"site_code": site, "region": "R", "wave": "1", "period": period, "expected": 100.0, "person_months": 1.0,
         "observed": 100.0 if i < 8 else 500.0 if i < 14 else after, "went_live": periods[8]}
        for site, after in (("A", 90.0), ("B", 80.0)) for i, period in enumerate(periods)
    ]  # fmt: skip
    found = before_after.estimate(Panel(OUTCOME, pd.DataFrame(rows)), PROGRAMME, ["A", "B"], evaluation()).estimate
    assert found.effect_pct and found.effect_pct.value == pytest.approx(100 * (np.sqrt(0.72) - 1))
    assert (found.sites_count, found.site_months_count, found.observed) == (2, 12, 1020.0)
    assert (found.verdict, found.reason) == ("cannot_conclude", before_after.REASON)


def test_what_a_change_says() -> None:
    """log 0.96 with an error of 1% and many degrees of freedom, by hand: 1.95996 and 0.84162 normal quantiles."""
    change = Change(np.log(0.96), 0.01, 1e9)
    assert change.effect_pct.value == pytest.approx(-4)
    assert change.effect_pct.lower_95 == pytest.approx(100 * (0.96 * np.exp(-0.0195996) - 1), abs=1e-5)
    assert change.detectable_pct == pytest.approx(100 * (1 - np.exp(-0.0280158)), abs=1e-5)
    avoided = change.avoided(960)
    assert avoided.value == pytest.approx(40) and avoided.lower_95 < 40 < avoided.upper_95
    assert (change.sign, Change(-0.01, 0.01, 30).sign, Change(0.05, 0.01, 30).sign) == (-1, 0, 1)


def test_verdicts() -> None:
    settings = evaluation()
    small, wide, clear = Change(-0.005, 0.01, 100), Change(-0.05, 0.10, 100), Change(-0.08, 0.01, 100)
    assert judge(small, [diagnostics.power(small, settings)]) == ("no_effect_shown", None)
    verdict, reason = judge(wide, [diagnostics.power(wide, settings)])
    assert verdict == "cannot_conclude"
    assert reason and reason.startswith(
        "Only a reduction of 24.6% or more would be found four times in five; one of 10%"
    )
    assert judge(clear, [diagnostics.power(clear, settings)])[0] == "lower"
    assert judge(Change(0.08, 0.01, 100), [])[0] == "higher"
    verdict, reason = judge(clear, [diagnostics.inputs(60, settings), diagnostics.covered(80, settings)])
    assert (verdict, reason) == (
        "cannot_conclude",
        "What the programme cost is known of 60% of the months of its sites. At least 75% are needed for any figure on "
        "value.",
    )
    assert judge(clear, [diagnostics.inputs(75, settings)])[0] == "lower"
    assert judge(clear, [diagnostics.placebo_date(None, settings)])[0] == "lower"  # what cannot be made does not bar


def test_an_evaluation() -> None:
    """Two regions, two outcomes and the placebo: every method where it belongs, always in the same order."""
    frame = drawn(0.10)
    two = frame[frame["region"].isin(["North West", "South West"])]
    other = PanelWorld(Effects(0.10, share=1.0)).draw(11, "el").frame
    other = other[other["region"].isin(["North West", "South West"])]
    panels = {
        OUTCOME: Panel(OUTCOME, two),
        "valued_cost": Panel(
            "valued_cost", two.assign(observed=two["observed"] * 2600, expected=two["expected"] * 2600)
        ),
        "planned_admissions": Panel("planned_admissions", other),
    }
    told: list[str] = []
    found = estimate_all(panels, evaluation(), told.append)
    assert told == [evaluation().outcomes[name].title for name in (OUTCOME, "valued_cost")]
    sites = two["site_code"].nunique()
    made = Counter((f.estimate.outcome, f.estimate.method, f.estimate.area.area_type) for f in found)
    waves = two["wave"].nunique()
    assert made == {
        **{(name, "staggered", "programme"): 1 for name in (OUTCOME, "valued_cost")},
        **{(name, "staggered", "region"): 2 for name in (OUTCOME, "valued_cost")},
        **{(name, "staggered", "wave"): waves for name in (OUTCOME, "valued_cost")},
        **{(name, "staggered", "site"): sites for name in (OUTCOME, "valued_cost")},
        **{(name, "before_after", "programme"): 1 for name in (OUTCOME, "valued_cost")},
        **{(name, "before_after", "region"): 2 for name in (OUTCOME, "valued_cost")},
        (OUTCOME, "interrupted_series", "site"): sites,
        (OUTCOME, "synthetic_control", "site"): sites,
    }
    admissions, cost = (
        next(f for f in found if f.estimate.outcome == name and f.estimate.area == PROGRAMME)
        for name in (OUTCOME, "valued_cost")
    )
    assert admissions.estimate.verdict == cost.estimate.verdict == "lower"
    assert cost.estimate.avoided and admissions.estimate.avoided
    assert cost.estimate.avoided.value == pytest.approx(2600 * admissions.estimate.avoided.value)
    assert all(f.estimate.reason for f in found if f.estimate.verdict == "cannot_conclude")
    live = {str(s) for s in two.loc[months_since(two) >= 11, "site_code"].unique()}
    asked = {f.estimate.area.area_code for f in found if f.estimate.method == "interrupted_series" and f.diagnostics}
    assert asked == live
