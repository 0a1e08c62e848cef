"""Pictures are pushed when they change, to everybody who watches, and to nobody else."""

import json
from contextlib import AsyncExitStack, aclosing

import pytest
import trio
from trio.testing import MockClock

from overlay.nodes.feed import LOOK_MS, LOOK_SHARE, QUIET_MS, WATCHERS_MAX, Feed
from overlay.transport.http import HttpRefusedError


class Sight:
    """Something to look at, which counts the looks, and may be dear to look at."""

    def __init__(self, clock: MockClock, look_seconds: float = 0) -> None:
        self.value = 0
        self.looks = 0
        self._clock = clock
        self._look_seconds = look_seconds

    def look(self) -> dict[str, object]:
        self.looks += 1
        if self._look_seconds:
            self._clock.jump(self._look_seconds)
        return {"value": self.value}


def value_of(event: bytes) -> object:
    assert event.startswith(b"data: ")
    assert event.endswith(b"\n\n")
    return json.loads(event.removeprefix(b"data: "))["value"]


async def test_a_picture_is_pushed_at_once_and_again_when_it_has_changed(
    autojump_clock: MockClock,
) -> None:
    sight = Sight(autojump_clock)
    async with aclosing(Feed(sight.look).follow()) as events:
        first = await anext(events)
        sight.value = 1
        second = await anext(events)

    assert (value_of(first), value_of(second)) == (0, 1)


async def test_where_nothing_changes_it_is_said_that_somebody_is_there(
    autojump_clock: MockClock,
) -> None:
    sight = Sight(autojump_clock)
    async with aclosing(Feed(sight.look).follow()) as events:
        await anext(events)

        assert await anext(events) == b"event: quiet\ndata:\n\n"
        assert sight.looks >= QUIET_MS // LOOK_MS


async def test_one_look_serves_all_who_watch(autojump_clock: MockClock) -> None:
    sight = Sight(autojump_clock)
    feed = Feed(sight.look)
    async with aclosing(feed.follow()) as one, aclosing(feed.follow()) as other:
        assert value_of(await anext(one)) == value_of(await anext(other)) == 0

    assert sight.looks == 1


async def test_where_a_look_is_dear_there_are_fewer(autojump_clock: MockClock) -> None:
    sight = Sight(autojump_clock, look_seconds=1.0)
    start = trio.current_time()
    async with aclosing(Feed(sight.look).follow()) as events:
        await anext(events)
        for _ in range(20):
            assert await anext(events) == b"event: quiet\ndata:\n\n"

    assert 1 < sight.looks <= 1 + (trio.current_time() - start) * LOOK_SHARE


async def test_too_many_who_watch_are_refused_until_one_goes(autojump_clock: MockClock) -> None:
    feed = Feed(Sight(autojump_clock).look)
    waiting = feed.follow()
    async with AsyncExitStack() as watching:
        for _ in range(WATCHERS_MAX):
            await anext(await watching.enter_async_context(aclosing(feed.follow())))

        with pytest.raises(HttpRefusedError) as refusal:
            feed.follow()
        # Whoever asked while there was room may find none when it begins.
        assert [event async for event in waiting] == []

    assert refusal.value.response.status == 503
    assert ("retry-after", "5") in refusal.value.response.headers
    async with aclosing(feed.follow()) as events:
        assert value_of(await anext(events)) == 0
