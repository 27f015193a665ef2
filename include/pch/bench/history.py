"""What the build of a month costs when there are six months, and when there are thirty-six.

    two warehouses, of 6 and of 36 months of all feeds: push, load, build all of it
    then in turns: build the newest month of either again, beside its own compiled SQL run by hand

Loads and builds run in this process, warm. The newest month holds every presentation that is prescribed, the others
the few of the demonstration: a build reads the rows of its own month alone, and of the others what was summed up.
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import date
from statistics import median

from rich.console import Console

from pch.bench.building import Build, build_months, by_hand
from pch.bench.figures import Figure, print_figures, ratio_of
from pch.bench.loading import load_waiting
from pch.bench.world import own_home, push_month, warehouse
from pch.local.demo import FORMULARY
from pch.pipeline.build import build
from pch.settings import Settings
from pch.simulate import Programme

EARLY, LATE, AGAIN = 6, 36, 3
MOST_OF_HAND, MOST_GROWTH = 2.5, 1.2

Pairs = list[tuple[Build, float]]


def run(settings: Settings, sites: int = 60) -> None:
    """Prints the figures. More than half an hour on two cores with 185 sites."""
    console = Console(width=None if sys.stdout.isatty() else 160)
    begun = time.monotonic()
    os.environ |= {"GX_ANALYTICS_ENABLED": "False", "DO_NOT_TRACK": "1", "DBT_QUIET": "true"}

    def say(step: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:4.0f} s  {step}", highlight=False)

    measured: dict[int, Pairs] = {EARLY: [], LATE: []}
    with own_home(settings) as own:
        worlds = {months: _world(own, sites, months, say) for months in measured}
        for turn in range(AGAIN):
            for months, (world, newest) in worlds.items():
                say(f"{months} months: build the newest again, {turn + 1} of {AGAIN}")
                made = build_months(world, [newest])
                measured[months].append((made, by_hand(world, made.nodes)))
    print_figures(console, _figures(measured))
    console.print(f"Measured in {time.monotonic() - begun:.0f} s, {sites} sites.", highlight=False)


def _world(own: Settings, sites: int, months: int, say: Callable[[str], None]) -> tuple[Settings, date]:
    """A warehouse of so many months, built, and its newest month."""
    whole = Programme.create(sites=sites, months=months)
    sparse = Programme.create(sites=sites, months=months, formulary=FORMULARY)
    world, newest = warehouse(own, f"bench_{months}_months", whole), whole.periods[-1]
    for number, period in enumerate(whole.periods, 1):
        say(f"{months} months: push and load month {number}")
        push_month(world, whole if period == newest else sparse, period)
        load_waiting(world)
    say(f"{months} months: build them")
    build(world)
    return world, newest


def _figures(measured: dict[int, Pairs]) -> list[Figure]:
    section = "dbt build of the newest month, all metrics, ten feeds"
    growth = _seconds(measured[LATE]) / _seconds(measured[EARLY])
    by_hand_growth = median(h for _, h in measured[LATE]) / median(h for _, h in measured[EARLY])
    return [
        *(
            figure
            for number, pairs in measured.items()
            for figure in (
                Figure(section, f"{number} months: dbt build", _seconds(pairs), "s",
                       note=f"{len(pairs[0][0].nodes)} models and tests"),
                Figure(section, f"{number} months: its SQL by hand", median(hand for _, hand in pairs), "s"),
                Figure(section, f"{number} months: build / by hand",
                       ratio_of((made.seconds, hand) for made, hand in pairs), "x", MOST_OF_HAND),
            )
        ),
        Figure(section, f"build, {LATE} months / {EARLY} months", growth, "x", MOST_GROWTH),
        Figure(section, f"SQL by hand, {LATE} months / {EARLY} months", by_hand_growth, "x"),
    ]  # fmt: skip


def _seconds(pairs: Pairs) -> float:
    return median(made.seconds for made, _ in pairs)
