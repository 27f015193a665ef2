"""What waits, split into batches of one feed that one process loads in one transaction."""

from dataclasses import dataclass

from pch.settings import Settings
from pch.warehouse import ledger
from pch.warehouse.db import connect
from pch.warehouse.ledger import Submission

_BYTES_A_ROW = 40  # of a typical file; only to size batches before anything is read


@dataclass(frozen=True)
class Batch:
    """Submissions of one feed that are loaded together. ``label`` is what people see of it."""

    feed: str
    submission_ids: list[int]
    label: str


def plan(settings: Settings) -> list[Batch]:
    """Splits what waits into batches of about ``settings.batch_rows`` rows; months stay in order."""
    with connect(settings, "loader") as conn:
        waiting = ledger.waiting(conn)
    batches: list[list[Submission]] = []
    size = 0
    for s in waiting:
        rows = s.bytes // _BYTES_A_ROW
        if not batches or batches[-1][0].feed != s.feed or size + rows > settings.batch_rows:
            batches.append([])
            size = 0
        batches[-1].append(s)
        size += rows
    return [Batch(b[0].feed, [s.submission_id for s in b], _label(b)) for b in batches]


def _label(batch: list[Submission]) -> str:
    first, last = batch[0], batch[-1]
    months = f"{first.period:%Y-%m}" + ("" if first.period == last.period else f" to {last.period:%Y-%m}")
    sites = sorted({s.site_code for s in batch})
    return f"{first.feed} {months}: {len(batch)} files, {sites[0]}" + (f" to {sites[-1]}" if len(sites) > 1 else "")
