"""Cases 19-21 and 23 of what must survive: what odd but readable files come to, in raw and in the marts.

One warehouse for the module: two months of sites that each send one oddity (``input_figures``), built once.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from input_cases import ACTIVITY, INPUTS, LIST, fresh_desk, practices
from input_figures import (
    APPOINTMENTS,
    BNF_CODES,
    CODES,
    PRESCRIBING,
    WORKFORCE,
    Built,
    measured,
    metric,
    odd,
    real,
    run_figures,
    site,
)

from pch.settings import Settings


@pytest.fixture(scope="module")
def month(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    with fresh_desk(server, Path(tmp_path_factory.mktemp("figures"))) as desk:
        yield desk, run_figures(desk)


def nothing_withheld(found: dict[str, Any], said: str) -> None:
    assert found == {"state": "suppressed", "state_reason": said, "numerator": None, "denominator": None, "value": None}


def test_only_what_is_odd_is_spoken_of(month: Built) -> None:
    desk, receipts = month
    said = {key: sorted(desk.findings(r)) for key, r in receipts.items() if desk.findings(r)}
    assert said == {
        (2, LIST): ["suppressed_values"], (3, ACTIVITY): ["suppressed_values"],
        (4, INPUTS): ["suppressed_values"], (5, INPUTS): ["suppressed_values"],
        (6, ACTIVITY): ["suppressed_values"], (7, LIST): ["total_rows"], (8, LIST): ["total_differs", "total_rows"],
        (8, WORKFORCE): ["total_differs", "total_rows"], (9, ACTIVITY): ["total_rows"], (9, APPOINTMENTS): ["total_rows"],
        (10, PRESCRIBING): ["negative_items"], (14, LIST): ["tenfold_total"],
        (14, WORKFORCE): ["suppressed_values"], (15, WORKFORCE): ["tenfold_total"],
        (15, ACTIVITY): ["tenfold_total"], (17, LIST): ["ratio_too_low"], (16, LIST): ["copy_of_last_month"],
        (16, ACTIVITY): ["copy_of_last_month"], (16, INPUTS): ["copy_of_last_month"],
        (14, ACTIVITY): ["copy_of_last_month"], (14, INPUTS): ["copy_of_last_month"],
        (15, LIST): ["copy_of_last_month"], (15, INPUTS): ["copy_of_last_month"],
        (18, LIST): ["suppressed_values"], (22, ACTIVITY): ["more_readmissions_than_discharges"],
    }  # fmt: skip
    assert {desk.verdict(r) for r in receipts.values()} == {"accepted", "accepted_with_warnings"}


def test_a_good_site(month: Built) -> None:
    """10 hours of a GP in kind at their price, and 100 pounds, over 760 patients; 152 emergencies."""
    desk, _ = month
    price = desk.value("select gbp_per_hour from stg.stg_hourly_cost where staff_role = 'gp' and period = '2026-03-01'")
    assert metric(desk, 0, "PH01") | {"value": None} == {
        "state": "received", "state_reason": None, "numerator": 152, "denominator": 760, "value": None,
    }  # fmt: skip
    assert metric(desk, 0, "PH01")["value"] == pytest.approx(2400)
    assert metric(desk, 0, "IN01")["numerator"] == pytest.approx(real(desk, 10 * float(price) + 100))
    assert metric(desk, 0, "IN02")["value"] == pytest.approx(10 / 760 * 1000)


# ------------------------------------------------------------------------------------------- 19: codes


def test_codes_that_look_like_numbers_stay_as_they_were_written(month: Built) -> None:
    desk, receipts = month
    rows = desk.rows(
        "select line_id, convert_to(line_id, 'UTF8') from raw.programme_inputs where submission_id = %s order by row_number",
        receipts[1, INPUTS].submission_id,
    )
    sent = [line["line_id"] for line in csv.DictReader(io.StringIO(str(odd(1)[INPUTS])))]
    assert [code for code, _ in rows] == sent == CODES
    assert [bytes(raw) for _, raw in rows] == [code.encode() for code in CODES]
    assert metric(desk, 1, "IN01")["numerator"] == pytest.approx(real(desk, len(CODES)))


def test_codes_of_medicines_stay_as_they_were_written(month: Built) -> None:
    desk, receipts = month
    rows = desk.rows(
        "select bnf_code from raw.prescribing where submission_id = %s and practice_code = %s order by row_number",
        receipts[1, PRESCRIBING].submission_id, practices(1)[0],
    )  # fmt: skip
    assert [code for (code,) in rows] == BNF_CODES


def test_codes_of_a_workbook_are_what_the_cell_shows(month: Built) -> None:
    desk, receipts = month
    rows = desk.rows(
        "select line_id from raw.programme_inputs where submission_id = %s order by row_number",
        receipts[21, INPUTS].submission_id,
    )
    assert rows == [("7",), ("007",)]


# ----------------------------------------------------------------------------- 20: what is not there, and why


def test_every_word_for_nothing_keeps_its_reason(month: Built) -> None:
    desk, receipts = month
    rows = desk.rows(
        "select pod, bed_days, absent from raw.hospital_activity where submission_id = %s and pod <> 'em' order by row_number",
        receipts[6, ACTIVITY].submission_id,
    )
    assert rows == [
        ("el", None, None),
        ("dc", None, "bed_days=not_recorded"),
        ("opf", None, "bed_days=not_recorded"),
        ("ae1", None, "bed_days=suppressed"),
        ("ae3", None, "bed_days=not_applicable"),
    ]
    finding = desk.findings(receipts[6, ACTIVITY])["suppressed_values"]
    assert finding["severity"] == "information" and finding["rows_count"] == 1
    assert finding["message"] == "Column 'bed_days': 1 cell is withheld (suppressed), first on line 81 (' * ')."
    assert metric(desk, 6, "PH01")["state"] == "received"  # bed days are no part of it


@pytest.mark.parametrize(
    ("number", "codes", "said"),
    [
        (2, ["PH01", "IN01", "IN02"], "1 cell was suppressed by the site"),
        (3, ["PH01"], "1 cell was suppressed by the site"),
        (4, ["IN01", "IN02"], "1 cell was suppressed by the site"),
        (5, ["IN01", "IN03"], "1 cell was suppressed by the site"),
        (18, ["PH01", "IN01", "IN02"], "76 cells were suppressed by the site"),
    ],
    ids=["patients", "emergencies", "hours", "pounds", "whole list"],
)
def test_a_withheld_cell_withholds_the_figure_and_is_never_nought(
    month: Built, number: int, codes: list[str], said: str
) -> None:
    desk, _ = month
    for code in codes:
        nothing_withheld(metric(desk, number, code), said)
    untouched = {"PH01", "IN01", "IN02"} - set(codes)
    assert {metric(desk, number, code)["state"] for code in untouched} <= {"received"}


def test_withheld_pounds_are_not_made_up_from_the_hours(month: Built) -> None:
    """A line of 10 hours whose amount is withheld: its hours count as hours, its value is not known."""
    desk, _ = month
    assert metric(desk, 5, "IN02") == {
        "state": "received", "state_reason": None, "numerator": 10, "denominator": 760,
        "value": pytest.approx(10 / 760 * 1000),
    }  # fmt: skip


def test_a_withheld_cell_is_null_in_the_population(month: Built) -> None:
    desk, _ = month
    rows = desk.rows(
        "select sex, age_band, registered_count from mart.fct_population where site_code = %s and is_suppressed",
        site(2),
    )
    assert rows == [("female", "0-4", None)]
    assert desk.value("select sum(registered_count) from mart.fct_population where site_code = %s", site(2)) == 750
    assert desk.value("select count(registered_count) from mart.fct_population where site_code = %s", site(18)) == 0


def test_a_withheld_total_is_beside_nothing(month: Built) -> None:
    """Neither nought beside last month's nor nobody beside the practices there are: what is not known is not compared."""
    desk, receipts = month
    totals = (
        "select total, quantity from ops.submission_total where submission_id = %s and practice_code = %s order by 1"
    )
    assert desk.rows(totals, receipts[14, WORKFORCE].submission_id, practices(14)[0]) == [("gp_fte", 0), ("rows", 1)]
    assert desk.rows(totals, receipts[18, LIST].submission_id, practices(18)[0]) == [("rows", 38)]


# ------------------------------------------------------------------------------------------ 21: totals


def test_totals_are_not_counted_twice(month: Built) -> None:
    desk, receipts = month
    for number in (7, 8):
        assert (
            desk.value("select sum(registered_count) from mart.fct_population where site_code = %s", site(number))
            == 760
        )
        assert metric(desk, number, "PH01")["denominator"] == 760
        assert desk.value("select count(*) from raw.registered_list where site_code = %s", site(number)) == 76
    assert metric(desk, 9, "PH01")["numerator"] == 152
    finding = desk.findings(receipts[7, LIST])["total_rows"]
    assert finding["severity"] == "information" and finding["rows_count"] == 3
    assert "3 rows are totals over other rows, first on line 78" in finding["message"]


def test_totals_over_staff_are_not_counted_twice(month: Built) -> None:
    desk, receipts = month
    assert measured(desk, 9, "appointments") == 57
    assert measured(desk, 8, "fte") == 6
    finding = desk.findings(receipts[8, WORKFORCE])["total_differs"]
    assert finding["severity"] == "warning" and "which says 4 where the rows add up to 3" in finding["message"]


def test_a_total_that_differs_from_its_rows_is_a_warning(month: Built) -> None:
    desk, receipts = month
    finding = desk.findings(receipts[8, LIST])["total_differs"]
    assert finding["severity"] == "warning" and finding["rows_count"] == 1
    assert "line 78, which says 381 where the rows add up to 380." in finding["message"]
    assert desk.verdict(receipts[8, LIST]) == "accepted_with_warnings"


# ------------------------------------------------------------------------- 23: odd but true, and likely slips


def test_money_below_nought_is_money(month: Built) -> None:
    desk, receipts = month
    amounts = desk.rows("select amount_gbp from raw.programme_inputs where submission_id = %s order by row_number",
                        receipts[10, INPUTS].submission_id)  # fmt: skip
    assert [str(a) for (a,) in amounts] == ["1000.00", "-240.50"]
    found = metric(desk, 10, "IN01")
    assert found["state"] == "received"
    assert found["numerator"] == pytest.approx(real(desk, 759.5))
    assert found["value"] == pytest.approx(real(desk, 759.5) / 760)


def test_items_returned_are_money_below_nought(month: Built) -> None:
    desk, receipts = month
    assert desk.verdict(receipts[10, PRESCRIBING]) == "accepted"
    assert measured(desk, 10, "prescription_items") == 28
    assert measured(desk, 10, "prescribing_nic_nominal_gbp") == pytest.approx(32.15)
    assert measured(desk, 10, "prescribing_cost_nominal_gbp") == pytest.approx(28.77)


def test_hours_taken_back_are_netted_and_a_rate_below_nought_is_none(month: Built) -> None:
    desk, _ = month
    found = metric(desk, 19, "IN02")
    assert (found["state"], found["value"]) == ("below_minimum", None)
    assert found["state_reason"] == "corrections exceed what they correct"
    assert metric(desk, 19, "IN01")["numerator"] < 0


def test_a_list_of_one(month: Built) -> None:
    """Accepted without a word; a rate standardised over 38 strata cannot be made of it, and says why."""
    desk, _ = month
    assert desk.rows(
        "select sex, age_band, registered_count from mart.fct_population where site_code = %s", site(11)
    ) == [("female", "30-34", 1)]
    found = metric(desk, 11, "PH01")
    assert (found["state"], found["value"]) == ("below_minimum", None)
    assert found["state_reason"] == "no registered patients in 37 of the 38 age-sex bands"
    assert metric(desk, 11, "IN02")["denominator"] == 1


def test_a_list_of_89786(month: Built) -> None:
    desk, _ = month
    assert desk.value("select sum(registered_count) from mart.fct_population where site_code = %s", site(12)) == 89_786
    assert metric(desk, 12, "PH01")["denominator"] == 89_786
    assert metric(desk, 12, "PH01")["state"] == "received"


def test_more_emergencies_than_patients(month: Built) -> None:
    """25 in every cell of 10 patients: 2.5 each in the month, 30,000 per 1,000 person-years."""
    desk, _ = month
    assert metric(desk, 13, "PH01")["value"] == pytest.approx(30_000)


@pytest.mark.parametrize("number", [17, 18])
def test_a_list_of_nobody_stops_no_build(month: Built, number: int) -> None:
    """All noughts, or all withheld: no denominator, no figure, a reason; and the build goes on for the others."""
    desk, _ = month
    assert metric(desk, number, "DQ04") == {
        "state": "not_applicable", "state_reason": "nothing to divide by", "numerator": None, "denominator": None,
        "value": None,
    }  # fmt: skip
    if number == 17:
        assert metric(desk, number, "PH01")["state_reason"] == "no registered patients in 38 of the 38 age-sex bands"
        assert metric(desk, number, "IN01")["state"] == "not_applicable"


def test_finer_bands_are_one_band_of_every_figure(month: Built) -> None:
    desk, receipts = month
    assert (
        desk.value(
            "select count(*) from raw.registered_list where submission_id = %s", receipts[20, LIST].submission_id
        )
        == 77
    )
    rows = desk.rows(
        """select registered_count from mart.fct_population
           where site_code = %s and practice_code = %s and sex = 'female' and age_band = '90+'""",
        site(20), practices(20)[0],
    )  # fmt: skip
    assert rows == [(10,)]


@pytest.mark.parametrize(
    ("number", "feed", "now", "then"),
    [(14, LIST, "7,600", "760"), (15, ACTIVITY, "1,520", "152"), (15, WORKFORCE, "240", "24")],
)
def test_a_slip_by_a_factor_of_ten_is_flagged(month: Built, number: int, feed: str, now: str, then: str) -> None:
    desk, receipts = month
    (finding,) = desk.findings(receipts[number, feed]).values()
    assert finding["severity"] == "warning"
    assert f"is {now}; usual is {then}, about ten times different" in finding["message"]
    assert finding["next_step"].startswith(
        "If it is right, answer the question with a reason; if not, correct the file"
    )
    assert desk.verdict(receipts[number, feed]) == "accepted_with_warnings"


def test_last_months_file_sent_again_is_flagged_and_in_use(month: Built) -> None:
    desk, receipts = month
    for feed in (LIST, ACTIVITY, INPUTS):
        (finding,) = desk.findings(receipts[16, feed]).values()
        assert finding["severity"] == "warning"
        assert finding["message"] == "The file says exactly what that of February 2026 said, line for line."
        assert "push this month's" in finding["next_step"]
    assert metric(desk, 16, "PH01")["numerator"] == 152
