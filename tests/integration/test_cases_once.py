"""Cases 1 to 4: what arrives once counts once, and a correction replaces what it corrects."""

import hashlib
from datetime import date
from pathlib import Path

import pytest
from desk import Desk, activity_file, list_file
from workers import at_once, load_once, push_once

from pch.intake.landing import Landing
from pch.intake.receive import KeyReused, Receipt, Return
from pch.pipeline.batches import Batch

SITE = {"AAA01": ["A10001", "A10002"]}
MAY = Return("AAA01", "registered_list", date(2025, 5, 1))
TOTAL = "select sum(registered_count) from raw.registered_list"


@pytest.fixture
def site(desk: Desk) -> Desk:
    desk.register(SITE)
    return desk


def patients(count: int) -> bytes:
    """May's list of AAA01 with ``count`` patients in each of the 76 cells."""
    return list_file(SITE["AAA01"], lambda *_: count).encode()


def attempts(desk: Desk) -> list[tuple[int, bool | None, bool]]:
    """Each attempt: number, whether current (None: never in use), whether it says when it was superseded."""
    return desk.rows(
        """select attempt, is_current, superseded_at is not null
           from ops.submission left join ops.publication using (submission_id) order by attempt"""
    )


def test_case_1_thirty_pushes_at_once_are_one_submission(site: Desk) -> None:
    answers: list[Receipt] = at_once(*((push_once, site.settings, MAY, f"{n}.csv", patients(10)) for n in range(30)))
    assert len({(r.submission_id, r.attempt, r.sha256, r.bytes, r.file_name, r.received_at) for r in answers}) == 1
    assert sum(r.is_new for r in answers) == 1
    assert answers[0].sha256 == hashlib.sha256(patients(10)).hexdigest()
    assert site.value("select count(*) from ops.submission") == 1
    assert site.value("select count(*) from ops.queue") == 1
    store = [p for p in Path(site.settings.landing).rglob("*") if p.is_file()]
    assert [p.name for p in store] == [answers[0].sha256]  # and nothing half-written beside it


def test_case_1_the_same_bytes_later_change_nothing(site: Desk) -> None:
    first = site.push("AAA01", "registered_list", "2025-05", patients(10))
    site.collect()
    counts = """select (select count(*) from ops.submission), (select count(*) from ops.verdict),
                (select count(*) from ops.queue), (select count(*) from ops.month_change), (select count(*) from ops.batch)"""
    before = site.rows(counts)
    again = site.push("AAA01", "registered_list", "2025-05", patients(10), name="copy.csv")
    site.collect()
    assert not again.is_new
    assert (again.submission_id, again.received_at) == (first.submission_id, first.received_at)
    assert again.file_name == first.file_name == "extract.csv"
    assert site.rows(counts) == before == [(1, 1, 0, 1, 1)]


def test_case_2_other_bytes_for_a_return_are_another_attempt_never_the_old_receipt(site: Desk) -> None:
    """Without a key of the sender's, the return and the bytes are the key."""
    one = site.push("AAA01", "registered_list", "2025-05", patients(10))
    two = site.push("AAA01", "registered_list", "2025-05", patients(11))
    assert two.is_new and (one.attempt, two.attempt) == (1, 2)
    landing = Landing(site.settings.landing)
    assert [landing.get(r.sha256) for r in (one, two)] == [patients(10), patients(11)]


def test_case_2_a_key_reused_with_other_bytes_is_refused_and_audited(site: Desk) -> None:
    one = site.push("AAA01", "registered_list", "2025-05", patients(10), key="k1")
    assert site.push("AAA01", "registered_list", "2025-05", patients(10), key="k1").submission_id == one.submission_id
    stored = {p.name for p in Path(site.settings.landing).rglob("*") if p.is_file()}
    assert stored == {one.sha256}
    for feed, period, content in [
        ("registered_list", "2025-05", patients(11)),  # other bytes
        ("registered_list", "2025-06", patients(10)),  # another return
    ]:
        with pytest.raises(KeyReused, match=f"'k1' belongs to submission {one.submission_id}"):
            site.push("AAA01", feed, period, content, key="k1")
    assert {p.name for p in Path(site.settings.landing).rglob("*") if p.is_file()} == stored
    assert site.value("select count(*) from ops.submission") == 1
    assert site.rows("select who, action, subject from ops.audit where action = 'refuse' order by audit_id") == [
        ("intake", "refuse", "registered_list of AAA01 for 2025-05"),
        ("intake", "refuse", "registered_list of AAA01 for 2025-06"),
    ]
    #  A new key, or another site's key of the same name, is free
    assert site.push("AAA01", "registered_list", "2025-05", patients(11), key="k2").attempt == 2
    assert site.push("BBB01", "registered_list", "2025-05", patients(12), key="k1").is_new


def test_case_3_a_correction_replaces_every_row_and_the_old_one_stays_on_record(site: Desk) -> None:
    activity = activity_file(SITE["AAA01"])
    site.push("AAA01", "hospital_activity", "2025-05", activity)
    old = site.push("AAA01", "registered_list", "2025-05", patients(10))
    site.collect()
    site.build()
    figures = """select (select sum(registered_count)::int from mart.fct_population),
                   (select count(distinct practice_code)::int from mart.fct_population),
                   numerator, denominator, round(coverage_pct::numeric, 6)
                 from mart.fct_metric_value
                 where (metric_code, period_window) = ('PH01', 'month') and period = '2025-05-01'"""
    assert site.rows(figures) == [(760, 2, 152, 760, 100)]

    #  The corrected file counts more patients of one practice and no longer names the other
    new = site.push("AAA01", "registered_list", "2025-05", list_file(["A10001"], lambda *_: 30))
    site.collect()
    assert site.build() == [date(2025, 5, 1)]

    #  A10002's list is unknown now; it weighs what a list weighs on average, so half of the site is covered:
    #  too little for a rate, and no rate of the old file is left standing
    assert site.rows(figures) == [(1140, 1, None, None, 50)]
    assert site.value(f"{TOTAL} where submission_id = %s", old.submission_id) is None
    assert site.value(TOTAL) == 1140
    assert attempts(site) == [(1, True, False), (1, False, True), (2, True, False)]
    assert Landing(site.settings.landing).get(old.sha256) == patients(10)
    totals = """select sum(quantity)::int, min(p.rows_count), min(p.practices)
                from ops.profile as p inner join ops.submission_total as t using (submission_id)
                where submission_id = %s and total = 'registered_count'"""
    assert site.rows(totals, old.submission_id) == [(760, 76, ["A10001", "A10002"])]
    assert site.rows(totals, new.submission_id) == [(1140, 38, ["A10001"])]
    assert site.verdict(old) == "accepted"
    returned = "select attempts_count, attempt, submission_id, rows_published from mart.fct_return where feed = %s and period = %s"
    assert site.rows(returned, "registered_list", date(2025, 5, 1)) == [(2, 2, new.submission_id, 38)]


def test_case_3_a_correction_that_fails_leaves_the_last_good_one_in_use(site: Desk) -> None:
    good = site.push("AAA01", "registered_list", "2025-05", patients(10))
    site.collect()
    site.build()
    bad = site.push("AAA01", "registered_list", "2025-05", patients(10).replace(b",10\n", b",-10\n", 1))
    site.collect()
    site.build()
    assert (site.verdict(good), site.verdict(bad)) == ("accepted", "rejected")
    assert attempts(site) == [(1, True, False), (2, None, False)]
    assert site.value(TOTAL) == site.value("select sum(registered_count) from mart.fct_population") == 760
    returned = "select state, verdict, attempt, attempts_count from mart.fct_return where feed = %s and period = %s"
    assert site.rows(returned, "registered_list", date(2025, 5, 1)) == [("received", "rejected", 1, 2)]


def test_case_3_an_earlier_file_is_taken_again_only_when_asked(site: Desk) -> None:
    first = site.push("AAA01", "registered_list", "2025-05", patients(10))
    site.push("AAA01", "registered_list", "2025-05", patients(11))
    site.collect()
    assert site.value(TOTAL) == 836
    assert not site.push("AAA01", "registered_list", "2025-05", patients(10)).is_new
    third = site.push("AAA01", "registered_list", "2025-05", patients(10), reinstate=True)
    site.collect()
    assert (third.attempt, third.sha256) == (3, first.sha256)
    assert attempts(site) == [(1, False, True), (2, False, True), (3, True, False)]
    assert site.value(TOTAL) == 760


def test_case_4_two_corrections_at_once_leave_one_current_and_lose_none(site: Desk) -> None:
    site.push("AAA01", "registered_list", "2025-05", patients(10))
    site.collect()
    for n in range(1, 6):
        pair = [patients(10 * n + 1), patients(10 * n + 2)]
        receipts: list[Receipt] = at_once(*((push_once, site.settings, MAY, "c.csv", content) for content in pair))
        assert sorted(r.attempt for r in receipts) == [2 * n, 2 * n + 1]
        assert [Landing(site.settings.landing).get(r.sha256) for r in receipts] == pair
        #  each loaded by a process of its own, at one moment
        loads = at_once(
            *((load_once, site.settings, Batch("registered_list", "2025-05", [r.submission_id], "")) for r in receipts)
        )
        assert [done.accepted + done.accepted_with_warnings for done in loads] == [1, 1]
        winner = max(receipts, key=lambda r: r.attempt)
        assert site.rows("select submission_id from ops.publication where is_current") == [(winner.submission_id,)]
        assert site.rows("select distinct submission_id from raw.registered_list") == [(winner.submission_id,)]
        assert site.value(TOTAL) == 76 * (10 * n + 1 + receipts.index(winner))
        earlier = [a for a in attempts(site) if a[0] != winner.attempt]
        assert all(superseded and not current for _, current, superseded in earlier) and len(earlier) == 2 * n


def test_case_4_the_later_attempt_stays_in_use_when_it_is_loaded_first(site: Desk) -> None:
    one = site.push("AAA01", "registered_list", "2025-05", patients(10))
    two = site.push("AAA01", "registered_list", "2025-05", patients(11))
    for receipt in (two, one):
        load_once(site.settings, Batch("registered_list", "2025-05", [receipt.submission_id], ""))
    assert attempts(site) == [(1, False, True), (2, True, False)]
    assert (site.value(TOTAL), site.verdict(one), site.verdict(two)) == (836, "accepted", "accepted")
