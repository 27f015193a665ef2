"""The course of a bench: what is measured, in which order, and what it is called.

    clean months 1-12     load (2-4 beside COPY), build; months 3 and 12 again, three times each
    faulty months 1-4     the same with 1% of the submissions spoilt
    conventional          a tenth of a month, file by file
    scheduler             the last two months through the real stack

Loads and builds run in this process, warm: the first month is thrown away, so that imports are not counted.
"""

import os
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median

from rich.console import Console

from pch.bench.building import Build, build_months, by_hand
from pch.bench.conventional import Conventional, load_conventionally
from pch.bench.figures import Figure, print_figures, ratio_of, write_json
from pch.bench.live import Live, through_the_scheduler
from pch.bench.loading import Floor, Load, copy_floor, load_waiting, put_back
from pch.bench.world import own_home, push_month, warehouse
from pch.settings import Settings
from pch.simulate import Faults, Programme

FAULTY_SHARE = 0.01
MONTHS = 12
EARLY = 3  # the month that the twelfth is compared with
MEASURED = (2, 3, 4)  # months whose load is measured beside its floor
AGAIN = 3
MOST_MEMORY_MB = 1536


@dataclass(frozen=True)
class Side:
    """Months measured beside their floors, and the last build with its SQL by hand."""

    loads: list[Load]
    floors: list[Floor]
    builds: list[Build]
    hands: list[float]


def run(settings: Settings, sites: int = 185, json_file: Path | None = None) -> None:
    """Prints the figures; ``json_file`` gets them too. About six minutes on two cores with 185 sites."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    begun = time.monotonic()

    def say(step: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:4.0f} s  {step} ...")

    sound = Programme.create(sites=sites, months=MONTHS)
    spoilt = Programme.create(sites=sites, months=MONTHS, faults=Faults(rate=FAULTY_SHARE))
    say(f"Starting a Postgres of its own in {settings.home / 'bench'}")
    with own_home(settings) as own:
        clean, costs = _clean(warehouse(own, "bench_clean", sound), sound, say)
        faulty = _faulty(warehouse(own, "bench_faulty", spoilt), spoilt, say)
        say("The conventional way, on a tenth of the files")
        other = load_conventionally(
            own.model_copy(update={"db_name": "bench_clean"}), sound, sound.periods[MEASURED[0] - 1]
        )
        say("A month through the real scheduler")
        live = through_the_scheduler(own, sound)
        say("Stopping, deleting")
    figures = [
        *_of_loading("Load path, all well", clean, 6),
        *_of_loading(f"Load path, {FAULTY_SHARE:.0%} of the submissions faulty", faulty, 8),
        *_of_building("dbt build, all well", clean),
        *_of_building(f"dbt build, {FAULTY_SHARE:.0%} faulty", faulty),
        *_of_history(costs),
        *_of_live(live),
        *_of_conventional(other, clean),
    ]
    print_figures(console, figures)
    console.print(f"Measured in {time.monotonic() - begun:.0f} s.")
    if json_file:
        about = {"sites": sites, "cores": os.cpu_count(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
        write_json(json_file, figures, about)
        console.print(f"Written to {json_file}.")


def _clean(settings: Settings, programme: Programme, say) -> tuple[Side, dict[int, list[float]]]:
    """Twelve months as they arrive; ``costs``: seconds of loading and building month 3 and month 12 again."""
    loads, floors, builds, hands = [], [], [], []
    costs: dict[int, list[float]] = {}
    built = 0
    for number, period in enumerate(programme.periods, 1):
        say(f"Month {number} of {MONTHS}: push, load" + (", COPY" if number in MEASURED else ""))
        push_month(settings, programme, period)
        load = load_waiting(settings)
        if number in MEASURED:
            loads.append(load)
            floors.append(copy_floor(settings, period))
        if number in (EARLY, MONTHS):
            say(f"Month {number}: build; load and build it again {AGAIN} times")
            build_months(settings, programme.periods[built:number])
            built = number
            costs[number] = [_cost(settings, period, builds, hands) for _ in range(AGAIN)]
    return Side(loads, floors, builds[-AGAIN:], hands[-AGAIN:]), costs


def _cost(settings: Settings, period: date, builds: list[Build], hands: list[float]) -> float:
    put_back(settings, period)
    load = load_waiting(settings)
    builds.append(build_months(settings, [period]))
    hands.append(by_hand(settings, builds[-1].nodes))
    return load.wall + builds[-1].seconds


def _faulty(settings: Settings, programme: Programme, say) -> Side:
    loads, floors = [], []
    for number, period in enumerate(programme.periods[: max(MEASURED)], 1):
        say(f"Month {number} with faults: push, load" + (", COPY" if number in MEASURED else ""))
        push_month(settings, programme, period)
        load = load_waiting(settings)
        if number in MEASURED:
            loads.append(load)
            floors.append(copy_floor(settings, period))
    build_months(settings, programme.periods[: max(MEASURED)])
    builds = [build_months(settings, [period]) for _ in range(AGAIN)]
    return Side(loads, floors, builds, [by_hand(settings, build.nodes) for build in builds])


def _of_loading(section: str, side: Side, at_most: float) -> list[Figure]:
    loads, floors = side.loads, side.floors
    rows = median(load.rows for load in loads)
    stages = [
        Figure(section, name, median(getattr(load, name) for load in loads), "s")
        for name in ("decode", "stage", "check", "publish")
    ]
    total = median(load.total for load in loads)
    return [
        Figure(section, "rows of a month", rows, "", note=f"medians of months {MEASURED[0]} to {MEASURED[-1]}; "
               "one process, warm: a month before them was thrown away"),
        *stages,
        Figure(section, "decode to publish", total, "s", note=f"{rows / total:,.0f} rows a second"),
        Figure(section, "the floor: COPY", median(f.logged for f in floors), "s",
               note="ready CSV bytes of the rows now in raw, into a table like raw without partitions, logged as raw is"),
        Figure(section, "decode to publish / COPY", ratio_of((a.total, b.logged) for a, b in zip(loads, floors, strict=True)),
               "x", at_most, "median of the months' ratios"),
        Figure(section, "decode to publish / COPY, unlogged",
               ratio_of((a.total, b.unlogged) for a, b in zip(loads, floors, strict=True)), "x",
               note="the same into an unlogged table, whose rows a crash would lose"),
    ]  # fmt: skip


def _of_building(section: str, side: Side) -> list[Figure]:
    pairs = [(build.seconds, hand) for build, hand in zip(side.builds, side.hands, strict=True)]
    return [
        Figure(section, "models and tests", len(side.builds[0].nodes), ""),
        Figure(section, "dbt build of one month", median(b for b, _ in pairs), "s",
               note="in this process, warm, everything parsed anew"),
        Figure(section, "the floor: its SQL by hand", median(h for _, h in pairs), "s",
               note="compiled SELECTs of all models and tests, one connection, into temporary tables"),
        Figure(section, "dbt build / its SQL by hand", ratio_of(pairs), "x"),
    ]  # fmt: skip


def _of_history(costs: dict[int, list[float]]) -> list[Figure]:
    section = "A month when history has grown"
    early, late = median(costs[EARLY]), median(costs[MONTHS])
    note = f"its load and build, repeated while {{}} months existed; median of {AGAIN}"
    return [
        Figure(section, f"month {EARLY}", early, "s", note=note.format(EARLY)),
        Figure(section, f"month {MONTHS}", late, "s", note=note.format(MONTHS)),
        Figure(section, f"month {MONTHS} / month {EARLY}", late / early, "x", 1.2),
    ]


def _of_live(live: Live) -> list[Figure]:
    section = "Through the real scheduler"
    return [
        Figure(section, "last push to tested marts", live.seconds, "s", 120, f"{live.files} files of one month"),
        Figure(section, "memory of a load process", live.load_mb, "MB", MOST_MEMORY_MB, "its own peak, from ops.batch"),
        *(
            Figure(section, f"memory of {kind}", megabytes, "MB", MOST_MEMORY_MB, "largest single process, shared memory included")
            for kind, megabytes in sorted(live.peaks.items())
        ),
    ]  # fmt: skip


def _of_conventional(other: Conventional, clean: Side) -> list[Figure]:
    section = "The conventional way: read_csv, Great Expectations, to_sql, file by file"
    ours = median(load.total for load in clean.loads)
    return [
        Figure(section, f"{other.files} of {other.of_files} files", other.seconds, "s", note=f"{other.rows:,} rows, as measured"),
        Figure(section, f"scaled to {other.of_files} files", other.scaled, "s",
               note="SCALED, not measured; a process start a file would come on top"),
        Figure(section, "scaled / our decode to publish", other.scaled / ours, "x"),
    ]  # fmt: skip
