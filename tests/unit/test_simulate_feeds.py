"""The simulated feeds beside the figures they are calibrated to, at the programme's full size, and beside one another
and the months before: what must add up does."""

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from simulated import END, JUNE, table

from pch.simulate import Programme
from pch.simulate.months import shift

MAY = shift(JUNE, -1)


@pytest.fixture(scope="module")
def full() -> Programme:
    return Programme.create(end=END)


@pytest.fixture(scope="module")
def patients(full: Programme) -> "pd.Series[float]":
    """By practice, in June."""
    codes = [p.practice_code for p in full.practices]
    total = pd.Series(full.registered(JUNE).sum(axis=(1, 2)), index=codes, dtype=float)
    return total[total > 0]


def _only(name: str, **more: object) -> Programme:
    return Programme.create(end=END, feeds=(name,), **more)  # type: ignore[arg-type]


#  --- appointments


@pytest.fixture(scope="module")
def appointments() -> pd.DataFrame:
    return table(_only("gp_appointments"), "gp_appointments", JUNE)


#  NHS England, Appointments in General Practice, April 2025 to March 2026: over practices.
OVER_14_DAYS = ["15_to_21_days", "22_to_28_days", "over_28_days"]
SHARES = [
    ("status", ["dna"], (0.019, 0.041, 0.089)),
    ("status", ["unknown"], (0.016, 0.048, 0.140)),
    ("wait_band", ["same_day"], (0.25, 0.42, 0.63)),
    ("wait_band", OVER_14_DAYS, (0.04, 0.17, 0.36)),
    ("mode", ["telephone"], (0.05, 0.22, 0.49)),
]


@pytest.mark.parametrize(("column", "values", "wanted"), SHARES)
def test_shares_of_appointments_over_practices(
    appointments: pd.DataFrame, column: str, values: list[str], wanted: tuple[float, float, float]
) -> None:
    count = appointments.groupby("practice_code")["appointments_count"].sum()
    part = appointments[appointments[column].isin(values)].groupby("practice_code")["appointments_count"].sum()
    low, median, high = (part / count).fillna(0).quantile([0.05, 0.5, 0.95])
    assert median == pytest.approx(wanted[1], rel=0.08)
    assert low == pytest.approx(wanted[0], rel=0.15) and high == pytest.approx(wanted[2], rel=0.10)


def test_appointments_per_1000_patients_over_practices(
    appointments: pd.DataFrame, patients: "pd.Series[float]"
) -> None:
    rate = appointments.groupby("practice_code")["appointments_count"].sum() / patients * 1000
    usual = rate * (253 / 12) / 22  # working days of the usual month and of June 2026
    low, median, high = usual.quantile([0.05, 0.5, 0.95])
    assert median == pytest.approx(476, rel=0.05)
    assert low == pytest.approx(308, rel=0.08) and high == pytest.approx(765, rel=0.08)


def test_appointments_follow_the_working_days_of_each_week(appointments: pd.DataFrame) -> None:
    by_week = appointments.groupby("week_start_date")["appointments_count"].sum()
    #  June 2026 begins on a Monday and ends on a Tuesday; it has no bank holiday.
    assert [day.isoformat() for day in by_week.index] == [f"2026-06-{d:02d}" for d in (1, 8, 15, 22, 29)]
    assert (by_week / by_week.sum()).to_numpy() == pytest.approx(np.array([5, 5, 5, 5, 2]) / 22, abs=0.003)
    december = table(_only("gp_appointments", sites=3), "gp_appointments", date(2025, 12, 1))
    by_week = december.groupby("week_start_date")["appointments_count"].sum()
    christmas, before = by_week[date(2025, 12, 22)], by_week[date(2025, 12, 15)]
    assert christmas / before == pytest.approx(3 / 5, abs=0.05)  # two bank holidays


def test_days_waited_and_minutes_fit_the_appointments(appointments: pd.DataFrame) -> None:
    known = appointments[appointments["wait_band"] != "unknown"]
    assert appointments["wait_days_sum"].isna().sum() == len(appointments) - len(known) > 0
    least = known["wait_band"].map(
        {"same_day": 0, "1_day": 1, "2_to_7_days": 2, "8_to_14_days": 8, "15_to_21_days": 15, "22_to_28_days": 22,
         "over_28_days": 29}
    )  # fmt: skip
    count, total, squares = known["appointments_count"], known["wait_days_sum"], known["wait_days_sumsq"]
    assert (total >= least * count).all() and (squares * count >= total**2).all()
    assert (total[known["wait_band"] == "2_to_7_days"] <= 7 * count[known["wait_band"] == "2_to_7_days"]).all()
    routine = known[(known["staff_type"] == "gp") & (known["category"] == "routine")]
    assert 7 <= routine["wait_days_sum"].sum() / routine["appointments_count"].sum() <= 14
    seen = appointments[appointments["status"] == "attended"]
    assert appointments["minutes_sum"].notna().sum() == len(seen)
    assert 9 <= seen["minutes_sum"].sum() / seen["appointments_count"].sum() <= 14


#  --- prescribing


@pytest.fixture(scope="module")
def prescribing() -> pd.DataFrame:
    return table(_only("prescribing"), "prescribing", JUNE)


def test_items_and_what_they_cost(prescribing: pd.DataFrame, patients: "pd.Series[float]") -> None:
    items = prescribing["items_count"].sum()
    assert 1.5 <= items / patients.sum() <= 1.8
    assert 8 <= prescribing["nic_gbp"].sum() / items <= 9
    assert 0.92 <= prescribing["actual_cost_gbp"].sum() / prescribing["nic_gbp"].sum() <= 0.95
    by_practice = prescribing.groupby("practice_code")["items_count"].sum() / patients
    old, young = (by_practice.quantile(q) for q in (0.95, 0.05))
    assert old > 1.6 * young  # practices with older patients prescribe more
    assert (prescribing["items_count"] >= 1).all() and (prescribing["quantity"] >= prescribing["items_count"]).all()


def test_what_is_followed_in_prescribing_is_there(prescribing: pd.DataFrame) -> None:
    def items(month: pd.DataFrame, *prefixes: str) -> int:
        return int(month[month["bnf_code"].str.startswith(prefixes)]["items_count"].sum())

    antibiotics = items(prescribing, "0501")
    assert 0.015 <= antibiotics / prescribing["items_count"].sum() <= 0.04
    assert 0.07 <= items(prescribing, "0501013K0", "050102", "050112") / antibiotics <= 0.15
    rarely = prescribing[prescribing["bnf_code"].str.startswith(("0602010M0", "1502010J0", "0407020AF", "0403010J0"))]
    assert 0.002 <= rarely["actual_cost_gbp"].sum() / prescribing["actual_cost_gbp"].sum() <= 0.02
    winter, summer = (table(_only("prescribing", sites=5), "prescribing", p) for p in (date(2026, 1, 1), JUNE))
    share = [items(m, "0501") / m["items_count"].sum() for m in (winter, summer)]
    assert share[0] > 1.3 * share[1]


#  --- workforce and what staff say


@pytest.fixture(scope="module")
def workforce() -> dict[date, pd.DataFrame]:
    programme = _only("workforce")
    return {period: table(programme, "workforce", period) for period in (MAY, JUNE)}


def test_staff_for_10000_patients(workforce: dict[date, pd.DataFrame], patients: "pd.Series[float]") -> None:
    staff = workforce[JUNE]
    fte = staff.groupby("staff_group")["fte"].sum() / patients.sum() * 10_000
    trainees = staff[staff["role"] == "gp_trainee"]["fte"].sum() / patients.sum() * 10_000
    assert 5.4 <= fte["gp"] <= 6.0 and 4.5 <= fte["gp"] - trainees <= 5.1
    assert 2.1 <= fte["nurse"] <= 2.8 and 10 <= fte["administrative"] <= 13
    assert 0.03 <= staff["vacant_fte"].sum() / (staff["fte"] + staff["vacant_fte"]).sum() <= 0.07
    assert 0.04 <= staff["absence_days"].sum() / staff["available_days"].sum() <= 0.06
    assert 0.10 <= staff["leavers"].sum() * 12 / staff["fte"].sum() <= 0.18
    nurses = staff[staff["role"] == "community_nurse"]
    assert 0.4 <= nurses["filled_90d"].sum() / nurses["advertised"].sum() <= 0.75
    assert (staff["fte"] <= staff["headcount"]).all() and (staff["filled_90d"] <= staff["advertised"]).all()


def test_joiners_and_leavers_explain_the_change_in_staff(workforce: dict[date, pd.DataFrame]) -> None:
    key = ["site", "practice_code", "role", "employer_type"]
    may, june = (workforce[p].fillna({"practice_code": ""}).set_index(key) for p in (MAY, JUNE))
    both = may.index.intersection(june.index)
    assert len(both) > 0.99 * len(june)
    change = june.loc[both, "fte"] - may.loc[both, "fte"]
    flows = june.loc[both, "joiners"] - june.loc[both, "leavers"]
    unexplained = (change - flows).abs() > 0.011
    assert unexplained.mean() < 0.005  # posts that came with a practice that merged or moved
    assert (change.abs() > 0).sum() > 300


def test_staff_who_answer_are_staff(workforce: dict[date, pd.DataFrame]) -> None:
    said = table(_only("staff_survey"), "staff_survey", JUNE)
    assert set(said["wave"]) == {"2026-Q2"}
    answers = said.groupby(["site", "question_code"])["respondents_count"].sum().unstack()
    assert (answers["RECOMMEND_WORK"] == answers["JOB_SATISFACTION"]).all()
    share = answers["RECOMMEND_WORK"] / workforce[JUNE].groupby("site")["headcount"].sum()
    assert share.min() >= 0.45 and share.max() <= 0.80
    assert 0.50 <= share.mean() <= 0.70
    recommend = said[said["question_code"] == "RECOMMEND_WORK"]
    points = recommend["answer"].astype(int)
    favourable = recommend[points >= 4]["respondents_count"].sum() / recommend["respondents_count"].sum()
    assert 0.55 <= favourable <= 0.67 and points.max() == 5
    satisfied = said[said["question_code"] == "JOB_SATISFACTION"]
    mean = (satisfied["answer"].astype(int) * satisfied["respondents_count"]).sum() / satisfied[
        "respondents_count"
    ].sum()
    assert 4.2 <= mean <= 5.2


#  --- patients


def test_what_patients_say() -> None:
    said = table(_only("patient_experience"), "patient_experience", JUNE)
    given = said.groupby(["instrument", "question_code", "answer"])["responses_count"].sum()
    good = {
        key: (rows.xs("very_good", level=2).sum() + rows.xs("fairly_good", level=2).sum()) / rows.sum()
        for key, rows in given.drop("pam").groupby(level=[0, 1])
    }
    assert good["gpps", "OVERALL"] == pytest.approx(0.74, abs=0.03)
    assert good["gpps", "CONTACT"] == pytest.approx(0.67, abs=0.03)
    assert good["gpps", "LTC_SUPPORT"] == pytest.approx(0.68, abs=0.03)
    assert good["fft", "RECOMMEND"] == pytest.approx(0.91, abs=0.02)
    scored = said[said["answer"] == "scored"]
    assert set(scored["instrument"]) == {"pam"} and set(said[said["score_sum"].notna()]["instrument"]) == {"pam"}
    assert scored["score_sum"].sum() / scored["responses_count"].sum() == pytest.approx(60, abs=1.5)
    assert (scored["score_sumsq"] * scored["responses_count"] >= 0.9999 * scored["score_sum"] ** 2).all()
    weighted = said[said["instrument"] == "gpps"]
    assert weighted["weighted_count"].sum() / weighted["responses_count"].sum() == pytest.approx(1, abs=0.01)
    assert said[said["instrument"] != "gpps"]["weighted_count"].isna().all()


#  --- indicators


@pytest.fixture(scope="module")
def indicators() -> dict[date, pd.DataFrame]:
    """Every month from August to April."""
    programme = _only("clinical_indicators", months=15)
    periods = [shift(date(2025, 8, 1), i) for i in range(9)]
    return {p: table(programme, "clinical_indicators", p) for p in periods}


def test_achievement_is_that_of_the_quality_and_outcomes_framework(indicators: dict[date, pd.DataFrame]) -> None:
    march, april = indicators[date(2026, 3, 1)], indicators[date(2026, 4, 1)]
    assert (march["numerator_count"] <= march["denominator_count"]).all()
    total = march.groupby("indicator_code")[["numerator_count", "denominator_count", "exclusions_count"]].sum()
    achieved = total["numerator_count"] / total["denominator_count"]
    framework = achieved[achieved.index.str.fullmatch("[A-Z]+[0-9]{3}")]
    assert len(framework) >= 30 and framework.between(0.55, 0.95).all() and 0.75 <= framework.median() <= 0.85
    assert achieved["HYP008"] == pytest.approx(0.72, abs=0.04) and achieved["DM020"] == pytest.approx(0.60, abs=0.04)
    assert achieved["AF008"] == pytest.approx(0.92, abs=0.02)
    one = march[march["indicator_code"] == "HYP008"]
    over_practices = (one["numerator_count"] / one["denominator_count"]).quantile([0.05, 0.95])
    assert 0.55 <= over_practices[0.05] <= 0.68 and 0.77 <= over_practices[0.95] <= 0.88
    later = april.groupby("indicator_code")[["numerator_count", "denominator_count"]].sum()
    drop = framework - (later["numerator_count"] / later["denominator_count"])[framework.index]
    assert (drop[total.loc[framework.index, "exclusions_count"] > 0] > 0).all()  # a new year begins


def test_flu_vaccinations_add_up_over_the_season(indicators: dict[date, pd.DataFrame]) -> None:
    given = {
        period: rows[rows["indicator_code"] == "FLU65"].set_index("practice_code")
        for period, rows in indicators.items()
    }
    assert [p.month for p, rows in given.items() if len(rows)] == [9, 10, 11, 12, 1, 2, 3]
    season = [rows for rows in given.values() if len(rows)]
    share = [rows["numerator_count"].sum() / rows["denominator_count"].sum() for rows in season]
    assert share == sorted(share) and share[0] < 0.2 and share[-1] == pytest.approx(0.78, abs=0.03)
    for before, after in pairwise(season):
        same = before.index.intersection(after.index)
        fell = after.loc[same, "numerator_count"] < before.loc[same, "numerator_count"]
        assert fell.mean() < 0.25  # people die and move; most practices only gain


def test_frailty_hangs_together_with_the_lists(full: Programme, indicators: dict[date, pd.DataFrame]) -> None:
    period = date(2026, 3, 1)
    rows = indicators[period].set_index(["indicator_code", "cohort", "practice_code"]).sort_index()
    severe = rows.loc["FRAIL_REGISTER", "frail_severe"]
    assert (rows.loc["FRAIL_REVIEW", "frail_severe"]["denominator_count"] == severe["numerator_count"]).all()
    from_65 = full.registered(period)[:, :, 13:].sum(axis=(1, 2))
    listed = pd.Series(from_65, index=[p.practice_code for p in full.practices])
    assert (severe["denominator_count"] == listed[severe.index]).all()
    assert severe["numerator_count"].sum() / listed.sum() == pytest.approx(0.03, abs=0.004)


#  --- what the programme does


def test_caseloads_follow_from_who_was_taken_on_and_let_go() -> None:
    programme = _only("interventions")
    key = ["site", "practice_code", "workstream", "cohort"]
    may, june = (table(programme, "interventions", p).fillna({"practice_code": ""}).set_index(key) for p in (MAY, JUNE))
    both = may.index.intersection(june.index)
    assert len(both) > 0.9 * len(june)
    now = june.loc[both]
    assert (now["caseload_open"] == may.loc[both, "caseload_open"] + now["starts"] - now["stops"]).all()
    new = june.loc[june.index.difference(may.index)]
    fresh = new[pd.to_datetime(new["start_date"]) == pd.Timestamp(JUNE)]
    assert len(fresh) and (fresh["caseload_open"] == fresh["starts"]).all()
    assert (june[["starts", "stops", "contacts"]] >= 0).all(axis=None)
    assert (june["redirected_from_gp"] <= june["contacts"]).all()


def test_new_work_begins_when_a_programme_goes_live() -> None:
    programme = _only("interventions")
    live = pd.Series({s.site_code: pd.Timestamp(s.went_live) for s in programme.sites})
    rows = table(programme, "interventions", JUNE)
    begun = pd.to_datetime(rows["start_date"])
    new = rows["workstream"].isin(
        ["frailty_team", "care_home_rounds", "first_contact_physio", "urgent_hub", "ltc_groups"]
    )
    went = live[rows["site"]].to_numpy()
    assert (begun[new] >= went[new]).all() and (begun[~new] < went[~new]).all()
    assert (begun <= pd.Timestamp(JUNE)).all()
    waiting = set(live[live > pd.Timestamp(JUNE)].index)
    assert 10 < len(waiting) < 150 and not waiting & set(rows[new]["site"])


def test_a_smaller_formulary_is_the_same_prescribing_in_fewer_rows() -> None:
    whole, tenth = (table(_only("prescribing", sites=6, formulary=share), "prescribing", JUNE) for share in (1.0, 0.1))
    assert 0.1 < len(tenth) / len(whole) < 0.25  # a rare presentation is not prescribed everywhere
    assert tenth["items_count"].sum() == pytest.approx(whole["items_count"].sum(), rel=0.1)
    assert tenth["actual_cost_gbp"].sum() == pytest.approx(whole["actual_cost_gbp"].sum(), rel=0.3)
