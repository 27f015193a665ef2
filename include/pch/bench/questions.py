"""How quickly schema bi answers the questions of ``docs/questions``: ten readers at once, 60 months of 185 sites.

    register, a month without files -> marts filled with likely rows (``bi_rows.sql``) -> the bi models themselves
    -> ten connections as bi_reader, each asking without a pause -> median and 95th percentile of each question

The marts are filled and not built from files: 60 months of files would take hours and change nothing about the size of
the tables. Everything happens in a home folder of its own, which is deleted afterwards.
"""

import os
import random
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from pch.bench.world import own_home, register_sites
from pch.errors import StackError
from pch.pipeline.build import run_dbt
from pch.settings import PROJECT, Settings
from pch.simulate import Programme
from pch.warehouse import calendar
from pch.warehouse.bootstrap import prepare
from pch.warehouse.db import connect

QUESTIONS = PROJECT / "docs" / "questions"
ROWS = Path(__file__).parent / "bi_rows.sql"
MONTHS, READERS, ROUNDS = 60, 10, 20
AT_MOST_MS = 50.0
SITE, METRIC, MONTH = "'PCH001'", "'PH01'", "2026-09-01"
"""What the questions are asked of; the bench asks of any."""


@dataclass(frozen=True)
class Places:
    sites: list[str]
    metrics: list[str]
    months: list[date]


def run(settings: Settings, sites: int = 185) -> None:
    """Prints a table of milliseconds by question. About ten minutes on two cores with 185 sites."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    begun = time.monotonic()

    def say(step: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:4.0f} s  {step} ...", highlight=False)

    with own_home(settings) as home:
        own = home.model_copy(update={"db_name": "bench_bi"})
        say(f"{sites} sites, {MONTHS} months: register, models without a file")
        _without_files(own, sites)
        say("Marts filled with likely rows")
        with connect(own, "dbt") as conn:
            conn.execute(ROWS.read_bytes())
        with connect(own, "dbt", autocommit=True) as conn:
            conn.execute("analyze")
        say("The models of schema bi")
        _dbt(own, "run", "--select", "path:models/bi")
        with connect(own, "bi_reader") as conn:
            row = conn.execute("select count(*) from bi.site_result").fetchone()
            places = Places(
                [r[0] for r in conn.execute("select site_code from bi.site")],
                [r[0] for r in conn.execute("select metric_code from bi.metric where main_window = 'r12'")],
                [r[0] for r in conn.execute("select period from bi.month order by period desc limit 24")],
            )
        say(f"{row[0] if row else 0:,} rows in site_result; {READERS} readers, {ROUNDS} rounds of all questions each")
        taken = measure(own, places)
    _print(console, taken)


def measure(settings: Settings, places: Places, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Milliseconds of each question, from asking to the last row; ``rounds`` by each reader."""
    queries = {file.stem: file.read_text() for file in sorted(QUESTIONS.glob("*.sql"))}
    taken: dict[str, list[float]] = defaultdict(list)
    with ThreadPoolExecutor(READERS) as pool:
        for found in pool.map(lambda n: _read(settings, queries, places, rounds, n), range(READERS)):
            for name, milliseconds in found:
                taken[name].append(milliseconds)
    return taken


def _read(
    settings: Settings, queries: dict[str, str], places: Places, rounds: int, seed: int
) -> list[tuple[str, float]]:
    chance = random.Random(seed)
    found = []
    with connect(settings, "bi_reader", autocommit=True) as conn:
        for turn in range(rounds + 1):
            for name in chance.sample(sorted(queries), len(queries)):
                query = _of_any_place(queries[name], places, chance)
                begun = time.perf_counter()
                conn.execute(query).fetchall()
                if turn:  # the first finds nothing in memory
                    found.append((name, 1000 * (time.perf_counter() - begun)))
    return found


def _of_any_place(query: str, places: Places, chance: random.Random) -> bytes:
    for asked, of in ((SITE, places.sites), (METRIC, places.metrics)):
        query = query.replace(asked, f"'{chance.choice(of)}'")
    return query.replace(MONTH, chance.choice(places.months).isoformat()).encode()


def _without_files(settings: Settings, sites: int) -> None:
    last = calendar.last_complete_month(date.today())
    first = calendar.add_months(last, 1 - MONTHS)
    prepare(settings)
    register_sites(settings, Programme.create(sites=sites, months=1, feeds=["registered_list"]))
    with connect(settings, "owner") as conn:
        conn.execute("update ref.site set start_date = least(start_date, %s)", (first,))
        calendar.ensure_periods(conn, last, last)
    _dbt(settings, "run", "--exclude", "path:models/bi")
    with connect(settings, "owner") as conn:
        calendar.ensure_periods(conn, first, last)
    _dbt(settings, "run", "--select", "dim_period", "+fct_return", "+fct_reporting")


def _dbt(settings: Settings, *arguments: str) -> None:
    os.environ["DBT_QUIET"] = "true"
    result = run_dbt(settings, *arguments)
    if not result.success:
        raise StackError(f"dbt {' '.join(arguments)} failed: {result.exception or 'see the lines above'}")


def _print(console: Console, taken: dict[str, list[float]]) -> None:
    table = Table(title=f"Milliseconds, {READERS} readers at once, {os.cpu_count()} cores", title_justify="left")
    table.add_column("Question")
    for name in ("Asked", "Median", "95%", "Target", ""):
        table.add_column(name, justify="right")
    for question, milliseconds in sorted(taken.items()):
        cuts = quantiles(milliseconds, n=20)
        verdict = "[green]met" if cuts[18] <= AT_MOST_MS else "[red]not met"
        table.add_row(
            question, str(len(milliseconds)), f"{cuts[9]:.1f}", f"{cuts[18]:.1f}", f"at most {AT_MOST_MS:g}", verdict
        )
    console.print(table)
