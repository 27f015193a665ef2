"""A site's calendar: what waits to be done, and the months back; and for central staff every site.

reading.calendar -> what waits, gravest first; feed x month, the state of each in words
"""

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
    """Something that a site is to do, or to know; ``by`` says until when."""

    expected: Expected
    tag: Tag
    by: str


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


def grouped(returns: list[Expected], now: datetime) -> dict[str, list[Waiting]]:
    """What waits, under a heading for each kind, gravest first; kinds of which there is nothing are left out."""
    groups: dict[str, list[Waiting]] = {
        "Send a correction": [], "Overdue": [], "Answer a question": [], "Due now": [], "Being checked": [],
    }  # fmt: skip
    for each in returns:
        tag = tag_of(each)
        if each.questions_count:
            asked = words.counted(each.questions_count, "question")
            groups["Answer a question"].append(
                Waiting(each, words.ASKED, f"The central team asks about the figures: {asked}.")
            )
        if tag is words.CHECKING:
            groups["Being checked"].append(Waiting(each, tag, "This takes a minute or two."))
        elif each.state == "rejected" and not each.is_locked:
            groups["Send a correction"].append(Waiting(each, tag, when(each, now)))
        elif each.state == "late" or (each.state == "missing" and each.unlocked_until and not each.is_locked):
            groups["Overdue"].append(Waiting(each, tag, when(each, now)))
        elif each.state == "due":
            groups["Due now"].append(Waiting(each, tag, when(each, now)))
    return {heading: waiting for heading, waiting in groups.items() if waiting}


def _by_feed(returns: list[Expected], periods: list[date]) -> dict[str, list[Expected | None]]:
    """Of each feed, its return of each period."""
    found = {(e.feed, e.period): e for e in returns}
    feeds = sorted({e.feed for e in returns}, key=words.title)
    return {feed: [found.get((feed, period)) for period in periods] for feed in feeds}


def _today() -> date:
    return words.now().astimezone(LONDON).date()
