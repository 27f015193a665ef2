"""One push, whoever made it: bytes on the disk -> receive() -> a look at the contract -> receipt and findings.

The receipt comes first and does not wait for the look: where that takes longer than a moment, the answer says that the
file is being checked, and the findings can be asked for.
"""

import json
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg.types.json import Jsonb

from pch.desk.looked import Looked
from pch.door.access import Asking
from pch.door.house import House
from pch.intake.landing import Spooled
from pch.intake.receive import Receipt, Return, Sender, receive
from pch.warehouse.db import Connection

MOMENT_SECONDS = 1.0


@dataclass(frozen=True)
class Pushed:
    """``looked``: what the contract says of the file; None where that is not known yet."""

    receipt: Receipt
    looked: Looked | None


def push(
    house: House, asking: Asking, address: Return, file_name: str, content: Spooled, door: str,
    idempotency_key: str | None = None,
) -> Pushed:  # fmt: skip
    """Files the bytes and looks at them. Raises Refused, KeyReused, Temporary, Problem."""
    asking.require_site(address.site_code)
    asking.require_feed(address.feed)
    with house.serving(address.site_code) as conn:
        receipt = receive(
            conn, house.landing, address, file_name, content, Sender(door, asking.visitor.holder),
            idempotency_key=idempotency_key,
        )  # fmt: skip
        record_access(conn, asking, "push", str(address), submission_id=receipt.submission_id)
    looking = house.checks.look(content.path, file_name, address.feed, address.period, address.site_code)
    try:
        looked: Looked | None = looking.result(timeout=MOMENT_SECONDS)
    except TooLong:
        looked = None
    if looked and receipt.is_new:
        with house.serving(address.site_code) as conn:
            keep_look(conn, receipt, looked)
    return Pushed(receipt, looked)


def keep_look(conn: Connection, receipt: Receipt, looked: Looked) -> None:
    conn.execute(
        """insert into ops.door_check (submission_id, rows_read, findings) values (%s, %s, %s)
           on conflict do nothing""",
        (receipt.submission_id, looked.rows_read, Jsonb([vars(f) | {"examples": f.examples_json()} for f in
                                                         looked.findings])),
    )  # fmt: skip


def record_access(conn: Connection, asking: Asking, action: str, subject: str, **detail: Any) -> None:
    """Every access to a site's data is on record: who, from where, by which key, to what."""
    who = {"by": asking.visitor.holder, "key_id": asking.visitor.key_id, "session_id": asking.visitor.session_id,
           "address": asking.address}  # fmt: skip
    conn.execute(
        "insert into ops.audit (action, subject, detail) values (%s, %s, %s)",
        (action, subject, Jsonb(who | detail, dumps=lambda o: json.dumps(o, default=_text))),
    )


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
