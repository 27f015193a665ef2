"""Submission layer: does the whole make sense, beside the month before it?

profiles of accepted submissions and of their predecessors -> suite ``submission`` -> findings

Only warnings and information come from here: what is unlike last month may still be true. Because a
verdict on a month depends on the month before it, the submissions of the *following* month are judged
again whenever one is published; so the findings do not depend on the order in which months arrive.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from pch.findings import Finding
from pch.quality.suites import violations


@dataclass(frozen=True)
class Profile:
    """A submission as a whole: rows, practices named, sum of each numeric column, hash of its content."""

    rows_count: int
    practices: frozenset[str]
    totals: dict[str, float]
    content_hash: str


@dataclass(frozen=True)
class Candidate:
    """An accepted submission with the profile of the current submission of the month before."""

    submission_id: int
    feed: str
    site_code: str
    period: date
    members: frozenset[str]
    names_practices: bool
    profile: Profile
    previous: Profile | None


def submission_findings(candidates: list[Candidate]) -> list[Finding]:
    """``candidates`` are of one feed."""
    frame = pd.DataFrame([_row(c) for c in candidates])
    found = []
    for violation in violations("submission", frame):
        meta = violation.expectation.meta
        for position in violation.positions:
            row = {str(k): v for k, v in frame.iloc[int(position)].items()}
            found.append(
                Finding(
                    submission_id=int(row["submission_id"]),
                    rule=meta["rule"],
                    severity=violation.expectation.severity,
                    layer="submission",
                    column=None,
                    rows_count=int(row["rows_count"]),
                    message=meta["message"].format(**row),
                    next_step=meta["next_step"],
                )
            )
    return found


def _row(c: Candidate) -> dict[str, Any]:
    """What the suite can look at. A column is missing (not applicable) where it has no meaning."""
    previous = c.previous
    row: dict[str, Any] = {
        "submission_id": c.submission_id,
        "feed": c.feed,
        "rows_count": c.profile.rows_count,
        "previous_rows_count": previous.rows_count if previous else None,
        "is_copy_of_previous": bool(previous and previous.content_hash == c.profile.content_hash),
    }
    if c.names_practices:
        silent = sorted(c.members - c.profile.practices)
        vanished = sorted((previous.practices & c.members) - c.profile.practices) if previous else []
        new_silent = [p for p in silent if p not in vanished]
        row |= {
            "silent_practices_count": len(new_silent), "silent_practices": ", ".join(new_silent),
            "vanished_practices_count": len(vanished), "vanished_practices": ", ".join(vanished),
        }  # fmt: skip
    for name, total in c.profile.totals.items():
        before = previous.totals.get(name) if previous else None
        ratio = total / before if before else None
        tenfold = ratio is not None and (8 <= ratio <= 12.5 or 0.08 <= ratio <= 0.125)
        row |= {
            f"{name}_total": total,
            f"{name}_previous": before,
            f"{name}_ratio": None if tenfold else ratio,
            f"{name}_is_tenfold": tenfold,
        }
    return row
