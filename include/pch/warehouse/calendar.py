"""The months the programme collects, and when each of them closes.

Windows close at the end (Europe/London) of the tenth working day of the next month (primary) and of the
month after that (refresh). Bank holidays are those of England, from the ``holidays`` library.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from pch.errors import Refused

if TYPE_CHECKING:  # a site's own desk reads months, too, and has no database
    from pch.warehouse.db import Connection

LONDON = ZoneInfo("Europe/London")
CLOSING_WORKING_DAY = 10


@dataclass(frozen=True)
class Closes:
    primary: datetime
    refresh: datetime


def parse_period(text: str) -> date:
    """``YYYY-MM`` -> the first of that month."""
    try:
        if len(text) != 7:
            raise ValueError
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Refused(f"'{text}' is not a period. A period is a month, written like 2026-04.") from None


def add_months(period: date, months: int) -> date:
    index = period.year * 12 + period.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: date, last: date) -> Iterator[date]:
    """Every month from ``first`` to ``last``, both included."""
    while first <= last:
        yield first
        first = add_months(first, 1)


def last_complete_month(today: date) -> date:
    return add_months(today.replace(day=1), -1)


def financial_year(period: date) -> str:
    """``2026/27`` for April 2026 to March 2027."""
    start = period.year if period.month >= 4 else period.year - 1
    return f"{start}/{(start + 1) % 100:02d}"


def end_of_financial_year(period: date) -> date:
    """The March in which the financial year of ``period`` ends."""
    return date(period.year + (period.month > 3), 3, 1)


def end_of_day(day: date) -> datetime:
    """The last microsecond of a day in London."""
    return datetime.combine(day, time.max, tzinfo=LONDON)


def closes(period: date) -> Closes:
    return Closes(
        primary=_end_of_working_day(add_months(period, 1)), refresh=_end_of_working_day(add_months(period, 2))
    )


@cache
def _end_of_working_day(month: date, nth: int = CLOSING_WORKING_DAY) -> datetime:
    import holidays

    free = holidays.country_holidays("GB", subdiv="ENG", years=month.year)
    day, worked = month - timedelta(days=1), 0
    while worked < nth:
        day += timedelta(days=1)
        worked += day.weekday() < 5 and day not in free
    return end_of_day(day)


def ensure_periods(conn: "Connection", first: date, last: date) -> list[date]:
    """Adds the months from ``first`` to ``last`` that ``ref.period`` lacks, without leaving a gap to those
    it has; returns the months added."""
    row = conn.execute("select min(period), max(period) from ref.period").fetchone()
    if row and row[0]:
        first, last = min(first, row[0]), max(last, row[1])
    added: list[date] = []
    for period in months_between(first, last):
        ends = closes(period)
        cursor = conn.execute(
            "insert into ref.period values (%s, %s, %s, %s) on conflict do nothing",
            (period, financial_year(period), ends.primary, ends.refresh),
        )
        if cursor.rowcount:
            added.append(period)
    return added
