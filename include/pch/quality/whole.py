"""A suite over figures of whole submissions: one row a submission (or a submission and one of its figures).

frame (submission_id, feed, period, subject, figures) -> suite -> findings in words with those figures, and results

Only warnings and information come from here: what is unlike the rest may still be true.
"""

from datetime import date

import pandas as pd

from pch.findings import CheckResult, Finding, Layer
from pch.quality.suites import Outcome, held, outcomes

Judged = tuple[list[Finding], list[CheckResult]]


def judge(suite: str, layer: Layer, frame: pd.DataFrame, period: date) -> Judged:
    """``frame`` has ``submission_id``, ``feed``, ``subject`` and what the suite looks at and speaks of. The suite runs
    once; its results are told apart by feed."""
    frame = frame.reset_index(drop=True)
    submissions = frame.groupby("feed", sort=True)["submission_id"].nunique()
    findings: list[Finding] = []
    results: list[CheckResult] = []
    for outcome in outcomes(suite, frame, period):
        e = outcome.expectation
        asked = frame["feed"][held(e, frame)].value_counts()
        found: dict[str, list[Finding]] = {str(feed): [] for feed in submissions.index}
        for i in outcome.positions:
            found[str(frame["feed"].iat[i])].append(_finding(outcome, layer, frame.iloc[int(i)]))
        for feed, of_feed in found.items():
            findings += of_feed
            results.append(
                CheckResult(feed, layer, e.meta["rule"], e.severity, e.threshold, int(asked.get(feed, 0)),
                            len(of_feed), int(submissions[feed]), len({f.submission_id for f in of_feed}))
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
