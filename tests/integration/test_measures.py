"""What each feed comes to: small files by hand through the real door, collect and build; every measure exactly.

One warehouse for the module: two sites; site AAA pushes a file of every feed, in which practice B10001 is foreign.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk, inputs_file, list_file
from input_cases import fresh_desk

from pch.intake.receive import Receipt
from pch.registry import feeds
from pch.settings import Settings

PERIOD = "2026-03"  # a month in which the staff survey is due
ONE, TWO, FOREIGN = "A10001", "A10002", "B10001"
Figures = dict[tuple[str, str], tuple[float, int]]
"""Quantity and suppressed count, by practice and measure."""


def sent(header: str, *lines: str) -> str:
    return "\n".join(["practice_code," + header, *lines]) + "\n"


FILES = {
    "registered_list": list_file([ONE, TWO]),
    "hospital_activity": sent(
        "sex,age_band,pod,condition_group,frailty,events_count,bed_days,live_discharges_count,readmit_30d_count,cost_gbp",
        f"{ONE},female,80-84,em,acsc_chronic,severe,3,21,2,1,900.50",
        f"{ONE},male,5-9,em,acute_3a,none,2,4,2,0,",
        f"{ONE},male,5-9,ae1,other,none,5,,,,100",
        f"{ONE},male,5-9,ae3,other,none,6,,,,",
        f"{ONE},male,5-9,dc,other,none,7,,7,*,",
        f"{TWO},female,80-84,em,falls,moderate,*,9,4,0,",
        f"{TWO},female,80-84,opf,other,unknown,8,,,,",
        f"{TWO},female,80-84,el,other,mild,9,30,9,1,5000",
        f"{FOREIGN},female,80-84,em,falls,severe,50,90,40,9,7000",
    ),
    "gp_appointments": sent(
        "week_start_date,staff_type,mode,status,wait_band,category,appointments_count,wait_days_sum,wait_days_sumsq,minutes_sum",
        f"{ONE},2026-03-02,gp,face_to_face,attended,8_to_14_days,routine,10,100,1040,95",
        f"{ONE},2026-03-09,gp,telephone,dna,22_to_28_days,routine,2,,,",
        f"{ONE},2026-03-09,nurse,telephone,unknown,unknown,planned_clinic,20,,,300",
        f"{TWO},2026-03-02,other,face_to_face,attended,same_day,acute,*,,,",
        f"{FOREIGN},2026-03-02,gp,face_to_face,attended,same_day,acute,500,,,",
    ),
    "clinical_indicators": sent(
        "indicator_code,cohort,numerator_count,denominator_count,exclusions_count",
        f"{ONE},HYP008,all,60,80,5",
        f"{TWO},FRAIL_REGISTER,frail_severe,9,300,",
        f"{TWO},FRAIL_REGISTER,frail_moderate,*,300,",
        f"{FOREIGN},HYP008,all,600,800,50",
    ),
    "prescribing": sent(
        "bnf_code,items_count,quantity,nic_gbp,actual_cost_gbp",
        f"{ONE},0501013B0AAAAAA,30,600,40.00,36.10",
        f"{ONE},0501013K0AAAJAJ,5,70,20.00,18.00",
        f"{ONE},0501030P0AAAAAA,2,56,10.00,9.25",
        f"{ONE},0501090R0AAAAAA,1,30,8.00,7.00",
        f"{ONE},1003020P0AAAAAA,4,400,12.00,11.00",
        f"{ONE},0205040D0BBAEAQ,3,84,30.00,*",
        f"{TWO},21010900738,1,100,-3.00,-2.50",
        f"{FOREIGN},0501013K0AAAJAJ,500,7000,2000.00,1800.00",
    ),
    "workforce": sent(
        "staff_group,role,employer_type,fte,headcount,vacant_fte,joiners,leavers,advertised,filled_90d,absence_days,available_days",
        f"{ONE},gp,gp_partner,practice,3.5,4,0.5,0,0.25,,,4,77",
        f"{ONE},gp,gp_trainee,practice,2,2,,,,,,9,",
        f"{TWO},nurse,practice_nurse,practice,*,2,0,0,0,,,,",
        ",community,community_nurse,trust,6,7,1,0,0,4,3,11,132",
        f"{FOREIGN},gp,gp_partner,practice,50,50,9,0,9,,,40,770",
    ),
    "staff_survey": sent(
        "wave,role_group,question_code,answer,respondents_count",
        ",2026-Q1,gp,RECOMMEND_WORK,5,20",
        ",2026-Q1,gp,RECOMMEND_WORK,4,10",
        ",2026-Q1,nurse,RECOMMEND_WORK,3,12",
        ",2026-Q1,nurse,RECOMMEND_WORK,1,*",
        f"{ONE},2026-Q1,gp,JOB_SATISFACTION,5,4",
        f"{ONE},2026-Q1,gp,JOB_SATISFACTION,7,2",
        f"{FOREIGN},2026-Q1,gp,JOB_SATISFACTION,7,200",
    ),
    "patient_experience": sent(
        "instrument,question_code,answer,responses_count,weighted_count,score_sum,score_sumsq",
        f"{ONE},gpps,OVERALL,very_good,50,45.5,,",
        f"{ONE},gpps,OVERALL,fairly_good,30,33.25,,",
        f"{ONE},gpps,OVERALL,very_poor,*,8,,",
        f"{TWO},fft,RECOMMEND,neither,7,,,",
        f"{TWO},pam,ACTIVATION,scored,4,,240,14500",
        f"{FOREIGN},gpps,OVERALL,very_good,500,455,,",
    ),
    "programme_inputs": inputs_file(
        ",1,2026-03-04,Frailty,it,own,,,100,actual,", f"{ONE},2,2026-03-05,Frailty,staff,in_kind,,3,60,actual,"
    ),
    "interventions": sent(
        "workstream,cohort,start_date,caseload_open,starts,stops,contacts,mdt_reviews,care_plans,redirected_from_gp",
        ",frailty_team,frail,2025-04-01,55,12,9,120,14,11,30",
        f"{ONE},first_contact_physio,all,,,,,80,,,*",
        f"{FOREIGN},urgent_hub,all,,9,9,9,900,9,9,9",
    ),
}


@pytest.fixture(scope="module")
def month(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, dict[str, Receipt]]]:
    with fresh_desk(server, Path(tmp_path_factory.mktemp("measures"))) as desk:
        desk.register({"AAA": [ONE, TWO], "BBB": [FOREIGN]})
        receipts = {feed: desk.push("AAA", feed, PERIOD, content) for feed, content in FILES.items()}
        desk.collect()
        desk.build_figures()
        yield desk, receipts


def measures(desk: Desk, topic: str) -> Figures:
    """The measures of a topic of all sexes and ages, summed."""
    rows = desk.rows(
        f"""select practice_code, measure_code, sum(quantity), sum(suppressed_count)::integer
            from int.int_{topic}__measures where site_code = 'AAA' and period = '2026-03-01' group by 1, 2"""
    )
    return {(practice, measure): (quantity, hidden) for practice, measure, quantity, hidden in rows}


def real(desk: Desk, nominal: float) -> object:
    price = desk.value("select real_gbp_per_nominal_gbp from stg.stg_price where period = '2026-03-01'")
    return pytest.approx(nominal * price, abs=1e-9)


def test_every_feed_is_sent_and_in_use(month: tuple[Desk, dict[str, Receipt]]) -> None:
    desk, receipts = month
    assert set(FILES) == set(feeds())
    verdicts = {feed: desk.verdict(receipt) for feed, receipt in receipts.items()}
    assert set(verdicts.values()) <= {"accepted", "accepted_with_warnings"}, verdicts


def test_nothing_of_another_sites_practice_is_measured_and_no_measure_stands_twice(
    month: tuple[Desk, dict[str, Receipt]],
) -> None:
    desk, _ = month
    assert desk.value("select count(*) from int.int_measure__cells where practice_code = %s and site_code = 'AAA'", FOREIGN) == 0  # fmt: skip
    doubles = """select site_code, practice_code, period, sex, age_band, measure_code from int.int_measure__cells
                 group by 1, 2, 3, 4, 5, 6 having count(*) > 1"""
    assert desk.rows(doubles) == []


def test_hospital(month: tuple[Desk, dict[str, Receipt]]) -> None:
    desk, _ = month
    assert measures(desk, "hospital") == {
        (ONE, "emergency_spells"): (5, 0),
        (ONE, "emergency_spells_acsc_chronic"): (3, 0),
        (ONE, "emergency_spells_acute_3a"): (2, 0),
        (ONE, "emergency_spells_frail"): (3, 0),
        (ONE, "ae_attendances_type_1_2"): (5, 0),
        (ONE, "ae_attendances_type_3"): (6, 0),
        (ONE, "day_cases"): (7, 0),
        (ONE, "emergency_bed_days"): (25, 0),
        (ONE, "emergency_bed_days_sumsq"): (21**2 / 3 + 4**2 / 2, 0),
        (ONE, "live_discharges"): (11, 0),
        (ONE, "emergency_readmissions_30d"): (1, 1),
        (ONE, "hospital_cost_nominal_gbp"): (1000.5, 0),
        (ONE, "hospital_cost_real_gbp"): (real(desk, 1000.5), 0),
        (ONE, "emergency_hospital_cost_nominal_gbp"): (1000.5, 0),
        (ONE, "emergency_hospital_cost_real_gbp"): (real(desk, 1000.5), 0),
        (TWO, "emergency_spells"): (0, 1),
        (TWO, "emergency_spells_falls"): (0, 1),
        (TWO, "emergency_spells_frail"): (0, 1),
        (TWO, "first_outpatient_attendances"): (8, 0),
        (TWO, "elective_spells"): (9, 0),
        (TWO, "emergency_bed_days"): (9, 0),
        (TWO, "emergency_bed_days_sumsq"): (81, 0),
        (TWO, "live_discharges"): (13, 0),
        (TWO, "emergency_readmissions_30d"): (1, 0),
        (TWO, "hospital_cost_nominal_gbp"): (5000, 0),
        (TWO, "hospital_cost_real_gbp"): (real(desk, 5000), 0),
    }


def test_hospital_keeps_sex_and_age(month: tuple[Desk, dict[str, Receipt]]) -> None:
    desk, _ = month
    rows = desk.rows(
        """select sex, age_band, quantity from int.int_hospital__measures
           where practice_code = %s and measure_code = 'emergency_spells' order by sex""",
        ONE,
    )
    assert rows == [("female", "80-84", 3), ("male", "5-9", 2)]


def test_appointments(month: tuple[Desk, dict[str, Receipt]]) -> None:
    desk, _ = month
    assert measures(desk, "appointments") == {
        (ONE, "appointments"): (30, 0),
        (ONE, "gp_appointments"): (10, 0),
        (ONE, "nurse_appointments"): (20, 0),
        (ONE, "appointments_attended"): (10, 0),
        (ONE, "appointments_dna"): (2, 0),
        (ONE, "appointments_unknown"): (20, 0),
        (ONE, "appointments_attended_or_dna"): (12, 0),
        (ONE, "appointments_with_wait"): (12, 0),
        (ONE, "appointments_within_14_days"): (10, 0),
        (ONE, "routine_gp_appointments"): (12, 0),
        (ONE, "routine_gp_wait_days_sum"): (100 + 2 * 25, 0),
        (ONE, "routine_gp_wait_days_sumsq"): (1040 + 2 * 629, 0),
        (ONE, "gp_appointments_timed"): (10, 0),
        (ONE, "gp_minutes"): (95, 0),
        (TWO, "appointments"): (0, 1),
        (TWO, "other_staff_appointments"): (0, 1),
        (TWO, "appointments_attended"): (0, 1),
        (TWO, "appointments_attended_or_dna"): (0, 1),
        (TWO, "appointments_with_wait"): (0, 1),
        (TWO, "appointments_within_14_days"): (0, 1),
    }


def test_indicators(month: tuple[Desk, dict[str, Receipt]]) -> None:
    desk, _ = month
    assert measures(desk, "indicators") == {
        (ONE, "indicator_hyp008_met"): (60, 0),
        (ONE, "indicator_hyp008_eligible"): (80, 0),
        (ONE, "indicator_hyp008_excluded"): (5, 0),
        (TWO, "indicator_frail_register_frail_severe_met"): (9, 0),
        (TWO, "indicator_frail_register_frail_severe_eligible"): (300, 0),
        (TWO, "indicator_frail_register_frail_moderate_met"): (0, 1),
        (TWO, "indicator_frail_register_frail_moderate_eligible"): (300, 0),
        (TWO, "frail_person_months"): (9, 1),
    }


def test_prescribing(month: tuple[Desk, dict[str, Receipt]]) -> None:
    """By the groups of the registry: rifampicin is no antibiotic here, ibuprofen gel no rubefacient, doxazosin only
    with modified release of low priority."""
    desk, _ = month
    assert measures(desk, "prescribing") == {
        (ONE, "prescription_items"): (45, 0),
        (ONE, "prescribing_nic_nominal_gbp"): (120, 0),
        (ONE, "prescribing_nic_real_gbp"): (real(desk, 120), 0),
        (ONE, "prescribing_cost_nominal_gbp"): (81.35, 1),
        (ONE, "prescribing_cost_real_gbp"): (real(desk, 81.35), 1),
        (ONE, "low_priority_items"): (5, 0),
        (ONE, "low_priority_cost_nominal_gbp"): (9.25, 1),
        (ONE, "low_priority_cost_real_gbp"): (real(desk, 9.25), 1),
        (ONE, "antibiotic_items"): (37, 0),
        (ONE, "broad_spectrum_antibiotic_items"): (5, 0),
        (TWO, "prescription_items"): (1, 0),
        (TWO, "prescribing_nic_nominal_gbp"): (-3, 0),
        (TWO, "prescribing_nic_real_gbp"): (real(desk, -3), 0),
        (TWO, "prescribing_cost_nominal_gbp"): (-2.5, 0),
        (TWO, "prescribing_cost_real_gbp"): (real(desk, -2.5), 0),
    }


def test_workforce(month: tuple[Desk, dict[str, Receipt]]) -> None:
    desk, _ = month
    assert measures(desk, "workforce") == {
        (ONE, "fte"): (5.5, 0),
        (ONE, "gp_fte_excluding_trainees"): (3.5, 0),
        (ONE, "vacant_fte"): (0.5, 0),
        (ONE, "established_fte"): (4, 0),
        (ONE, "leavers_fte"): (0.25, 0),
        (ONE, "fte_with_leavers_recorded"): (3.5, 0),
        (ONE, "absence_days"): (4, 0),
        (ONE, "available_days"): (77, 0),
        (TWO, "fte"): (0, 1),
        (TWO, "nurse_fte"): (0, 1),
        (TWO, "vacant_fte"): (0, 0),
        (TWO, "established_fte"): (0, 1),
        (TWO, "leavers_fte"): (0, 0),
        (TWO, "fte_with_leavers_recorded"): (0, 1),
        ("", "fte"): (6, 0),
        ("", "direct_care_fte"): (6, 0),
        ("", "vacant_fte"): (1, 0),
        ("", "established_fte"): (7, 0),
        ("", "leavers_fte"): (0, 0),
        ("", "fte_with_leavers_recorded"): (6, 0),
        ("", "posts_advertised"): (4, 0),
        ("", "posts_filled_90d"): (3, 0),
        ("", "community_nurse_posts_advertised"): (4, 0),
        ("", "community_nurse_posts_filled_90d"): (3, 0),
        ("", "absence_days"): (11, 0),
        ("", "available_days"): (132, 0),
    }


def test_staff(month: tuple[Desk, dict[str, Receipt]]) -> None:
    desk, _ = month
    assert measures(desk, "staff") == {
        ("", "staff_recommend_responses"): (42, 1),
        ("", "staff_recommend_favourable"): (30, 0),
        (ONE, "staff_satisfaction_responses"): (6, 0),
        (ONE, "staff_satisfaction_score_sum"): (34, 0),
        (ONE, "staff_satisfaction_score_sumsq"): (198, 0),
    }


def test_experience(month: tuple[Desk, dict[str, Receipt]]) -> None:
    desk, _ = month
    assert measures(desk, "experience") == {
        (ONE, "gpps_overall_responses"): (80, 1),
        (ONE, "gpps_overall_favourable"): (80, 0),
        (ONE, "gpps_overall_responses_weighted"): (86.75, 0),
        (ONE, "gpps_overall_favourable_weighted"): (78.75, 0),
        (ONE, "gpps_overall_weights_sumsq"): (pytest.approx(45.5**2 / 50 + 33.25**2 / 30 + 8**2), 0),
        (TWO, "fft_recommend_responses"): (7, 0),
        (TWO, "pam_activation_scored_responses"): (4, 0),
        (TWO, "pam_activation_score_sum"): (240, 0),
        (TWO, "pam_activation_score_sumsq"): (14500, 0),
    }


def test_inputs(month: tuple[Desk, dict[str, Receipt]]) -> None:
    desk, _ = month
    assert measures(desk, "inputs") == {
        ("", "input_hours"): (3, 0),
        ("", "input_cost_nominal_gbp"): (160, 0),
        ("", "input_cost_real_gbp"): (real(desk, 160), 0),
        ("", "input_in_kind_real_gbp"): (real(desk, 60), 0),
        ("", "input_lines_not_valued"): (0, 0),
    }


def test_interventions(month: tuple[Desk, dict[str, Receipt]]) -> None:
    desk, _ = month
    assert measures(desk, "interventions") == {
        ("", "intervention_contacts"): (120, 0),
        ("", "intervention_contacts_redirected_from_gp"): (30, 0),
        ("", "intervention_starts"): (12, 0),
        ("", "intervention_stops"): (9, 0),
        ("", "intervention_mdt_reviews"): (14, 0),
        ("", "intervention_care_plans"): (11, 0),
        ("", "intervention_caseload"): (55, 0),
        (ONE, "intervention_contacts"): (80, 0),
        (ONE, "intervention_contacts_redirected_from_gp"): (0, 1),
    }


def test_need(month: tuple[Desk, dict[str, Receipt]]) -> None:
    """Ten patients in each of 38 cells. Prescribing units of a man and a woman of each age, as published, and the people
    of the standard population of that age; 4 of our bands are 75 and over, 2 stand for each other age but the first."""
    desk, _ = month
    ages = [
        (1, 0.8748, 5000), (0.8717, 0.7368, 11000), (1.2259, 1.4490, 11500), (1.2543, 1.8419, 12500), (1.8167, 2.5723, 14000),
        (3.0897, 3.7249, 14000), (5.2828, 5.4424, 12500), (8.7419, 7.6408, 10500), (11.3431, 9.8894, 9000),
    ]  # fmt: skip
    units = sum(
        10 * bands * (man + woman) for bands, (man, woman, _) in zip([1, 2, 2, 2, 2, 2, 2, 2, 4], ages, strict=True)
    )
    mean = sum((man + woman) / 2 * people for man, woman, people in ages) / 100_000
    for practice in (ONE, TWO):
        assert measures(desk, "need")[practice, "astro_pu"] == (pytest.approx(units), 0)
        assert measures(desk, "need")[practice, "need_weighted_person_months"] == (pytest.approx(units / mean), 0)


def test_cost(month: tuple[Desk, dict[str, Receipt]]) -> None:
    """Activity at the prices of reference/unit_costs.csv, deflated: 2023/24 = 96.085, 2024/25 = 100, and later years
    as that. What the sites priced themselves is not in it."""
    desk, _ = month
    up = 100 / 96.085
    emergency = up * (5 * 2595.43 + 5 * 323.48 + 6 * 123.75)
    activity = emergency + up * (7 * 1031.11 + 80 * 86.32) + 10 * 42 + 20 * 14
    two = up * (9 * 6214.17 + 8 * 222.82)
    site = up * 120 * 86.32
    expected = {
        (ONE, "emergency_activity_cost"): (emergency, 0),
        (ONE, "emergency_activity_cost_frail"): (up * 3 * 2595.43, 0),
        (ONE, "activity_cost"): (activity, 0),
        (ONE, "total_cost"): (activity + 81.35, 1),
        (ONE, "valued_cost"): (emergency + 81.35, 1),
        (TWO, "emergency_activity_cost"): (0, 1),
        (TWO, "emergency_activity_cost_frail"): (0, 1),
        (TWO, "activity_cost"): (two, 2),
        (TWO, "total_cost"): (two - 2.5, 2),
        (TWO, "valued_cost"): (-2.5, 1),
        ("", "activity_cost"): (site, 0),
        ("", "total_cost"): (site + 160, 0),
    }
    figures = measures(desk, "cost")
    for (practice, cost), (gbp, hidden) in expected.items():
        assert figures.pop((practice, f"{cost}_nominal_gbp")) == (pytest.approx(gbp), hidden), (practice, cost)
        assert figures.pop((practice, f"{cost}_real_gbp")) == (real(desk, gbp), hidden), (practice, cost)
    assert figures == {}


def test_frail_people_stand_by_severity(month: tuple[Desk, dict[str, Receipt]]) -> None:
    desk, _ = month
    query = """select age_band, sum(quantity) from int.int_measure__cells
               where period = '2026-03-01' and site_code = 'AAA' and measure_code = %s
               group by 1 order by 1"""
    assert desk.rows(query, "emergency_spells_frail") == [("frail_moderate", 0), ("frail_severe", 3)]
    assert desk.rows(query, "frail_person_months") == [("frail_moderate", 0), ("frail_severe", 9)]


def test_a_correction_replaces_the_measures_of_its_month(desk: Desk) -> None:
    """The first file's antibiotic is gone with it; the other month stands."""
    desk.register({"AAA": [ONE]})
    header = "bnf_code,items_count,quantity,nic_gbp,actual_cost_gbp"
    for period in ("2026-02", PERIOD):
        desk.push("AAA", "prescribing", period, sent(header, f"{ONE},0501013B0AAAAAA,30,600,40.00,36.00"))
    desk.collect()
    desk.build_figures()
    desk.push("AAA", "prescribing", PERIOD, sent(header, f"{ONE},0601023A0AAAAAA,7,1,9.00,8.00"))
    desk.collect()
    desk.build_figures()
    assert measures(desk, "prescribing").keys() & {(ONE, "antibiotic_items")} == set()
    assert measures(desk, "prescribing")[ONE, "prescription_items"] == (7, 0)
    query = "select quantity from int.int_prescribing__measures where period = '2026-02-01' and measure_code = 'antibiotic_items'"
    assert desk.value(query) == 30
