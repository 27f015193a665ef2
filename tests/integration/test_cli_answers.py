"""``pch questions``, ``reply``, ``decide``, ``waive`` and ``unlock`` as people type them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from desk import Desk, list_file
from terminal import Terminal

from pch.registry import REFERENCE
from pch.settings import Settings
from pch.warehouse.calendar import closes, end_of_day

PRACTICES = ["A10001", "A10002"]
OF_FEBRUARY = ("--site", "aaa01", "--period", "2026-02", "--feed", "registered_list")


@pytest.fixture
def pch(settings: Settings) -> Terminal:
    return Terminal(settings)


@pytest.fixture
def february(desk: Desk) -> int:
    """Of three months like one another and one of twice as many patients, the last submission."""
    desk.register({"AAA01": PRACTICES, "BBB01": ["B10001"]})
    number = 0
    for month, count in (("2025-11", 100), ("2025-12", 101), ("2026-01", 102), ("2026-02", 200)):
        content = list_file(PRACTICES, lambda *_, count=count: count)
        at = closes(date.fromisoformat(f"{month}-01")).primary
        number = desk.push("AAA01", "registered_list", month, content, at=at).submission_id
    desk.collect()
    return number


def test_a_question_goes_to_and_fro(pch: Terminal, desk: Desk, february: int) -> None:
    said = pch.says("questions")
    assert "Waiting for a reason of the site: 1 registered_list of AAA01 for 2026-02, submission" in said
    assert "The total of registered patients is 15,200; usual is 7,676 (median of 3 earlier month(s))." in said
    command = f"pch reply {february} unusual_total --subject registered_count --reason CODE --because"
    assert command in said
    reasons = (REFERENCE / "reasons.csv").read_text().splitlines()[2:]
    assert len(reasons) > 5
    for line in reasons:
        assert line.replace(",", " ", 1) in said
    assert "No question is open." in pch.says("questions", "--site", "BBB01")
    assert command in pch.says("findings", *OF_FEBRUARY)

    reply = ("reply", february, "unusual_total", "--reason", "practice_joined", "--by", "Jo [bold]")
    assert "Reply 1 waits for the central team." in pch.says(*reply, "--because", "A third practice joined us.")
    said = pch.says("questions", *OF_FEBRUARY)
    assert "Answered, waiting for the central team: 1 registered_list of AAA01 for 2026-02" in said
    assert "Reply 1: A practice joined the site or its data: A third practice joined us. (Jo [bold], 20" in said
    assert "pch decide 1 --accept | --decline" in said
    decline = ("decide", 1, "--decline", "--by", "Ann")
    assert "A decline needs a sentence" in pch.says(*decline, code=1)
    assert "the question stays open" in pch.says(*decline, "--note", "The register has no third practice.")
    said = pch.says("findings", *OF_FEBRUARY)
    assert "Declined: The register has no third practice. (Ann, 20" in said
    assert command in said

    pch.run(*reply, "--because", "The register has it now.")
    said = pch.says("decide", 2, "--accept", "--by", "Ann")
    assert "Reply 2 is accepted until 2026-03. 0 submission(s) are judged again and 1 month(s) reviewed again." in said
    assert "Accepted, settled when its month is judged: 1" in pch.says("questions")
    assert "Reviewed 1 month(s); 1 verdict(s) are revised." in pch.says("collect")
    assert "No question is open." in pch.says("questions")
    said = pch.says("findings", *OF_FEBRUARY)
    assert "registered_list of AAA01 for 2026-02: accepted attempt 1" in said
    reason = "A practice joined the site or its data: The register has it now. (Jo [bold], until 2026-03)"
    assert f"Let pass: {reason} [unusual_total, new]" in said
    (checked,) = pch.json("findings", *OF_FEBRUARY)
    assert [(f["severity"], f["exemption"], f["course"]) for f in checked["findings"]] == [
        ("information", reason, "new")
    ]


def test_questions_as_json(pch: Terminal, february: int) -> None:
    told = pch.json("questions", "--period", "2026-02")
    assert told["reasons"]["practice_joined"] == "A practice joined the site or its data"
    (question,) = told["questions"]
    address = ("site_code", "feed", "period", "submission_id", "rule", "subject", "state", "reply_id")
    assert [question[k] for k in address] == [
        "AAA01", "registered_list", "2026-02-01", february, "unusual_total", "registered_count", "open", None,
    ]  # fmt: skip
    pch.run(
        "reply",
        february,
        "unusual_total",
        "--subject",
        "registered_count",
        "--reason",
        "other",
        "--because",
        "We merged.",
    )
    (question,) = pch.json("questions")["questions"]
    assert [question[k] for k in ("state", "reply_id", "reason_code", "sentence")] == [
        "answered",
        1,
        "other",
        "We merged.",
    ]
    assert question["replied_by"]  # whoever runs this
    (checked,) = pch.json("findings", *OF_FEBRUARY)
    assert checked["findings"][0]["question"] == question
    assert checked["before"]["resolved"] == []
    assert pch.json("questions", "--period", "2026-01")["questions"] == []


def test_a_waiver_and_what_changed_since_are_told(pch: Terminal, desk: Desk, february: int) -> None:
    content = list_file(PRACTICES, lambda p, s, band: -1 if band == "0-4" else 200)
    desk.push("AAA01", "registered_list", "2026-02", content, at=closes(date(2026, 2, 1)).primary)
    desk.collect()
    said = pch.says("findings", *OF_FEBRUARY)
    assert "registered_list of AAA01 for 2026-02: rejected attempt 2 of 2" in said
    assert "Attempt 1 is in use. Since attempt 1 of 2026-02: 1 new, 0 persisting, 1 resolved (unusual_total)." in said
    assert (
        "Where: column registered_count; 4 of 76 rows (5.3%); expected at least 0; line 2: registered_count -1;" in said
    )
    assert "[negative_patients, new]" in said

    waive = ("waive", "--site", "aaa01", "--feed", "registered_list", "--rule", "negative_patients", "--by", "Ann")
    months = ("--from", "2026-02", "--to", "2026-04")
    because = ("--because", "Their old system cannot do otherwise.")
    assert "There is no feed 'lists'" in pch.says(
        "waive", "--site", "AAA01", "--feed", "lists", "--rule", "x", *months, *because, code=1
    )
    assert "'2026-2' is not a period" in pch.says(*waive, "--from", "2026-2", "--to", "2026-04", *because, code=1)
    said = pch.says(*waive, *months, *because)
    assert (
        "The rule negative_patients is waived for registered_list of AAA01, 2026-02 to 2026-04. 1 submission(s)" in said
    )
    desk.collect()
    said = pch.says("findings", *OF_FEBRUARY)
    assert "76 rows read, 76 published, 0 set aside This attempt is in use." in said
    assert (
        "Let pass: Their old system cannot do otherwise. (waived by Ann, until 2026-04) [negative_patients, new]"
        in said
    )


def test_unlocking_takes_the_refused_file_without_another_push(pch: Terminal, desk: Desk) -> None:
    desk.register({"AAA01": PRACTICES})
    desk.owner.execute("update ref.site set history_open_until = start_date")
    unlock = ("unlock", "--site", "aaa01", "--feed", "registered_list", "--period", "2025-03", "--by", "Ann")
    because = ("--because", "Their system was down in May.")
    desk.push("AAA01", "registered_list", "2025-03", list_file(PRACTICES))
    desk.collect()
    assert "[return_locked]" in pch.says("findings", *OF_FEBRUARY[:2], "--period", "2025-03")
    assert "An unlocking needs a sentence" in pch.says(*unlock, "--because", "late", code=1)
    pch.run(*unlock, "--days", 0, *because, code=2)
    day = datetime.now(UTC).date() + timedelta(days=3)
    said = pch.says(*unlock, "--days", 3, *because)
    assert f"registered_list of AAA01 for 2025-03 is open until {day:%-d %B %Y}. 1 submission(s)" in said
    assert desk.rows("select expires_at, reason, granted_by from ops.unlocking") == [
        (end_of_day(day), "Their system was down in May.", "Ann")
    ]
    desk.collect()
    assert "This attempt is in use." in pch.says("findings", *OF_FEBRUARY[:2], "--period", "2025-03")


def test_help_names_the_commands_where_they_belong(server: Settings) -> None:
    terminal = Terminal(server)
    for_sites, for_centre = terminal.says("--help").split("For sites")[1].split("For the central team")
    for panel, commands in ((for_sites, ("questions", "reply")), (for_centre, ("decide", "waive", "unlock"))):
        for command in commands:
            assert f" {command} " in panel
            terminal.run(command, "--help")
