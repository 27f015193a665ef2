"""What every request needs: settings, landing store, connections as role ``door``, processes that look at files.

A connection is lent for one site at a time: ``pch.site`` is set when it is lent and forgotten when it comes back, and
row-level security shows nothing without it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from pch.door.checking import Checks
from pch.door.limits import Limits
from pch.errors import Temporary
from pch.intake.landing import Landing
from pch.settings import Settings
from pch.warehouse.db import Connection

log = logging.getLogger(__name__)

EVERY_SITE = "*"
CONNECTIONS = 10
PATIENCE_SECONDS = 10.0


class House:
    """Opened with the process, closed with it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.landing = Landing(settings.landing)
        self.checks = Checks(settings)
        self.limits = Limits()
        self.pool: ConnectionPool[Connection] = ConnectionPool(
            settings.dsn("door"), min_size=1, max_size=CONNECTIONS, open=False, timeout=PATIENCE_SECONDS,
            configure=_configure, reset=_forget_site, check=ConnectionPool.check_connection,
            kwargs={"application_name": "pch door", "connect_timeout": 10},
        )  # fmt: skip

    @property
    def spool_folder(self) -> Path:
        """Where bodies wait until they are received or refused."""
        return self.settings.home / "spool"

    def open(self) -> None:
        self.spool_folder.mkdir(parents=True, exist_ok=True)
        for left in self.spool_folder.iterdir():  # what a process that was killed left behind: nobody got a receipt
            left.unlink()
        self.pool.open()
        self.checks.open()

    def close(self) -> None:
        self.pool.close()
        self.checks.close()

    @contextmanager
    def serving(self, site_code: str | None, patience: float = PATIENCE_SECONDS) -> Iterator[Connection]:
        """An autocommit connection that sees the rows of one site (``EVERY_SITE``: of all; None: of none). Raises
        Temporary when the database does not answer within ``patience`` seconds."""
        try:
            with self.pool.connection(timeout=patience) as conn:
                conn.execute("select set_config('pch.site', %s, false)", (site_code or "",))
                yield conn
        except (PoolTimeout, psycopg.OperationalError) as e:
            log.error("The database: %s", type(e).__name__)
            raise Temporary("The central database does not answer at the moment. Try again in a minute.") from e


def _configure(conn: Connection) -> None:
    conn.autocommit = True


def _forget_site(conn: Connection) -> None:
    conn.execute("select set_config('pch.site', '', false)")
