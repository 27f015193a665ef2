"""What waits, split into batches of one feed and month that one process loads in one transaction."""

from dataclasses import dataclass

from pch.settings import Settings
from pch.warehouse import ledger
from pch.warehouse.db import connect
from pch.warehouse.ledger import Submission

_BYTES_A_ROW = 40  # of a typical file; only to size batches before anything is read


@dataclass(frozen=True)
class Batch:
    """Submissions of one feed and month that are loaded together. ``label`` is what people see of it."""

    feed: str
    period: str
    submission_ids: list[int]
    label: str


def plan(settings: Settings) -> list[Batch]:
    """Splits what waits into batches of at most about ``settings.batch_rows`` rows, months in order."""
    with connect(settings, "loader") as conn:
        waiting = ledger.waiting(conn)
    batches: list[list[Submission]] = []
    size = 0
    for s in waiting:
        rows = s.bytes // _BYTES_A_ROW
        last = batches[-1][0] if batches else None
        if not last or (last.feed, last.period) != (s.feed, s.period) or size + rows > settings.batch_rows:
            batches.append([])
            size = 0
        batches[-1].append(s)
        size += rows
    return [Batch(b[0].feed, f"{b[0].period:%Y-%m}", [s.submission_id for s in b], _label(b)) for b in batches]


def _label(batch: list[Submission]) -> str:
    sites = sorted({s.site_code for s in batch})
    which = sites[0] if len(sites) == 1 else f"{len(sites)} sites, {sites[0]} to {sites[-1]}"
    return f"{batch[0].feed} {batch[0].period:%Y-%m} ({which})"
