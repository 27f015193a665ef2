"""What was measured, as figures with names, targets and notes."""

from dataclasses import dataclass, field
from statistics import median

from pch.bench.building import Build
from pch.bench.conventional import Conventional
from pch.bench.figures import Figure, ratio_of
from pch.bench.live import Live
from pch.bench.loading import Floor, Load

FAULTY_SHARE = 0.01
MONTHS = 12
EARLY = 3  # the month that the twelfth is compared with
MEASURED = range(2, 5)  # months whose load is measured beside its floor
AGAIN = 3

MOST_SECONDS = 360
MOST_CHECK_SHARE = 1 / 3
MOST_MEMORY_MB = 1536
MOST_GROWTH = 1.2


@dataclass
class Side:
    """Months measured beside their floors, and builds beside their SQL by hand; in pairs, in order."""

    loads: list[Load] = field(default_factory=list)
    floors: list[Floor] = field(default_factory=list)
    builds: list[Build] = field(default_factory=list)
    hands: list[float] = field(default_factory=list)


def loading(section: str, side: Side, at_most: float) -> list[Figure]:
    rows = median(load.rows for load in side.loads)
    total = median(load.total for load in side.loads)
    pairs = list(zip(side.loads, side.floors, strict=True))
    months = f"medians of months {MEASURED[0]} to {MEASURED[-1]}; one process, warm: a month before was thrown away"
    copied = "ready CSV bytes of the rows now in raw, into a table like raw without partitions"
    return [
        Figure(section, "rows of a month", rows, "", note=months),
        *(
            Figure(section, stage, median(getattr(load, stage) for load in side.loads), "s")
            for stage in ("decode", "stage", "check", "publish", "review")
        ),
        Figure(section, "decode to review", total, "s", note=f"{rows / total:,.0f} rows a second"),
        Figure(section, "floor: COPY", median(f.logged for f in side.floors), "s", note=copied),
        Figure(section, "floor: COPY, unlogged", median(f.unlogged for f in side.floors), "s", note="lost in a crash"),
        Figure(section, "decode to review / COPY", ratio_of((x.total, f.logged) for x, f in pairs), "x", at_most,
               "median of the months' ratios"),
        Figure(section, "decode to review / COPY, unlogged", ratio_of((x.total, f.unlogged) for x, f in pairs), "x"),
        Figure(section, "check and review / decode to review", median(load.check_share for load in side.loads), "x",
               MOST_CHECK_SHARE),
    ]  # fmt: skip


def building(section: str, side: Side) -> list[Figure]:
    pairs = [(build.seconds, hand) for build, hand in zip(side.builds, side.hands, strict=True)][-AGAIN:]
    hand = "compiled SELECTs of all models and tests, one connection, into temporary tables"
    return [
        Figure(section, "models and tests", len(side.builds[-1].nodes), ""),
        Figure(section, "dbt build of one month", median(b for b, _ in pairs), "s",
               note="this process, warm"),
        Figure(section, "floor: its SQL by hand", median(h for _, h in pairs), "s", note=hand),
        Figure(section, "dbt build / its SQL by hand", ratio_of(pairs), "x"),
    ]  # fmt: skip


def history(costs: dict[int, list[float]]) -> list[Figure]:
    """``costs``: by number of months that existed, seconds of load and build of the last of them."""
    section = "What a month costs as history grows"
    growth = median(costs[MONTHS]) / median(costs[EARLY])
    return [
        *(
            Figure(section, f"month {number}", median(seconds), "s",
                   note=f"loaded and built again while {number} months existed; median of {len(seconds)}")
            for number, seconds in costs.items()
        ),
        Figure(section, f"month {MONTHS} / month {EARLY}", growth, "x", MOST_GROWTH),
    ]  # fmt: skip


def scheduler(live: Live) -> list[Figure]:
    section = "Through the real scheduler"
    largest = "largest single process; shared memory counts in each"
    return [
        Figure(section, "first push to tested marts", live.whole_seconds, "s", MOST_SECONDS,
               f"{live.files} files, one month; making the files is in it"),
        Figure(section, "last push to tested marts", live.seconds, "s"),
        Figure(section, "memory: load process", live.load_mb, "MB", MOST_MEMORY_MB, "its own peak, from ops.batch"),
        *(
            Figure(section, f"memory: {kind}", megabytes, "MB", MOST_MEMORY_MB, largest)
            for kind, megabytes in sorted(live.peaks.items())
        ),
    ]  # fmt: skip


def conventional(other: Conventional, side: Side) -> list[Figure]:
    section = "The conventional way: read_csv, Great Expectations, to_sql for each file"
    ours = median(load.total for load in side.loads)
    scaled = "SCALED, not measured; a process start for each file would come on top"
    return [
        Figure(section, f"{other.files} of {other.of_files} files", other.seconds, "s", note=f"{other.rows:,} rows"),
        Figure(section, f"scaled to {other.of_files} files", other.scaled, "s", note=scaled),
        Figure(section, "scaled / our decode to review", other.scaled / ours, "x"),
    ]
