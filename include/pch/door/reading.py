"""What the door shows: the calendar of a site, a return and its history, a submission and what was found in it.

    connection lent for a site (row-level security) -> ops.*, ref.*, pch.reports.findings -> dataclasses

Before the verdict the findings are the contract's, as seen when the file came.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from psycopg.rows import class_row

from pch.desk.looked import Looked, Register, gravest_first
from pch.door.access import Asking, nothing_there
from pch.door.house import House
from pch.findings import Example, Finding, Verdict
from pch.intake.receive import Return
from pch.reports import findings as reports
from pch.reports.findings import Attempt, Before, Found
from pch.warehouse.calendar import LONDON
from pch.warehouse.db import Connection

State = Literal["received", "nil_return", "rejected", "not_due", "due", "late", "missing"]
Edition = Literal["primary", "refresh", "locked", "not_expected"]
Basis = Literal["nothing_yet", "contract", "contract_and_rows", "verdict"]
"""What findings come from: no look yet, the look at the door, a rehearsal, the pipeline."""


@dataclass(frozen=True)
class Expected:
    """A return of the calendar. ``submission_id``: the one in use; ``questions_count``: those that wait for the site;
    ``unlocked_until``: the end of the last unlocking."""

    site_code: str
    feed: str
    period: date
    state: State
    is_due: bool
    primary_close_at: datetime
    refresh_close_at: datetime
    locked_at: datetime
    unlocked_until: datetime | None
    is_locked: bool
    attempts_count: int
    unchecked_count: int
    submission_id: int | None
    last_submission_id: int | None
    last_verdict: Verdict | None
    last_received_at: datetime | None
    questions_count: int

    def edition(self, at: datetime, *, is_reinstated: bool = False) -> Edition:
        """Where a file counts that arrives at that time (``pch.quality.windows`` judges by the same closes)."""
        if at <= self.primary_close_at:
            return "primary"
        opened = max(self.locked_at, self.unlocked_until or self.locked_at)
        return "refresh" if at <= opened or is_reinstated else "locked"


@dataclass(frozen=True)
class Filed:
    """A submission with how it came and where it counts."""

    attempt: Attempt
    door: str
    submitted_by: str
    reinstates: int | None
    edition: Edition


@dataclass(frozen=True)
class Told:
    """All that is known of a submission. ``before``: what its findings are set beside; ``later_id``: the newest
    attempt, where it came after this one."""

    address: Return
    filed: Filed
    expected: Expected | None
    basis: Basis
    findings: list[Found]
    before: Before | None
    rows_read: int | None
    later_id: int | None


@dataclass(frozen=True)
class SiteStates:
    """How many returns of a site are in which state in a month."""

    site_code: str
    site_name: str
    states: dict[str, int]


@contextmanager
def one_moment(conn: Connection) -> Iterator[None]:
    """Everything read in the block is of one moment."""
    with conn.transaction():
        conn.execute("set transaction isolation level repeatable read, read only")
        yield


def _expected(condition: str) -> str:
    return f"""
select {", ".join(Expected.__dataclass_fields__)}
from (
  select r.*, u.unlocked_until, now() > greatest(r.locked_at, u.unlocked_until) as is_locked,
    coalesce(q.questions_count, 0) as questions_count
  from ops.return_state as r
  left join lateral (
    select max(x.expires_at) as unlocked_until from ops.unlocking as x
    where (x.site_code, x.feed, x.period) = (r.site_code, r.feed, r.period)) as u on true
  left join lateral (
    select count(*) as questions_count from ops.question as x
    where (x.site_code, x.feed, x.period) = (r.site_code, r.feed, r.period) and x.state in ('open', 'declined')
  ) as q on r.submission_id is not null
  where r.site_code = %(site)s and {condition}
) as e
order by period, feed"""


_CALENDAR = _expected(
    """r.period between %(first)s and %(last)s and (%(feeds)s::text[] is null or r.feed = any(%(feeds)s))
    and (%(states)s::text[] is null or r.state = any(%(states)s))"""
)
_ONE = _expected("r.feed = %(feed)s and r.period = %(period)s")


def calendar(
    conn: Connection, site: str, first: date, last: date, feeds: Collection[str] | None = None,
    states: Collection[str] | None = None,
) -> list[Expected]:  # fmt: skip
    """The returns expected of a site from month to month, both included; None: of every feed, in every state."""
    asked = {"site": site, "first": first, "last": last, "feeds": None if feeds is None else list(feeds),
             "states": None if states is None else list(states)}  # fmt: skip
    return conn.cursor(row_factory=class_row(Expected)).execute(_CALENDAR, asked).fetchall()


def is_site(conn: Connection, site: str) -> bool:
    row = conn.execute("select exists (select from ref.site where site_code = %s)", (site,)).fetchone()
    return bool(row and row[0])


def expected(conn: Connection, address: Return) -> Expected | None:
    asked = {"site": address.site_code, "feed": address.feed, "period": address.period}
    return conn.cursor(row_factory=class_row(Expected)).execute(_ONE, asked).fetchone()


def history(conn: Connection, address: Return, awaited: Expected | None) -> list[Filed]:
    """What arrived for a return, in order."""
    came: dict[int, tuple[str, str, int | None]] = {
        row[0]: (row[1], row[2], row[3])
        for row in conn.execute(
            """select submission_id, door, submitted_by, reinstates from ops.submission
               where (site_code, feed, period) = (%s, %s, %s)""",
            (address.site_code, address.feed, address.period),
        )
    }
    attempts = reports.attempts(conn, address.site_code, address.feed, address.period)
    return [_filed(attempt, *came[attempt.submission_id], awaited) for attempt in attempts]


def told_to(house: House, asking: Asking, submission_id: int) -> Told:
    """A submission, for whom it concerns; for anybody else it does not exist (Problem)."""
    with house.serving(asking.serves()) as conn, one_moment(conn):
        found = told(conn, submission_id)
    if found is None:
        raise nothing_there()
    asking.require_feed(found.address.feed)
    return found


def told(conn: Connection, submission_id: int) -> Told | None:
    """A submission; None where this connection sees none of that number."""
    row = conn.execute(
        "select site_code, feed, period from ops.submission where submission_id = %s", (submission_id,)
    ).fetchone()
    if row is None:
        return None
    address = Return(*row)
    awaited = expected(conn, address)
    arrived = history(conn, address, awaited)
    filed = next(each for each in arrived if each.attempt.submission_id == submission_id)
    newest_id = arrived[-1].attempt.submission_id
    later_id = newest_id if newest_id != submission_id else None
    if filed.attempt.verdict is not None:
        found, before = reports.found(conn, submission_id)
        return Told(address, filed, awaited, "verdict", found, before, filed.attempt.rows_read, later_id)
    look = look_at(conn, submission_id)
    if look is None:
        return Told(address, filed, awaited, "nothing_yet", [], None, None, later_id)
    seen = [Found(**vars(finding)) for finding in gravest_first(look.findings)]
    return Told(address, filed, awaited, "contract", seen, None, look.rows_read, later_id)


def look_at(conn: Connection, submission_id: int) -> Looked | None:
    """What the contract said when the file came; None where that is not known."""
    row = conn.execute(
        "select rows_read, findings from ops.door_check where submission_id = %s", (submission_id,)
    ).fetchone()
    if row is None:
        return None
    return Looked(row[0], [Finding(**f | {"examples": [Example(**e) for e in f["examples"]]}) for f in row[1]])


def register(conn: Connection, period: date) -> Register:
    """Whose each practice is on the first day of a month, as far as this connection sees it."""
    members = conn.execute(
        """select practice_code, site_code from ref.membership
           where valid_from <= %(day)s and (valid_to is null or valid_to > %(day)s)""",
        {"day": period},
    ).fetchall()
    sites = conn.execute("select site_code from ref.site").fetchall()
    return Register(dict(members), frozenset(row[0] for row in sites))


def sites(conn: Connection, period: date) -> list[SiteStates]:
    """Every site that has returns in the month."""
    return conn.cursor(row_factory=class_row(SiteStates)).execute(
        """select site_code, site_name, jsonb_object_agg(state, returns_count) as states
           from (
             select s.site_code, s.site_name, r.state, count(*) as returns_count
             from ops.return_state as r inner join ref.site as s on s.site_code = r.site_code
             where r.period = %s group by s.site_code, s.site_name, r.state) as counted
           group by site_code, site_name order by site_code""",
        (period,),
    ).fetchall()  # fmt: skip


def edition_sentence(address: Return, edition: Edition, awaited: Expected | None) -> str:
    """Where a file counts, for whoever sent it."""
    month = f"{address.period:%B %Y}"
    if awaited is None or edition == "not_expected":
        return f"No {address} is expected, so it is kept and not used. Ask the central team if it should be."
    closed, locked = _day(awaited.primary_close_at), _day(awaited.locked_at)
    return {
        "primary": f"In time for the primary edition of {month}, which closes at the end of {closed}.",
        "refresh": f"After the primary close of {month} ({closed}): it counts in the refresh edition; primary figures "
        "do not change.",
        "locked": f"{month} was locked after {locked}: the file is kept and not used, unless the central team unlocks "
        "the return.",
    }[edition]


def _filed(attempt: Attempt, door: str, by: str, reinstates: int | None, awaited: Expected | None) -> Filed:
    edition: Edition = "not_expected"
    if awaited is not None:
        edition = awaited.edition(attempt.received_at, is_reinstated=reinstates is not None)
    return Filed(attempt, door, by, reinstates, edition)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(LONDON):%-d %B %Y}"
