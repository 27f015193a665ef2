"""What sites are to be told now: one mail a site and topic.

    happened (files, verdicts, questions), awaited (returns) -> a site's things together -> words -> Letter

News of a site waits until nothing of it is being checked and a sweep has passed without more, so that ten files pushed
in a row are one mail; after some sweeps it goes as it stands. Questions alone wait for the morning.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any, Literal, Protocol, TypeVar

from pch.findings import Finding
from pch.notices import words
from pch.notices.awaited import Awaited, Closing, awaited, closings, morning
from pch.notices.happened import NEWS_FOR, News, Question, news, questions, questions_told, sites_being_checked
from pch.settings import Settings
from pch.warehouse.calendar import LONDON
from pch.warehouse.db import Connection
from pch.warehouse.ledger import findings_of

Topic = Literal["news", "questions", "due", "overdue"]
Kind = Literal["receipt", "verdict", "question", "due", "overdue"]

SWEEPS_OF_PATIENCE = 6

_GRAVITY = ("rejected", "accepted_with_warnings", None, "accepted")


@dataclass(frozen=True)
class Letter:
    """A mail, not yet addressed. ``thread``: what it belongs to; ``expires_at``: when it would be no news any more;
    ``notices``: kind and subject of everything it tells."""

    site_code: str
    topic: Topic
    subject_line: str
    body: str
    thread: str | None
    expires_at: datetime
    notices: list[tuple[Kind, str]]


class OfSite(Protocol):
    @property
    def site_code(self) -> str: ...


T = TypeVar("T", bound=OfSite)


def letters(conn: Connection, settings: Settings, now: datetime) -> list[Letter]:
    """Everything that is to be told at ``now`` (aware) and was told by no earlier mail."""
    writer = Writer(conn, settings, now)
    sweep = timedelta(minutes=settings.sweep_minutes)
    found = list(_of_what_happened(conn, writer, sweep))
    for closing in closings(conn, now):
        found += [writer.of_closing(closing, returns) for returns in _by_site(awaited(conn, closing)).values()]
    return found


def _of_what_happened(conn: Connection, writer: "Writer", sweep: timedelta) -> Iterator[Letter]:
    busy, told, now = sites_being_checked(conn), questions_told(conn), writer.now
    ripe = {
        site: items for site, items in _by_site(news(conn, now)).items() if _is_ripe(items, site in busy, sweep, now)
    }
    findings = findings_of(conn, [item.submission_id for items in ripe.values() for item in items])
    asked = _by_site(q for q in questions(conn) if (q.site_code, q.notice_subject) not in told)
    today = morning(now.astimezone(LONDON).date())
    for site in sorted(ripe.keys() | asked.keys()):
        if site in ripe:
            yield writer.of_news(ripe[site], findings, asked.get(site, []))
        elif old := [q for q in asked[site] if q.asked_at < today <= now]:
            yield writer.of_questions(old)


def _is_ripe(items: list[News], is_busy: bool, sweep: timedelta, now: datetime) -> bool:
    moments = [item.happened_at for item in items]
    is_settled = not is_busy and max(moments) <= now - sweep
    return is_settled or min(moments) <= now - SWEEPS_OF_PATIENCE * sweep


class Writer:
    """Puts a site's things into a letter."""

    def __init__(self, conn: Connection, settings: Settings, now: datetime) -> None:
        self.now = now
        self._door = settings.door_address
        self._names: dict[str, str] = dict(conn.execute("select site_code, site_name from ref.site").fetchall())

    def of_news(self, items: list[News], findings: dict[int, list[Finding]], asked: list[Question]) -> Letter:
        site = items[0].site_code
        items = sorted(items, key=lambda item: _GRAVITY.index(item.verdict))
        notices: list[tuple[Kind, str]] = [("receipt", str(i.submission_id)) for i in items if i.tells_receipt]
        notices += [("verdict", i.verdict_subject) for i in items if i.tells_verdict]
        body = self._body("news", site, items=items, findings=findings, questions=asked, now=self.now)
        return Letter(
            site, "news", words.news_line(items), body, _thread(site, (i.period for i in items)), self.now + NEWS_FOR,
            [*notices, *_notices_of(asked)],
        )  # fmt: skip

    def of_questions(self, asked: list[Question]) -> Letter:
        site = asked[0].site_code
        body = self._body("news", site, items=[], findings={}, questions=asked, now=self.now)
        return Letter(
            site, "questions", words.questions_line(asked), body, _thread(site, (q.period for q in asked)),
            self.now + NEWS_FOR, _notices_of(asked),
        )  # fmt: skip

    def of_closing(self, closing: Closing, returns: list[Awaited]) -> Letter:
        site = returns[0].site_code
        body = self._body("awaited", site, closing=closing, returns=returns)
        return Letter(
            site, closing.topic, words.awaited_line(returns, closing), body, _thread(site, [closing.period]),
            closing.until, [(closing.topic, closing.notice_subject)],
        )  # fmt: skip

    def _body(self, template: str, site: str, **values: Any) -> str:
        return words.render(template, site_code=site, site_name=self._names.get(site, site), door=self._door, **values)


def _notices_of(asked: Iterable[Question]) -> list[tuple[Kind, str]]:
    return [("question", q.notice_subject) for q in asked]


def _thread(site: str, periods: Iterable[date]) -> str | None:
    """Mails of a site about one month belong together."""
    months = {f"{period:%Y-%m}" for period in periods}
    return f"{site}.{months.pop()}" if len(months) == 1 else None


def _by_site(things: Iterable[T]) -> dict[str, list[T]]:
    """``things`` are in the order of their sites."""
    return {site: list(of_site) for site, of_site in groupby(things, key=attrgetter("site_code"))}
