"""Letters in plain words: subject lines, sentences, templates.

What a mail says of a finding is the rule's own sentence, the column, how many rows and what to do. A finding's message
quotes cells of the file and stays behind the link.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pch import registry
from pch.findings import Finding
from pch.notices.awaited import Awaited, Closing
from pch.notices.happened import News, Question
from pch.registry.rules import rules_of
from pch.warehouse.calendar import LONDON

MOST_POINTS = 3  # findings of a file
MOST_ENTRIES = 25  # files, questions or returns of a mail

_OUTCOME = {
    None: "has arrived", "accepted": "was accepted", "accepted_with_warnings": "was accepted with warnings",
    "rejected": "was not accepted",
}  # fmt: skip
_HEADING = {
    None: "being checked", "accepted": "accepted", "accepted_with_warnings": "accepted with warnings",
    "rejected": "NOT ACCEPTED",
}  # fmt: skip


@dataclass(frozen=True)
class Point:
    """A finding as a mail tells it."""

    severity: str
    sentence: str
    where: str
    next_step: str


def points(item: News, findings: Sequence[Finding]) -> list[Point]:
    """The gravest of what stands against a file; questions are told apart from it."""
    known = {c.name for c in registry.feed(item.feed, item.period).columns}
    against = [f for f in findings if f.severity != "information" and not f.exemption and not f.is_question]
    return [
        Point(f.severity, sentence(item.feed, item.period, f.rule, f.subject), _where(f, known), f.next_step)
        for f in against[:MOST_POINTS]
    ]


def counted(findings: Sequence[Finding]) -> str:
    """``2 errors and 1 warning``; empty where there is neither."""
    number = Counter[str](f.severity for f in findings if not f.exemption)
    return " and ".join(plural(number[name], name) for name in ("error", "warning") if number[name])


def sentence(feed: str, period: date, rule: str, subject: str) -> str:
    """What is wrong, as the rule has it for every file; its name where the sentence would have gaps."""
    declared = rules_of(feed, period).get(rule)
    if declared and "…" not in declared.sentence:
        return declared.sentence
    about = f": {subject.replace('_', ' ')}" if subject else ""
    return f"{rule.replace('_', ' ').capitalize()}{about}."


def _where(finding: Finding, known: set[str]) -> str:
    """The column, if it is one of ours: a header is the file's own text."""
    column = [f"column {finding.column}"] if finding.column in known else []
    return ", ".join(column + ([plural(finding.rows_count, "row")] if finding.rows_count else []))


def heading(item: News) -> str:
    return f"{feed_title(item.feed)} for {month_name(item.period)}: {_HEADING[item.verdict]}"


def edition(item: News, now: datetime) -> str:
    """Which numbers a file counts in, or a correction of it would."""
    month, when = month_name(item.period), now if item.is_rejected else item.received_at
    closes = {"primary": item.primary_close_at, "refresh": item.refresh_close_at}
    name = next((name for name, close in closes.items() if when <= close), None)
    if name is None:
        return f"{month} is closed." if item.is_rejected else f"It arrived after both closes of {month}."
    if item.is_rejected:
        return f"A correction that arrives by {day(closes[name])} counts in the {name} edition of {month}."
    missed = "; its primary numbers stay, for they had closed" if name == "refresh" else ""
    return f"{'It counts' if item.verdict else 'Once accepted it counts'} in the {name} edition of {month}{missed}."


def news_line(items: Sequence[News]) -> str:
    """The subject line of files that arrived or were judged."""
    site, count = items[0].site_code, Counter(item.verdict for item in items)
    if len(items) == 1:
        return f"{site}: {of(items[0].feed, items[0].period)} {_OUTCOME[items[0].verdict]}"
    months = {item.period for item in items}
    files = f"{len(items)} files" + (f" for {month_name(*months)}" if len(months) == 1 else "")
    if refused := count["rejected"]:
        return f"{site}: {refused} of {files} {'was' if refused == 1 else 'were'} not accepted"
    if count[None]:
        return f"{site}: {files} have arrived"
    warned = count["accepted_with_warnings"]
    return f"{site}: {files} were accepted" + (f", {warned} with warnings" if warned else "")


def questions_line(asked: Sequence[Question]) -> str:
    if len(asked) == 1:
        return f"{asked[0].site_code}: a question about {of(asked[0].feed, asked[0].period)}"
    return f"{asked[0].site_code}: {len(asked)} questions wait for your reply"


def awaited_line(returns: Sequence[Awaited], closing: Closing) -> str:
    month, many = month_name(closing.period), len(returns) > 1
    what = f"{len(returns)} returns for {month}" if many else of(returns[0].feed, closing.period)
    when = f"due by {day(closing.primary_close_at)}" if closing.topic == "due" else "overdue"
    return f"{returns[0].site_code}: {what} {'are' if many else 'is'} {when}"


def of(feed: str, period: date) -> str:
    """``workforce for October 2026``."""
    return f"{feed_name(feed)} for {month_name(period)}"


def feed_title(feed: str) -> str:
    return registry.feed(feed).title


def feed_name(feed: str) -> str:
    """A feed's title within a sentence."""
    title = feed_title(feed)
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def plural(count: int, one: str) -> str:
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def month_name(period: date) -> str:
    return f"{period:%B %Y}"


def day(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%-d %B %Y}"


def moment(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%-d %B %Y, %H:%M}"


def render(template: str, **values: Any) -> str:
    return _environment().get_template(f"{template}.txt.j2").render(**values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=False,  # plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    for function in (counted, day, edition, feed_title, heading, moment, month_name, of, plural, points):
        made.filters[function.__name__] = function
    made.globals |= {"most": MOST_ENTRIES, "sentence": sentence}
    return made
