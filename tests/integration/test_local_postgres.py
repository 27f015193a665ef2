"""The embedded Postgres as a real server: a home folder of its own, a free port, as root and as anybody."""

import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pch.errors import StackError
from pch.local.postgres import EmbeddedPostgres
from pch.settings import Settings, ensure_secrets


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make(home: Path) -> EmbeddedPostgres:
    ensure_secrets(home)
    return EmbeddedPostgres(Settings(home=home, db_port=free_port()))


def remove(server: EmbeddedPostgres) -> None:
    server.stop()
    folder = server.folder
    shutil.rmtree(server.home, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def connect(server: EmbeddedPostgres, password: str | None = None) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1",
        port=server.port,
        user="postgres",
        dbname="postgres",
        password=server.settings.password("postgres") if password is None else password,
        autocommit=True,
    )


@pytest.fixture
def server() -> Iterator[EmbeddedPostgres]:
    home = Path(tempfile.mkdtemp(prefix="pch-test-"))
    home.chmod(0o755)  # open to look at, as a home folder in a checkout is
    server = make(home)
    yield server
    remove(server)


def test_starts_once_and_stops(server: EmbeddedPostgres) -> None:
    assert not server.running()
    server.start()
    first = server.pid()
    server.start()
    assert server.running()
    assert server.pid() == first
    with connect(server) as connection:
        shown = {
            name: connection.execute(f"show {name}").fetchone()[0]
            for name in ("shared_buffers", "max_wal_size", "synchronous_commit", "max_connections", "jit")
        }
        version = connection.info.server_version
    assert version // 10_000 == 18
    assert shown == {
        "shared_buffers": "512MB",
        "max_wal_size": "4GB",
        "synchronous_commit": "on",
        "max_connections": "100",
        "jit": "off",
    }
    server.stop()
    assert not server.running()
    server.stop()


def test_only_localhost_and_only_with_the_password(server: EmbeddedPostgres) -> None:
    server.start()
    for wrong in ("wrong", ""):
        with pytest.raises(psycopg.OperationalError, match=r"password authentication failed|no password"):
            connect(server, wrong)
    with connect(server) as connection:
        methods = connection.execute("select distinct auth_method from pg_hba_file_rules").fetchall()
        stored = connection.execute("select left(rolpassword, 14) from pg_authid where rolpassword is not null")
        assert methods == [("scram-sha-256",)]
        assert stored.fetchall() == [("SCRAM-SHA-256$",)]
        assert connection.execute("show listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("show unix_socket_directories").fetchone() == ("",)
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert server.data.stat().st_uid != 0


def test_killed_outright_it_comes_back_with_every_committed_row(server: EmbeddedPostgres) -> None:
    server.start()
    committed = 0
    with connect(server) as connection:
        connection.execute("create table t (n int)")
        busy = connect(server)  # a session that outlives its postmaster unless somebody ends it
        busy.execute("select pg_backend_pid()")
        for committed in range(1, 501):
            connection.execute("insert into t values (%s)", (committed,))
        os.kill(server.pid() or 0, 9)
    server.start()
    with connect(server) as connection:
        assert connection.execute("select count(*), max(n) from t").fetchone() == (committed, committed)
        assert committed == 500


def test_start_in_the_very_moment_of_the_crash(server: EmbeddedPostgres) -> None:
    """A process that is being killed still looks alive for an instant."""
    server.start()
    for _ in range(15):
        os.kill(server.pid() or 0, 9)
        server.start()
        with connect(server) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_a_stranger_in_the_pid_file_is_neither_trusted_nor_killed(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    pid_file = server.data / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{server.data}\n1700000000\n{server.port}\n\n127.0.0.1\n")
    assert not server.running()
    server.start()
    assert server.running()
    assert server.pid() != os.getpid()


def test_a_half_made_database_is_made_again(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    server.data.rename(server.folder / "data.new")  # as a killed initdb leaves it
    server.start()
    with connect(server) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_busy_port_names_the_setting(server: EmbeddedPostgres) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(StackError, match=rf"port {server.port}: it is taken .* PCH_DB_PORT"):
            server.start()
    assert not server.running()


def test_a_lost_password_file_is_told_not_guessed(server: EmbeddedPostgres) -> None:
    server.start()
    server.settings.secrets_file.unlink()
    ensure_secrets(server.home)
    with pytest.raises(StackError, match=r"password of 'postgres' .* is not that of the database"):
        server.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_in_a_closed_folder_root_keeps_the_data_elsewhere() -> None:
    closed = Path(tempfile.mkdtemp(prefix="pch-test-"))  # mode 700, as /root is
    home = closed / "home"
    server = make(home)
    try:
        server.start()
        assert server.running()
        assert server.link.is_symlink()
        assert server.folder.parent == Path("/var/lib/pch-progress")
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        first = server.folder
        server.stop()
        shutil.rmtree(home)  # a fresh clone in the same place must not meet the old one's passwords
        again = make(home)
        again.start()
        assert again.folder != first
        remove(again)
        shutil.rmtree(first)
    finally:
        remove(server)
        shutil.rmtree(closed, ignore_errors=True)


def test_a_second_home_is_a_second_server(server: EmbeddedPostgres) -> None:
    server.start()
    home = Path(tempfile.mkdtemp(prefix="pch-test-"))
    home.chmod(0o755)
    other = make(home)
    try:
        other.start()
        server.stop()
        assert not server.running()
        with connect(other) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    finally:
        remove(other)
