"""States, moments and sizes as the portal says them: in words, and in London's time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pch import registry
from pch.warehouse.calendar import LONDON


@dataclass(frozen=True)
class Tag:
    """A state in words, and the colour of its tag, which says nothing that the words do not."""

    text: str
    colour: str


STATES = {
    "received": Tag("Received", "green"),
    "nil_return": Tag("Nil return", "green"),
    "not_due": Tag("Not due", "grey"),
    "due": Tag("Due", "blue"),
    "late": Tag("Overdue", "orange"),
    "missing": Tag("Missing", "red"),
    "rejected": Tag("Rejected", "red"),
    "withdrawn": Tag("Withdrawn", "grey"),
}

CHECKING = Tag("Being checked", "yellow")
ASKED = Tag("Question", "purple")

VERDICTS = {
    None: CHECKING,
    "accepted": Tag("Accepted", "green"),
    "accepted_with_warnings": Tag("Accepted, with warnings", "yellow"),
    "rejected": Tag("Rejected", "red"),
}

SEVERITIES = {
    "error": Tag("Error: must be put right", "red"),
    "warning": Tag("Warning: please check", "yellow"),
    "information": Tag("For your information", "blue"),
}

COURSES = {"new": "New in this file", "persisting": "Was there in the file before, too"}

ANSWERS = {
    "open": Tag("Waits for your answer", "purple"),
    "answered": Tag("Answered: the central team decides", "blue"),
    "declined": Tag("Not settled by your answer", "orange"),
    "accepted": Tag("Answer accepted", "green"),
}

TYPES = {
    "code": "code (text)", "category": "one of the values below", "age_band": "five-year age band",
    "count": "whole number", "number": "number", "money": "pounds and pence", "date": "date", "text": "text",
}  # fmt: skip


def month(period: date) -> str:
    return f"{period:%B %Y}"


def day(when: date | datetime) -> str:
    """``Friday 11 December 2026``"""
    local = when.astimezone(LONDON) if isinstance(when, datetime) else when
    return f"{local:%A} {local.day} {local:%B %Y}"


def moment(when: datetime) -> str:
    """``11 December 2026 at 3:05pm``"""
    local = when.astimezone(LONDON)
    return f"{local.day} {local:%B %Y} at {local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'}"


def due(closes_at: datetime, now: datetime) -> str:
    """``due in 5 days, by Friday 11 December 2026``; of one that is past ``was due by ...``."""
    days = (closes_at.astimezone(LONDON).date() - now.astimezone(LONDON).date()).days
    if closes_at < now:
        return f"was due by {day(closes_at)}"
    soon = {0: "due today", 1: "due tomorrow"}.get(days, f"due in {days} days")
    return f"{soon}, by {day(closes_at)}"


def size(count: int) -> str:
    """``820 bytes``, ``1.2 MB``"""
    if count < 1000:
        return counted(count, "byte")
    unit, divisor = ("MB", 1e6) if count >= 1e6 else ("KB", 1e3)
    return f"{count / divisor:,.1f} {unit}"


def counted(count: int, one: str, many: str = "") -> str:
    """``1 row``, ``1,200 rows``"""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def number(value: float | None) -> str:
    """``1,234``, ``-12.50``; nothing for none."""
    if value is None:
        return ""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def signed(value: float) -> str:
    """``+799``, ``-12.50``; ``0``."""
    return f"+{number(value)}" if value > 0 else number(value)


def title(feed: str) -> str:
    """What a feed is called; its name where it is none of today's."""
    known = registry.feeds().get(feed)
    return known.title if known else feed


def now() -> datetime:
    return datetime.now(UTC)


FILTERS: Mapping[str, Any] = {f.__name__: f for f in (month, day, moment, due, size, counted, number, signed, title)}
