"""A site's calendar: what waits to be done, and the months back; and for central staff every site.

reading.calendar -> what waits, gravest first; feed x month, the state of each in words
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from pch.door import reading
from pch.door.access import OfHouse, nothing_there
from pch.door.api.parameters import MONTH
from pch.door.portal import words
from pch.door.portal.pages import page
from pch.door.portal.words import Tag
from pch.door.reading import Expected
from pch.door.sessions import OfSession
from pch.warehouse.calendar import LONDON, add_months, last_complete_month, parse_period
from pch.warehouse.db import Connection

router = APIRouter()

Month = Annotated[str | None, Query(pattern=MONTH)]

MONTHS = 6
"""Shown beside one another."""

LOOKS_BACK = 24
"""Months in which something may still wait."""


@dataclass(frozen=True)
class Waiting:
    """Returns of one month that wait for the same, and ``by`` when."""

    heading: str
    period: date
    by: str
    tag: Tag
    returns: list[Expected]


@router.get("/sites")
def show_sites(asking: OfSession, house: OfHouse, period: Month = None) -> Response:
    """For the central team; a site has its own."""
    if asking.visitor.site_code:
        raise nothing_there()
    chosen = parse_period(period) if period else last_complete_month(_today())
    with house.serving(asking.serves()) as conn:
        sites = reading.sites(conn, chosen)
    used = [state for state in words.STATES if any(state in site.states for site in sites)]
    return page(
        "sites", asking, sites=sites, period=chosen, states=used, earlier=add_months(chosen, -1),
        later=add_months(chosen, 1),
    )  # fmt: skip


@router.get("/sites/{site}")
def show_site(site: str, asking: OfSession, house: OfHouse, to: Month = None) -> Response:
    asking.require_site(site)
    newest = last_complete_month(_today())
    last = min(parse_period(to), newest) if to else newest
    first = add_months(last, 1 - MONTHS)
    with house.serving(site) as conn, reading.one_moment(conn):
        name = site_name(conn, site)
        recent = reading.calendar(conn, site, add_months(newest, -LOOKS_BACK), newest, asking.visitor.feeds)
        shown = reading.calendar(conn, site, first, last, asking.visitor.feeds)
    periods = sorted({e.period for e in shown}, reverse=True)
    return page(
        "calendar", asking, site=site, name=name, groups=grouped(recent, words.now()), newest=newest, periods=periods,
        feeds=_by_feed(shown, periods), earlier=add_months(last, -MONTHS), later=add_months(last, MONTHS),
        has_later=last < newest,
    )  # fmt: skip


def site_name(conn: Connection, site: str) -> str:
    row = conn.execute("select site_name from ref.site where site_code = %s", (site,)).fetchone()
    if row is None:
        raise nothing_there()
    return str(row[0])


def tag_of(expected: Expected) -> Tag:
    """The state of a return, or that its file is being checked."""
    return words.CHECKING if expected.unchecked_count else words.STATES[expected.state]


def when(expected: Expected, now: datetime) -> str:
    """Until when a return, or a correction of it, may be sent, and what that means for where it counts."""
    if expected.is_locked:
        return f"Locked since {words.day(expected.locked_at)}: only the central team can open it again."
    open_until = words.day(max(expected.locked_at, expected.unlocked_until or expected.locked_at))
    closed = words.day(expected.primary_close_at)
    is_there = expected.state in ("received", "nil_return")
    if now <= expected.primary_close_at:
        if is_there:
            return f"A correction that comes by {closed} counts in the primary edition; later ones until {open_until}."
        said = words.due(expected.primary_close_at, now)
        return f"{said[0].upper()}{said[1:]}."
    if is_there:
        return f"A correction can be sent until {open_until}; it counts in the refresh edition."
    return f"Was due by {closed}. It can still be sent until {open_until}, and counts in the refresh edition."


def grouped(returns: list[Expected], now: datetime) -> list[Waiting]:
    """What waits to be done or to be known, gravest first; of each kind, the oldest month first."""
    groups: dict[tuple[int, date, str], list[Expected]] = {}
    for each in returns:
        for kind in _kinds(each):
            said = _KINDS[kind][1] or when(each, now)
            groups.setdefault((list(_KINDS).index(kind), each.period, said), []).append(each)
    headings = list(_KINDS)
    return [
        Waiting(headings[place], period, by, _KINDS[headings[place]][0], found)
        for (place, period, by), found in sorted(groups.items(), key=lambda group: group[0])
    ]


_KINDS = {
    "Send a correction": (words.STATES["rejected"], ""),
    "Overdue": (words.STATES["late"], ""),
    "Answer a question": (words.ASKED, "The central team asks about figures that are unlike the others."),
    "Due now": (words.STATES["due"], ""),
    "Being checked": (words.CHECKING, "This takes a minute or two."),
}


def _kinds(expected: Expected) -> Iterator[str]:
    """What a return waits for."""
    if expected.questions_count:
        yield "Answer a question"
    if expected.unchecked_count:
        yield "Being checked"
    elif expected.is_locked:
        return
    elif expected.state == "rejected":
        yield "Send a correction"
    elif expected.state == "late" or (expected.state == "missing" and expected.unlocked_until):
        yield "Overdue"
    elif expected.state == "due":
        yield "Due now"


def _by_feed(returns: list[Expected], periods: list[date]) -> dict[str, list[Expected | None]]:
    """Of each feed, its return of each period."""
    found = {(e.feed, e.period): e for e in returns}
    feeds = sorted({e.feed for e in returns}, key=words.title)
    return {feed: [found.get((feed, period)) for period in periods] for feed in feeds}


def _today() -> date:
    return words.now().astimezone(LONDON).date()
