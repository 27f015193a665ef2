"""The months of the programme and their closes, against days counted by hand on the calendar of England."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pch.errors import Refused
from pch.pipeline.build import window_months
from pch.warehouse.calendar import (
    LONDON,
    add_months,
    closes,
    financial_year,
    last_complete_month,
    months_between,
    parse_period,
)

LAST_MOMENT = timedelta(hours=23, minutes=59, seconds=59, microseconds=999_999)

#  Bank holidays of England that fall among the first working days of a month:
#  2022: Mon 3 January (for Saturday the 1st), Thu 2 June (moved), Fri 3 June (Platinum Jubilee)
#  2023: Mon 1 May, Mon 8 May (Coronation)
#  2026: Thu 1 January (the 2nd is one in Scotland only), Fri 3 and Mon 6 April (Easter), Mon 4 May
#  2027: Fri 1 January
CLOSES = [
    #  period, primary, refresh                       working days counted
    ("2021-12", date(2022, 1, 17), date(2022, 2, 14)),  # 4-7, 10-14, 17 January
    ("2022-04", date(2022, 5, 16), date(2022, 6, 16)),  # May without the 2nd; 1, 6-10, 13-16 June
    ("2022-05", date(2022, 6, 16), date(2022, 7, 14)),
    ("2023-04", date(2023, 5, 16), date(2023, 6, 14)),  # 2-5, 9-12, 15, 16 May
    ("2025-12", date(2026, 1, 15), date(2026, 2, 13)),  # 2, 5-9, 12-15 January
    ("2026-02", date(2026, 3, 13), date(2026, 4, 16)),  # 2-6, 9-13 March
    ("2026-03", date(2026, 4, 16), date(2026, 5, 15)),  # 1, 2, 7-10, 13-16 April; 1, 5-8, 11-15 May
    ("2026-11", date(2026, 12, 14), date(2027, 1, 15)),  # 1-4, 7-11, 14 December; 4-8, 11-15 January
]


@pytest.mark.parametrize(("period", "primary", "refresh"), CLOSES)
def test_closes_on_the_tenth_working_day(period: str, primary: date, refresh: date) -> None:
    ends = closes(parse_period(period))
    for close, day in ((ends.primary, primary), (ends.refresh, refresh)):
        assert close == datetime.combine(day, datetime.min.time(), LONDON) + LAST_MOMENT
        assert close.tzinfo is LONDON


def test_the_refresh_of_a_month_is_the_primary_of_the_next() -> None:
    for period in months_between(date(2025, 1, 1), date(2026, 12, 1)):
        assert closes(period).refresh == closes(add_months(period, 1)).primary


@pytest.mark.parametrize(
    ("period", "in_utc"),
    [
        ("2026-02", "2026-03-13T23:59:59.999999"),  # winter: London is UTC
        ("2026-03", "2026-04-16T22:59:59.999999"),  # summer time since 29 March
        ("2026-09", "2026-10-14T22:59:59.999999"),  # until 25 October
        ("2026-10", "2026-11-13T23:59:59.999999"),
    ],
)
def test_closes_in_utc_in_summer_and_in_winter(period: str, in_utc: str) -> None:
    assert closes(parse_period(period)).primary == datetime.fromisoformat(in_utc).replace(tzinfo=UTC)


def test_a_period_is_a_month() -> None:
    assert parse_period("2026-04") == date(2026, 4, 1)


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-4", "202604", "2026-13", "2026-00", "2026-04-01", "04-2026", "2026/04", " 2026-04", "2026W14",
     "2026-W1", "April 2026", "２０２６-04"],
)  # fmt: skip
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_period(text)
    assert str(refused.value) == f"'{text}' is not a period. A period is a month, written like 2026-04."


@pytest.mark.parametrize(
    ("period", "year"),
    [("2026-03", "2025/26"), ("2026-04", "2026/27"), ("2027-03", "2026/27"), ("1999-12", "1999/00"),
     ("2009-04", "2009/10")],
)  # fmt: skip
def test_financial_years_run_from_april(period: str, year: str) -> None:
    assert financial_year(parse_period(period)) == year


@pytest.mark.parametrize(
    ("today", "month"),
    [
        (date(2026, 4, 1), date(2026, 3, 1)),
        (date(2026, 4, 30), date(2026, 3, 1)),
        (date(2026, 1, 31), date(2025, 12, 1)),
    ],
)
def test_the_last_complete_month(today: date, month: date) -> None:
    assert last_complete_month(today) == month


def test_months_are_added_and_taken_over_years() -> None:
    assert add_months(date(2025, 11, 1), 3) == date(2026, 2, 1)
    assert add_months(date(2026, 1, 1), -13) == date(2024, 12, 1)
    assert list(months_between(date(2025, 12, 1), date(2026, 2, 1))) == [
        date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1),
    ]  # fmt: skip
    assert list(months_between(date(2026, 2, 1), date(2026, 1, 1))) == []


def test_a_changed_month_moves_the_rolling_figures_of_twenty_two() -> None:
    """Eleven it is part of; and its list may stand for a missing one in the eleven months after."""
    known = set(months_between(date(2024, 1, 1), date(2027, 12, 1)))
    assert window_months([date(2025, 3, 1)], known) == list(months_between(date(2025, 3, 1), date(2027, 1, 1)))


def test_only_known_months_are_built_and_each_once() -> None:
    known = set(months_between(date(2025, 1, 1), date(2025, 6, 1)))
    assert window_months([date(2025, 5, 1), date(2025, 3, 1)], known) == list(
        months_between(date(2025, 3, 1), date(2025, 6, 1))
    )
    assert window_months([], known) == []
