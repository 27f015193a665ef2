"""What is true of the returns of a simulated programme: what became of each file before it was sent, and what must
be found in it.

faults of the months -> Truth a return -> truth.csv, effects.csv
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pch.findings import Layer, Severity
from pch.registry import feeds
from pch.simulate.faults import ABSENT, Faults, is_due, next_due
from pch.simulate.spoil import FAULTS, Expected


@dataclass(frozen=True)
class Truth:
    """What should become of a return. ``rule`` of ``layer`` must be found with ``severity``; None where nothing is
    to be said. ``is_beside_fault``: the return before or after is spoilt, so that a finding on this one may be
    right even where it is sound."""

    site_code: str
    feed: str
    period: date
    fault: str | None
    expected: Expected
    layer: Layer | None
    rule: str | None
    severity: Severity | None
    is_beside_fault: bool


def truth_of(faults: Faults, site_codes: Sequence[str], period: date, first: date) -> list[Truth]:
    """Every return of the month that is due, sound or not, by site and feed. There are files from ``first`` on."""
    here = faults.assigned(period, first, len(site_codes))
    beside = {
        (site, feed)
        for feed in feeds()
        for month in (next_due(feed, period, -1), next_due(feed, period, 1))
        if month >= first
        for site, spoilt in faults.assigned(month, first, len(site_codes))
        if spoilt == feed
    }
    return [
        _truth(code, feed, period, here.get((site, feed)), (site, feed) in beside)
        for site, code in enumerate(site_codes)
        for feed in feeds()
        if is_due(feed, period)
    ]


def _truth(site_code: str, feed: str, period: date, kind: str | None, is_beside_fault: bool) -> Truth:
    address = (site_code, feed, period, kind)
    if kind is None:
        return Truth(*address, "accepted", None, None, None, is_beside_fault)
    if kind == ABSENT:
        return Truth(*address, "missing", None, None, None, is_beside_fault)
    fault = FAULTS[kind]
    rule = fault.rules[feed] or None
    return Truth(*address, fault.expected, fault.layer if rule else None, rule, fault.severity, is_beside_fault)


def write_csv(path: Path, facts: Iterable[Any]) -> None:
    """Dataclasses of one kind, a row each; months as YYYY-MM-DD, nothing as an empty cell."""
    rows = [asdict(fact) for fact in facts]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)
