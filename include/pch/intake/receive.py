"""Receives one submission: durable bytes, a row in the ledger, a receipt. Every door ends here.

bytes -> landing store -> (one transaction) ledger row + place in the queue + notification -> receipt
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg
from psycopg.rows import class_row

from pch import registry
from pch.errors import Refused
from pch.intake.landing import Landing, Spooled
from pch.warehouse import calendar, ledger
from pch.warehouse.db import Connection
from pch.warehouse.register import SITE_CODE


class KeyReused(Refused):
    """An idempotency key that came with other content before; over HTTP this is status 422."""


@dataclass(frozen=True)
class Return:
    """The address of a return: the unit of work and the idempotency key."""

    site_code: str
    feed: str
    period: date

    def __str__(self) -> str:
        return f"{self.feed} of {self.site_code} for {self.period:%Y-%m}"


@dataclass(frozen=True)
class Sender:
    """Who sent it, through which door."""

    door: str
    name: str


@dataclass(frozen=True)
class Receipt:
    """One row of ``ops.submission``. ``is_new`` is False where the same bytes were received before."""

    submission_id: int
    site_code: str
    feed: str
    period: date
    attempt: int
    sha256: str
    bytes: int
    file_name: str
    received_at: datetime
    is_new: bool


_RECEIPT = "submission_id, site_code, feed, period, attempt, sha256, bytes, file_name, received_at"


def receive(
    conn: Connection,
    landing: Landing,
    address: Return,
    file_name: str,
    content: bytes | Spooled,
    sender: Sender,
    *,
    nil_reason: str | None = None,
    received_at: datetime | None = None,
    reinstate: bool = False,
    idempotency_key: str | None = None,
) -> Receipt:
    """Files ``content`` as a submission of the return at ``address``, on an autocommit connection as intake or door.

    The same bytes again for the same return, at once or years later, get the receipt they got the first
    time and change nothing, unless ``reinstate`` asks for an earlier file to be taken again. A nil return
    has a reason and no content. A sender's ``idempotency_key`` stands for one content of one return, for ever:
    with anything else it is refused, and the refusal audited. ``received_at`` (aware) is for replaying a past
    whose times are known.

    Raises Refused for an address that cannot be, KeyReused for such a key, Temporary when bytes or row could not
    be made durable.
    """
    check_address(conn, address)
    if nil_reason is not None:
        content = nil_reason.strip().encode()
        if not content:
            raise Refused("A nil return needs a reason: say why there is nothing to report.")
    try:
        with conn.transaction():
            conn.execute("select pg_advisory_xact_lock(hashtext(%s))", (f"return {address}",))
            if idempotency_key is not None:
                _check_key(conn, address, content, idempotency_key)
            stored = landing.put_file(content) if isinstance(content, Spooled) else landing.put(content)
            earlier = _receipts(conn, address)
            same = [r for r in earlier if r.sha256 == stored.sha256]
            receipt: Receipt | None
            if same and not (reinstate and earlier[-1].sha256 != stored.sha256):
                receipt = same[-1]
            else:
                cursor = conn.cursor(row_factory=class_row(Receipt))
                receipt = cursor.execute(
                    f"""insert into ops.submission
                        (site_code, feed, period, attempt, sha256, bytes, file_name, door, submitted_by, nil_reason,
                         reinstates, received_at)
                        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, coalesce(%s, clock_timestamp()))
                        returning {_RECEIPT}, true as is_new""",
                    (
                        address.site_code, address.feed, address.period, len(earlier) + 1, stored.sha256,
                        stored.bytes, _as_data(file_name), sender.door, sender.name, nil_reason,
                        same[0].submission_id if same else None, received_at,
                    ),
                ).fetchone()  # fmt: skip
                assert receipt is not None
                ledger.enqueue(conn, [receipt.submission_id], "received")
            if idempotency_key is not None:
                _keep_key(conn, address, receipt, idempotency_key)
    except KeyReused as e:
        conn.execute(
            """insert into ops.audit (action, subject, detail)
               values ('refuse', %s, jsonb_build_object('why', %s::text))""",
            (str(address), str(e)),
        )
        raise
    return receipt


def check_address(conn: Connection, address: Return) -> None:
    """Raises Refused for an address that cannot be."""
    registry.feed(address.feed)
    if not SITE_CODE.fullmatch(address.site_code):
        raise Refused(
            f"'{address.site_code}' is not a site code (3 to 12 capital letters and digits). A file is pushed for the "
            "site it is named after, or for the one that is given with it."
        )
    _check_period(conn, address)


def _check_key(conn: Connection, address: Return, content: bytes | Spooled, key: str) -> None:
    """Refuses a key that stands for something else; one caller a key at a time."""
    conn.execute("select pg_advisory_xact_lock(hashtext(%s))", (f"key {address.site_code} {key}",))
    row = conn.execute(
        """select (feed, period, sha256) is distinct from (%s, %s::date, %s), submission_id
           from ops.idempotency_key where (site_code, idempotency_key) = (%s, %s)""",
        (address.feed, address.period, _sha256(content), address.site_code, key),
    ).fetchone()
    if row and row[0]:
        raise KeyReused(
            f"The idempotency key '{key}' belongs to submission {row[1]}, which was another file or another return. "
            "Nothing was received. Send it again with a new key."
        )


def _keep_key(conn: Connection, address: Return, receipt: Receipt, key: str) -> None:
    conn.execute(
        """insert into ops.idempotency_key (site_code, idempotency_key, feed, period, sha256, submission_id)
           values (%s, %s, %s, %s, %s, %s) on conflict do nothing""",
        (address.site_code, key, address.feed, address.period, receipt.sha256, receipt.submission_id),
    )


def _sha256(content: bytes | Spooled) -> str:
    return content.sha256 if isinstance(content, Spooled) else hashlib.sha256(content).hexdigest()


def _receipts(conn: psycopg.Connection, address: Return) -> list[Receipt]:
    cursor = conn.cursor(row_factory=class_row(Receipt))
    return cursor.execute(
        f"""select {_RECEIPT}, false as is_new from ops.submission
            where (site_code, feed, period) = (%s, %s, %s) order by attempt""",
        (address.site_code, address.feed, address.period),
    ).fetchall()


def _check_period(conn: Connection, address: Return) -> None:
    """Refuses months that cannot be, and makes sure the calendar holds those that can."""
    this_month = datetime.now(UTC).date().replace(day=1)
    row = conn.execute("select ref.first_period()").fetchone()
    first = row[0] if row else None
    if first is None:
        raise Refused("No site is registered yet. Load the register first: 'pch sites import FILE'.")
    if not first <= address.period <= this_month:
        raise Refused(
            f"{address.period:%Y-%m} is outside the programme, which collects from {first:%Y-%m} to "
            f"{this_month:%Y-%m}. Check the period and push again."
        )
    known = conn.execute("select exists (select from ref.period where period = %s)", (address.period,)).fetchone()
    if known and not known[0]:
        calendar.ensure_periods(conn, address.period, address.period)


def _as_data(file_name: str) -> str:
    """The sender's name of the file, kept as data: never a path, no control characters."""
    return "".join(c if c.isprintable() else "?" for c in file_name)[:255] or "unnamed"
