"""A world of its own for a bench: home folder, ports, Postgres, as many warehouses as it needs.

What is live on this machine is not touched: another folder, other ports, and both are gone afterwards.
"""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from pch.intake.landing import Landing
from pch.intake.receive import Return, Sender, receive
from pch.local import stack
from pch.local.postgres import HOST, EmbeddedPostgres
from pch.settings import Settings, ensure_secrets
from pch.simulate import Programme
from pch.warehouse.bootstrap import prepare
from pch.warehouse.db import connect
from pch.warehouse.register import import_sites, read_register


@contextmanager
def own_home(settings: Settings) -> Iterator[Settings]:
    """Settings of a running Postgres in ``<home>/bench``; whatever was started there is stopped and deleted."""
    own = settings.model_copy(
        update={"home": settings.home / "bench", "landing_url": "", "first_period": "",
                "drop_urls": "", "mail_from": "",
                "db_host": HOST, "db_port": _free_port(), "airflow_host": HOST, "airflow_port": _free_port(),
                "door_host": HOST, "door_port": _free_port(), "door_url": ""}
    )  # fmt: skip
    _remove(own)  # what a bench that was killed left behind
    own.home.mkdir(parents=True)
    try:
        ensure_secrets(own.home)
        EmbeddedPostgres(own).start()
        yield own
    finally:
        _remove(own)


def warehouse(settings: Settings, name: str, programme: Programme) -> Settings:
    """A new warehouse that knows the sites of ``programme``, with a schema ``bench`` for what is not ours."""
    own = settings.model_copy(update={"db_name": name})
    prepare(own)
    register_sites(own, programme)
    with connect(own, "owner") as conn:
        conn.execute("create schema bench")
    return own


def register_sites(settings: Settings, programme: Programme) -> None:
    register = settings.home / "sites.csv"
    programme.write_sites_csv(register)
    with connect(settings, "owner") as conn:
        import_sites(conn, read_register(register), date.today())


def push_month(settings: Settings, programme: Programme, period: date) -> tuple[int, datetime]:
    """Hands in every file of the month; how many, and when the last one was received."""
    landing, count, last = Landing(settings.landing), 0, None
    with connect(settings, "intake", autocommit=True) as conn:
        for file in programme.files(period):
            address, sender = Return(file.site_code, file.feed, file.period), Sender("bench", file.site_code)
            last = receive(conn, landing, address, file.file_name, file.content, sender)
            count += 1
    assert last is not None
    return count, last.received_at


def _remove(settings: Settings) -> None:
    stack.down(settings)
    shutil.rmtree(EmbeddedPostgres(settings).folder, ignore_errors=True)
    shutil.rmtree(settings.home, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind((HOST, 0))
        return int(s.getsockname()[1])
