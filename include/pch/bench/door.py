"""The last ten minutes of a window, in two: every site pushes its month through the front door, and some are cut off.

    stack of its own -> files of a month, a key a site -> idle: one push after the other -> locust (``locustfile``)
      -> ledger, landing store, memory of the door -> the real scheduler takes it all -> a verdict for every file

What must hold is in the table with a target; the run ends with an error where something does not.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil
from rich.console import Console

from pch.bench.figures import Figure, print_figures
from pch.bench.world import own_home, register_sites
from pch.errors import StackError
from pch.intake.landing import Landing
from pch.local import stack
from pch.local.door import LocalDoor
from pch.settings import Settings
from pch.simulate import Programme
from pch.simulate.faults import is_due
from pch.warehouse import keys
from pch.warehouse.bootstrap import prepare
from pch.warehouse.calendar import add_months, last_complete_month
from pch.warehouse.db import connect

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
FORMULARY = 0.1  # as in the demonstration
WINDOW_SECONDS, WINDOW_SITES = 150, 185
"""As many seconds for so many sites; fewer sites have fewer, and push as often."""

IDLE_SITES = 6
CUT = {"half": 0.03, "deaf": 0.03}
"""Shares of the pushes: cut halfway through the file, or before the answer is read."""

GIVE_UP_SECONDS = 1200
P99_RECEIPT_SECONDS, P95_IDLE_SECONDS, MOST_MEGABYTES = 2.0, 1.0, 300.0


@dataclass(frozen=True)
class Push:
    """One file of a site, ``at`` so many seconds into the window."""

    site_code: str
    feed: str
    period: date
    file: Path
    sha256: str
    at: float = 0.0
    cut: str | None = None

    @property
    def path(self) -> str:
        return f"/v1/returns/{self.site_code}/{self.feed}/{self.period:%Y-%m}"

    def planned(self) -> dict[str, Any]:
        return {"path": self.path, "file": str(self.file), "sha256": self.sha256, "at": self.at, "cut": self.cut}


def run(settings: Settings, sites: int = 185) -> None:
    """Prints what was measured. Raises StackError where a promise was not kept."""
    console = Console(width=None if sys.stdout.isatty() else 150)
    begun = time.monotonic()

    def say(step: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:4.0f} s  {step} ...", highlight=False)

    last = _last_month_of_all_feeds()
    programme = Programme.create(sites=sites, months=2, end=last, formulary=FORMULARY)
    with own_home(settings) as own:
        say(f"The files of {sites} sites, Postgres, the front door")
        prepare(own)
        register_sites(own, programme)
        held = _keys(own, programme)
        idle = _files(own, programme, programme.periods[0], IDLE_SITES)
        pushes = _files(own, programme, last, sites)
        door = LocalDoor(own)
        door.start()
        door.wait()
        with _memory_of(door) as peak:
            say(f"{len(idle)} files one after the other, on an idle machine")
            figures = _one_by_one(door, held, idle)
            stack.up(own)
            say(f"{len(pushes)} files in {pushes[-1].at:.0f} seconds, most of them in the last")
            receipts = _rush(own, held, pushes)
            figures += _receipts(own, pushes, receipts)
            say("The pipeline takes them")
            figures += _through_the_pipeline(own, last, len(pushes))
        figures.append(Figure("The process", "memory of the door, at most", peak[0], "MB", MOST_MEGABYTES))
    print_figures(console, figures)
    if broken := [f.name for f in figures if f.is_met is False]:
        raise StackError(f"Not as promised: {', '.join(broken)}.")


def _last_month_of_all_feeds() -> date:
    month = last_complete_month(date.today())
    while not is_due("staff_survey", month):
        month = add_months(month, -1)
    return month


def _keys(settings: Settings, programme: Programme) -> dict[str, str]:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with connect(settings, "owner") as conn:
        return {s.site_code: keys.make(conn, s.site_code, "bench", tomorrow, "bench") for s in programme.sites}


def _files(settings: Settings, programme: Programme, period: date, sites: int) -> list[Push]:
    """The month's files on the disk, each with its moment: the nearer the close, the more of them."""
    chance = random.Random(sites)
    window = max(10, WINDOW_SECONDS * sites / WINDOW_SITES)
    among = {site.site_code for site in programme.sites[:sites]}
    pushes = []
    for each in programme.files(period):
        if each.site_code in among:
            file = settings.home / "load" / f"{each.site_code}_{each.file_name}"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(each.content)
            at = window * chance.random() ** 0.5
            (cut,) = chance.choices([*CUT, None], [*CUT.values(), 1 - sum(CUT.values())])
            sha256 = hashlib.sha256(each.content).hexdigest()
            pushes.append(Push(each.site_code, each.feed, period, file, sha256, at, cut))
    return sorted(pushes, key=lambda push: push.at)


def _one_by_one(door: LocalDoor, held: dict[str, str], pushes: list[Push]) -> list[Figure]:
    """Seconds from the first byte to the answer with findings, for files of at most some thousand rows."""
    seconds, unseen = [], 0
    with door.client(timeout=60) as client:
        for push in pushes:
            content = push.file.read_bytes()
            begun = time.perf_counter()
            answer = client.put(push.path, content=content, headers={"Authorization": f"Bearer {held[push.site_code]}"})
            seconds.append(time.perf_counter() - begun)
            unseen += answer.raise_for_status().json()["basis"] == "nothing_yet"
    return [
        Figure("One push at a time", "median with findings", median(seconds), "s"),
        Figure("One push at a time", "p95 with findings", _percentile(seconds, 95), "s", P95_IDLE_SECONDS),
        Figure("One push at a time", "answers without findings", unseen, "", 0),
    ]


def _rush(settings: Settings, held: dict[str, str], pushes: list[Push]) -> list[dict[str, Any]]:
    folder = settings.home / "load"
    plan, receipts = folder / "plan.json", folder / "receipts.jsonl"
    by_site = [
        {"key": key, "pushes": [push.planned() for push in pushes if push.site_code == site]}
        for site, key in held.items()
    ]
    plan.touch(mode=0o600)
    url = settings.model_copy(update={"door_url": ""}).door_address
    plan.write_text(json.dumps({"url": url, "receipts": str(receipts), "sites": by_site}))
    command = [sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), "--headless", "--only-summary",
               "--users", str(len(by_site)), "--spawn-rate", str(len(by_site)), "--loglevel", "WARNING"]  # fmt: skip
    done = subprocess.run(
        command, env=os.environ | {"PCH_LOAD": str(plan)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StackError(f"locust ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return [json.loads(line) for line in receipts.read_text().splitlines()]


def _receipts(settings: Settings, pushes: list[Push], receipts: list[dict[str, Any]]) -> list[Figure]:
    """Whether receipts, ledger, landing store and files say the same."""
    with connect(settings, "analyst") as conn:
        rows = conn.execute(
            "select submission_id, site_code, feed, sha256 from ops.submission where period = %s", (pushes[0].period,)
        ).fetchall()
    period = f"{pushes[0].period:%Y-%m}"
    ledger = {row[0]: (f"/v1/returns/{row[1]}/{row[2]}/{period}", row[3]) for row in rows}
    lost = {(p.path, p.sha256) for p in pushes} - set(ledger.values())
    unkept = [r for r in receipts if ledger.get(r["answer"]["receipt"]["submission_id"]) != (r["path"], r["sha256"])]
    landing = Landing(settings.landing)
    hollow = sum(hashlib.sha256(landing.get(sha256)).hexdigest() != sha256 for _, sha256 in ledger.values())
    seconds = [r["seconds"] for r in receipts]
    unseen = sum(r["answer"]["basis"] == "nothing_yet" for r in receipts)
    return [
        Figure("The rush", "files without a receipt", len(pushes) - len(receipts), "", 0),
        Figure("The rush", "files not in the ledger", len(lost), "", 0),
        Figure("The rush", "submissions beyond the files", len(ledger) - len(pushes), "", 0),
        Figure("The rush", "receipts that the ledger does not know", len(unkept), "", 0),
        Figure("The rush", "receipts without durable bytes", hollow, "", 0, f"{len(ledger)} read and summed again"),
        Figure("The rush", "median", median(seconds), "s"),
        Figure("The rush", "p99", _percentile(seconds, 99), "s", P99_RECEIPT_SECONDS),
        Figure("The rush", "slowest", max(seconds), "s"),
        Figure("The rush", "pushed again after a cut", sum(r["cut"] is not None for r in receipts), ""),
        Figure("The rush", "answers before the findings", unseen, "", note="told later, or by the verdict"),
    ]


def _through_the_pipeline(settings: Settings, period: date, files: int) -> list[Figure]:
    begun = time.monotonic()
    with connect(settings, "loader", autocommit=True) as conn:
        while True:
            row = conn.execute(
                "select exists (select from ops.queue) or exists (select from ops.month_pending)"
            ).fetchone()
            if row and not row[0]:
                break
            if time.monotonic() - begun > GIVE_UP_SECONDS:
                raise StackError(f"The month was not in the marts {GIVE_UP_SECONDS} s after its last file.")
            time.sleep(0.5)
        row = conn.execute(
            """select count(*) filter (where v.verdict is not null), count(*) filter (where v.verdict <> 'rejected')
               from ops.submission left join ops.current_verdict as v using (submission_id) where period = %s""",
            (period,),
        ).fetchone()
    judged, accepted = row or (0, 0)
    return [
        Figure("The pipeline", "files without a verdict", files - judged, "", 0),
        Figure("The pipeline", "sound files that were rejected", judged - accepted, "", 0),
        Figure("The pipeline", "from the rush to the marts", time.monotonic() - begun, "s"),
    ]


@contextmanager
def _memory_of(door: LocalDoor) -> Iterator[list[float]]:
    """The largest resident memory of the process itself while the block runs, in MB."""
    leader = door.component.leader()
    assert leader is not None
    peak, over = [0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            try:
                peak[0] = max(peak[0], leader.memory_info().rss / 2**20)
            except psutil.Error:
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]
