"""The planted effects: where they are said to be, as large as said, and nowhere else."""

from datetime import date

import pandas as pd
import pytest
from simulated import END, table

from pch.simulate import Effects, Programme
from pch.simulate.months import shift

PLANTED = Effects(reduction=0.04, from_month=7, share=0.5)


def _programme(effects: Effects | None) -> Programme:
    return Programme.create(end=END, months=36, feeds=("hospital_activity",), effects=effects)


def _emergencies(programme: Programme, period: date) -> "pd.Series[float]":
    rows = table(programme, "hospital_activity", period)
    return rows[rows["pod"] == "em"].groupby("site")["events_count"].sum()


def test_what_is_avoided_is_what_was_planted() -> None:
    planted, without = _programme(PLANTED), _programme(None)
    truth = pd.DataFrame(vars(t) for t in planted.effects_truth()).set_index("site_code")
    observed, expected = 0, 0
    for period in planted.periods[-3:]:
        found, counterfactual = (_emergencies(p, period) for p in (planted, without))
        works = truth["has_effect"] & (pd.to_datetime(truth["from_period"]) <= pd.Timestamp(period))
        assert (found[~works[found.index]] == counterfactual[~works[found.index]]).all()  # elsewhere nothing changes
        observed += found[works[found.index]].sum()
        expected += counterfactual[works[found.index]].sum()
    assert expected > 50_000
    #  Each of so many admissions was avoided with a chance of 4%: four standard errors.
    assert observed / expected == pytest.approx(0.96, abs=4 * (0.04 * 0.96 / expected) ** 0.5)


def test_the_truth_says_where_and_from_when() -> None:
    planted = _programme(PLANTED)
    truth = planted.effects_truth()
    assert [t.site_code for t in truth] == [s.site_code for s in planted.sites]
    assert sum(t.has_effect for t in truth) == 92
    for t, site in zip(truth, planted.sites, strict=True):
        assert t.went_live == site.went_live >= site.start_date
        assert t.from_period == (shift(site.went_live, 6) if t.has_effect else None)
        assert t.effect == (0.04 if t.has_effect else 0.0)
    assert not any(t.has_effect for t in _programme(None).effects_truth())
    with_effect, without = ({t.went_live for t in truth if t.has_effect is has} for has in (True, False))
    assert len(with_effect & without) >= 10  # whether it works does not hang on when it started


def test_programmes_start_before_and_within_a_long_window() -> None:
    planted = _programme(PLANTED)
    live = [s.went_live for s in planted.sites]
    first = planted.periods[0]
    assert len(set(live)) >= 12
    assert 0.1 <= sum(day < first for day in live) / 185 <= 0.6
    assert sum(shift(first, 12) <= day <= shift(END, -12) for day in live) >= 20  # a year before and a year after
    assert all(s.start_date <= first for s in planted.sites)  # all push from the beginning


def test_wrong_effects_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Effects(reduction=4)
    with pytest.raises(ValueError, match="first month"):
        Effects(from_month=0)
