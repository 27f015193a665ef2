"""Mail to sites about what is due, overdue or asked: London mornings, one mail a site."""

from datetime import UTC, date, datetime, timedelta

import pytest
from desk import Desk, list_file
from terminal import Terminal

from pch.notices import post
from pch.notices.contacts import set_contacts
from pch.registry import feeds
from pch.settings import Settings
from pch.warehouse.calendar import LONDON, closes
from pch.warehouse.db import connect

PRACTICES = ["A10001", "A10002"]
A_MICROSECOND = timedelta(microseconds=1)

#  Tenth working days counted by hand (tests/integration/test_cases_time.py); eight in the morning five days before,
#  and on the day after, in London
WINTER = (
    "2025-12", datetime(2026, 1, 10, 8, tzinfo=UTC), datetime(2026, 1, 16, 8, tzinfo=UTC), "15 January 2026",
    "13 February 2026", "December 2025",
)  # fmt: skip
SUMMER = (
    "2026-05", datetime(2026, 6, 7, 7, tzinfo=UTC), datetime(2026, 6, 13, 7, tzinfo=UTC), "12 June 2026",
    "14 July 2026", "May 2026",
)  # fmt: skip


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"mail_from": "returns@pch.example.org", "door_url": "https://door.example.org"})


def contact(desk: Desk, *sites: str) -> None:
    with connect(desk.settings, "owner") as conn:
        for site in sites:
            set_contacts(conn, site, [f"{site.lower()}@site.example.org"], "Ann")


def mails(desk: Desk, topic: str) -> list[tuple[str, str]]:
    query = "select subject_line, body from ops.mail where topic = %s order by mail_id"
    return [(row[0], row[1]) for row in desk.rows(query, topic)]


@pytest.mark.parametrize(("period", "due", "overdue", "primary", "refresh", "month"), [WINTER, SUMMER])
def test_a_site_is_told_once_what_is_due_and_what_is_overdue(
    desk: Desk, period: str, due: datetime, overdue: datetime, primary: str, refresh: str, month: str
) -> None:
    desk.register({"AAA01": PRACTICES, "BBB01": ["B10001"], "CCC01": ["C10001"]})
    contact(desk, "AAA01", "BBB01")
    at = closes(date.fromisoformat(f"{period}-01")).primary - timedelta(days=7)
    desk.push("AAA01", "registered_list", period, list_file(PRACTICES), at=at)
    bad = desk.push("BBB01", "registered_list", period, list_file(["B10001"], lambda *_: -1), at=at)
    desk.collect()
    owed = sum(int(period[5:]) in feed.due_months for feed in feeds().values())

    for moment in (due - A_MICROSECOND, due, due + timedelta(days=1)):
        post.queue(desk.settings, moment)
        assert len(mails(desk, "due")) == (0 if moment < due else 2)
    (to_aaa, aaa), (to_bbb, bbb) = mails(desk, "due")
    assert to_aaa == f"AAA01: {owed - 1} returns for {month} are due by {primary}"
    assert to_bbb == f"BBB01: {owed} returns for {month} are due by {primary}"
    assert "- Workforce: nothing has arrived" in aaa and "Registered patients" not in aaa
    assert f"- Registered patients: the last file was not accepted, see https://door.example.org/submissions/{bad.submission_id}" in bbb  # fmt: skip

    for moment in (overdue - A_MICROSECOND, overdue, overdue + timedelta(days=2)):
        post.queue(desk.settings, moment)
        assert len(mails(desk, "overdue")) == (0 if moment < overdue else 2)
    [(to_aaa, aaa), _] = mails(desk, "overdue")
    assert to_aaa == f"AAA01: {owed - 1} returns for {month} are overdue"
    assert f"push the files by {refresh}. They count in the refresh edition" in aaa


def test_long_after_a_close_nobody_is_reminded_of_it(desk: Desk) -> None:
    desk.register({"AAA01": PRACTICES})
    contact(desk, "AAA01")
    desk.push("AAA01", "registered_list", "2026-05", list_file(PRACTICES))
    post.queue(desk.settings, SUMMER[2] + timedelta(days=5))
    assert mails(desk, "overdue") == []


@pytest.fixture
def asked(desk: Desk) -> int:
    """Three months like one another and one of twice as many patients: of the last, the submission."""
    desk.register({"AAA01": PRACTICES})
    number = 0
    for month, count in (("2025-11", 100), ("2025-12", 101), ("2026-01", 102), ("2026-02", 200)):
        content = list_file(PRACTICES, lambda *_, count=count: count)
        at = closes(date.fromisoformat(f"{month}-01")).primary
        number = desk.push("AAA01", "registered_list", month, content, at=at).submission_id
    desk.collect()
    return number


def test_a_question_comes_with_the_news_or_alone_in_the_morning(desk: Desk, asked: int) -> None:
    contact(desk, "AAA01")  # after the files: they are no news, the question still waits
    now = datetime.now(UTC)
    tomorrow = datetime.combine(now.astimezone(LONDON).date() + timedelta(days=1), datetime.min.time(), LONDON)
    assert post.queue(desk.settings, tomorrow + timedelta(hours=8) - A_MICROSECOND) == 0
    assert post.queue(desk.settings, tomorrow + timedelta(hours=8)) == 1
    assert post.queue(desk.settings, tomorrow + timedelta(days=1, hours=8)) == 1
    [(subject_line, body)] = mails(desk, "questions")
    assert subject_line == "AAA01: a question about registered patients for February 2026"
    assert "- Registered patients for February 2026: Unusual total: registered count." in body
    assert f"https://door.example.org/submissions/{asked}" in body
    assert "15,200" not in body and "7,676" not in body  # the totals, which the finding's message has


def test_the_central_team_sees_what_is_told_and_to_how_many(desk: Desk, asked: int) -> None:
    pch = Terminal(desk.settings)
    assert "No site has a contact." in pch.says("contacts", "list")
    said = pch.says("contacts", "set", "aaa01", "ann@site.example.org", "bob@site.example.org", "--by", "Cy")
    assert said == "Mail about AAA01 goes to ann@site.example.org, bob@site.example.org: 2 added, 0 removed."
    assert "1 address(es) of AAA01 removed." in pch.says("contacts", "remove", "AAA01", "BOB@site.example.org")
    assert [(c["site_code"], c["email"], c["added_by"]) for c in pch.json("contacts", "list")] == [
        ("AAA01", "ann@site.example.org", "Cy")
    ]
    assert "has no contact bob@site.example.org" in pch.says(
        "contacts", "remove", "AAA01", "bob@site.example.org", code=1
    )

    desk.push("AAA01", "workforce", "2026-02", "", nil="Nobody works here.")
    post.queue(desk.settings, datetime.now(UTC) + timedelta(minutes=31))
    said = pch.says("notices", "--site", "aaa01")
    assert "1 of 1 sites have a contact." in said and "ann@" not in said
    assert "waiting AAA01: workforce for February 2026 has arrived" in said
    assert "A question waits for your reply" in pch.says("notices", "--mail", 1)
    shown = pch.json("notices")
    assert (shown["is_on"], shown["next"], [m["state"] for m in shown["mails"]]) == (True, [], ["waiting"])
