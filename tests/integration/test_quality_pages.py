"""The quality pages of a real ledger: what is pushed, judged, asked, answered and waived stands on them."""

import shutil
import time
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from desk import Desk, list_file
from pages_world import Page
from terminal import Terminal

from pch.intake.receive import Receipt
from pch.pipeline.replay import put_back
from pch.reports.pages import index_file, write_pages
from pch.warehouse import answers
from pch.warehouse.calendar import closes
from pch.warehouse.db import Connection, connect

PRACTICES = {"AAA01": ["A10001"], "AAA02": ["A10002"], "AAA03": ["A10003"]}
CELLS = 38  # rows of a practice's list: sexes x bands
FEBRUARY, MARCH = date(2025, 2, 1), date(2025, 3, 1)


@pytest.fixture
def desk(desk: Desk) -> Iterator[Desk]:
    """Without the pages of the test before: the home folder is everybody's."""
    yield desk
    shutil.rmtree(index_file(desk.settings).parent, ignore_errors=True)


def push_list(desk: Desk, site: str, month: str, count: int, *, first: int | None = None) -> Receipt:
    """A site's list in time, ``count`` patients a cell, ``first`` in its first."""
    content = list_file(PRACTICES[site], lambda *_: count)
    if first is not None:
        content = content.replace(f",{count}\n", f",{first}\n", 1)
    at = closes(date.fromisoformat(f"{month}-01")).primary - timedelta(days=3)
    return desk.push(site, "registered_list", month, content, at=at, name="<b>list</b>.csv")


@pytest.fixture
def march(desk: Desk) -> Desk:
    """Lists of three months. In March AAA01's is in order, AAA02's was corrected after a rejection, and AAA03's has
    ten times the patients; no other feed was pushed."""
    desk.register(PRACTICES)
    for number, month in enumerate(("2025-01", "2025-02", "2025-03")):
        for site in PRACTICES:
            if (site, month) == ("AAA02", "2025-03"):
                push_list(desk, site, month, 101, first=-5)
                desk.collect()
            push_list(desk, site, month, 1_000 if (site, month) == ("AAA03", "2025-03") else 100 + number)
    desk.collect()
    return desk


def written(desk: Desk, name: str = "2025-03.registered_list.html") -> Page:
    return Page.of(write_pages(desk.settings).with_name(name))


def test_the_figures_of_a_month(march: Desk) -> None:
    page = written(march)
    said = " ".join(page.text.split())
    assert "In order 66.7% 2 of 3 worse by 33.3 than 2025-02 Rejected 0 Missing 0 With warnings 1" in said
    assert "Reporting rate 100% 3 of 3 Files accepted 75.0% 3 of 4 Rows in use 114" in said
    (row,) = page.table("Worst first")[1:]
    assert row[:2] == ["AAA03 Site AAA03", "with warnings 1 attempt"]
    assert row[2].startswith("warning The total of registered patients is 38,000; usual is 3,8")
    assert row[2].endswith("push it again. tenfold_total")


def test_a_correction_clears_what_is_open_and_not_what_was_checked(march: Desk) -> None:
    (row,) = written(march).table("Rows, broken in this month")[1:]
    assert row[0] == "negative patients error"
    assert row[2:-1] == ["at least 0", f"{4 * CELLS} rows", "1", "0.7%", "1", "0"]


def test_what_the_review_asked(march: Desk) -> None:
    page = written(march)
    (row,) = page.table("History, broken in this month")[1:]
    assert row[0] == "tenfold total warning"
    assert row[2:-1] == ["3 figures", "1", "33.3%", "1", "1"]
    held = {row[0]: row[2:] for row in page.table("History, not broken in this month")[1:]}
    assert held["copy of last month warning"][:2] == ["3 figures", "0"]
    before = {row[0]: row[2] for row in written(march, "2025-01.registered_list.html").table("History, not broken")[1:]}
    assert before["copy of last month warning"] == "not applicable"  # nothing before it


def test_judging_again_is_not_asking_twice(march: Desk) -> None:
    before = written(march).tables
    (submission,) = march.rows("select submission_id from ops.submission where attempt = 2")
    put_back(march.settings, [submission[0]], "to see whether it is counted twice")
    march.collect()
    assert march.value("select max(revision) from ops.verdict where submission_id = %s", *submission) == 2
    assert written(march).tables == before


def test_a_question_waits_for_a_reason_then_for_a_decision(march: Desk) -> None:
    def question() -> list[str]:
        (row,) = written(march).table("Figures that are plausible but odd")[1:]
        return row

    assert (question()[2], question()[3]) == ("None yet", "a reason")
    (submission,) = march.rows("select submission_id from ops.question")
    (reason,) = march.rows("select reason_code, meaning from ref.reason order by 1 limit 1")
    with connect(march.settings, "intake") as conn:
        reply = answers.reply(conn, submission[0], "tenfold_total", None, reason[0], "We took over a <list>.", "Ann")
    assert question()[2].startswith(f"{reason[1]}: We took over a <list>. Ann, ")
    assert question()[3] == "a decision"
    with connect(march.settings, "owner") as conn:
        answers.decide(conn, reply, False, None, "Which list was it?", "Bob")
    assert question()[2].endswith("Bob: Which list was it?") and question()[3] == "a better reason"


def test_what_is_waived_is_not_open(march: Desk) -> None:
    with connect(march.settings, "owner") as conn:
        answers.waive(conn, "AAA03", "registered_list", "tenfold_total", None, MARCH, MARCH, "A merger, known.", "Bob")
    march.collect()
    page = written(march)
    assert "Nothing is open." in page.text and "No question is open." in page.text
    (row,) = page.table("In force")[1:]
    assert row[:3] == ["AAA03", "tenfold_total registered_count", "2025-03 to 2025-03"]
    assert row[4].startswith("The total of registered patients is 38,000")
    (checked,) = page.table("History, broken in this month")[1:]
    assert checked[3:-1] == ["1", "33.3%", "1", "0"]


def test_a_rejected_file_beside_one_in_use(march: Desk) -> None:
    push_list(march, "AAA01", "2025-03", 103, first=-1)
    march.collect()
    row = written(march).table("Worst first")[1]
    assert row[:2] == ["AAA01 Site AAA01", "rejected 2 attempts; attempt 1 stays in use"]
    assert row[2].startswith("error 1 row: a number of patients below zero.")
    assert [r[1] for r in written(march, "site.AAA01.html").table("What became of each return")[1:]] == ["missing"] * 3


def test_feeds_that_nobody_sent_are_missing_and_surveys_not_due(march: Desk) -> None:
    rows = {row[0].split(" 3 due")[0]: row for row in written(march, "2025-03.html").table("Returns for March 2025")}
    assert rows["Hospital activity"][1:4] == ["0% as in 2025-02", "0", "3"]
    assert rows["Hospital activity"][5] == "missing AAA01, AAA02, AAA03"
    assert rows["Staff survey"][1:4] == ["0%", "0", "3"]  # due in March, and not in the months before
    february = {
        row[0].split(" 3 due")[0]
        for row in Page.of(index_file(march.settings).with_name("2025-02.html")).table("Returns for")
    }
    assert "Staff survey" not in february


def test_a_file_of_nobody_is_shown_and_leads_nowhere(march: Desk) -> None:
    march.push("ZZZ99", "registered_list", "2025-03", list_file(["A10001"]))
    march.collect()
    page = written(march)
    row = next(row for row in page.table("Worst first")[1:] if row[0].startswith("ZZZ99"))
    assert row[:2] == ["ZZZ99 not on the register", "not expected"]
    assert "site.ZZZ99.html" not in {a["href"] for a in page.all("a")}


def test_the_command_says_where(march: Desk) -> None:
    said = Terminal(march.settings).says("pages", "--period", "2025-03")
    index = index_file(march.settings)
    assert said == f"The pages begin at {index.as_uri()}"
    names = {path.name for path in index.parent.iterdir()}
    assert {"index.html", "2025-01.html", "2025-03.registered_list.html", "site.AAA02.html"} <= names
    assert "is not a period" in Terminal(march.settings).says("pages", "--period", "March", code=1)


def test_three_years_of_the_programme_take_seconds(desk: Desk, owner: Connection) -> None:
    """36 months x 10 feeds x 185 sites: 66,600 returns, one in twenty with something open."""
    owner.execute(PROGRAMME)
    started = time.monotonic()
    index = write_pages(desk.settings)
    seconds = time.monotonic() - started
    names = [path.name for path in index.parent.iterdir()]
    assert len(names) == 36 + 36 * 9 + 12 + 185 + 1  # the survey of staff is due every quarter
    row = Page.of(index.with_name("2025-12.workforce.html")).table("History, broken in this month")[1]
    odd = str(
        desk.value(
            """select count(*) from ops.current_finding inner join ops.submission as s using (submission_id)
               where (s.feed, s.period) = ('workforce', '2025-12-01')"""
        )
    )
    assert [row[2], row[3], row[5], row[6]] == ["1,850 figures", odd, odd, odd]
    assert seconds < 60, f"{seconds:.0f} s"


#  A ledger as loads would leave it: each return one accepted file, one in twenty-six of them with a question.
PROGRAMME = """
insert into ref.site (site_code, site_name, start_date)
select 'S' || lpad(n::text, 3, '0'), 'Site ' || n, '2023-01-01' from generate_series(1, 185) as n;
insert into ref.period
select p::date, '', p + interval '45 days', p + interval '75 days'
from generate_series('2023-01-01'::date, '2025-12-01', interval '1 month') as p;
insert into ops.batch (feed, period, submissions_count, rows_count, started_at, finished_at, decode_seconds,
  stage_seconds, check_seconds, publish_seconds, peak_memory_mb)
select feed, period, 185, 185 * 100, now(), now(), 0, 0, 0, 0, 0 from ref.feed cross join ref.period
where extract(month from period)::integer = any(due_months);
insert into ops.submission (site_code, feed, period, attempt, sha256, bytes, file_name, door, submitted_by, received_at)
select site_code, b.feed, b.period, 1, repeat('0', 64), 1, 'f.csv', 'test', 'test', b.period + interval '40 days'
from ref.site cross join ops.batch as b;
insert into ops.verdict (submission_id, revision, verdict, batch_id, rows_read, rows_published, rows_set_aside,
  code_version)
select s.submission_id, 1, case when s.submission_id % 26 = 0 then 'accepted_with_warnings' else 'accepted' end,
  b.batch_id, 100, 100, 0, 'test'
from ops.submission as s inner join ops.batch as b using (feed, period);
insert into ops.publication (submission_id, site_code, feed, period)
select submission_id, site_code, feed, period from ops.submission;
insert into ops.finding (submission_id, revision, rule, layer, severity, rows_count, examples, message, next_step,
  subject, is_question)
select submission_id, 1, 'unusual_total', 'submission', 'warning', 0, '[]', 'The total of something is unusual.',
  'Answer the question.', 'total', true
from ops.submission where submission_id % 26 = 0;
insert into ops.review (period, up_to_change_id, submissions_count, revised_count, started_at)
select period, 0, 1850, 0, now() from ref.period;
insert into ops.check_result (review_id, feed, period, layer, rule, severity, threshold, checked_count, violated_count,
  submissions_count, submissions_violated, is_applicable)
select review_id, feed, period, 'submission', 'unusual_total', 'warning', '', 1850, 7, 185, 7, true
from ops.review cross join ref.feed;
insert into ops.check_result (batch_id, feed, period, layer, rule, severity, threshold, checked_count, violated_count,
  submissions_count, submissions_violated, is_applicable)
select batch_id, feed, period, 'row', 'rule_' || n, 'warning', '', 18500, 0, 185, 0, true
from ops.batch cross join generate_series(1, 15) as n;
analyze;
"""
