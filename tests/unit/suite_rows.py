"""Rows for the tests of the suites: one a feed that breaks nothing, and what to change in it to break each rule."""

from typing import Any

import pandas as pd

Row = dict[str, Any]

FIRST, LAST = pd.Timestamp("2026-03-01"), pd.Timestamp("2026-03-31")

#  At the very edge of what is plausible where there is an edge.
CLEAN: dict[str, Row] = {
    "registered_list": {"registered_count": 20_000},
    "hospital_activity": {
        "events_count": 5_000, "bed_days": 0, "live_discharges_count": 5_000, "readmit_30d_count": 5_000,
    },
    "programme_inputs": {"hours": -2_000.0, "amount_gbp": 500_000.0, "date": LAST, "period_end": LAST},
    "gp_appointments": {
        "week_start_date": pd.Timestamp("2026-02-23"), "period": FIRST, "period_end": LAST,
        "wait_band": "22_to_28_days", "appointments_count": 20_000, "wait_days_sum": 28.0 * 20_000,
        "wait_days_sumsq": 28.0**2 * 20_000, "minutes_sum": 250.0 * 20_000,
    },
    "clinical_indicators": {
        "indicator_code": "HYP008", "numerator_count": 120_000, "denominator_count": 120_000, "exclusions_count": 120_000,
    },
    "prescribing": {
        "items_count": 20_000, "quantity": -2_000_000.0, "nic_gbp": 1_000.0, "actual_cost_gbp": 1_250.0,
    },
    "workforce": {
        "fte": 300.0, "headcount": 200, "vacant_fte": 0.0, "joiners": 0.0, "leavers": 0.0, "advertised": 2, "filled_90d": 2,
        "absence_days": 12_000.0, "available_days": 40.0 * 300,
    },
    "staff_survey": {
        "wave": "2026-Q1", "period": FIRST, "question_code": "RECOMMEND_WORK", "answer": "5", "respondents_count": 500,
    },
    "patient_experience": {
        "instrument": "pam", "question_code": "ACTIVATION", "responses_count": 10_000, "weighted_count": 20.0 * 10_000,
        "score_sum": 100.0 * 10_000, "score_sumsq": 100.0**2 * 10_000,
    },
    "interventions": {
        "start_date": LAST, "period_end": LAST, "caseload_open": 5, "starts": 12, "stops": 7, "contacts": 20_000,
        "mdt_reviews": 0, "care_plans": 0, "redirected_from_gp": 20_000,
    },
}  # fmt: skip

#  Each example breaks this rule and no other; one for each side of a range and for each "or" of a condition.
BREAKS: dict[str, dict[str, list[Row]]] = {
    "registered_list": {
        "negative_patients": [{"registered_count": -1}],
        "implausible_patients": [{"registered_count": 20_001}],
    },
    "hospital_activity": {
        "negative_events": [{"events_count": -1, "live_discharges_count": None}],
        "negative_bed_days": [{"bed_days": -1}],
        "negative_discharges": [{"live_discharges_count": -1, "readmit_30d_count": None}],
        "negative_readmissions": [{"readmit_30d_count": -1}],
        "more_readmissions_than_discharges": [{"live_discharges_count": 4_999}],
        "more_discharges_than_events": [{"events_count": 4_999}],
        "implausible_events": [{"events_count": 5_001}],
    },
    "programme_inputs": {
        "implausible_hours": [{"hours": 2_000.5}, {"hours": -2_000.5}],
        "implausible_amount": [{"amount_gbp": 500_000.01}, {"amount_gbp": -500_000.01}],
        "line_after_period": [{"date": pd.Timestamp("2026-04-01")}],
    },
    "gp_appointments": {
        "negative_appointments": [
            {"appointments_count": -1, "wait_days_sum": None, "wait_days_sumsq": None, "minutes_sum": None}
        ],
        "negative_wait_days": [{"wait_days_sum": -1.0}],
        "negative_minutes": [{"minutes_sum": -0.5}],
        "week_outside_period": [
            {"week_start_date": pd.Timestamp("2026-02-22")}, {"week_start_date": pd.Timestamp("2026-04-01")},
        ],
        "wait_sums_disagree": [{"wait_days_sumsq": 0.998 * 28**2 * 20_000}],
        "wait_beyond_band": [{"wait_days_sum": 28.0 * 20_000 + 1, "wait_days_sumsq": 29.0**2 * 20_000}],
        "implausible_wait": [
            {"wait_band": "over_28_days", "wait_days_sum": 366.0 * 20_000 + 1, "wait_days_sumsq": 367.0**2 * 20_000}
        ],
        "implausible_minutes": [{"minutes_sum": 250.0 * 20_000 + 1}],
        "implausible_appointments": [{"appointments_count": 20_001}],
    },
    "clinical_indicators": {
        "negative_numerator": [{"numerator_count": -1}],
        "negative_denominator": [{"denominator_count": -1, "numerator_count": None, "exclusions_count": None}],
        "negative_exclusions": [{"exclusions_count": -1}],
        "numerator_over_denominator": [{"denominator_count": 119_999, "exclusions_count": None}],
        "unknown_indicator": [{"indicator_code": code} for code in ("HYP08", "XYZ001", "FLU65X", "hyp008")],
        "more_excluded_than_left": [{"denominator_count": 20, "numerator_count": 20, "exclusions_count": 21}],
        "implausible_denominator": [{"denominator_count": 120_001}],
    },
    "prescribing": {
        "negative_items": [{"items_count": -1, "nic_gbp": -2.5, "actual_cost_gbp": -2.32}],
        "signs_differ": [{"nic_gbp": -1_250.0}, {"items_count": 3, "nic_gbp": 0.0, "actual_cost_gbp": -0.1}],
        "cost_unlike_list_price": [{"actual_cost_gbp": 749.99}, {"actual_cost_gbp": 1_250.01}],
        "implausible_items": [{"items_count": 20_001}],
        "implausible_quantity": [{"quantity": 2_000_001.0}, {"quantity": -2_000_001.0}],
    },
    "workforce": {
        "negative_headcount": [{"headcount": -1, "fte": None}],
        "negative_vacancies": [{"vacant_fte": -0.2}],
        "negative_joiners": [{"joiners": -0.2}],
        "negative_leavers": [{"leavers": -0.2, "available_days": None}],
        "negative_advertised": [{"advertised": -1, "filled_90d": None}],
        "negative_filled": [{"filled_90d": -1}],
        "negative_absence": [{"absence_days": -1.0}],
        "negative_available": [{"available_days": -1.0, "absence_days": None}],
        "filled_over_advertised": [{"filled_90d": 3}],
        "absence_over_available": [{"absence_days": 12_000.5}],
        "negative_fte": [{"fte": -0.2, "available_days": None}],
        "fte_over_headcount": [{"headcount": 199}, {"fte": 0.2, "headcount": 0, "available_days": None}],
        "implausible_fte": [{"fte": 300.5, "headcount": 201}],
        "implausible_available_days": [{"available_days": 12_000.5}],
    },
    "staff_survey": {
        "negative_respondents": [{"respondents_count": -1}],
        "wave_of_another_quarter": [{"wave": "2025-Q4"}, {"wave": "2025-Q1"}],
        "answer_beyond_scale": [{"answer": "6"}, {"answer": "7"}],
        "unknown_question": [{"question_code": "CAR_PARK"}],
        "implausible_respondents": [{"respondents_count": 501}],
    },
    "patient_experience": {
        "negative_responses": [
            {"responses_count": -1, "weighted_count": None, "score_sum": None, "score_sumsq": None}
        ],
        "negative_weighted": [{"weighted_count": -0.5}],
        "negative_scores": [{"score_sum": -1.0}],
        "score_sums_disagree": [{"score_sumsq": 0.998 * 100**2 * 10_000}],
        "activation_over_100": [{"score_sum": 1_000_001.0, "score_sumsq": 101.0**2 * 10_000}],
        "unknown_question": [{"question_code": "PARKING"}],
        "implausible_weights": [{"weighted_count": 200_000.5}],
        "implausible_responses": [{"responses_count": 10_001}],
    },
    "interventions": {
        "negative_contacts": [{"contacts": -1, "redirected_from_gp": None}],
        "negative_caseload": [{"caseload_open": -1, "starts": None}],
        "negative_starts": [{"starts": -1}],
        "negative_stops": [{"stops": -1, "starts": None}],
        "negative_reviews": [{"mdt_reviews": -1}],
        "negative_care_plans": [{"care_plans": -1}],
        "negative_redirected": [{"redirected_from_gp": -1}],
        "redirected_over_contacts": [{"contacts": 19_999}],
        "start_after_period": [{"start_date": pd.Timestamp("2026-04-01")}],
        "more_starts_than_caseload": [{"starts": 13}],
        "implausible_contacts": [{"contacts": 20_001}],
    },
}  # fmt: skip

#  Odd but legitimate: what may be said of it at most. Nothing here may reject a file.
LEGITIMATE: dict[str, list[tuple[Row, list[str]]]] = {
    "registered_list": [({"registered_count": 1}, []), ({"registered_count": 7_900}, [])],
    "programme_inputs": [({"amount_gbp": -12.0}, [])],
    "gp_appointments": [({"week_start_date": FIRST}, []), ({"appointments_count": 0, "wait_days_sum": 0.0,
                         "wait_days_sumsq": 0.0, "minutes_sum": 0.0}, [])],
    "clinical_indicators": [({"numerator_count": 0, "denominator_count": 3, "exclusions_count": 9}, []),
                            ({"indicator_code": "FRAIL_REVIEW"}, []), ({"indicator_code": "STIA014"}, [])],
    "prescribing": [({"items_count": -3, "quantity": -84.0, "nic_gbp": -9.25, "actual_cost_gbp": -8.59}, ["information"]),
                    ({"items_count": 3, "nic_gbp": 9.25, "actual_cost_gbp": -8.59}, ["warning"]),
                    ({"items_count": 3, "nic_gbp": 160.45, "actual_cost_gbp": 385.96}, [])],
    "workforce": [({"fte": -0.4, "headcount": 1, "available_days": None}, ["warning"]),
                  ({"fte": 14.0, "headcount": 1, "available_days": None}, ["warning"]),
                  ({"fte": 1.04, "headcount": 1, "available_days": None}, []),
                  ({"fte": 0.0, "headcount": 0, "available_days": None, "vacant_fte": 2.0}, [])],
    "staff_survey": [({"question_code": "JOB_SATISFACTION", "answer": "7"}, [])],
    "patient_experience": [({"instrument": "local", "question_code": "PARKING", "score_sum": 5e6, "score_sumsq": 2.6e9}, [])],
    "interventions": [({"caseload_open": 0, "stops": 0, "starts": 30}, ["warning"])],
}  # fmt: skip
