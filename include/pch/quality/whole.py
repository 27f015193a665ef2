"""A suite over figures of whole submissions: one row a submission (or a submission and one of its figures).

frame (submission_id, feed, period, subject, figures) -> suite -> findings in words with those figures, and results

Only warnings and information come from here: what is unlike the rest may still be true.
"""

from datetime import date

import pandas as pd

from pch.findings import CheckResult, Finding, Layer
from pch.quality.suites import Outcome, outcomes

Judged = tuple[list[Finding], list[CheckResult]]


def judge(suite: str, layer: Layer, frame: pd.DataFrame, period: date) -> Judged:
    """``frame`` has ``submission_id``, ``feed``, ``subject`` and what the suite looks at and speaks of."""
    findings: list[Finding] = []
    results: list[CheckResult] = []
    for feed, rows in frame.groupby("feed", sort=True):
        for outcome in outcomes(suite, rows, period):
            found = [_finding(outcome, layer, rows.iloc[int(i)]) for i in outcome.positions]
            findings += found
            e = outcome.expectation
            results.append(
                CheckResult(str(feed), layer, e.meta["rule"], e.severity, e.threshold, outcome.checked, len(found),
                            rows["submission_id"].nunique(), len({f.submission_id for f in found}))
            )  # fmt: skip
    return findings, results


def _finding(outcome: Outcome, layer: Layer, row: pd.Series) -> Finding:
    e = outcome.expectation
    return Finding(
        submission_id=int(row["submission_id"]),
        rule=e.meta["rule"],
        severity=e.severity,
        layer=layer,
        message=e.meta["message"].format(**{str(k): v for k, v in row.items()}),
        next_step=e.meta["next_step"],
        subject=str(row["subject"]),
        threshold=e.threshold,
        is_question=e.asks,
    )
