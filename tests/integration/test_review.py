"""Months beside one another and feeds beside one another: what the review says, and what it leaves in peace."""

from datetime import date
from typing import Any

import pytest
from desk import Desk, activity_file, list_file

from pch.warehouse.db import connect
from pch.warehouse.register import Line, import_sites

CELLS = 2 * 19  # sexes x bands of a list file
A, B, C = "A10001", "A10002", "A10003"


def patients(**count: int) -> str:
    """A list in which each practice has ``count`` in every cell."""
    return list_file(list(count), lambda practice, *_: count[practice])


def jitter(month: int, size: int = 300) -> int:
    """A list that moves a little, as lists do."""
    return size + month % 3


@pytest.fixture
def site(desk: Desk) -> Desk:
    """Site SITE1 with practices A and B and four quiet months of lists, of 22,800 patients each month."""
    desk.register({"SITE1": [A, B]})
    for month in range(1, 5):
        desk.push("SITE1", "registered_list", f"2026-{month:02}", patients(**{A: jitter(month), B: jitter(month)}))
    desk.collect()
    assert desk.rows("select rule from ops.current_finding where layer in ('submission', 'cross_feed')") == []
    return desk


def said(desk: Desk, content: str, period: str = "2026-05") -> dict[str, dict[str, Any]]:
    """What the review says of a list pushed now."""
    receipt = desk.push("SITE1", "registered_list", period, content)
    desk.collect()
    return {k: v for k, v in desk.findings(receipt).items() if k not in ("after_primary_close",)}


def test_a_total_far_from_its_median_asks_for_a_reason(site: Desk) -> None:
    found = said(site, patients(**{A: 360, B: 360}))
    assert list(found) == ["unusual_total"]
    #  median of 301, 302, 300, 301 in each of 76 cells: 22,876; now 360 in each: 27,360
    assert found["unusual_total"]["message"].startswith(
        "The total of registered patients is 27,360; usual is 22,876 (median of 4 earlier month(s)). The change is +20%"
    )
    row = site.rows(
        "select layer, severity, is_question, subject from ops.current_finding where rule = 'unusual_total'"
    )
    assert row == [("submission", "warning", True, "registered_count")]
    assert site.value("select verdict from ops.current_verdict order by submission_id desc limit 1") == (
        "accepted_with_warnings"
    )


def test_what_always_moves_may_move(desk: Desk) -> None:
    """Six robust deviations of the site's own months are unremarkable, whatever the suite's least change."""
    desk.register({"SITE1": [A]})
    for month, size in enumerate((300, 330, 290, 340, 310, 280, 350), start=1):
        desk.push("SITE1", "registered_list", f"2025-{month:02}", patients(**{A: size}))
    desk.collect()
    receipt = desk.push("SITE1", "registered_list", "2025-08", patients(**{A: 360}))  # 16% over the median of 310
    desk.collect()
    assert "unusual_total" not in desk.findings(receipt)


def test_a_slipped_decimal_point_is_named_as_one(site: Desk) -> None:
    found = said(site, patients(**{A: 3010, B: 3010}))
    assert list(found) == ["tenfold_total"]
    assert "about ten times different" in found["tenfold_total"]["message"]


def test_a_slip_in_one_practice_names_it(site: Desk) -> None:
    found = said(site, patients(**{A: 30, B: 301}))
    assert "tenfold_practice" in found and f"practice(s) {A} is about ten times" in found["tenfold_practice"]["message"]


def test_last_months_file_again_is_noticed(site: Desk) -> None:
    found = said(site, patients(**{A: jitter(4), B: jitter(4)}))
    assert list(found) == ["copy_of_last_month"]
    assert (
        found["copy_of_last_month"]["message"] == "The file says exactly what that of April 2026 said, line for line."
    )


def test_a_practice_that_falls_out_of_the_file_is_named(site: Desk) -> None:
    found = said(site, patients(**{A: 302}))
    assert set(found) == {"practice_vanished"}
    assert found["practice_vanished"]["message"].startswith(f"Practice(s) {B} had rows in April 2026 and have none now")


def test_a_practice_that_never_sent_is_named_as_such(site: Desk) -> None:
    site.register({"SITE1": [A, B, C]})
    found = said(site, patients(**{A: 302, B: 302}))
    assert set(found) == {"practice_without_rows"}
    assert found["practice_without_rows"]["message"] == f"Practice(s) {C} of the site have no rows."


def test_a_practice_that_joins_is_no_change(site: Desk) -> None:
    """Like for like, the others are as they were, although the whole grew by half."""
    site.register({"SITE1": [A, B, C]})
    assert said(site, patients(**{A: 302, B: 302, C: 300})) == {}


def test_a_practice_that_takes_over_anothers_patients_is_no_change(site: Desk) -> None:
    """The whole is as it was, although the heir has doubled."""
    since, end = date(2025, 1, 1), date(2026, 5, 1)
    lines = [Line(1, "SITE1", "One", A, since, None, None, None), Line(2, "SITE1", "One", B, since, end, None, None)]
    with connect(site.settings, "owner") as conn:
        import_sites(conn, lines, date.today())
    assert said(site, patients(**{A: 604})) == {}


def test_findings_do_not_depend_on_the_order_of_arrival(desk: Desk) -> None:
    desk.register({"SITE1": [A, B], "SITE2": [C]})
    months = {1: 300, 2: 301, 3: 360, 4: 302, 5: 303}
    for site, practice, order in (("SITE1", A, (5, 3, 1, 4, 2)), ("SITE2", C, (1, 2, 3, 4, 5))):
        for month in order:
            desk.push(site, "registered_list", f"2026-{month:02}", patients(**{practice: months[month]}))
            desk.collect()
    by_site = [
        desk.rows(
            """select s.period::text, rule, subject, severity, message from ops.current_finding
               inner join ops.submission as s using (submission_id)
               where site_code = %s and layer = 'submission' and rule <> 'practice_without_rows' order by 1, 2""",
            site,
        )
        for site in ("SITE1", "SITE2")
    ]
    assert [row[:2] for row in by_site[1]] == [("2026-03-01", "unusual_total")]
    assert [row[:4] for row in by_site[0] if row[1] == "unusual_total"] == [row[:4] for row in by_site[1]]


def test_a_correction_clears_the_question_of_the_month_after(site: Desk) -> None:
    """One earlier month only, and it was wrong: once it is put right, the next one is in order again."""
    site.register({"SITE2": [C]})
    site.push("SITE2", "registered_list", "2026-04", patients(**{C: 200}))
    receipt = site.push("SITE2", "registered_list", "2026-05", patients(**{C: 300}))
    site.collect()
    assert "unusual_total" in site.findings(receipt)
    site.push("SITE2", "registered_list", "2026-04", patients(**{C: 299}))
    site.collect()
    assert "unusual_total" not in site.findings(receipt)
    assert site.verdict(receipt) == "accepted"


def test_feeds_that_disagree_are_asked_about(desk: Desk) -> None:
    """Twelve sites; one reports forty times the emergencies that its list makes likely, one a third more."""
    sites = {f"SITE{n:02}": [f"A1{n:04}"] for n in range(12)}
    desk.register(sites)
    spells = dict.fromkeys(sites, 4) | {"SITE03": 160, "SITE07": 5}
    receipts = {}
    for site, practices in sites.items():
        desk.push(site, "registered_list", "2026-05", list_file(practices, lambda *_: 500))
        receipts[site] = desk.push(
            site, "hospital_activity", "2026-05", activity_file(practices, lambda *_, n=spells[site]: n)
        )
    desk.collect()
    odd = {
        site: rules
        for site, receipt in receipts.items()
        if (rules := set(desk.findings(receipt)) & {"ratio_too_high", "ratio_too_low", "unusual_ratio"})
    }
    assert odd == {"SITE03": {"ratio_too_high"}}
    assert desk.findings(receipts["SITE03"])["ratio_too_high"]["message"] == (
        "There are 320.00 emergency admissions per 1,000 registered patients (feed registered_list); "
        "more than 30 is hardly possible."
    )


def test_a_site_unlike_the_others_is_asked_about(desk: Desk) -> None:
    """Possible, but more than six robust deviations from the other sites of the month."""
    sites = {f"SITE{n:02}": [f"A1{n:04}"] for n in range(12)}
    desk.register(sites)
    receipts = {}
    for n, (site, practices) in enumerate(sites.items()):
        desk.push(site, "registered_list", "2026-05", list_file(practices, lambda *_: 500))
        count = 13 if site == "SITE05" else 3 + n % 3
        receipt = desk.push(site, "hospital_activity", "2026-05", activity_file(practices, lambda *_, c=count: c))
        receipts[site] = receipt
    desk.collect()
    #  per 1,000: 6, 8 or 10, median 8; SITE05 26: ln(26 / 8) = 1.18 against a spread of 1.4826 x ln(10 / 8) = 0.33
    assert desk.rows("select rule from ops.current_finding where layer = 'cross_feed'") == []
    sites |= {f"SITE{n:02}": [f"A1{n:04}"] for n in range(12, 24)}
    desk.register(sites)
    for site in list(sites)[12:]:
        desk.push(site, "registered_list", "2026-05", list_file(sites[site], lambda *_: 500))
        desk.push(site, "hospital_activity", "2026-05", activity_file(sites[site], lambda *_: 4))
    desk.collect()
    assert "unusual_ratio" in desk.findings(receipts["SITE05"])


def test_a_list_in_question_is_not_blamed_on_others(site: Desk) -> None:
    """Tenfold patients make every ratio to them a tenth; the list is asked about, and it alone."""
    for month in range(1, 6):
        site.push(
            "SITE1", "hospital_activity", f"2026-{month:02}", activity_file([A, B], lambda *_, m=month: 3 + m % 2)
        )
    site.push("SITE1", "registered_list", "2026-05", patients(**{A: 3010, B: 3010}))
    site.collect()
    rules = site.rows(
        """select s.feed, f.rule from ops.current_finding as f inner join ops.submission as s using (submission_id)
           where s.period = '2026-05-01' and f.severity = 'warning'"""
    )
    assert rules == [("registered_list", "tenfold_total")]


def test_checks_say_how_much_they_looked_at_or_that_they_do_not_apply(site: Desk) -> None:
    looked = site.rows(
        """select to_char(period, 'YYYY-MM'), rule, checked_count, violated_count, is_applicable from ops.check_result
           where review_id is not null and feed = 'registered_list' and rule in ('unusual_total', 'copy_of_last_month')
           order by 1, 2"""
    )
    assert looked[:4] == [
        ("2026-01", "copy_of_last_month", 0, 0, False),  # nothing before it
        ("2026-02", "copy_of_last_month", 1, 0, True),
        ("2026-02", "unusual_total", 1, 0, True),
        ("2026-03", "copy_of_last_month", 1, 0, True),
    ]
    rows = site.rows(
        """select distinct rule, threshold, checked_count, violated_count from ops.check_result
           where batch_id is not null and rule = 'negative_patients'"""
    )
    assert rows == [("negative_patients", "at least 0", 2 * CELLS, 0)]


def test_a_review_with_nothing_new_does_nothing(site: Desk) -> None:
    from pch.pipeline.review import review

    assert review(site.settings) == []
