"""The demonstration: simulated sites push their months, and Airflow's scheduler carries them through.

    stack up -> register, grants, a budget -> push every file through the front door -> watch queue and builds
    -> evaluate (a run of its DAG) -> report

The demo only pushes and watches (``pushing`` says how). Running it again changes nothing; an interrupted run goes on
where it stopped.
"""

import json
import sys
import time
from dataclasses import dataclass
from datetime import date, timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pch.errors import Refused, StackError
from pch.local import stack
from pch.local.airflow import address
from pch.local.pushing import push
from pch.local.runs import run_now
from pch.reports.pages import write_pages
from pch.reports.run import print_run
from pch.settings import Settings
from pch.simulate import Effects, Faults, Programme
from pch.warehouse import keys
from pch.warehouse.db import Connection, connect
from pch.warehouse.programme.budgets import Budget, set_budgets
from pch.warehouse.programme.files import import_grants
from pch.warehouse.register import import_sites, read_register

FAULTY_SHARE = 0.01
EFFECT = 0.08  # of their emergency admissions, which half of the programmes avoid from the seventh month on
FORMULARY = 0.1  # a demonstration of all presentations would be three times the size
BUDGET_GBP = 84.0  # for a need-weighted patient and month
LINK_LASTS = timedelta(days=1)
STALLED_SECONDS = 300
_LOOK_EVERY = 100  # files between two looks at the queue


def run(settings: Settings, sites: int, months: int) -> None:
    """Leaves the stack running; raises Refused when the home folder holds another demonstration."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    started = time.monotonic()
    _same_world(settings, sites, months)
    stack.up(settings, say=lambda step: console.print(f"[dim]{step} ..."))
    programme = Programme.create(
        sites=sites, months=months, faults=Faults(rate=FAULTY_SHARE), effects=Effects(EFFECT), formulary=FORMULARY
    )
    _declare(settings, programme)
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
        push(settings, programme, watching, bars.received)
        _watch(settings, bars)
    console.print("[dim]Evaluating: did it change anything, and was it worth it ...")
    run_now(settings, "evaluate")
    print_run(settings, console, programme.periods)
    console.print(
        f"\nReady after {time.monotonic() - started:.0f} s. Left running (stop it with 'make down'):\n"
        f"{_where_to_look(settings, programme)}",
        soft_wrap=True,
        highlight=False,
    )


def _declare(settings: Settings, programme: Programme) -> None:
    """The register, what the sites were given, and a budget for every site."""
    register, awarded = (settings.home / "demo" / name for name in ("sites.csv", "grants.csv"))
    programme.write_sites_csv(register)
    programme.write_grants_csv(awarded)
    budget = Budget(
        None, programme.periods[0], BUDGET_GBP, gain_share_pct=50, loss_share_pct=30, corridor_pct=1, cap_pct=5,
        collar_pct=3, because="A budget to try the sharing of gains and losses with.",
    )  # fmt: skip
    with connect(settings, "owner") as conn:
        import_sites(conn, read_register(register), date.today())
        import_grants(conn, awarded, "demonstration")
        set_budgets(conn, [budget], "demonstration")


def _where_to_look(settings: Settings, programme: Programme) -> str:
    """Addresses, how to sign in, and commands to begin with."""
    last, code = programme.periods[-1], programme.sites[0].site_code
    site = _site_to_read_about(settings, last)
    return f"""\
  Portal     {settings.door_address}
     as {site:<9} {_sign_in(settings, site, f"Manager of {site}")}
     as the team  {_sign_in(settings, None, "Central team")}
     (each signs in once, within a day; 'pch keys link {site} --holder NAME' makes another)
  Airflow    {address(settings)}   user admin, password {settings.password("admin")}
  Warehouse  {settings.dsn("analyst")}
  Quality    {write_pages(settings).as_uri()}

What to look at next (source .venv/bin/activate, then):
  pch status
  pch findings --site {site} --period {last:%Y-%m}
  pch explain PH01 --site {code} --period {last:%Y-%m}
  pch evaluate show"""


def _sign_in(settings: Settings, site_code: str | None, holder: str) -> str:
    """The address that signs in to the portal, once."""
    with connect(settings, "owner") as conn:
        token = keys.make_link(conn, site_code, holder, LINK_LASTS, "demonstration")
    return f"{settings.door_address}/sign-in/{token}"


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

    def received(self, count: int) -> None:
        """Some more files have a receipt."""
        before = int(self.progress.tasks[self.pushed].completed)
        self.progress.advance(self.pushed, count)
        if (before + count) // _LOOK_EVERY > before // _LOOK_EVERY:
            self.look()

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
