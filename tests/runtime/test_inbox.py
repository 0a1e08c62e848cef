"""Events wait in turn, within a bound, and who puts a frame waits until it is taken."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from overlay.runtime.inbox import Inbox

ALL = 100


@asynccontextmanager
async def putting(inbox: Inbox[str], *events: str) -> AsyncIterator[list[str]]:
    """Put each event in a task of its own; yields those whose putter has returned."""
    done: list[str] = []

    async def put(event: str) -> None:
        await inbox.put(event)
        done.append(event)

    async with trio.open_nursery() as nursery:
        for event in events:
            nursery.start_soon(put, event)
            await wait_all_tasks_blocked()
        yield done
        nursery.cancel_scope.cancel()


async def test_events_are_taken_in_the_order_they_came() -> None:
    inbox = Inbox[str]()
    inbox.put_nowait("stored")

    async with putting(inbox, "first", "second"):
        inbox.put_nowait("closed")

        assert inbox.take(ALL) == ["stored", "first", "second", "closed"]


async def test_who_puts_an_event_waits_until_it_is_taken() -> None:
    inbox = Inbox[str]()

    async with putting(inbox, "first", "second") as done:
        assert done == []

        inbox.take(1)
        await wait_all_tasks_blocked()

        assert done == ["first"]


async def test_beyond_the_bound_putters_wait_in_turn_for_room() -> None:
    inbox = Inbox[str](events_max=2)

    async with putting(inbox, "first", "second", "third", "fourth"):
        assert len(inbox) == 2

        assert inbox.take(1) == ["first"]
        await wait_all_tasks_blocked()

        assert inbox.take(ALL) == ["second", "third"]


async def test_answers_find_room_in_a_full_inbox() -> None:
    inbox = Inbox[str](events_max=1)

    async with putting(inbox, "first", "second"):
        inbox.put_nowait("stored")

        assert inbox.take(ALL) == ["first", "stored"]


async def test_an_event_found_needless_when_it_is_taken_is_left_out() -> None:
    inbox = Inbox[str]()
    made: list[str] = []
    inbox.put_made(lambda: None)
    inbox.put_made(lambda: made[0])

    made.append("made late")

    assert inbox.take(ALL) == ["made late"]


async def test_what_is_not_urgent_rides_with_what_is(autojump_clock: MockClock) -> None:
    inbox = Inbox[str]()
    inbox.put_made(lambda: "drained", is_urgent=False)

    with trio.move_on_after(60) as waiting:
        await inbox.wait()
    assert waiting.cancelled_caught

    inbox.put_nowait("stored")
    await inbox.wait()
    assert inbox.take(ALL) == ["drained", "stored"]


async def test_what_was_left_behind_is_not_waited_for() -> None:
    inbox = Inbox[str]()
    inbox.put_nowait("first")
    inbox.put_nowait("second")

    await inbox.wait()
    assert inbox.take(1) == ["first"]

    await inbox.wait()
    assert inbox.take(1) == ["second"]
