"""Mail to sites: what is told, once, to whom; carried by the DAG's own task to a real mail server."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage

import psycopg
import pytest
from desk import Desk, list_file
from mail_server import MailServer, closed_mail_server

from pch import settings as our_settings
from pch.errors import Refused, Temporary
from pch.local.airflow import DAGS, airflow_environment
from pch.notices import post
from pch.notices.contacts import Changed, set_contacts
from pch.settings import Settings
from pch.warehouse.calendar import closes
from pch.warehouse.db import connect

DOOR = "https://door.example.org"
PRACTICES = ["A10001", "A10002"]
OCTOBER = closes(date(2026, 10, 1))
IN_TIME = OCTOBER.primary - timedelta(days=1)
PLANTED = "-731"
SWEEP = timedelta(minutes=5, seconds=1)
OUT_OF_PATIENCE = timedelta(minutes=30, seconds=1)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Mail is on."""
    return settings.model_copy(update={"mail_from": "Returns <returns@pch.example.org>", "door_url": DOOR})


@pytest.fixture
def mail_server() -> MailServer:
    return closed_mail_server()


class Mailroom:
    """A site with contacts, and the steps of its mail."""

    def __init__(self, desk: Desk, server: MailServer) -> None:
        self.desk, self.settings, self.server = desk, desk.settings, server
        desk.register({"AAA01": PRACTICES, "BBB01": ["B10001"]})

    def contact(self, site: str, *emails: str) -> Changed:
        with connect(self.settings, "owner") as conn:
            return set_contacts(conn, site, emails, "Ann")

    def queue(self, after: timedelta = SWEEP) -> int:
        """What waits to be sent once so much time has passed."""
        return post.queue(self.settings, datetime.now(UTC) + after)

    def carry(self) -> dict[str, int] | None:
        """Runs the task of the DAG as it stands in its file; None where it is skipped."""
        from airflow.sdk.exceptions import AirflowSkipException

        spec = importlib.util.spec_from_file_location("notify_sites", DAGS / "notify_sites.py")
        assert spec and spec.loader
        spec.loader.exec_module(module := importlib.util.module_from_spec(spec))
        try:
            done: dict[str, int] = module.dag.get_task("send_mails").python_callable()
        except AirflowSkipException:
            return None
        return done

    def states(self) -> list[tuple[str, int, str]]:
        return self.desk.rows("select state, tries_count, reason from ops.mail_state order by mail_id")


@pytest.fixture
def room(desk: Desk, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailroom]:
    for name, value in airflow_environment(desk.settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", mail_server.connection)
    our_settings.settings.cache_clear()
    yield Mailroom(desk, mail_server)
    our_settings.settings.cache_clear()


def list_with(cell: str) -> str:
    return list_file(PRACTICES).replace(",10\n", f",{cell}\n", 1)


def text_of(message: EmailMessage) -> str:
    assert message.get_content_type() == "text/plain"
    return str(message.get_content())


def test_a_site_reads_what_arrived_and_what_to_do_and_no_cell_of_its_file(room: Mailroom) -> None:
    room.contact("AAA01", "ann@site.example.org", "bob@site.example.org")
    bad = room.desk.push("AAA01", "registered_list", "2026-10", list_with(PLANTED), name="Jane Smith.csv", at=IN_TIME)
    nil = room.desk.push("AAA01", "programme_inputs", "2026-10", "", nil="Our ledger burnt.", at=IN_TIME)
    room.desk.push("BBB01", "registered_list", "2026-10", list_file(["B10001"]))  # has no contact
    room.desk.collect()
    assert [room.queue(timedelta(0)), room.queue(), room.queue()] == [0, 1, 1]
    with room.server.open():
        assert room.carry() == {"sent": 1, "postponed": 0, "failed": 0}
        assert room.carry() is None
    [(message, to)] = room.server.delivered
    assert to == ["ann@site.example.org", "bob@site.example.org"]
    assert message["To"] == "ann@site.example.org, bob@site.example.org"
    assert message["From"] == "Returns <returns@pch.example.org>"
    assert message["Subject"] == "AAA01: 1 of 2 files for October 2026 was not accepted"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["References"] == "<AAA01.2026-10@pch.example.org>"
    assert message["Message-ID"].endswith("@pch.example.org>")
    text = text_of(message)
    first, second = text.split("Programme inputs for October 2026: accepted")
    assert "Registered patients for October 2026: NOT ACCEPTED" in first
    assert f"SHA-256 checksum: {bad.sha256}" in first and "Nothing of this return is in use." in first
    assert "- A number of patients below zero. (error; column registered_count, 1 row)" in first
    assert "What to do: Check the extract; correct the file and push it again." in first
    assert f"{DOOR}/submissions/{bad.submission_id}" in first
    assert f"Nil return, submission {nil.submission_id} (attempt 1), received 12 November 2026, 23:59." in second
    assert "It counts in the primary edition of October 2026." in second
    assert f"{DOOR}/sites/AAA01" in second
    for kept_back in (PLANTED, "731", "Smith", "burnt", "A10001", *PRACTICES):
        assert kept_back not in text
    assert room.desk.rows("select kind, subject from ops.notice order by 1, 2") == [
        ("receipt", str(bad.submission_id)), ("receipt", str(nil.submission_id)),
        ("verdict", f"{bad.submission_id}.1"), ("verdict", f"{nil.submission_id}.1"),
    ]  # fmt: skip


def test_a_file_that_is_being_checked_for_long_gets_its_receipt_first(room: Mailroom) -> None:
    room.contact("AAA01", "ann@site.example.org")
    room.desk.push("AAA01", "registered_list", "2026-10", list_file(PRACTICES), at=OCTOBER.primary + timedelta(hours=1))
    assert [room.queue(SWEEP), room.queue(OUT_OF_PATIENCE)] == [0, 1]
    room.desk.collect()
    assert room.queue() == 2
    room.desk.owner.execute("insert into ops.queue select submission_id, 'again' from ops.submission")
    room.desk.collect()  # judged anew, and as before
    assert room.queue(OUT_OF_PATIENCE) == 2
    with room.server.open():
        assert room.carry() == {"sent": 2, "postponed": 0, "failed": 0}
    receipt, verdict = (message for message, _ in room.server.delivered)
    assert receipt["Subject"] == "AAA01: registered patients for October 2026 has arrived"
    assert "Once accepted it counts in the refresh edition of October 2026; its primary numbers stay" in text_of(
        receipt
    )
    assert verdict["Subject"] == "AAA01: registered patients for October 2026 was accepted"
    assert verdict["References"] == receipt["References"] and verdict["Message-ID"] != receipt["Message-ID"]


def test_a_verdict_that_turns_is_told_again(room: Mailroom) -> None:
    room.contact("AAA01", "ann@site.example.org")
    receipt = room.desk.push("AAA01", "registered_list", "2026-10", list_with(PLANTED))
    room.desk.collect()
    assert room.queue() == 1
    room.desk.owner.execute(
        """insert into ops.waiver (site_code, feed, rule, valid_from, valid_to, reason, waived_by)
           values ('AAA01', 'registered_list', 'negative_patients', '2026-10-01', '2026-10-01', 'Known for long.', 'Ann')"""
    )
    room.desk.owner.execute("insert into ops.queue values (%s, 'waived')", (receipt.submission_id,))
    room.desk.collect()
    assert room.queue() == 2
    assert room.desk.rows("select subject_line from ops.mail order by mail_id") == [
        ("AAA01: registered patients for October 2026 was not accepted",),
        ("AAA01: registered patients for October 2026 was accepted",),
    ]


def test_what_a_mail_server_did_not_take_is_sent_when_it_is_back(room: Mailroom) -> None:
    room.contact("AAA01", "ann@site.example.org")
    room.desk.push("AAA01", "registered_list", "2026-10", list_file(PRACTICES))
    assert room.queue(OUT_OF_PATIENCE) == 1
    with pytest.raises(OSError):  # noqa: PT011 - as the network has it; the run fails for all to see
        room.carry()
    assert room.states() == [("waiting", 0, "")]
    with room.server.open():
        room.server.refuse["ann@site.example.org"] = "451 4.7.1 <ann@site.example.org> come back later"
        assert room.carry() == {"sent": 0, "postponed": 1, "failed": 0}
        [(state, tries, reason)] = room.states()
        assert (state, tries) == ("waiting", 1) and reason.endswith("451 4.7.1 (address) come back later.")
        room.server.refuse = {"returns@pch.example.org": "553 5.7.1 You may not send here"}
        with pytest.raises(Temporary, match=r"553 5\.7\.1 You may not send here"):  # that is no fault of the mail
            room.carry()
        room.server.refuse.clear()
        assert room.carry() == {"sent": 1, "postponed": 0, "failed": 0}
    assert len(room.server.delivered) == 1 and room.states() == [("sent", 3, "")]


def test_an_address_that_is_refused_is_on_record(room: Mailroom) -> None:
    room.contact("AAA01", "ann@site.example.org", "gone@site.example.org")
    room.contact("BBB01", "gone@site.example.org")
    for site, practices in (("AAA01", PRACTICES), ("BBB01", ["B10001"])):
        room.desk.push(site, "registered_list", "2026-10", list_file(practices))
    assert room.queue(OUT_OF_PATIENCE) == 2
    with room.server.open():
        room.server.refuse["gone@site.example.org"] = "550 No such user"
        assert room.carry() == {"sent": 1, "postponed": 0, "failed": 1}
    assert [to for _, to in room.server.delivered] == [["ann@site.example.org"]]
    assert room.states() == [
        ("sent", 1, "Contact 2 was refused: 550 No such user."),
        ("failed", 1, "Contact 3 was refused: 550 No such user."),
    ]


SEND = """
import smtplib, sys
from pch.notices.post import send
from pch.settings import settings
input()
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as server:
    print(send(settings(), server.send_message))
"""


def test_a_crash_sends_a_mail_twice_at_most_and_never_loses_it_silently(room: Mailroom) -> None:
    room.contact("AAA01", "ann@site.example.org")
    room.desk.push("AAA01", "registered_list", "2026-10", list_file(PRACTICES))
    assert room.queue(OUT_OF_PATIENCE) == 1
    with room.server.open():
        for _ in range(2):  # killed when the server has the mail and the ledger does not know
            sender = subprocess.Popen(
                [sys.executable, "-c", SEND, str(room.server.port)], stdin=subprocess.PIPE, env=os.environ, text=True
            )
            room.server.kill = sender.pid
            sender.communicate("go\n", timeout=30)
            assert sender.returncode == -9
        room.server.kill = None
        assert room.carry() == {"sent": 0, "postponed": 0, "failed": 1}
    assert room.states() == [("failed", 2, "2 tries ended without a word; it may have arrived.")]
    once, again = (message for message, _ in room.server.delivered)
    assert once["Message-ID"] == again["Message-ID"]  # by which the second can be told for the first


def test_mail_is_off_unless_a_sender_is_set_and_begins_with_the_first_contact(room: Mailroom) -> None:
    room.desk.push("AAA01", "registered_list", "2026-10", list_file(PRACTICES))
    room.contact("AAA01", "ann@site.example.org")
    room.desk.push("AAA01", "registered_list", "2026-10", list_with("11"))
    off = room.settings.model_copy(update={"mail_from": ""})
    later = datetime.now(UTC) + OUT_OF_PATIENCE
    assert post.queue(off, later) == 0 and room.desk.value("select count(*) from ops.mail") == 0
    assert room.queue(OUT_OF_PATIENCE) == 1
    assert room.desk.rows("select kind, subject from ops.notice") == [("receipt", "2")]
    assert room.queue(timedelta(days=4)) == 0  # by then it is no news
    assert room.states() == [("failed", 0, "It could not be sent in time. ")]


def test_who_may_read_the_ledger_reads_no_address(room: Mailroom) -> None:
    assert room.contact("AAA01", "Ann@Site.example.org", "bob@site.example.org") == Changed(2, 0)
    assert room.contact("AAA01", "ann@site.example.org", "cy@site.example.org") == Changed(1, 1)
    assert room.contact("AAA01", "cy@site.example.org", "ANN@site.example.org") == Changed(0, 0)
    with pytest.raises(Refused, match="The register has no site 'ZZZ99'"):
        room.contact("ZZZ99", "ann@site.example.org")
    with pytest.raises(Refused, match="'ann' is not an address for mail"):
        room.contact("AAA01", "ann")
    for role in ("analyst", "intake", "dbt", "door", "bi_reader"):
        with connect(room.settings, role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("select from ops.contact")
    with connect(room.settings, "analyst") as conn:
        assert conn.execute("select site_code, contacts_count from ops.contacted_site").fetchall() == [("AAA01", 2)]
    for statement in ("update ops.mail set body = ''", "delete from ops.notice", "delete from ops.mail_event"):
        with connect(room.settings, "loader") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement)
    audited = room.desk.rows("select subject, detail from ops.audit where action = 'set_contacts' order by audit_id")
    assert audited == [
        ("AAA01", {"by": "Ann", "added": 2, "removed": 0}), ("AAA01", {"by": "Ann", "added": 1, "removed": 1})
    ]  # fmt: skip
