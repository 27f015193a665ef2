"""The course of a bench: what is measured, in which order.

    months that are all well     twelve: load (some beside COPY); months 3 and 12 loaded and built again
    months with faults           the same for the first few, with 1% of the submissions spoilt
    conventional way             a tenth of one month, file by file
    scheduler                    the last two months through the real stack

Loads and builds run in this process, warm: the first month is thrown away, so that imports are not counted.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console

from pch.bench import sections
from pch.bench.building import build_months, by_hand
from pch.bench.conventional import load_conventionally
from pch.bench.figures import print_figures, write_json
from pch.bench.live import through_the_scheduler
from pch.bench.loading import copy_floor, load_waiting
from pch.bench.sections import AGAIN, EARLY, FAULTY_SHARE, MEASURED, MONTHS, Side
from pch.bench.world import own_home, push_month, warehouse
from pch.pipeline.replay import put_back, submissions_of
from pch.settings import Settings
from pch.simulate import Faults, Programme

Say = Callable[[str], None]


def run(settings: Settings, sites: int = 185, json_file: Path | None = None) -> None:
    """Prints the figures; ``json_file`` gets them too. About twenty minutes on two cores with 185 sites."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    begun = time.monotonic()
    os.environ |= {"GX_ANALYTICS_ENABLED": "False", "DO_NOT_TRACK": "1"}

    def say(step: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:4.0f} s  {step} ...", highlight=False)

    sound = Programme.create(sites=sites, months=MONTHS)
    spoilt = Programme.create(sites=sites, months=MONTHS, faults=Faults(rate=FAULTY_SHARE))
    say(f"Starting a Postgres of its own in {settings.home / 'bench'}")
    with own_home(settings) as own:
        clean = warehouse(own, "bench_clean", sound)
        well, costs = _all_well(clean, sound, say)
        faulty = _with_faults(warehouse(own, "bench_faulty", spoilt), spoilt, say)
        say("The conventional way, on a tenth of a month's files")
        other = load_conventionally(clean, sound, sound.periods[1])
        say("Two months through the real scheduler")
        live = through_the_scheduler(own, sound)
        say("Stopping, deleting")
    figures = [
        *sections.loading("Load path, all well", well, 6),
        *sections.loading(f"Load path, {FAULTY_SHARE:.0%} of the submissions faulty", faulty, 8),
        *sections.building("dbt build, all well", well),
        *sections.building(f"dbt build, {FAULTY_SHARE:.0%} of the submissions faulty", faulty),
        *sections.history(costs),
        *sections.scheduler(live),
        *sections.conventional(other, well),
    ]
    print_figures(console, figures)
    console.print(f"Measured in {time.monotonic() - begun:.0f} s.", highlight=False)
    if json_file:
        about = {"sites": sites, "cores": os.cpu_count(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
        write_json(json_file, figures, about)
        console.print(f"Written to {json_file}.", highlight=False)


def _all_well(settings: Settings, programme: Programme, say: Say) -> tuple[Side, dict[int, list[float]]]:
    """Twelve months as they arrive; also the seconds of loading and building months 3 and 12 once more."""
    side, costs, built = Side(), {}, 0
    for number, period in enumerate(programme.periods, 1):
        _arrive(settings, programme, number, side, say)
        if number in (EARLY, MONTHS):
            say(f"Month {number}: build; then load and build it again, {AGAIN} times")
            build_months(settings, programme.periods[built:number])
            built = number
            costs[number] = [_again(settings, period, side) for _ in range(AGAIN)]
    return side, costs


def _with_faults(settings: Settings, programme: Programme, say: Say) -> Side:
    side, few = Side(), programme.periods[: max(MEASURED)]
    for number in range(1, len(few) + 1):
        _arrive(settings, programme, number, side, say)
    say(f"Build them, then the last one again, {AGAIN} times")
    build_months(settings, few)
    for _ in range(AGAIN):
        _build(settings, few[-1], side)
    return side


def _arrive(settings: Settings, programme: Programme, number: int, side: Side, say: Say) -> None:
    """A month is pushed and loaded; some are measured beside their floor."""
    period = programme.periods[number - 1]
    say(f"Month {number} of {MONTHS}: push, load" + (", COPY" if number in MEASURED else ""))
    push_month(settings, programme, period)
    load = load_waiting(settings)
    if number in MEASURED:
        side.loads.append(load)
        side.floors.append(copy_floor(settings, period))


def _again(settings: Settings, period: date, side: Side) -> float:
    """Seconds of loading and building a month once more: the same work, with as much history as there is."""
    put_back(settings, submissions_of(settings, None, None, period), "bench")
    load = load_waiting(settings)
    return load.wall + _build(settings, period, side)


def _build(settings: Settings, period: date, side: Side) -> float:
    build = build_months(settings, [period])
    side.builds.append(build)
    side.hands.append(by_hand(settings, build.nodes))
    return build.seconds
