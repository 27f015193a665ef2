"""What waits, split into batches of one feed and month that one process loads in one transaction."""

from dataclasses import dataclass
from itertools import groupby

from pch.settings import Settings
from pch.warehouse import ledger
from pch.warehouse.db import connect
from pch.warehouse.ledger import Submission

_BYTES_A_ROW = 50  # of a typical file; only to size batches before anything is read


@dataclass(frozen=True)
class Batch:
    """Submissions of one feed and month that are loaded together. ``label`` is what people see of it."""

    feed: str
    period: str
    submission_ids: list[int]
    label: str


def plan(settings: Settings) -> list[Batch]:
    """Splits what waits into batches of about ``settings.batch_rows`` rows at most, months in order."""
    with connect(settings, "loader") as conn:
        waiting = ledger.waiting(conn)
    batches = [
        batch
        for _, of_month in groupby(waiting, key=lambda s: (s.feed, s.period))
        for batch in _even(list(of_month), settings.batch_rows * _BYTES_A_ROW)
    ]
    return [Batch(b[0].feed, f"{b[0].period:%Y-%m}", [s.submission_id for s in b], _label(b)) for b in batches]


def _even(submissions: list[Submission], most_bytes: int) -> list[list[Submission]]:
    """As few batches as will do, and none much larger than another: they run side by side."""
    total = sum(s.bytes for s in submissions)
    batches: list[list[Submission]] = [[] for _ in range(total // most_bytes + 1)]
    share = total / len(batches) + 1
    before = 0
    for s in submissions:
        batches[int(before / share)].append(s)
        before += s.bytes
    return [batch for batch in batches if batch]


def _label(batch: list[Submission]) -> str:
    sites = sorted({s.site_code for s in batch})
    which = sites[0] if len(sites) == 1 else f"{len(sites)} sites, {sites[0]} to {sites[-1]}"
    return f"{batch[0].feed} {batch[0].period:%Y-%m} ({which})"
