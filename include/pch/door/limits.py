"""How often, and how many at once, before the door says "later" (429).

    a key is not recognised -> guessed    10 in ten minutes of a key id at an address, 100 at an address of the network
    a key or session is     -> requested  600 a minute
    it brings a file        -> turn       8 at once; the others wait for theirs, half a minute at most

Counted in moving windows in the memory of the one process at the door; a restart forgives. Many sites stand behind one
proxy, so a valid key is never refused for what others guessed from its address: only what is not recognised counts,
and it locks no more than its own key id. The secret needs no such help (256 bits); the audit and the database do.
"""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv6Address, ip_address, ip_network
from weakref import WeakValueDictionary

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from pch.door.problems import Problem

REQUESTS = RateLimitItemPerMinute(600, namespace="requests")
GUESSES_OF_A_KEY = RateLimitItemPerMinute(10, 10, namespace="guesses of a key")
GUESSES_FROM_AN_ADDRESS = RateLimitItemPerMinute(100, 10, namespace="guesses")
PUSHES_AT_ONCE = 8
PATIENCE_SECONDS = 30.0


class Limits:
    """What was counted so far."""

    def __init__(self) -> None:
        self._windows = MovingWindowRateLimiter(MemoryStorage())
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def refuse_guesser(self, address: str, key_id: str | None) -> None:
        """Before a key is looked up: is its id locked for this address?"""
        if key_id and not self._windows.test(GUESSES_OF_A_KEY, _network(address), key_id):
            raise self._guessing(GUESSES_OF_A_KEY, _network(address), key_id)

    def guessed(self, address: str, key_id: str | None) -> None:
        """Counts a key, session link or the like that was not recognised. Raises Problem where there were many; what
        is counted no more takes no memory and no place in the audit."""
        network = _network(address)
        if not self._windows.hit(GUESSES_FROM_AN_ADDRESS, network):
            raise self._guessing(GUESSES_FROM_AN_ADDRESS, network)
        if key_id:
            self._windows.hit(GUESSES_OF_A_KEY, network, key_id)

    def requested(self, name: str) -> None:
        """Counts a request of a key or session. Raises Problem for a rush."""
        if not self._windows.hit(REQUESTS, name):
            said = f"More than {REQUESTS.amount} requests came in a minute."
            raise _later(said, self._seconds(REQUESTS, name))

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """One of the few places for pushes of a key or session, from the first byte of the file to the answer."""
        places = self._turns.setdefault(name, asyncio.Semaphore(PUSHES_AT_ONCE))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await places.acquire()
        except TimeoutError:
            said = f"{PUSHES_AT_ONCE} files are being sent at once, and none of them came to its end."
            raise _later(said, 10) from None
        try:
            yield
        finally:
            places.release()

    def _guessing(self, limit: RateLimitItem, *of: str) -> Problem:
        return _later("Too many keys were not recognised.", self._seconds(limit, *of))

    def _seconds(self, limit: RateLimitItem, *of: str) -> int:
        return max(1, math.ceil(self._windows.get_window_stats(limit, *of).reset_time - time.time()))


def _later(said: str, seconds: int) -> Problem:
    unit, count = ("minute", math.ceil(seconds / 60)) if seconds > 60 else ("second", seconds)
    wait = f"Try again in {count} {unit}{'' if count == 1 else 's'}."
    return Problem("too-many", said, wait, {"Retry-After": str(seconds)})


def _network(address: str) -> str:
    """Whom an address stands for: of IPv6, where a household has 2^64 of them, the network."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((int(parsed), 64), strict=False))
    return str(parsed)
