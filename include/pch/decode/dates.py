"""Dates and months as sites write them.

    2022-04-01   01/04/2022   01JAN2021   01-Sep-20   1st Apr 2022   1st -Ju l-22   2022-04-01 00:00:00

A day comes before a month where both are numbers. Numbers of days since 1900, as Excel keeps them, are not
dates here: nothing tells them from a count.
"""

import re
from datetime import date

EARLIEST, LATEST = 1900, 2100

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
MONTH_NUMBER = {name: i for i, full in enumerate(MONTHS, 1) for name in (full, full[:3])} | {"sept": 9}

_TIME = re.compile(r"(?<=[0-9])(T| +|:)[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?(Z|[+-]00:?00)?$")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/._])([0-9]{1,2})\2([0-9]{1,2})")
_YEAR_FIRST_TIGHT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([-/._])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})")
_DAY_NAME = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?[-/._,]*([a-z]{3,9})[-/._,]*([0-9]{4}|[0-9]{2})")
_YEAR_MONTH = re.compile(r"([0-9]{4})[-/._]?([0-9]{1,2})")
_MONTH_YEAR = re.compile(r"([0-9]{1,2})[-/._]([0-9]{4})")
_NAME_YEAR = re.compile(r"([a-z]{3,9})[-/._,]*([0-9]{4}|[0-9]{2})")
_YEAR_NAME = re.compile(r"([0-9]{4})[-/._,]*([a-z]{3,9})")
_DAY_AND_NAME = re.compile(r"[0-9]{1,2}[-/. ]*([a-z]{3,9})|([a-z]{3,9})[-/. ]*[0-9]{1,2}")


def read_date(text: str) -> date | None:
    """The day that ``text`` names, or None. A time of day after it is dropped."""
    tight = re.sub(r"\s+", "", _TIME.sub("", text.strip())).lower()
    if m := _YEAR_FIRST.fullmatch(tight):
        return _day(m[1], m[3], m[4])
    if m := _YEAR_FIRST_TIGHT.fullmatch(tight):
        return _day(m[1], m[2], m[3])
    if m := _DAY_FIRST.fullmatch(tight):
        return _day(m[4], m[3], m[1])
    if (m := _DAY_NAME.fullmatch(tight)) and m[2] in MONTH_NUMBER:
        return _day(m[3], MONTH_NUMBER[m[2]], m[1])
    return None


def read_month(text: str) -> date | None:
    """The first of the month that ``text`` names, as a month or as a day in it, or None."""
    if day := read_date(text):
        return day.replace(day=1)
    tight = re.sub(r"\s+", "", text).lower()
    if m := _YEAR_MONTH.fullmatch(tight):
        return _day(m[1], m[2], 1)
    if m := _MONTH_YEAR.fullmatch(tight):
        return _day(m[2], m[1], 1)
    if (m := _NAME_YEAR.fullmatch(tight)) and m[1] in MONTH_NUMBER:
        return _day(m[2], MONTH_NUMBER[m[1]], 1)
    if (m := _YEAR_NAME.fullmatch(tight)) and m[2] in MONTH_NUMBER:
        return _day(m[1], MONTH_NUMBER[m[2]], 1)
    return None


def looks_like_date(text: str) -> bool:
    """A date or part of one: what Excel makes of the age band 5-9 or 10-14."""
    if read_date(text) or read_month(text):
        return True
    m = _DAY_AND_NAME.fullmatch(text.strip().lower())
    return m is not None and (m[1] or m[2]) in MONTH_NUMBER


def _day(year: str, month: str | int, day: str | int) -> date | None:
    full_year = int(year) if len(year) == 4 else 2000 + int(year)
    if not EARLIEST <= full_year <= LATEST:
        return None
    try:
        return date(full_year, int(month), int(day))
    except ValueError:
        return None
