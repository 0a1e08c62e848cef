"""Turns of the event loop, shared between many."""

import trio
from trio.testing import wait_all_tasks_blocked

from overlay.transport.turns import PASSING_AT_ONCE, PASSING_TURNS, Turnstile

CROWD = 5 * PASSING_AT_ONCE


async def test_a_crowd_goes_through_in_order_and_a_few_at_a_time() -> None:
    turnstile = Turnstile()
    through: list[int] = []
    seen_each_turn: list[int] = []

    async def comes(number: int) -> None:
        await turnstile.go_through()
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
            nursery.start_soon(turnstile.go_through)
        await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    with trio.fail_after(60):
        await turnstile.go_through()
        await wait_all_tasks_blocked()
