"""What was found and is not open: reasons that were accepted, and what the centre waived.

findings + ops.exemption (site, feed, rule, subject, from month to month) -> the same findings, some of them exempt

An exempt finding stays on record as information, with its reason beside it.
"""

from collections.abc import Iterable
from dataclasses import replace

from pch.findings import EXEMPTIBLE, Finding
from pch.warehouse.db import Connection


def with_exemptions(conn: Connection, findings: Iterable[Finding]) -> list[Finding]:
    """The findings, those exempt among them with ``exemption`` set and no longer an error, warning or question."""
    found = list(findings)
    reasons: dict[tuple[int, str, str], str] = {
        (submission_id, rule, subject): reason
        for submission_id, rule, subject, reason in conn.execute(
            """select s.submission_id, e.rule, e.subject, string_agg(e.reason, '; ' order by e.reason)
               from ops.submission as s
               inner join ops.exemption as e
               on (e.site_code, e.feed) = (s.site_code, s.feed) and s.period between e.valid_from and e.valid_to
               where s.submission_id = any(%s) group by 1, 2, 3""",
            (sorted({f.submission_id for f in found}),),
        )
    }
    return [_exempt(f, reasons.get((f.submission_id, f.rule, f.subject))) for f in found]


def _exempt(finding: Finding, reason: str | None) -> Finding:
    if reason is None or finding.layer not in EXEMPTIBLE:
        return finding
    return replace(finding, severity="information", is_question=False, exemption=reason)
