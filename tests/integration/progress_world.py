"""A small programme with a baseline: two sites that push fourteen months alike, the last of which is not yet closed."""

from datetime import date
from typing import Any

from desk import Desk, activity_file, list_file

from pch.settings import Role
from pch.warehouse.calendar import closes, months_between
from pch.warehouse.db import connect
from pch.warehouse.programme import baselines

FIRST, TWELFTH, THIRTEENTH, LAST = date(2025, 8, 1), date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)
SITES = {"AAA01": ["A10001", "A10002"], "BBB01": ["B10001"]}
LATER = {"CCC01": ["C10001"]}
RATE = 2400.0
"""PH01 of both: 2 spells a month among 10 patients of every sex and age, so 12 x 2 / 10 a year, however standardised."""


def as_(role: Role, desk: Desk, what: Any, *arguments: object) -> Any:
    """What ``what`` says, in a transaction of that role."""
    with connect(desk.settings, role) as conn:
        return what(conn, *arguments)


def push(desk: Desk, site: str, month: date, spells: int = 2) -> None:
    """In time: a list of 10, and ``spells``, for every practice, sex and age band."""
    at, practices = closes(month).primary, (SITES | LATER)[site]
    desk.push(site, "registered_list", f"{month:%Y-%m}", list_file(practices), at=at)
    content = activity_file(practices, lambda *_: spells)
    desk.push(site, "hospital_activity", f"{month:%Y-%m}", content, at=at)


def build(desk: Desk) -> None:
    """As the pipeline does."""
    desk.collect()
    desk.build()
    as_("dbt", desk, baselines.freeze)


def programme(desk: Desk) -> None:
    desk.register(SITES, start=FIRST.isoformat())
    for site in SITES:
        for month in months_between(FIRST, LAST):
            push(desk, site, month)
    desk.collect()
    desk.owner.execute("update ref.period set primary_close_at = now() + interval '1 day' where period = %s", (LAST,))
    build(desk)
