"""Mail to a site with nobody's hand on it: the real scheduler, its SMTP connection, a real mail server."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from mail_server import MailServer, closed_mail_server
from world import leaks, ledger_rows, passwords, scheduler_rows, temporary_home, wait

from pch.local import stack
from pch.notices.contacts import set_contacts
from pch.settings import Settings
from pch.warehouse.calendar import ensure_periods, last_complete_month
from pch.warehouse.db import connect
from pch.warehouse.register import Line, import_sites

pytestmark = pytest.mark.scheduler

PASSWORD = "QZX-mail-password"
ADDRESS = "ann.qzx@site.example.org"
SWEPT_SECONDS = 120


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    server = closed_mail_server()
    server.password = PASSWORD
    with server.open():
        yield server


@pytest.fixture(scope="module")
def settings(server: MailServer) -> Iterator[Settings]:
    mail = {"mail_from": "returns@pch.example.org", "door_url": "https://door.example.org"}
    with temporary_home(sweep_minutes=1, **mail) as settings, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", server.connection)
        try:
            stack.up(settings)
            yield settings
        finally:
            stack.down(settings)


def test_a_site_hears_by_the_next_sweep_what_is_due(settings: Settings, server: MailServer) -> None:
    month = last_complete_month(date.today())
    with connect(settings, "owner") as conn:
        import_sites(conn, [Line(1, "AAA01", "Alpha", "A10001", month, None, None, None)], date.today())
        ensure_periods(conn, month, month)
        in_two_days = datetime.now(UTC) + timedelta(days=2)
        conn.execute("update ref.period set primary_close_at = %s where period = %s", (in_two_days, month))
        set_contacts(conn, "AAA01", [ADDRESS], "Ann")
    wait(lambda: bool(server.delivered), SWEPT_SECONDS, "No sweep has sent the mail")
    [(message, to)] = server.delivered
    assert to == [ADDRESS] and message["From"] == "returns@pch.example.org"
    assert message["Subject"].startswith("AAA01: ") and " are due by " in message["Subject"]
    assert "- Workforce: nothing has arrived" in message.get_content()
    wait(
        lambda: scheduler_rows(settings, "select distinct state from dag_run where dag_id = 'notify_sites'") == [("success",)],
        30,
        "The run that sent it did not succeed",
    )  # fmt: skip
    assert ledger_rows(settings, "select state, tries_count from ops.mail_state") == [("sent", 1)]


def test_neither_the_password_nor_an_address_is_in_a_log(settings: Settings) -> None:
    assert leaks(settings, ["Mail 1 to AAA01"])  # the search sees what the task logged
    assert leaks(settings, [PASSWORD, ADDRESS, *passwords(settings)]) == []
