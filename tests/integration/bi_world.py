"""A small programme full of small numbers, of which everything is known: what BI tools are shown of it can be checked.

Eight sites in three regions and two waves, two practices each, April 2025 to May 2026. PH02: emergency spells by age
group (directly standardised). PX03: answers to the Friends and Family Test (a proportion over windows). PH09: treated to
target (a proportion of the month), the same for all but site AAA03, which improves in April 2026.

It is published twice. In between, a month of AAA04 arrives that was missing, with few answers and spells; a month of
AAA03 is corrected to few, and one of BBB01 to many. May 2026 has not closed yet.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
from desk import Desk, file_of, list_file
from fresh import fresh_warehouse

from pch.settings import Settings
from pch.warehouse.calendar import months_between
from pch.warehouse.db import Connection, connect
from pch.warehouse.programme.declared import Fact, Target, choose_priority, record_characteristics, set_targets
from pch.warehouse.register import Line, import_sites

FIRST, LAST = date(2025, 4, 1), date(2026, 5, 1)
MONTHS = list(months_between(FIRST, LAST))
#  Site: region, wave, spells a month on average
SITES = {
    "AAA01": ("North", "1", 3), "AAA02": ("North", "1", 10), "AAA03": ("North", "2", 30), "AAA04": ("North", "2", 60),
    "BBB01": ("South", "1", 4), "BBB02": ("South", "2", 25), "BBB03": ("South", "2", 80), "CCC01": ("East", "1", 12),
}  # fmt: skip
QUINTILES = {f"{site[0]}100{site[4]}{p}": (site, 1 + (n + 2 * p) % 5) for n, site in enumerate(SITES) for p in (1, 2)}
BAND_OF = {"45-64": "60-64", "65-74": "70-74", "75-84": "80-84", "85+": "90+"}
LATE, SHRUNK, GROWN = ("AAA04", date(2025, 7, 1)), ("AAA03", date(2025, 9, 1)), ("BBB01", date(2025, 10, 1))


class Atom(NamedTuple):
    """What no publication splits: spells of PH02 in an age group, favourable answers of PX03 (group 'all'), in the
    version of the file that ``release`` holds first."""

    metric: str
    practice: str
    period: date
    group: str
    release: int


class Cell(NamedTuple):
    """A numerator of schema bi; ``shown`` is None where there is none, or it is withheld."""

    metric: str
    area_type: str
    area_code: str
    period: date
    period_window: str
    slice_type: str
    slice: str
    shown: float | None


Counts = dict[Atom, int]


def site_of(practice: str) -> str:
    return QUINTILES[practice][0]


def truth() -> tuple[Counts, Counts]:
    """The counts of each release."""
    random = np.random.default_rng(4)
    first: Counts = {}
    for practice, (site, _) in QUINTILES.items():
        mean = SITES[site][2] / 2
        for period in MONTHS:
            for group in BAND_OF:
                first[Atom("PH02", practice, period, group, 1)] = int(random.poisson(mean / 4))
            first[Atom("PX03", practice, period, "all", 1)] = int(random.poisson(mean))
    second = {}
    for a, n in first.items():
        return_ = (site_of(a.practice), a.period)
        if return_ in (LATE, SHRUNK):
            second[a._replace(release=2)] = 1 + (a.group in ("all", "85+"))
        elif return_ == GROWN:
            second[a._replace(release=2)] = n + 20
        else:
            second[a] = n
    return {a: n for a, n in first.items() if (site_of(a.practice), a.period) != LATE}, second


def push(desk: Desk, counts: Counts, wanted: Callable[[str, date], bool]) -> None:
    """The files of every site and month ``wanted``: lists of 40 in every stratum, ``counts``, twice as many answers."""
    number = {a[:4]: n for a, n in counts.items()}
    for site, month in ((s, m) for s in SITES for m in MONTHS if wanted(s, m)):
        practices, at = [p for p in QUINTILES if site_of(p) == site], f"{month:%Y-%m}"
        desk.push(site, "registered_list", at, list_file(practices, lambda *_: 40))
        lines = {
            "hospital_activity": [
                f"{p},female,{band},em,acsc_chronic,none,{number['PH02', p, month, group]},0,0,0,"
                for p in practices
                for group, band in BAND_OF.items()
            ],
            "patient_experience": [
                f"{p},fft,RECOMMEND,{answer},{number['PX03', p, month, 'all']},,,"
                for p in practices
                for answer in ("very_good", "neither")
            ],
            "clinical_indicators": [f"{p},HYP008,all,{treated(site, month)},400," for p in practices],
        }
        for feed, rows in lines.items():
            desk.push(site, feed, at, file_of(feed, *rows))
    desk.collect()


def treated(site: str, month: date) -> int:
    """Of 400 with high blood pressure."""
    return 320 if site == "AAA03" and month >= date(2026, 4, 1) else 240


def register(settings: Settings) -> None:
    """The sites, and what they and the centre have declared."""
    lines = [
        Line(n, site, f"Site {site}", practice, FIRST, None, SITES[site][0], FIRST, SITES[site][1], None, quintile)
        for n, (practice, (site, quintile)) in enumerate(QUINTILES.items())
    ]
    evidence = "Minutes of the board, seen by the central team"
    with connect(settings, "owner") as conn:
        import_sites(conn, lines, date.today())
        set_targets(conn, [Target("PH09", None, FIRST, 70, "What the programme agreed on")], "centre")
        choose_priority(conn, "AAA03", "PH09", FIRST, "Many people have strokes here", "AAA03")
        facts = [Fact("AAA03", c, "in_place", FIRST, evidence) for c in ("integrated_workforce", "population_30_50k")]
        record_characteristics(
            conn, [*facts, Fact("AAA04", "integrated_workforce", "partly", FIRST, evidence)], "centre"
        )


@dataclass(frozen=True)
class World:
    """``releases``: the numerators published each time, and the counts they were made of."""

    desk: Desk
    releases: tuple[tuple[list[Cell], Counts], ...]


def published(reader: Connection) -> list[Cell]:
    rows = reader.execute(
        """select metric_code, 'site', site_code, period, period_window, '', '', numerator from bi.site_result
           union all
           select metric_code, area_type, area_code, period, period_window, '', '', numerator from bi.area_result
           union all
           select metric_code, area_type, area_code, period, period_window, slice_type, slice, numerator
           from bi.slice_result"""
    )
    return [Cell(*row) for row in rows]


@contextmanager
def world(server: Settings, folder: Path) -> Iterator[World]:
    first, second = truth()
    with fresh_warehouse(server, folder) as settings, connect(settings, "owner", autocommit=True) as owner:
        register(settings)
        desk = Desk(settings, owner)
        push(desk, first, lambda site, month: (site, month) != LATE)
        owner.execute("update ref.period set primary_close_at = now() + interval '1 day' where period = %s", (LAST,))
        releases = []
        for counts in (first, second):
            if counts is second:
                push(desk, second, lambda site, month: (site, month) in (LATE, SHRUNK, GROWN))
            desk.build()
            with connect(settings, "bi_reader") as reader:
                releases.append((published(reader), counts))
        yield World(desk, tuple(releases))
