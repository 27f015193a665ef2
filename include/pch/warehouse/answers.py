"""Query and reply: what is said to what was found, and what the centre lets pass.

    question (ops.question) -> reply: a code and a sentence of the site -> decision: accepted until a month, or declined
    finding                 -> waiver: a reason of the centre, for the months it names
    locked return           -> unlocking: a reason of the centre, for the days it names

An accepted reason and a waiver exempt (``ops.exemption``). They and an unlocking put what they bear on back into
judgement: submissions, where it is said when they are loaded; months, where it is said by the review.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from pch import registry
from pch.errors import Refused
from pch.findings import EXEMPTIBLE, REVIEWED
from pch.warehouse import calendar, ledger
from pch.warehouse.db import Connection

LEAST_CHARACTERS = 10  # of a sentence that gives a reason; the tables insist on it, too


@dataclass(frozen=True)
class Rejudged:
    """How many submissions are judged again, and how many months are reviewed again."""

    submissions: int
    months: int


def stand_still(conn: Connection) -> None:
    """Whoever judges calls this first: until the transaction ends no exemption or unlocking is added, and who adds
    one afterwards finds this judgement on record and puts it back."""
    conn.execute("select pg_advisory_xact_lock_shared(hashtext('answers'))")


def _wait_for_judges(conn: Connection) -> None:
    """The other side of ``stand_still``."""
    conn.execute("select pg_advisory_xact_lock(hashtext('answers'))")


def reply(
    conn: Connection, submission_id: int, rule: str, subject: str | None, reason_code: str, sentence: str, by: str
) -> int:
    """A site's reason for what a submission in use is asked, as intake; returns the reply's id. ``subject`` may be
    None where the rule asks about one. Before a decision, a second reply stands for the first."""
    asked: dict[str, str] = dict(
        conn.execute(
            "select subject, state from ops.question where (submission_id, rule) = (%s, %s)", (submission_id, rule)
        ).fetchall()
    )
    if not asked:
        raise Refused(
            f"The rule '{rule}' asks nothing about submission {submission_id}, or the submission is not in use any "
            "more. 'pch questions' has what is asked."
        )
    subject = _the_subject(rule, subject, asked)
    if asked[subject] == "accepted":
        raise Refused("A reason for this was accepted already; the month is about to be reviewed with it.")
    _require_reason(conn, reason_code)
    _require_sentence(sentence, "A reply")
    reply_id = _insert(
        conn,
        """insert into ops.reply (submission_id, rule, subject, reason_code, sentence, replied_by)
           values (%s, %s, %s, %s, %s, %s) returning reply_id""",
        (submission_id, rule, subject, reason_code, sentence.strip(), by),
    )
    _audit(conn, "reply", f"submission {submission_id}", reply_id=reply_id, rule=rule, about=subject, by=by)
    return reply_id


@dataclass(frozen=True)
class Decided:
    """``valid_to``: the last month in which an accepted reason stops the question; None where it was declined."""

    valid_to: date | None
    rejudged: Rejudged


def decide(conn: Connection, reply_id: int, accepted: bool, valid_to: date | None, note: str, by: str) -> Decided:
    """What the centre makes of a reply, once, as the owner. Accepted, it stops the question from its month up to
    ``valid_to``, that month included; by default to the end of the financial year, when all are asked anew."""
    _wait_for_judges(conn)
    given = _given(conn, reply_id)
    if given.decided_at:
        raise Refused(f"Reply {reply_id} was decided already, by {given.decided_by} on {given.decided_at:%-d %B %Y}.")
    if given.newest_id != reply_id:
        raise Refused(f"Reply {reply_id} was replaced by reply {given.newest_id}, which is the one to decide.")
    if accepted:
        valid_to = valid_to or calendar.end_of_financial_year(given.period)
        if valid_to < given.period:
            raise Refused(
                f"The reply is about {given.period:%Y-%m}, and {valid_to:%Y-%m} is before that. Name that month, or a "
                "later one."
            )
    else:
        if valid_to:
            raise Refused("A reply that is declined holds for no month: leave the month out, or accept it.")
        _require_sentence(note, "A decline", "The site has to know what is still in doubt.")
    conn.execute(
        """insert into ops.reply_decision (reply_id, is_accepted, valid_to, note, decided_by)
           values (%s, %s, %s, %s, %s)""",
        (reply_id, accepted, valid_to, note.strip(), by),
    )
    _audit(conn, "decide", f"reply {reply_id}", is_accepted=accepted, valid_to=valid_to, note=note.strip(), by=by)
    if not valid_to:
        return Decided(None, Rejudged(0, 0))
    question = (given.site_code, given.feed, given.rule, given.subject)
    return Decided(valid_to, _judge_again(conn, question, given.period, valid_to, f"reply {reply_id} was accepted"))


def waive(
    conn: Connection, site_code: str, feed: str, rule: str, subject: str | None, valid_from: date, valid_to: date,
    reason: str, by: str,
) -> Rejudged:  # fmt: skip
    """Lets a finding of a site's feed pass from month to month, both included, as the owner. A waiver is for what is
    known: what was found at least once. ``subject`` may be None where it was found about one."""
    registry.feed(feed)
    found = conn.execute(
        """select distinct f.layer, f.subject from ops.finding as f inner join ops.submission as s using (submission_id)
           where (s.site_code, s.feed, f.rule) = (%s, %s, %s) order by 2""",
        (site_code, feed, rule),
    ).fetchall()
    if not found:
        raise Refused(
            f"No {feed} of {site_code} was ever found to break the rule '{rule}', and a waiver is for what is known. "
            "'pch findings' names the rule of everything that was found."
        )
    if not {layer for layer, _ in found} <= EXEMPTIBLE:
        raise Refused(
            f"The rule '{rule}' cannot be waived: it is about reading the file, whose it is or when it came. Correct "
            "the file or the register, or unlock the return."
        )
    subject = _the_subject(rule, subject, [about for _, about in found])
    if valid_to < valid_from:
        raise Refused(f"The waiver would end with {valid_to:%Y-%m}, before it begins with {valid_from:%Y-%m}.")
    _require_sentence(reason, "A waiver")
    _wait_for_judges(conn)
    waiver_id = _insert(
        conn,
        """insert into ops.waiver (site_code, feed, rule, subject, valid_from, valid_to, reason, waived_by)
           values (%s, %s, %s, %s, %s, %s, %s, %s) returning waiver_id""",
        (site_code, feed, rule, subject, valid_from, valid_to, reason.strip(), by),
    )
    _audit(
        conn, "waive", f"{feed} of {site_code}", waiver_id=waiver_id, rule=rule, about=subject, valid_from=valid_from,
        valid_to=valid_to, by=by,
    )  # fmt: skip
    return _judge_again(conn, (site_code, feed, rule, subject), valid_from, valid_to, f"waiver {waiver_id}")


def unlock(
    conn: Connection, site_code: str, feed: str, period: date, expires_at: datetime, reason: str, by: str
) -> int:
    """Opens a locked return until ``expires_at`` (aware), as the owner. What was refused for the lock alone or among
    other things is judged again, without another push; returns how many submissions that are."""
    registry.feed(feed)
    name = f"{feed} of {site_code} for {period:%Y-%m}"
    expected = conn.execute(
        "select locked_at from ops.expected_return where (site_code, feed, period) = (%s, %s, %s)",
        (site_code, feed, period),
    ).fetchone()
    if not expected:
        raise Refused(f"No {name} is expected, so there is nothing to unlock. 'pch status' has what is expected.")
    now = datetime.now(UTC)
    if now <= expected[0]:
        raise Refused(f"The {name} is not locked: it is open until {expected[0]:%-d %B %Y}.")
    if expires_at <= now:
        raise Refused(f"An unlocking ends in the future, and {expires_at:%-d %B %Y} is past.")
    _require_sentence(reason, "An unlocking")
    _wait_for_judges(conn)
    unlocking_id = _insert(
        conn,
        """insert into ops.unlocking (site_code, feed, period, expires_at, reason, granted_by)
           values (%s, %s, %s, %s, %s, %s) returning unlocking_id""",
        (site_code, feed, period, expires_at, reason.strip(), by),
    )
    _audit(conn, "unlock", name, unlocking_id=unlocking_id, expires_at=expires_at, by=by)
    refused = conn.execute(
        """select s.submission_id from ops.submission as s
           inner join ops.current_finding as f on f.submission_id = s.submission_id and f.rule = 'return_locked'
           where (s.site_code, s.feed, s.period) = (%s, %s, %s) order by 1""",
        (site_code, feed, period),
    ).fetchall()
    return ledger.enqueue(conn, [row[0] for row in refused], f"unlocking {unlocking_id}")


@dataclass(frozen=True)
class _Given:
    """A reply as a decision needs it. ``newest_id``: the newest reply to the same question."""

    site_code: str
    feed: str
    period: date
    rule: str
    subject: str
    decided_by: str | None
    decided_at: datetime | None
    newest_id: int


def _given(conn: Connection, reply_id: int) -> _Given:
    cursor = conn.cursor(row_factory=class_row(_Given))
    given = cursor.execute(
        """select s.site_code, s.feed, s.period, r.rule, r.subject, d.decided_by, d.decided_at,
             (select max(a.reply_id) from ops.reply as a inner join ops.submission as b using (submission_id)
              where (b.site_code, b.feed, b.period, a.rule, a.subject)
                = (s.site_code, s.feed, s.period, r.rule, r.subject)) as newest_id
           from ops.reply as r
           inner join ops.submission as s using (submission_id)
           left join ops.reply_decision as d using (reply_id)
           where r.reply_id = %s""",
        (reply_id,),
    ).fetchone()
    if given is None:
        raise Refused(f"There is no reply {reply_id}. 'pch questions' has those that wait for a decision.")
    return given


def _judge_again(conn: Connection, finding: tuple[str, str, str, str], first: date, last: date, why: str) -> Rejudged:
    """Puts back what ``finding`` (site, feed, rule, subject) was said of from month to month; accepted, refused and
    superseded submissions alike: which of a return's is in use is part of what is judged."""
    said = conn.execute(
        """select s.submission_id, s.period, f.layer
           from ops.submission as s inner join ops.current_finding as f using (submission_id)
           where (s.site_code, s.feed, f.rule, f.subject) = (%s, %s, %s, %s) and s.period between %s and %s""",
        (*finding, first, last),
    ).fetchall()
    submissions = {submission_id for submission_id, _, layer in said if layer not in REVIEWED}
    months = {period for _, period, layer in said if layer in REVIEWED}
    ledger.enqueue(conn, sorted(submissions), why)
    ledger.mark_changed(conn, months, "exemption")
    return Rejudged(len(submissions), len(months))


def _the_subject(rule: str, given: str | None, known: Collection[str]) -> str:
    """The total or ratio that is meant: the one there is, unless it is named."""
    if given is None and len(known) == 1:
        return next(iter(known))
    if given is not None and given in known:
        return given
    if not any(known):
        raise Refused(f"The rule '{rule}' is not about one total or ratio: leave the subject out.")
    raise Refused(f"Say which subject is meant: the rule '{rule}' speaks of {', '.join(known)}.")


def _require_reason(conn: Connection, reason_code: str) -> None:
    reasons: dict[str, str] = dict(conn.execute("select reason_code, meaning from ref.reason order by 1").fetchall())
    if reason_code not in reasons:
        codes = "; ".join(f"{code} ({meaning})" for code, meaning in reasons.items())
        raise Refused(f"There is no reason '{reason_code}'. The reasons are: {codes}.")


def _require_sentence(text: str, what: str, why: str = "It stands beside the number, for others to read.") -> None:
    if len(text.strip()) < LEAST_CHARACTERS:
        raise Refused(f"{what} needs a sentence of {LEAST_CHARACTERS} characters or more. {why}")


def _insert(conn: Connection, statement: str, values: tuple[Any, ...]) -> int:
    row = conn.execute(statement, values).fetchone()
    assert row is not None
    return int(row[0])


def _audit(conn: Connection, action: str, subject: str, **detail: Any) -> None:
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in detail.items()}
    conn.execute("insert into ops.audit (action, subject, detail) values (%s, %s, %s)", (action, subject, Jsonb(plain)))
