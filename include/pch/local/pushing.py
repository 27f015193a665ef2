"""The simulated sites push as a site's own script would: over HTTP, each with a key of its own.

    a month's files -> those without a receipt -> a few threads -> PUT with the site's key -> receipts

When a file is said to arrive is part of the simulation. What has a receipt is not sent again, and a month that has all
of its receipts is not even made: that makes a second run quick, and an interrupted one go on where it stopped.
"""

import base64
import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_exception
from tenacity.nap import sleep_using_event
from tenacity.stop import stop_when_event_set

from pch.errors import Refused, Temporary
from pch.local.door import LocalDoor
from pch.settings import Settings
from pch.simulate import Programme
from pch.simulate.programme import SimulatedFile
from pch.warehouse import calendar, keys
from pch.warehouse.db import Connection, connect

THREADS = 4
AHEAD = 100  # files that wait for a thread
PATIENCE_SECONDS = 120
PAUSE_SECONDS = 1.0
KEY_DAYS = 365


def push(settings: Settings, programme: Programme, conn: Connection, done: Callable[[int], None]) -> None:
    """Pushes every file that has no receipt yet; ``done`` is told how many more have one, ``conn`` reads the ledger.
    Raises Refused for a file that the door does not take, Temporary when the door stays away."""
    pool, sent, over = ThreadPoolExecutor(THREADS), deque[Future[None]](), Event()
    patiently = Retrying(
        retry=retry_if_exception_type(_NotNow), wait=wait_exception(lambda e: getattr(e, "seconds", PAUSE_SECONDS)),
        stop=stop_after_delay(PATIENCE_SECONDS) | stop_when_event_set(over), sleep=sleep_using_event(over),
        reraise=True,
    )  # fmt: skip
    with LocalDoor(settings).client(timeout=60, limits=httpx.Limits(max_connections=THREADS)) as client:
        put = partial(patiently, _put, client, site_keys(settings, programme), programme)
        try:
            for file in _without_receipt(programme, conn, done):
                sent.append(pool.submit(put, file))
                if len(sent) > AHEAD:
                    sent.popleft().result()
                    done(1)
            for each in sent:
                each.result()
                done(1)
        finally:
            over.set()
            pool.shutdown(cancel_futures=True)


def site_keys(settings: Settings, programme: Programme) -> dict[str, str]:
    """A key a site, kept in ``<home>/demo/keys.json`` for the next run; made anew where one has ended."""
    file = settings.home / "demo" / "keys.json"
    held: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    expires_at = datetime.now(UTC) + timedelta(days=KEY_DAYS)
    with connect(settings, "owner") as conn:
        valid = {row[0] for row in conn.execute("select key_id from ops.key_state where state = 'valid'")}
        for code in (site.site_code for site in programme.sites):
            if keys.id_of(held.get(code, "")) not in valid:
                held[code] = keys.make(conn, code, f"Simulated {code}", expires_at, "demonstration", is_simulation=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(held, indent=1) + "\n")
    return held


def arrival(file: SimulatedFile) -> datetime:
    """Mostly in the ten days before the primary close; one in twenty up to a fortnight after it."""
    digest = hashlib.sha256(f"{file.site_code} {file.feed} {file.period}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    close = calendar.closes(file.period).primary
    return close + (timedelta(days=14) * (share - 0.95) / 0.05 if share > 0.95 else -timedelta(days=10) * share)


def _without_receipt(programme: Programme, conn: Connection, done: Callable[[int], None]) -> Iterator[SimulatedFile]:
    for period in programme.periods:
        received = set(
            conn.execute("select site_code, feed, sha256 from ops.submission where period = %s", (period,)).fetchall()
        )
        pushed = {(truth.site_code, truth.feed) for truth in programme.truth(period) if truth.expected != "missing"}
        if pushed <= {(site_code, feed) for site_code, feed, _ in received}:
            done(len(pushed))
            continue
        for file in programme.files(period):
            if (file.site_code, file.feed, hashlib.sha256(file.content).hexdigest()) in received:
                done(1)
            else:
                yield file


class _NotNow(Temporary):
    """``seconds``: when to try again, as the door said."""

    def __init__(self, sentence: str, seconds: float) -> None:
        super().__init__(sentence)
        self.seconds = seconds


def _put(client: httpx.Client, held: Mapping[str, str], programme: Programme, file: SimulatedFile) -> None:
    digest = base64.b64encode(hashlib.sha256(file.content).digest()).decode()
    headers = {
        "Authorization": f"Bearer {held[file.site_code]}",
        "Content-Disposition": f'attachment; filename="{file.file_name}"',
        "Content-Digest": f"sha-256=:{digest}:",
        "Simulated-Received-At": min(arrival(file), datetime.now(UTC)).isoformat(),
    }
    if file.period != programme.periods[-1]:  # nobody waits to hear what was wrong with months of long ago
        headers["Prefer"] = "respond-async"
    address = f"/v1/returns/{file.site_code}/{file.feed}/{file.period:%Y-%m}"
    try:
        answer = client.put(address, content=file.content, headers=headers)
    except httpx.TransportError as e:
        raise _NotNow(
            f"The front door at {client.base_url} does not answer ({type(e).__name__}). 'pch ps' says whether it runs.",
            PAUSE_SECONDS,
        ) from e
    if answer.is_success:
        return
    told = answer.headers.get("Content-Type") == "application/problem+json"
    said = f"{file.file_name}: {answer.json()['detail'] if told else answer.reason_phrase}"
    if answer.status_code in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
        raise _NotNow(said, float(answer.headers.get("Retry-After", PAUSE_SECONDS)))
    raise Refused(said)
