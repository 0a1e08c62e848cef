"""Turns of the event loop, shared between many."""

import trio
from trio.testing import MockClock

from overlay.transport.turns import PASSING_AT_ONCE, PASSING_MS, PASSING_TURNS, Turnstile

CROWD = 5 * PASSING_AT_ONCE


async def test_a_crowd_goes_through_in_order_and_a_few_at_a_time(
    autojump_clock: MockClock,
) -> None:
    turnstile = Turnstile()
    through: list[int] = []
    seen_each_turn: list[int] = []

    async def comes(number: int) -> None:
        assert await turnstile.goes_through(trio.current_time() + 60)
        through.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(CROWD):
            nursery.start_soon(comes, number)
            await trio.lowlevel.checkpoint()
        while len(through) < CROWD:
            await trio.lowlevel.checkpoint()
            seen_each_turn.append(len(through))

    assert through == list(range(CROWD))
    in_a_while = zip(seen_each_turn, seen_each_turn[PASSING_TURNS - 1 :], strict=False)
    assert max(after - before for before, after in in_a_while) <= PASSING_AT_ONCE


async def test_who_gives_up_in_the_turnstile_holds_nobody_up() -> None:
    turnstile = Turnstile()
    async with trio.open_nursery() as nursery:
        for _ in range(CROWD):
            nursery.start_soon(turnstile.goes_through, trio.current_time() + 60)
        await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()

    assert await turnstile.goes_through(trio.current_time() + 60)


async def test_long_turns_are_fewer(autojump_clock: MockClock) -> None:
    """Whoever keeps the loop busy keeps nobody out."""
    turnstile, turns = Turnstile(), 0
    begun_at = trio.current_time()

    async def burns() -> None:
        nonlocal turns
        while True:
            turns += 1
            autojump_clock.jump(PASSING_MS / 1_000)
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(burns)
        assert await turnstile.goes_through(begun_at + 60)
        nursery.cancel_scope.cancel()

    assert turns < PASSING_TURNS


async def test_whose_time_is_over_goes_through_no_more() -> None:
    turnstile = Turnstile()

    assert not await turnstile.goes_through(trio.current_time())
    assert await turnstile.goes_through(trio.current_time() + 60)
