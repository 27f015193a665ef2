"""``pch findings`` for people: verdict, then what was found, gravest first, and what to do."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from pch.findings import Finding
from pch.reports.findings import Attempt, Before, Checked, Found
from pch.reports.screen import moment, month, number, plain, word
from pch.reports.screen.finding import paragraph
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
    """A finding as a paragraph; one that asks says how the question stands."""
    if not isinstance(finding, Found):
        return paragraph(finding)
    return paragraph(finding, next_of(finding.question) if finding.question else (), finding.course)
