"""Real parts for the tests: a Postgres of our own in a temporary home, and a fresh warehouse for each test.

server (session) -> template database, migrated once -> settings (a copy of it for each test)
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fresh import fresh_warehouse, superuser

from pch.local.postgres import EmbeddedPostgres
from pch.settings import PROJECT, Settings, ensure_secrets
from pch.warehouse.bootstrap import prepare
from pch.warehouse.db import Connection, connect

SHARED = PROJECT.parent / "shared"

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference results and real data that stands beside a checkout; not part of the project."""
    if not SHARED.exists():
        pytest.skip(f"{SHARED} is not here: this test compares with files that are not part of the project")
    return SHARED


@pytest.fixture(scope="session")
def server() -> Iterator[Settings]:
    """Settings of a running Postgres whose database ``pch`` is migrated and empty: a template, do not write."""
    home = Path(tempfile.mkdtemp(prefix="pch-tests-"))
    home.chmod(0o755)
    settings = Settings(home=home, db_port=free_port(), airflow_port=free_port())
    ensure_secrets(home)
    postgres = EmbeddedPostgres(settings)
    postgres.start()
    with superuser(settings) as conn:
        #  nobody pulls the plug of this server: tests that do have their own
        conn.execute("alter system set fsync = off")
        conn.execute("select pg_reload_conf()")
    try:
        prepare(settings)
        yield settings
    finally:
        postgres.stop()
        shutil.rmtree(postgres.folder, ignore_errors=True)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def settings(server: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A warehouse of this test's own."""
    with fresh_warehouse(server, tmp_path) as fresh:
        yield fresh


@pytest.fixture
def owner(settings: Settings) -> Iterator[Connection]:
    """A connection to this test's warehouse as its owner, each statement committed."""
    with connect(settings, "owner", autocommit=True) as conn:
        yield conn


@pytest.fixture(scope="session")
def warehouse(server: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A connection to a warehouse nobody writes to, for tests that only call functions."""
    folder = tmp_path_factory.mktemp("functions")
    with fresh_warehouse(server, folder) as fresh, connect(fresh, "owner", autocommit=True) as conn:
        yield conn
