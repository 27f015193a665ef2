"""Tells Airflow that submissions wait: the event behind the asset ``landing/submission``.

    receive() -> NOTIFY in the transaction of the receipt -> this trigger LISTENs -> asset event -> DAG collect

A door therefore needs to know nothing of Airflow. What is lost while the triggerer is down is made good
when it connects again (it looks into the queue first), and by the DAG's own timer.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from pch.settings import settings
from pch.warehouse.ledger import CHANNEL

SETTLE_SECONDS = 2.0
"""Pushes come in bursts: one event speaks for all that arrive within this time."""

RECONNECT_SECONDS = 2.0
QUIET_SECONDS = 60.0
"""How long it listens before it makes sure that the connection still lives."""


class SubmissionsWaiting(BaseEventTrigger):
    """Fires when submissions have arrived, a moment after the first of a burst."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return f"{type(self).__module__}.{type(self).__qualname__}", {}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    settings().dsn("loader"), autocommit=True, application_name="pch trigger"
                ) as conn:
                    await conn.execute(f"listen {CHANNEL}")
                    cursor = await conn.execute("select count(*) from ops.queue")
                    row = await cursor.fetchone()
                    if row and row[0]:
                        yield _event(row[0])
                    while True:
                        arrived = await _burst(conn)
                        if arrived:
                            yield _event(arrived)
                        else:
                            await conn.execute("select 1")
            except psycopg.Error as e:
                self.log.warning("The warehouse does not answer (%s); trying again.", type(e).__name__)
                await asyncio.sleep(RECONNECT_SECONDS)


async def _burst(conn: psycopg.AsyncConnection[Any]) -> int:
    """Waits for a notification and what follows it closely; 0 after a long silence."""
    arrived = 0
    async for _ in conn.notifies(timeout=QUIET_SECONDS, stop_after=1):
        arrived += 1
    if arrived:
        until = time.monotonic() + SETTLE_SECONDS
        async for _ in conn.notifies(timeout=max(0.0, until - time.monotonic())):
            arrived += 1
    return arrived


def _event(count: int) -> TriggerEvent:
    return TriggerEvent({"submissions_count": count})  # type: ignore[no-untyped-call]
