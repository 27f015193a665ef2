"""``pch questions`` for people: what waits for a site's reason, what waits for the central team, and the codes."""

import shlex

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from pch.reports.questions import Asked, Question
from pch.reports.screen import moment, month, plain, table


def print_questions(console: Console, asked: Asked) -> None:
    if not asked.questions:
        console.print("No question is open.")
    of_sites = [q for q in asked.questions if q.state in ("open", "declined")]
    _print(console, "Waiting for a reason of the site", of_sites)
    _print(console, "Answered, waiting for the central team", [q for q in asked.questions if q.state == "answered"])
    _print(console, "Accepted, settled when its month is judged", [q for q in asked.questions if q.state == "accepted"])
    if of_sites:
        codes = table("Code", "Reason")
        for code, meaning in asked.reasons.items():
            codes.add_row(code, meaning)
        console.print(codes)


def _print(console: Console, what: str, questions: list[Question]) -> None:
    if not questions:
        return
    console.print(plain(f"{what}: {len(questions):,}", "bold"))
    for q in questions:
        title = plain(f"{q.feed} of {q.site_code} for {month(q.period)}, submission {q.submission_id}", "bold")
        lines = [title, plain(q.message), *next_of(q)]
        console.print(Padding(Text("\n  ").join(lines), (0, 0, 0, 2)))
    console.print()


def next_of(question: Question) -> list[Text]:
    """Lines: what was answered so far, and what comes next, with the command for it."""
    if question.state == "open":
        return [plain(f"Next: {question.next_step}"), _to_answer(question)]
    said = f"{question.reason}: {question.sentence} ({question.replied_by}, {moment(question.replied_at)})"
    answered = plain(f"Reply {question.reply_id}: {said}")
    if question.state == "declined":
        declined = f"Declined: {question.note} ({question.decided_by}, {moment(question.decided_at)})"
        return [answered, plain(declined, "yellow"), plain(f"Next: {question.next_step}"), _to_answer(question)]
    if question.state == "answered":
        return [answered, plain(f"Next: The central team decides: pch decide {question.reply_id} --accept | --decline")]
    return [answered, plain("Next: Nothing. The reason was accepted.")]


def _to_answer(question: Question) -> Text:
    about = f" --subject {shlex.quote(question.subject)}" if question.subject else ""
    return plain(f'Answer: pch reply {question.submission_id} {question.rule}{about} --reason CODE --because "..."')
