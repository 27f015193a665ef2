"""The demonstration: simulated sites push their months, and Airflow's scheduler carries them through.

    stack up -> register -> push every file (receive) -> watch queue and builds -> report

The demo only pushes and watches. Each file's time of arrival is part of the simulation (most sites push
before the close, a few do not), so that timeliness means something. Running it again pushes the same bytes,
which changes nothing; an interrupted run goes on where it stopped.
"""

import hashlib
import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pch.errors import Refused, StackError
from pch.intake.landing import Landing
from pch.intake.receive import Return, Sender, receive
from pch.local import stack
from pch.local.airflow import address
from pch.reports.pages import write_pages
from pch.reports.run import print_run
from pch.settings import Settings
from pch.simulate import Faults, Programme
from pch.simulate.programme import SimulatedFile
from pch.warehouse import calendar
from pch.warehouse.db import Connection, connect
from pch.warehouse.register import import_sites, read_register

FAULTY_SHARE = 0.01
FORMULARY = 0.1  # a demonstration of all presentations would be three times the size
STALLED_SECONDS = 300
_LOOK_EVERY = 100  # files between two looks at the queue


def run(settings: Settings, sites: int, months: int) -> None:
    """Leaves the stack running; raises Refused when the home folder holds another demonstration."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    started = time.monotonic()
    _same_world(settings, sites, months)
    stack.up(settings, say=lambda step: console.print(f"[dim]{step} ..."))
    programme = Programme.create(sites=sites, months=months, faults=Faults(rate=FAULTY_SHARE), formulary=FORMULARY)
    register = settings.home / "demo" / "sites.csv"
    programme.write_sites_csv(register)
    with connect(settings, "owner") as conn:
        import_sites(conn, read_register(register), date.today())
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        Progress(*columns, console=console) as progress,
        connect(settings, "loader", autocommit=True) as watching,
    ):
        bars = _Bars(
            progress,
            watching,
            files=sum(1 for p in programme.periods for t in programme.truth(p) if t.expected != "missing"),
        )
        _push(settings, programme, bars)
        _watch(settings, bars)
    print_run(settings, console, programme.periods)
    last = programme.periods[-1]
    console.print(
        f"\nReady after {time.monotonic() - started:.0f} s. Left running (stop it with 'make down'):\n"
        f"  Airflow    {address(settings)}   user admin, password {settings.password('admin')}\n"
        f"  Warehouse  {settings.dsn('analyst')}\n"
        f"  Quality    {write_pages(settings).as_uri()}\n"
        "\nWhat to look at next (source .venv/bin/activate, then):\n"
        "  pch status\n"
        f"  pch findings --site {_site_to_read_about(settings, last)} --period {last:%Y-%m}\n"
        f"  pch explain PH01 --site {programme.sites[0].site_code} --period {last:%Y-%m}",
        soft_wrap=True,
        highlight=False,
    )


def _site_to_read_about(settings: Settings, period: date) -> str:
    """A site whose file was refused in the month, if there is one; else any."""
    with connect(settings, "analyst") as conn:
        row = conn.execute(
            """select site_code from ops.return_state where period = %s
               order by last_verdict is distinct from 'rejected', site_code limit 1""",
            (period,),
        ).fetchone()
    return row[0] if row else ""


def _same_world(settings: Settings, sites: int, months: int) -> None:
    """Another number of sites is another world with the same codes: the two must not mix."""
    note = settings.home / "demo" / "world.json"
    world = {"sites": sites, "months": months}
    if note.exists() and (held := json.loads(note.read_text())) != world:
        raise Refused(
            f"{settings.home} holds a demonstration of {held['sites']} sites and {held['months']} months. "
            "'make reset' deletes it and all its data; then run this again."
        )
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(world))


@dataclass
class _Bars:
    """Three bars: files pushed, files judged, months built. Figures come from the ledger."""

    progress: Progress
    conn: Connection
    files: int

    def __post_init__(self) -> None:
        self.pushed: TaskID = self.progress.add_task("Pushed by the sites", total=self.files)
        self.judged: TaskID = self.progress.add_task("Checked and published", total=self.files)
        self.built: TaskID = self.progress.add_task("Months in the warehouse", total=None)

    def look(self) -> tuple[int, int]:
        """Updates the bars; returns how many submissions wait and how many months are not built."""
        row = self.conn.execute(
            """select (select count(*) from ops.queue), (select count(*) from ops.current_verdict),
                 (select count(*) from ops.month_pending), (select count(distinct period) from ops.month_change)"""
        ).fetchone()
        assert row is not None
        waiting, judged, pending, months = row
        self.progress.update(self.judged, completed=judged, total=max(self.files, judged + waiting))
        self.progress.update(self.built, completed=months - pending, total=months or None)
        return waiting, pending


def _push(settings: Settings, programme: Programme, bars: _Bars) -> None:
    landing = Landing(settings.landing)
    now = datetime.now(UTC)
    with connect(settings, "intake", autocommit=True) as conn:
        for period in programme.periods:
            for number, file in enumerate(programme.files(period)):
                receive(
                    conn, landing, Return(file.site_code, file.feed, file.period), file.file_name, file.content,
                    Sender("simulation", file.site_code), received_at=min(arrival(file), now),
                )  # fmt: skip
                bars.progress.advance(bars.pushed)
                if number % _LOOK_EVERY == 0:
                    bars.look()


def arrival(file: SimulatedFile) -> datetime:
    """Mostly in the ten days before the primary close; one in twenty up to a fortnight after it."""
    digest = hashlib.sha256(f"{file.site_code} {file.feed} {file.period}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    close = calendar.closes(file.period).primary
    return close + (timedelta(days=14) * (share - 0.95) / 0.05 if share > 0.95 else -timedelta(days=10) * share)


def _watch(settings: Settings, bars: _Bars) -> None:
    """Until nothing waits and nothing is pending; gives up when nothing moves for long."""
    last, since = (-1, -1), time.monotonic()
    while True:
        now = bars.look()
        if now == (0, 0):
            return
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > STALLED_SECONDS:
            raise StackError(
                f"Nothing has moved for {STALLED_SECONDS} s: {now[0]} submissions wait, {now[1]} months are not built. "
                f"Look at {address(settings)} and at the logs in {settings.home / 'logs'}."
            )
        time.sleep(1)
