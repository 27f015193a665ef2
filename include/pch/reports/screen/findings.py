"""``pch findings`` for people: verdict, then what was found, gravest first, and what to do."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from pch.findings import Finding
from pch.reports.findings import Attempt, Before, Checked, Found
from pch.reports.screen import STYLES, moment, month, number, plain, word
from pch.reports.screen.questions import next_of


def print_findings(console: Console, checked: list[Checked]) -> None:
    for each in checked:
        title = f"{each.feed} of {each.site_code} for {month(each.period)}"
        console.print(Text.assemble((title, "bold"), ": ", _said(each)))
        if each.attempt:
            _print_attempt(console, each, each.attempt)
        console.print()


def _said(each: Checked) -> Text:
    attempt = each.attempt
    if attempt is None and each.attempts_count:
        return plain(f"it has {each.attempts_count} attempt(s), not the one asked for.")
    if attempt is None and each.state is None:
        return plain("nothing was pushed, and no return is expected.")
    if attempt is None:
        close = f" (primary close {moment(each.primary_close_at)}, refresh close {moment(each.refresh_close_at)})"
        return Text.assemble("nothing was pushed; the return is ", word(each.state), close, ".")
    if attempt.verdict is None:
        return plain("still being checked; ask again in a moment.", "cyan")
    return word(attempt.verdict)


def _print_attempt(console: Console, each: Checked, attempt: Attempt) -> None:
    lines = [
        f"attempt {attempt.attempt} of {each.attempts_count}, submission {attempt.submission_id}, {attempt.file_name}, "
        f"received {moment(attempt.received_at)}, sha256 {attempt.sha256[:12]}"
    ]
    if attempt.nil_reason:
        lines.append(f"nil return: {attempt.nil_reason}")
    if attempt.verdict:
        lines.append(
            f"{number(attempt.rows_read)} rows read, {number(attempt.rows_published)} published, "
            f"{number(attempt.rows_set_aside)} set aside"
        )
    if attempt.is_in_use:
        lines.append("This attempt is in use.")
    elif each.attempt_in_use:
        lines.append(f"Attempt {each.attempt_in_use} is in use.")
    else:
        lines.append("No attempt is in use.")
    if attempt.verdict and not each.findings:
        lines.append("Nothing was found wrong or odd.")
    if each.before:
        lines.append(_since(each.before, each.findings))
    console.print(Padding(plain("\n".join(lines), "dim"), (0, 0, 0, 2)))
    for finding in each.findings:
        console.print(Padding(finding_text(finding), (0, 0, 0, 2)))


def _since(before: Before, findings: list[Found]) -> str:
    gone = f" ({', '.join(sorted({f.rule for f in before.resolved}))})" if before.resolved else ""
    counts = [sum(f.course == course for f in findings) for course in ("new", "persisting")]
    return (
        f"Since attempt {before.attempt} of {month(before.period)}: {counts[0]} new, {counts[1]} persisting, "
        f"{len(before.resolved)} resolved{gone}."
    )


def finding_text(finding: Finding) -> Text:
    """A finding as a paragraph: severity, sentence, where, and what comes next (or why nothing has to)."""
    lines = [
        Text.assemble((finding.severity.upper(), f"bold {STYLES[finding.severity]}"), "  ", plain(finding.message))
    ]
    if where := _where(finding):
        lines.append(plain("Where: " + "; ".join(where), "dim"))
    found = finding if isinstance(finding, Found) else None
    if finding.exemption:
        lines.append(plain(f"Let pass: {finding.exemption}", "green"))
    elif found and found.question:
        lines += next_of(found.question)
    else:
        lines.append(plain(f"Next: {finding.next_step}"))
    course = f", {found.course}" if found and found.course else ""
    return Text("\n  ").join(lines).append(f"  [{finding.rule}{course}]", "dim")


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
