"""Limits by themselves: a rush of requests, places for pushes at once, whom an address stands for."""

import asyncio

import pytest

from pch.door import limits
from pch.door.limits import PUSHES_AT_ONCE, Limits
from pch.door.problems import Problem


def test_a_rush_is_told_to_wait_and_no_other_is() -> None:
    ours = Limits()
    for _ in range(600):
        ours.requested("key a")
    with pytest.raises(Problem, match="More than 600 requests came in a minute") as rush:
        ours.requested("key a")
    assert rush.value.kind.status == 429
    assert 0 < int(rush.value.headers["Retry-After"]) <= 60
    ours.requested("key b")


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("unknown", "unknown ", False),
    ],
)
def test_guesses_are_counted_by_network(one: str, other: str, are_one: bool) -> None:
    ours = Limits()
    for _ in range(10):
        ours.guessed(one, "aaaaaaaaaa")
    if are_one:
        with pytest.raises(Problem, match="Too many keys were not recognised"):
            ours.refuse_guesser(other, "aaaaaaaaaa")
    else:
        ours.refuse_guesser(other, "aaaaaaaaaa")
    ours.refuse_guesser(one, "bbbbbbbbbb")
    ours.refuse_guesser(one, None)


async def _most_at_once(ours: Limits, names: list[str]) -> int:
    now = most = 0

    async def push(name: str) -> None:
        nonlocal now, most
        async with ours.turn(name):
            now += 1
            most = max(most, now)
            await asyncio.sleep(0.01)
            now -= 1

    await asyncio.gather(*(push(name) for name in names))
    return most


def test_pushes_of_a_key_take_turns() -> None:
    assert asyncio.run(_most_at_once(Limits(), ["a"] * 30)) == PUSHES_AT_ONCE == 8
    assert asyncio.run(_most_at_once(Limits(), ["a"] * 30 + ["b"] * 30)) == 2 * PUSHES_AT_ONCE


def test_whoever_waits_too_long_for_their_turn_is_told_when_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PATIENCE_SECONDS", 0.05)
    ours = Limits()

    async def hold(seconds: float) -> None:
        async with ours.turn("a"):
            await asyncio.sleep(seconds)

    async def nine() -> None:
        holding = [asyncio.create_task(hold(0.2)) for _ in range(PUSHES_AT_ONCE)]
        await asyncio.sleep(0)
        with pytest.raises(Problem, match="8 files are being sent at once") as late:
            await hold(0)
        assert late.value.headers == {"Retry-After": "10"}
        await asyncio.gather(*holding)
        await hold(0)  # a place that was waited for in vain is not lost

    asyncio.run(nine())
