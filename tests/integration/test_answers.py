"""Query and reply: a question is asked, answered, settled until a month, and asked again; what the centre lets pass
and unlocks; and what is new, persists and is resolved from one submission to the next.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from desk import Desk, list_file
from pictures import assert_same, loaded

from pch.errors import Refused
from pch.intake.landing import Landing
from pch.intake.receive import Receipt
from pch.registry import feed
from pch.settings import Role
from pch.warehouse import answers
from pch.warehouse.answers import Decided, Rejudged
from pch.warehouse.calendar import closes
from pch.warehouse.db import connect
from pch.warehouse.publish import lock_months
from pch.warehouse.rebuild import forget

PRACTICES = ["A10001", "A10002"]
CELLS = 2 * 38  # a practice has 38 cells of sex and age band
A_MICROSECOND = timedelta(microseconds=1)


def as_(role: Role, desk: Desk, answer: Callable[..., Any], *arguments: object) -> Any:
    """What ``answer`` says, in a transaction of that role."""
    with connect(desk.settings, role) as conn:
        return answer(conn, *arguments)


def push_list(
    desk: Desk, month: str, count: int, *, foreign: bool = False, band: dict[str, int] | None = None
) -> Receipt:
    """AAA01's list with ``count`` patients a cell (others in the bands named), in time; ``foreign``: with a practice
    that is not its own."""
    practices = [*PRACTICES, "Z99999"] if foreign else PRACTICES
    content = list_file(practices, lambda practice, sex, b: (band or {}).get(b, count))
    in_time = closes(date.fromisoformat(f"{month}-01")).primary - timedelta(days=3)
    return desk.push("AAA01", "registered_list", month, content, at=in_time)


@pytest.fixture
def site(desk: Desk) -> Desk:
    desk.register({"AAA01": PRACTICES})
    return desk


@pytest.fixture
def doubled(site: Desk) -> Desk:
    """Three months of about 100 patients a cell; in February they are 200."""
    for month, count in (("2025-11", 100), ("2025-12", 101), ("2026-01", 102), ("2026-02", 200)):
        push_list(site, month, count)
    site.collect()
    return site


def questions(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.rows(
        "select to_char(period, 'YYYY-MM'), rule, subject, state from ops.question order by period, rule, subject"
    )


def february(desk: Desk) -> int:
    number = desk.value("select submission_id from ops.submission where period = '2026-02-01'")
    assert isinstance(number, int)
    return number


def say(desk: Desk, sentence: str = "The Oaks surgery joined us in February.", by: str = "Jo of Alder") -> int:
    reply_id = as_(
        "intake", desk, answers.reply, february(desk), "unusual_total", None, "practice_joined", sentence, by
    )
    assert isinstance(reply_id, int)
    return reply_id


def decide(desk: Desk, reply_id: int, accepted: bool, valid_to: date | None = None, note: str = "") -> Decided:
    decided = as_("owner", desk, answers.decide, reply_id, accepted, valid_to, note, "Ann of the centre")
    assert isinstance(decided, Decided)
    return decided


# questions and replies


def test_a_reason_stops_the_question_until_it_expires(doubled: Desk) -> None:
    asked = [("2026-02", "unusual_total", "registered_count")]
    assert questions(doubled) == [(*asked[0], "open")]
    first = say(doubled, "Something has changed.")
    assert questions(doubled) == [(*asked[0], "answered")]

    decide(doubled, first, False, note="What changed, and since when?")
    doubled.collect()
    assert questions(doubled) == [(*asked[0], "declined")]
    verdict = "select verdict from ops.current_verdict where submission_id = %s"
    assert doubled.value(verdict, february(doubled)) == "accepted_with_warnings"

    second = say(doubled)
    assert questions(doubled) == [(*asked[0], "answered")]
    assert decide(doubled, second, True, date(2026, 3, 1)) == Decided(date(2026, 3, 1), Rejudged(0, 1))
    doubled.collect()
    assert questions(doubled) == []
    assert doubled.value(verdict, february(doubled)) == "accepted"
    assert doubled.rows(
        """select severity, is_question, exemption from ops.current_finding
           where submission_id = %s and rule = 'unusual_total'""",
        february(doubled),
    ) == [
        (
            "information",
            False,
            "A practice joined the site or its data: The Oaks surgery joined us in February. (Jo of Alder, until 2026-03)",
        )
    ]

    march = push_list(doubled, "2026-03", 210)
    april = push_list(doubled, "2026-04", 220)
    doubled.collect()
    assert doubled.verdict(march) == "accepted"
    assert doubled.verdict(april) == "accepted_with_warnings"
    assert questions(doubled) == [("2026-04", "unusual_total", "registered_count", "open")]
    message = doubled.findings(april)["unusual_total"]["message"]
    assert f"is {220 * CELLS:,}; usual is {102 * CELLS:,} (median of 5 earlier month(s))" in message


def test_an_accepted_reason_holds_for_the_financial_year_and_for_months_that_came_already(doubled: Desk) -> None:
    march, april = push_list(doubled, "2026-03", 210), push_list(doubled, "2026-04", 220)
    doubled.collect()
    assert [q[0] for q in questions(doubled)] == ["2026-02", "2026-03", "2026-04"]
    assert decide(doubled, say(doubled), True) == Decided(date(2026, 3, 1), Rejudged(0, 2))
    assert [q[3] for q in questions(doubled)] == ["accepted", "open", "open"]
    with pytest.raises(Refused, match="accepted already"):
        say(doubled)
    doubled.collect()
    assert questions(doubled) == [("2026-04", "unusual_total", "registered_count", "open")]
    assert doubled.verdict(march) == "accepted"
    assert doubled.verdict(april) == "accepted_with_warnings"


def test_of_two_replies_the_newer_is_decided_and_only_once(doubled: Desk) -> None:
    first, second = say(doubled, "Something has changed."), say(doubled)
    with pytest.raises(Refused, match=f"replaced by reply {second}"):
        decide(doubled, first, True)
    with pytest.raises(Refused, match="is about 2026-02, and 2026-01 is before that"):
        decide(doubled, second, True, date(2026, 1, 1))
    with pytest.raises(Refused, match="A decline needs a sentence"):
        decide(doubled, second, False, note="no")
    with pytest.raises(Refused, match="holds for no month"):
        decide(doubled, second, False, date(2026, 3, 1), "What changed, and since when?")
    with pytest.raises(Refused, match=f"There is no reply {second + 1}"):
        decide(doubled, second + 1, True)
    decide(doubled, second, True)
    with pytest.raises(Refused, match=f"Reply {second} was decided already, by Ann of the centre"):
        decide(doubled, second, True)
    assert doubled.rows("select reply_id, is_accepted from ops.reply_decision") == [(second, True)]
    assert doubled.rows(
        "select who, action, subject, detail ->> 'by' from ops.audit where action <> 'import_sites' order by audit_id"
    ) == [
        ("intake", "reply", f"submission {february(doubled)}", "Jo of Alder"),
        ("intake", "reply", f"submission {february(doubled)}", "Jo of Alder"),
        ("owner", "decide", f"reply {second}", "Ann of the centre"),
    ]


def test_only_what_is_asked_of_a_file_in_use_can_be_answered(doubled: Desk) -> None:
    def answer(rule: str, subject: str | None, code: str, sentence: str) -> None:
        as_("intake", doubled, answers.reply, february(doubled), rule, subject, code, sentence, "Jo")

    good = "The Oaks surgery joined us in February."
    with pytest.raises(Refused, match="The rule 'tenfold_total' asks nothing about submission"):
        answer("tenfold_total", None, "practice_joined", good)
    with pytest.raises(Refused, match="the rule 'unusual_total' speaks of registered_count"):
        answer("unusual_total", "rows", "practice_joined", good)
    with pytest.raises(Refused, match=r"There is no reason 'moved'\. The reasons are: campaign"):
        answer("unusual_total", None, "moved", good)
    with pytest.raises(Refused, match="A reply needs a sentence of 10 characters or more"):
        answer("unusual_total", None, "practice_joined", "  It is so ")
    replaced = february(doubled)
    push_list(doubled, "2026-02", 101)
    doubled.collect()
    assert questions(doubled) == []
    with pytest.raises(Refused, match="is not in use any more"):
        as_("intake", doubled, answers.reply, replaced, "unusual_total", None, "practice_joined", good, "Jo")
    assert doubled.value("select count(*) from ops.reply") == 0


def test_a_reply_outlives_the_file_it_was_given_for(doubled: Desk) -> None:
    reply_id = say(doubled)
    push_list(doubled, "2026-02", 201)
    doubled.collect()
    assert questions(doubled) == [("2026-02", "unusual_total", "registered_count", "answered")]
    decide(doubled, reply_id, True)
    doubled.collect()
    assert questions(doubled) == []


def test_a_question_about_rows_is_settled_by_judging_the_file_again(site: Desk) -> None:
    receipt = push_list(site, "2025-03", 100, band={"5-9": 20_001})
    site.collect()
    assert questions(site) == [("2025-03", "implausible_patients", "", "open")]
    reply_id = as_(
        "intake", site, answers.reply, receipt.submission_id, "implausible_patients", None, "true_change",
        "We look after a university.", "Jo",
    )  # fmt: skip
    assert decide(site, reply_id, True).rejudged == Rejudged(1, 0)
    assert site.rows("select submission_id, reason from ops.queue") == [
        (receipt.submission_id, f"reply {reply_id} was accepted")
    ]
    site.collect()
    assert questions(site) == []
    assert site.verdict(receipt) == "accepted"
    assert site.value("select sum(registered_count) from raw.registered_list") == 4 * 20_001 + (CELLS - 4) * 100


# waivers

NEGATIVE = {"0-4": -1}
LEGACY = "The old clinical system writes corrections as negative counts."


def waive(desk: Desk, rule: str, first: str, last: str, subject: str | None = None, reason: str = LEGACY) -> Rejudged:
    rejudged = as_(
        "owner", desk, answers.waive, "AAA01", "registered_list", rule, subject, date.fromisoformat(f"{first}-01"),
        date.fromisoformat(f"{last}-01"), reason, "Ann of the centre",
    )  # fmt: skip
    assert isinstance(rejudged, Rejudged)
    return rejudged


def test_a_waived_error_lets_files_in_until_the_waiver_ends(site: Desk) -> None:
    months = [("2025-03", 100), ("2025-04", 101), ("2025-05", 102)]
    receipts = [push_list(site, month, count, band=NEGATIVE) for month, count in months]
    better = push_list(site, "2025-04", 103, band=NEGATIVE)
    site.collect()
    assert {site.verdict(r) for r in (*receipts, better)} == {"rejected"}
    assert site.value("select count(*) from raw.registered_list") == 0

    assert waive(site, "negative_patients", "2025-03", "2025-06") == Rejudged(4, 0)
    june = push_list(site, "2025-06", 104, band=NEGATIVE)
    july = push_list(site, "2025-07", 105, band=NEGATIVE)
    site.collect()
    assert [site.verdict(r) for r in (*receipts, better, june)] == ["accepted"] * 5
    finding = site.rows(
        "select severity, rows_count, exemption from ops.current_finding where submission_id = %s", june.submission_id
    )
    assert finding == [("information", 4, f"{LEGACY} (waived by Ann of the centre, until 2025-06)")]
    used = {
        f"2025-0{month}": (CELLS - 4) * count - 4 for month, count in ((3, 100), (4, 103), (5, 102), (6, 104))
    }  # of April, the second attempt
    by_month = "select to_char(period, 'YYYY-MM'), sum(registered_count)::int from raw.registered_list group by 1"
    assert dict(site.rows(by_month)) == used
    assert site.verdict(july) == "rejected"
    assert site.findings(july)["negative_patients"]["severity"] == "error"

    before = loaded(site.owner)
    as_("owner", site, forget, "test")
    site.collect()
    assert_same(before, loaded(site.owner))


def test_a_question_can_be_waived_too(doubled: Desk) -> None:
    assert waive(doubled, "unusual_total", "2025-03", "2026-12") == Rejudged(0, 1)
    doubled.collect()
    assert questions(doubled) == []


def test_what_cannot_be_read_or_was_never_found_cannot_be_waived(site: Desk) -> None:
    unreadable = list_file(PRACTICES).replace("female,5-9,10", "female,5-9,ten")
    site.push("AAA01", "registered_list", "2025-03", unreadable)
    push_list(site, "2025-04", 100, foreign=True, band=NEGATIVE)
    site.collect()
    found = {row[0] for row in site.rows("select rule from ops.finding where layer in ('contract', 'register')")}
    assert found >= {"bad_count", "practice_not_of_site"}
    for rule in found:
        with pytest.raises(Refused, match=f"The rule '{rule}' cannot be waived"):
            waive(site, rule, "2025-03", "2025-04")
    with pytest.raises(Refused, match="was ever found to break the rule 'implausible_patients'"):
        waive(site, "implausible_patients", "2025-03", "2025-04")
    with pytest.raises(Refused, match="leave the subject out"):
        waive(site, "negative_patients", "2025-03", "2025-04", subject="registered_count")
    with pytest.raises(Refused, match="would end with 2025-03, before it begins with 2025-04"):
        waive(site, "negative_patients", "2025-04", "2025-03")
    with pytest.raises(Refused, match="A waiver needs a sentence"):
        waive(site, "negative_patients", "2025-03", "2025-04", reason="known")
    assert site.value("select count(*) from ops.waiver") == 0


def test_a_waiver_bears_on_what_is_being_judged_while_it_is_made(site: Desk) -> None:
    push_list(site, "2025-03", 100, band=NEGATIVE)
    site.collect()
    april = push_list(site, "2025-04", 101, band=NEGATIVE)
    with ThreadPoolExecutor(2) as pool:
        with connect(site.settings, "owner") as holder:  # the load has made its findings and cannot go on
            lock_months(holder, feed("registered_list"), [april.period])
            loading = pool.submit(site.collect)
            until_waiting(site, 1)
            waived = pool.submit(waive, site, "negative_patients", "2025-03", "2025-04")
            until_waiting(site, 2)
            assert not loading.done() and not waived.done()
        loading.result(60)
        assert waived.result(60) == Rejudged(2, 0)
    site.collect()
    assert site.verdict(april) == "accepted"


def until_waiting(desk: Desk, count: int) -> None:
    """Until so many transactions wait for one another."""
    waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    patience = time.monotonic() + 30
    while desk.value(waiting) < count:
        assert time.monotonic() < patience
        time.sleep(0.05)


# locked returns


def lock(desk: Desk) -> None:
    """As if the site had been registered long ago: its months lock with their refresh close."""
    desk.owner.execute("update ref.site set history_open_until = start_date")


def unlock(desk: Desk, period: str, expires_at: datetime, site_code: str = "AAA01", reason: str = "") -> int:
    count = as_(
        "owner", desk, answers.unlock, site_code, "registered_list", date.fromisoformat(f"{period}-01"), expires_at,
        reason or "Their system was down for all of May.", "Ann of the centre",
    )  # fmt: skip
    assert isinstance(count, int)
    return count


def test_a_locked_return_is_unlocked_by_name_and_for_a_time(site: Desk) -> None:
    lock(site)
    content = list_file(PRACTICES)
    locked = site.push("AAA01", "registered_list", "2025-03", content)
    site.collect()
    refused = site.findings(locked)["return_locked"]
    assert site.verdict(locked) == "rejected"
    assert "March 2025 was locked after 15 May 2025." in refused["message"]
    assert "unlock registered_list of AAA01 for 2025-03" in refused["next_step"]
    assert Landing(site.settings.landing).get(locked.sha256) == content.encode()
    assert site.value("select count(*) from raw.registered_list") == 0

    expires_at = datetime.now(UTC) + timedelta(days=10)
    assert unlock(site, "2025-03", expires_at) == 1
    site.collect()
    assert site.verdict(locked) == "accepted"
    assert "return_locked" not in site.findings(locked)
    assert site.value("select sum(registered_count) from raw.registered_list") == 10 * CELLS

    last = site.push("AAA01", "registered_list", "2025-03", list_file(PRACTICES, lambda *_: 11), at=expires_at)
    past = site.push(
        "AAA01", "registered_list", "2025-03", list_file(PRACTICES, lambda *_: 12), at=expires_at + A_MICROSECOND
    )
    other = site.push("AAA01", "registered_list", "2025-04", content)
    site.collect()
    assert [site.verdict(r) for r in (last, past, other)] == ["accepted", "rejected", "rejected"]
    assert "return_locked" in site.findings(past) and "return_locked" in site.findings(other)
    assert site.value("select sum(registered_count) from raw.registered_list") == 11 * CELLS
    assert site.rows(
        "select who, subject, detail ->> 'by' from ops.audit where action = 'unlock'"
    ) == [("owner", "registered_list of AAA01 for 2025-03", "Ann of the centre")]  # fmt: skip


def test_unlocked_the_last_good_file_is_in_use_though_a_worse_one_came_after_it(site: Desk) -> None:
    lock(site)
    good = site.push("AAA01", "registered_list", "2025-03", list_file(PRACTICES))
    worse = site.push("AAA01", "registered_list", "2025-03", list_file(PRACTICES, lambda *_: -1))
    site.collect()
    assert {site.verdict(r) for r in (good, worse)} == {"rejected"}
    assert unlock(site, "2025-03", datetime.now(UTC) + timedelta(days=1)) == 2
    site.collect()
    assert (site.verdict(good), site.verdict(worse)) == ("accepted", "rejected")
    assert site.rows("select submission_id from ops.publication where is_current") == [(good.submission_id,)]


def test_what_is_not_locked_or_not_expected_is_not_unlocked(site: Desk) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    site.push("AAA01", "registered_list", "2025-03", list_file(PRACTICES))
    with pytest.raises(Refused, match="is not locked: it is open until"):
        unlock(site, "2025-03", tomorrow)
    lock(site)
    with pytest.raises(Refused, match="No registered_list of BBB01 for 2025-03 is expected"):
        unlock(site, "2025-03", tomorrow, site_code="BBB01")
    with pytest.raises(Refused, match="No registered_list of AAA01 for 2024-03 is expected"):
        unlock(site, "2024-03", tomorrow)
    with pytest.raises(Refused, match="ends in the future"):
        unlock(site, "2025-03", datetime.now(UTC) - timedelta(days=1))
    with pytest.raises(Refused, match="An unlocking needs a sentence"):
        unlock(site, "2025-03", tomorrow, reason="late")
    assert site.value("select count(*) from ops.unlocking") == 0


# who may


def test_sites_answer_and_only_the_centre_decides(doubled: Desk) -> None:
    reply_id = say(doubled)
    lock(doubled)
    month, soon = date(2026, 2, 1), datetime.now(UTC) + timedelta(days=1)
    for role in ("intake", "loader", "analyst"):
        for answer, arguments in (
            (answers.decide, (reply_id, True, None, "", "Jo")),
            (answers.waive, ("AAA01", "registered_list", "unusual_total", None, month, month, LEGACY, "Jo")),
            (answers.unlock, ("AAA01", "registered_list", month, soon, "We would like to.", "Jo")),
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                as_(role, doubled, answer, *arguments)  # type: ignore[arg-type]
    for role in ("loader", "analyst"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_(role, doubled, answers.reply, february(doubled), "unusual_total", None, "other", LEGACY, "Jo")  # type: ignore[arg-type]


# new, persisting, resolved


def course(desk: Desk, receipt: Receipt) -> dict[str, str]:
    return dict(
        desk.rows(
            """select f.rule, c.course from ops.finding_course as c inner join ops.finding as f using (finding_id)
               where c.submission_id = %s""",
            receipt.submission_id,
        )
    )


def test_findings_are_new_persist_and_are_resolved(site: Desk) -> None:
    first = push_list(site, "2025-03", 100, foreign=True, band=NEGATIVE)
    assert course(site, first) == {}  # nothing is resolved by what was not judged yet
    second = push_list(site, "2025-03", 101, band=NEGATIVE)
    assert course(site, second) == {}
    site.collect()
    third = push_list(site, "2025-03", 102)
    april = push_list(site, "2025-04", 102, foreign=True)
    may = push_list(site, "2025-05", 103, foreign=True)
    site.collect()
    mended = push_list(site, "2025-05", 104)
    site.collect()
    june = push_list(site, "2025-06", 105, band=NEGATIVE)
    july = push_list(site, "2025-07", 106, foreign=True)
    site.collect()
    assert course(site, first) == {"negative_patients": "new", "practice_not_of_site": "new"}
    assert course(site, second) == {"negative_patients": "persisting", "practice_not_of_site": "resolved"}
    assert course(site, third) == {"negative_patients": "resolved"}
    assert course(site, april) == {"practice_not_of_site": "new"}
    assert course(site, may) == {"practice_not_of_site": "persisting"}
    assert course(site, mended) == {"practice_not_of_site": "resolved"}
    assert course(site, june) == {"negative_patients": "new"}
    assert course(site, july) == {"practice_not_of_site": "new"}  # beside May: June's was refused
    previous = dict(site.rows("select submission_id, previous_submission_id from ops.finding_course"))
    before = {second: first, third: second, april: third, may: april, mended: may, june: mended, july: mended}
    assert previous == {first.submission_id: None} | {a.submission_id: b.submission_id for a, b in before.items()}


def test_two_totals_of_one_rule_are_two_findings(site: Desk) -> None:
    """What was odd of one total is not the same as what is odd of another."""
    header = "practice_code,sex,age_band,pod,condition_group,frailty,events_count,bed_days,live_discharges_count,readmit_30d_count"

    def activity(month: str, events: int, days: int) -> Receipt:
        lines = [
            f"{p},{s},40-44,el,other,none,{events},{days},{events},0" for p in PRACTICES for s in ("female", "male")
        ]
        at = closes(date.fromisoformat(f"{month}-01")).primary
        return site.push("AAA01", "hospital_activity", month, "\n".join([header, *lines, ""]), at=at)

    for month in ("2025-03", "2025-04", "2025-05"):
        activity(month, 1000, 3000)
    days, events = activity("2025-06", 1001, 9000), activity("2025-07", 3000, 3001)
    site.collect()
    subjects = {row[:2]: row[2] for row in site.rows(
        """select c.submission_id, f.subject, c.course from ops.finding_course as c
           inner join ops.finding as f using (finding_id) where f.rule = 'unusual_total'""")}  # fmt: skip
    assert subjects == {
        (days.submission_id, "bed_days"): "new",
        (events.submission_id, "bed_days"): "resolved",
        (events.submission_id, "events_count"): "new",
    }
