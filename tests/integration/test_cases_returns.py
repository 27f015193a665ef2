"""Returns that are more than a file: nil returns, sites nobody registered, an earlier file taken again."""

from datetime import date
from typing import Any

import pytest
from desk import Desk, activity_file, list_file
from input_cases import ACTIVITY, INPUTS, LIST, good

from pch.errors import Refused
from pch.intake.landing import Landing
from pch.warehouse.calendar import add_months
from pch.warehouse.db import connect
from pch.warehouse.register import Line, import_sites

MONTH = "2026-03"


def cell(desk: Desk, site: str, metric: str, window: str = "month") -> tuple[Any, ...]:
    """state, reason, numerator, denominator, value of March 2026."""
    (row,) = desk.rows(
        """select state, state_reason, numerator, denominator, value from mart.fct_metric_value
           where (site_code, metric_code, period_window) = (%s, %s, %s) and period = '2026-03-01'""",
        site, metric, window,
    )  # fmt: skip
    return row


def test_nil_returns_of_each_feed(desk: Desk) -> None:
    """Nothing to report is a state of its own: a nought where nought is meant, no figure where there is none."""
    sites = {"NOLIST": LIST, "NOACT": ACTIVITY, "NOINP": INPUTS, "NOSAY": None}
    desk.register({site: [f"A{i}0001", f"A{i}0002"] for i, site in enumerate(sites, 1)})
    receipts = {}
    for i, (site, nil) in enumerate(sites.items(), 1):
        for feed in (LIST, ACTIVITY, INPUTS):
            if feed == nil:
                receipts[site] = desk.push(site, feed, MONTH, "", nil="  The ward was closed – sorry.  ")
            elif nil is not None or feed == LIST:
                desk.push(site, feed, MONTH, good(feed, f"A{i}0001", f"A{i}0002"))
    desk.collect()
    desk.build_figures()

    for site, receipt in receipts.items():
        assert desk.verdict(receipt) == "accepted" and desk.findings(receipt) == {}
        state = desk.rows(
            """select state, rows_read, rows_published, submission_id from mart.fct_return
               where (site_code, feed) = (%s, %s) and period = '2026-03-01'""",
            site, sites[site],
        )  # fmt: skip
        assert state == [("nil_return", 0, 0, receipt.submission_id)]
        assert desk.value("select nil_reason from ops.submission where submission_id = %s", receipt.submission_id)
        kept = Landing(desk.settings.landing).get(receipt.sha256)
        assert kept.decode() == "The ward was closed – sorry."

    assert cell(desk, "NOINP", "IN01") == ("nil_return", None, 0, 760, 0)
    assert cell(desk, "NOINP", "IN02") == ("nil_return", None, 0, 760, 0)
    assert cell(desk, "NOINP", "IN03")[0] == "not_applicable"
    assert cell(desk, "NOINP", "PH01")[:4] == ("received", None, 152, 760)
    #  no emergencies at all: too few for a rate standardised by age, and never a rate of 0
    assert cell(desk, "NOACT", "PH01") == ("below_minimum", "fewer than 10 events", 0, 760, None)
    assert cell(desk, "NOACT", "IN01")[0] == "received"
    #  without patients there is nothing to divide by
    assert cell(desk, "NOLIST", "PH01")[:2] == ("below_minimum", "no registered patients in 38 of the 38 age-sex bands")
    assert cell(desk, "NOLIST", "IN01") == ("not_applicable", "nothing to divide by", None, None, None)
    #  nothing sent is missing, not nil and not nought
    for metric in ("PH01", "IN01", "IN02"):
        state, reason, *figures = cell(desk, "NOSAY", metric)
        assert state == "missing" and "missing" in reason and figures == [None, None, None]
    #  of the returns expected all arrived, but where nothing was said
    assert {s: cell(desk, s, "DQ03")[2:4] for s in sites} == {
        "NOLIST": (3, 3), "NOACT": (3, 3), "NOINP": (3, 3), "NOSAY": (1, 1),
    }  # fmt: skip


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_a_nil_return_without_a_reason_is_refused(desk: Desk, reason: str) -> None:
    desk.register({"AAA": ["A10001"]})
    with pytest.raises(Refused, match="A nil return needs a reason"):
        desk.push("AAA", ACTIVITY, MONTH, "", nil=reason)
    assert desk.value("select count(*) from ops.submission") == 0


def test_a_nil_month_is_a_nought_in_the_year_and_a_missing_one_is_not_there(desk: Desk) -> None:
    """Twelve months of 380 patients and 76 emergencies; one month nil at the one site, missing at the other."""
    desk.register({"NIL": ["A10001"], "GAP": ["A20001"]}, start="2025-04-01")
    for i in range(12):
        period = f"{add_months(date(2025, 4, 1), i):%Y-%m}"
        for site, practice in (("NIL", "A10001"), ("GAP", "A20001")):
            desk.push(site, LIST, period, list_file([practice]))
            if period != "2025-09":
                desk.push(site, ACTIVITY, period, activity_file([practice]))
            elif site == "NIL":
                desk.push(site, ACTIVITY, period, "", nil="No admissions.")
    desk.collect()
    desk.build_figures()
    state, _, events, months, value = cell(desk, "NIL", "PH01", "r12")
    assert (state, events, months) == ("received", 11 * 76, 12 * 380)
    assert value == pytest.approx(11 * 76 / (12 * 380) * 12_000)
    state, _, events, months, value = cell(desk, "GAP", "PH01", "r12")
    assert (state, events, months) == ("received", 11 * 76, 11 * 380)
    assert value == pytest.approx(0.2 * 12_000)
    covered = "select coverage_pct from mart.fct_metric_value where (site_code, metric_code, period_window) = (%s, 'PH01', 'r12') and period = '2026-03-01'"
    assert desk.value(covered, "NIL") == 100
    assert desk.value(covered, "GAP") == pytest.approx(100 * 11 / 12)


def test_a_site_that_nobody_registered(desk: Desk) -> None:
    """Kept and refused with what to do; registered later, its files are read again without another push."""
    desk.register({"AAA": ["A10001"]})
    good_one = desk.push("AAA", LIST, MONTH, list_file(["A10001"]))
    files = {feed: good(feed, "B10001", "B10002") for feed in (LIST, ACTIVITY)}
    files[INPUTS] = good(INPUTS, "", "")  # of the whole site: names no practice
    receipts = {feed: desk.push("BBB", feed, MONTH, file) for feed, file in files.items()}
    desk.collect()
    assert desk.verdict(good_one) == "accepted"
    assert {feed: desk.verdict(r) for feed, r in receipts.items()} == dict.fromkeys(files, "rejected")
    assert {feed: list(desk.findings(r)) for feed, r in receipts.items()} == {
        LIST: ["no_practice_of_site"], ACTIVITY: ["no_practice_of_site"], INPUTS: ["unknown_site"],
    }  # fmt: skip
    assert desk.findings(receipts[INPUTS])["unknown_site"]["message"] == (
        "There is no site BBB on the register, so the file belongs to nobody."
    )
    for feed in files:
        assert desk.value(f"select count(*) from raw.{feed} where site_code = 'BBB'") == 0

    with connect(desk.settings, "owner") as conn:
        lines = [Line(i, "BBB", "Site BBB", f"B1000{i}", date(2025, 1, 1), None, None, None) for i in (1, 2)]
        assert import_sites(conn, lines, date.today()).replayed == 3
    desk.collect()
    desk.build_figures()
    assert {feed: (desk.verdict(r), desk.findings(r)) for feed, r in receipts.items()} == dict.fromkeys(
        files, ("accepted", {})
    )
    assert cell(desk, "BBB", "PH01")[:4] == ("received", None, 152, 760)
    assert cell(desk, "BBB", "IN02")[2] == 10


def test_registering_again_what_is_registered_judges_nothing_again(desk: Desk) -> None:
    desk.register({"AAA": ["A10001"], "BBB": ["B10001"]})
    desk.push("AAA", LIST, MONTH, list_file(["A10001"]))
    desk.collect()
    lines = [Line(2, "AAA", "Site AAA", "A10001", date(2025, 1, 1), None, None, None)]
    with connect(desk.settings, "owner") as conn:
        assert import_sites(conn, lines, date.today()).replayed == 0
    #  a practice more, from a later month on: only that month's file would be judged by it
    later = [*lines, Line(3, "AAA", "Site AAA", "A10009", date(2026, 4, 1), None, None, None)]
    with connect(desk.settings, "owner") as conn:
        assert import_sites(conn, later, date.today()).replayed == 0
    sooner = [*lines, Line(3, "AAA", "Site AAA", "A10009", date(2026, 3, 1), None, None, None)]
    with connect(desk.settings, "owner") as conn:
        assert import_sites(conn, sooner, date.today()).replayed == 1


def test_an_earlier_file_is_taken_again_when_asked_for(desk: Desk) -> None:
    """A, then B, then A once more: without being asked nothing changes, with it A is in use as a third attempt."""
    desk.register({"AAA": ["A10001"]})
    first = list_file(["A10001"])
    second = list_file(["A10001"], lambda p, s, b: 11)
    one = desk.push("AAA", LIST, MONTH, first)
    two = desk.push("AAA", LIST, MONTH, second)
    desk.collect()
    current = "select submission_id from ops.publication where is_current"
    patients = "select sum(registered_count) from raw.registered_list"
    assert (desk.value(current), desk.value(patients)) == (two.submission_id, 418)

    again = desk.push("AAA", LIST, MONTH, first)
    assert (again.submission_id, again.is_new) == (one.submission_id, False)
    desk.collect()
    assert (desk.value(current), desk.value(patients)) == (two.submission_id, 418)

    third = desk.push("AAA", LIST, MONTH, first, reinstate=True)
    assert third.is_new and (third.attempt, third.sha256) == (3, one.sha256)
    assert desk.value("select reinstates from ops.submission where attempt = 3") == one.submission_id
    desk.collect()
    assert (desk.value(current), desk.value(patients)) == (third.submission_id, 380)
    #  asked again for what is in use already: nothing
    assert desk.push("AAA", LIST, MONTH, first, reinstate=True).submission_id == third.submission_id
    desk.build_figures()
    assert desk.value("select sum(registered_count) from mart.fct_population") == 380
    assert desk.value("select attempts_count from mart.fct_return where feed = %s and period = '2026-03-01'", LIST) == 3
