"""One push, whoever made it: bytes on the disk -> receive() -> a look at the contract -> receipt and findings.

The receipt comes first and does not wait for the look: where that takes longer than a moment, the answer says that the
file is being checked, and what is found is kept when it comes. A look that fails costs no receipt, either: the pipeline
judges the file anyway. ``rehearse`` looks harder, and files nothing.
"""

import asyncio
import logging
import os
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Thread

from psycopg.types.json import Jsonb

from pch.desk.looked import Looked, Register
from pch.door import reading
from pch.door.access import Asking
from pch.door.house import House
from pch.errors import PchError, Temporary
from pch.intake.landing import Spooled
from pch.intake.receive import Receipt, Return, Sender, check_address, receive
from pch.warehouse.db import Connection

log = logging.getLogger(__name__)

MOMENT_SECONDS = 1.0


@dataclass(frozen=True)
class Pushed:
    """``looked``: what the contract says of the file; None where that is not known yet."""

    receipt: Receipt
    looked: Looked | None


def push(
    house: House, asking: Asking, address: Return, file_name: str, content: Spooled, door: str,
    *, idempotency_key: str | None = None, received_at: datetime | None = None, reinstate: bool = False,
    unseen: bool = False,
) -> Pushed:  # fmt: skip
    """Files the bytes and looks at them, unless they are to be received ``unseen``. Raises Refused, KeyReused,
    Temporary, Problem."""
    asking.require_site(address.site_code)
    asking.require_feed(address.feed)
    with house.serving(address.site_code) as conn:
        receipt = receive(
            conn, house.landing, address, file_name, content, Sender(door, asking.visitor.holder),
            received_at=received_at, reinstate=reinstate, idempotency_key=idempotency_key,
        )  # fmt: skip
        asking.note(submission_id=receipt.submission_id, is_new=receipt.is_new)
        known = None if receipt.is_new else reading.look_at(conn, receipt.submission_id)
    return Pushed(receipt, known if known or unseen else _look(house, receipt, content.path))


def push_nil(
    house: House, asking: Asking, address: Return, reason: str, door: str,
    *, idempotency_key: str | None = None, received_at: datetime | None = None,
) -> Receipt:  # fmt: skip
    """Says that there is nothing to report, and why. Raises as ``push``."""
    asking.require_site(address.site_code)
    asking.require_feed(address.feed)
    with house.serving(address.site_code) as conn:
        receipt = receive(
            conn, house.landing, address, "nil return", b"", Sender(door, asking.visitor.holder),
            nil_reason=reason, received_at=received_at, idempotency_key=idempotency_key,
        )  # fmt: skip
        asking.note(submission_id=receipt.submission_id, is_new=receipt.is_new)
    return receipt


async def rehearse(house: House, asking: Asking, address: Return, file_name: str, content: Spooled) -> Looked:
    """What would be found in a file, as far as that needs no history: nothing is filed. Takes seconds, and no thread
    while it waits. Raises Refused, Temporary."""
    asking.require_site(address.site_code)
    asking.require_feed(address.feed)
    asking.note(rehearsed=str(address), sha256=content.sha256)
    what = (content.path, file_name, address.feed, address.period, address.site_code)
    register = await asyncio.to_thread(_register, house, address)
    try:
        return await asyncio.wrap_future(house.checks.look(*what, deep=True, register=register))
    except PchError:
        raise
    except Exception as e:
        log.warning("A rehearsal of %s ended in %s", address, type(e).__name__)
        raise Temporary(
            "The file could not be looked at in time. Push it without dry_run: it is received and judged all the same."
        ) from e


def _register(house: House, address: Return) -> Register:
    with house.serving(address.site_code) as conn:
        check_address(conn, address)
        return reading.register(conn, address.period)


def _look(house: House, receipt: Receipt, spooled: Path) -> Looked | None:
    """What the contract finds, if that is known within a moment; in any case it is kept, now or when it comes."""
    try:
        looking = _begin(house, receipt, spooled)
        looked = looking.result(timeout=MOMENT_SECONDS)
    except TooLong:
        looking.add_done_callback(lambda late: Thread(target=_keep, args=(house, receipt, late)).start())
        return None
    except Exception as e:
        _lost(receipt, e)
        return None
    _keep(house, receipt, looking)
    return looked


def _begin(house: House, receipt: Receipt, spooled: Path) -> "Future[Looked]":
    """A look that has a name of its own for the bytes: the spooled file goes when the request does."""
    path = spooled.with_name(f"{spooled.name}.look")
    os.link(spooled, path)
    looking = house.checks.look(path, receipt.file_name, receipt.feed, receipt.period, receipt.site_code)
    looking.add_done_callback(lambda _: path.unlink(missing_ok=True))
    return looking


def _keep(house: House, receipt: Receipt, looking: "Future[Looked]") -> None:
    try:
        looked = looking.result()
        with house.serving(receipt.site_code) as conn:
            keep_look(conn, receipt, looked)
    except Exception as e:
        _lost(receipt, e)


def keep_look(conn: Connection, receipt: Receipt, looked: Looked) -> None:
    """The first look at a submission stays; the bytes do not change."""
    findings = [vars(f) | {"examples": f.examples_json()} for f in looked.findings]
    conn.execute(
        "insert into ops.door_check (submission_id, rows_read, findings) values (%s, %s, %s) on conflict do nothing",
        (receipt.submission_id, looked.rows_read, Jsonb(findings)),
    )


def _lost(receipt: Receipt, error: Exception) -> None:
    """Nothing but the early word. What the error says may quote the file, so it is not said."""
    log.warning("The look at submission %s ended in %s", receipt.submission_id, type(error).__name__)
