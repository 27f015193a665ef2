"""A finding as a paragraph: severity, sentence, where, and what comes next. Needs no warehouse."""

from collections.abc import Sequence

from rich.text import Text

from pch.findings import Finding
from pch.reports.screen import STYLES, plain


def paragraph(finding: Finding, instead: Sequence[Text] = (), course: str | None = None) -> Text:
    """``instead``: what is said in the place of the next step, where more than that is known; ``course``: whether it
    is new."""
    lines = [
        Text.assemble((finding.severity.upper(), f"bold {STYLES[finding.severity]}"), "  ", plain(finding.message))
    ]
    if where := _where(finding):
        lines.append(plain("Where: " + "; ".join(where), "dim"))
    if finding.exemption:
        lines.append(plain(f"Let pass: {finding.exemption}", "green"))
    else:
        lines += instead or [plain(f"Next: {finding.next_step}")]
    told = f", {course}" if course else ""
    return Text("\n  ").join(lines).append(f"  [{finding.rule}{told}]", "dim")


def _where(finding: Finding) -> list[str]:
    """Column, how many of how many, and places; the limit of a rule over rows (others say theirs themselves)."""
    where = [f"column {finding.column}"] if finding.column else []
    share = finding.violated_pct
    if share is not None:
        pct = f"{share:.1f}%" if share >= 0.05 else "under 0.1%"
        where.append(f"{finding.rows_count:,} of {finding.checked_count:,} rows ({pct})")
        where.append(f"expected {finding.threshold}")
    elif finding.rows_count:
        where.append(f"{finding.rows_count:,} row(s)")
    where += [f"line {e.row_number}: {e.value}" if e.value else f"line {e.row_number}" for e in finding.examples]
    if finding.rows_count > len(finding.examples) > 0:
        where.append("...")
    return where
