"""Every process killed outright, one after the other, while a demonstration goes through: the same tables.

The moments are fixed by locks that this test holds: the pushes of a few files have to pass a gate in the middle of
their transactions, and so has every load of as many feeds as there are parts to kill. A gate opens once the process
that is due has been killed and up() has brought it back.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql
from world import (
    assert_same,
    deliveries,
    environment,
    leaks,
    ledger_rows,
    passwords,
    process_of_session,
    settle,
    superuser_rows,
    tables,
    temporary_home,
    undisturbed,
    wait,
)

from pch import registry
from pch.local import stack
from pch.local.demo import FAULTY_SHARE, FORMULARY
from pch.local.pushing import THREADS
from pch.settings import Settings
from pch.simulate import Faults, Programme
from pch.warehouse.db import Connection

pytestmark = [pytest.mark.scheduler, pytest.mark.long]

SITES, MONTHS = 4, 3
FILES_BEFORE_THE_KILL = 30  # of the demonstration; of the front door as many more
VICTIMS = ["load_batch", "scheduler", "triggerer", "dag-processor", "api-server", "postgres"]
AT_WORK_SECONDS = 120
"""A load is at work again within this time after up() has brought back what was killed."""

PCH = Path(sys.executable).with_name("pch")


class Demo:
    """The command behind ``make demo``, in a process of its own."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.log_file = settings.home / f"{name}.log"
        with self.log_file.open("w") as log:
            self.process = subprocess.Popen(
                [PCH, "demo", "--sites", str(SITES), "--months", str(MONTHS)],
                env=environment(settings), stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def ended(self, seconds: float) -> int:
        """Its exit code, waited for."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"The demonstration does not end: {self.said()[-2000:]}") from None

    def said(self) -> str:
        return self.log_file.read_text()


@pytest.fixture(scope="module")
def programme() -> Programme:
    return Programme.create(sites=SITES, months=MONTHS, faults=Faults(rate=FAULTY_SHARE), formulary=FORMULARY)


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with temporary_home(sweep_minutes=1, batch_rows=20_000) as settings:
        try:
            stack.up(settings)
            yield settings
        finally:
            stack.down(settings)


@pytest.fixture(scope="module")
def gates(settings: Settings, programme: Programme) -> Iterator[list[Connection]]:
    """A gate a victim: while it is closed, no load writes rows of its feed, and everybody reads them. Two loads run
    at once, so that two of them at gates stop all others."""
    closed = []
    for feed in list(registry.feeds())[: len(VICTIMS)]:
        gate = psycopg.connect(settings.dsn("owner"))
        closed.append(gate)
        for period in programme.periods:
            gate.execute("select ops.ensure_partition(%s, %s)", (feed, period))
        gate.commit()
        months = [sql.Identifier("raw", f"{feed}_{period:%Y_%m}") for period in programme.periods]
        gate.execute(sql.SQL("lock table {} in exclusive mode").format(sql.SQL(", ").join(months)))
    yield closed
    for gate in closed:
        gate.close()


@pytest.fixture(scope="module")
def demos() -> Iterator[list[Demo]]:
    """The demonstration that is killed, and the one that watches while parts are; started by the first test."""
    started: list[Demo] = []
    yield started
    for demo in started:
        demo.process.kill()
        demo.process.wait()


def waiting_at(settings: Settings, gate: Connection) -> list[int]:
    """The ports of the sessions that cannot pass it."""
    query = "select client_port from pg_stat_activity where %s = any(pg_blocking_pids(pid)) order by backend_start"
    return [row[0] for row in superuser_rows(settings, query, gate.info.backend_pid)]


def listens(settings: Settings) -> bool:
    """Whether a trigger waits for notifications."""
    query = "select count(*) from pg_stat_activity where application_name = 'pch trigger'"
    return superuser_rows(settings, query) == [(1,)]


def received(settings: Settings) -> int:
    return int(ledger_rows(settings, "select count(*) from ops.submission")[0][0])


@contextmanager
def gate_before(settings: Settings, programme: Programme, number: int) -> Iterator[Connection]:
    """No file from ``number`` on is received: the pushes of all threads wait for returns that this holds."""
    with psycopg.connect(settings.dsn("intake")) as gate:
        for file in deliveries(programme)[number : number + THREADS]:
            gate.execute("select pg_advisory_xact_lock(hashtext(%s))", (f"return {file.address}",))
        yield gate


def wait_at(settings: Settings, gate: Connection, demo: Demo) -> None:
    wait(
        lambda: len(waiting_at(settings, gate)) == THREADS or demo.process.poll() is not None,
        90,
        lambda: f"The demonstration does not push: {demo.said()}",
    )
    assert demo.process.poll() is None, demo.said()


def test_a_demonstration_killed_while_pushing_goes_on_where_it_stopped(
    settings: Settings, programme: Programme, gates: list[Connection], demos: list[Demo]
) -> None:
    with gate_before(settings, programme, FILES_BEFORE_THE_KILL) as gate:
        demos.append(Demo(settings, "demo-1"))
        wait_at(settings, gate, demos[-1])
        demos[-1].process.kill()
        demos[-1].process.wait()
        assert received(settings) == FILES_BEFORE_THE_KILL
    in_flight = FILES_BEFORE_THE_KILL + THREADS
    wait(lambda: received(settings) == in_flight, 10, "The door does not finish what it has in hand")


def test_the_front_door_killed_while_sites_push(
    settings: Settings, programme: Programme, gates: list[Connection], demos: list[Demo]
) -> None:
    """The sites try again until the door is back; nothing is lost, nothing is received twice."""
    before, files = 2 * FILES_BEFORE_THE_KILL, len(deliveries(programme))
    with gate_before(settings, programme, before) as gate:
        demos.append(Demo(settings, "demo-2"))
        wait_at(settings, gate, demos[-1])
        os.kill(next(part.pid for part in stack.state(settings) if part.name == "door") or 0, 9)
        wait(lambda: not waiting_at(settings, gate), 10, "What the door left behind still holds its place")
        assert received(settings) == before
    stack.up(settings)
    wait(
        lambda: received(settings) == files,
        90,
        lambda: f"{received(settings)} of {files} files were received: {demos[-1].said()}",
    )
    senders = "select door, count(distinct submitted_by), count(*) from ops.submission group by door"
    assert ledger_rows(settings, senders) == [("api", SITES, files)]


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_part_is_killed_while_a_load_is_half_done(settings: Settings, gates: list[Connection], victim: str) -> None:
    begun = time.monotonic()
    wait(lambda: any(waiting_at(settings, gate) for gate in gates), AT_WORK_SECONDS, "No load came to a gate")
    at_work = time.monotonic()
    gate = next(gate for gate in gates if waiting_at(settings, gate))
    if victim == "load_batch":
        process_of_session(settings, waiting_at(settings, gate)[0]).kill()
    else:
        os.kill(next(part.pid for part in stack.state(settings) if part.name == victim) or 0, 9)
    stack.up(settings)
    if victim == "triggerer":
        wait(lambda: listens(settings), 15, "The trigger of the new triggerer does not listen")
    print(f"a load was half done after {at_work - begun:.1f} s; up() took {time.monotonic() - at_work:.1f} s")
    gates.remove(gate)
    gate.close()


def test_a_demonstration_that_lost_its_database_says_so(demos: list[Demo]) -> None:
    [_, demo] = demos  # the first was killed
    assert demo.ended(30) != 0
    assert "The warehouse" in demo.said().splitlines()[-1] and "Traceback" not in demo.said(), demo.said()


def test_started_again_it_ends_in_the_tables_of_an_undisturbed_run(settings: Settings, programme: Programme) -> None:
    begun = time.monotonic()
    third = Demo(settings, "demo-3")
    truth = undisturbed(programme, deliveries(programme))
    assert third.ended(240) == 0, third.said()
    assert "Ready after" in third.said()
    assert_signs_in(third.said())
    settle(settings, 60)
    print(f"done {time.monotonic() - begun:.0f} s after the last kill")
    assert_same(tables(settings), truth)
    assert received(settings) == len(deliveries(programme))


def assert_signs_in(said: str) -> None:
    """The addresses that the demonstration printed lead to pages of the portal, each once."""
    links = re.findall(r"http\S+/sign-in/\S+", said)
    assert len(links) == 2
    for link in links:
        with httpx.Client(trust_env=False, follow_redirects=True) as browser:
            assert browser.get(link).status_code == 200
            page = browser.post(link)
            assert page.status_code == 200 and "/sign-in" not in str(page.url), page.url
            assert "/sign-in" in str(httpx.post(link, trust_env=False, follow_redirects=True).url)


def test_the_tracebacks_of_all_that_hold_no_secret(settings: Settings) -> None:
    keys = json.loads((settings.home / "demo" / "keys.json").read_text()).values()
    assert len(keys) == SITES
    assert leaks(settings, [*passwords(settings), *(key.split("_", 2)[2] for key in keys)]) == []
