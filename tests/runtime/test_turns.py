"""Links are read in turns: a flood on one of them keeps the others waiting for little."""

import trio
from trio.testing import MockClock

from overlay import limits
from overlay.peering.effects import CloseLink, Hold
from overlay.peering.events import FrameReceived, LinkClosed
from tests.runtime.doubles import ALL, MemoryLink, Overseen, link_pair, overseen


async def test_a_flood_on_one_link_does_not_keep_another_waiting() -> None:
    flooded, flooder = link_pair()
    quiet, bob = link_pair()
    async with overseen() as overlay:
        first, second = await overlay.opens(flooded), await overlay.opens(quiet)
        for _ in range(50):
            await flooder.send(b"flood")
        await overlay.settles()

        await bob.send(b"hello")

        assert await overlay.events() == [
            FrameReceived(first, b"flood"),
            FrameReceived(second, b"hello"),
        ]


async def test_a_link_that_had_its_turn_is_read_again_when_all_that_others_have_is_read() -> None:
    flooded, flooder = link_pair()
    quiet, bob = link_pair()
    async with overseen() as overlay, trio.open_nursery() as nursery:
        first, second = await overlay.opens(flooded), await overlay.opens(quiet)
        for _ in range(50):
            await flooder.send(bytes(limits.READ_TURN_BYTES))
        nursery.start_soon(come_through_many_hands, bob)

        order = [event.link for event in await taken_at_once(overlay, count=3)]

        assert order == [first, second, first]


async def test_a_link_that_had_its_turn_does_not_wait_for_others_without_end(
    mock_clock: MockClock,
) -> None:
    flooded, flooder = link_pair()
    async with overseen() as overlay, trio.open_nursery() as nursery:
        first = await overlay.opens(flooded)
        for _ in range(50):
            await flooder.send(bytes(limits.READ_TURN_BYTES))
        nursery.start_soon(never_rest, mock_clock)

        order = [event.link for event in await taken_at_once(overlay, count=3)]
        nursery.cancel_scope.cancel()

    assert order == [first, first, first]


async def test_who_is_let_go_goes_after_all_that_others_have_is_read() -> None:
    dawdler, _ = link_pair()
    quiet, bob = link_pair()
    async with overseen() as overlay, trio.open_nursery() as nursery:
        first, second = await overlay.opens(dawdler), await overlay.opens(quiet)

        overlay.links.perform(CloseLink(first, "too_many_links"))
        nursery.start_soon(come_through_many_hands, bob)

        order = [event.link for event in await taken_at_once(overlay, count=2)]

        assert order == [second, first]


async def test_a_link_that_is_held_is_not_read_until_then_and_others_are(
    mock_clock: MockClock,
) -> None:
    """docs/protocol.md, section 1.6."""
    flooded, flooder = link_pair()
    quiet, bob = link_pair()
    async with overseen() as overlay:
        first, second = await overlay.opens(flooded), await overlay.opens(quiet)
        for _ in range(3):
            await flooder.send(b"flood")
        assert await overlay.events() == [FrameReceived(first, b"flood")]

        overlay.links.perform(Hold(first, 2_000))
        overlay.links.perform(Hold(first, 1_000))
        await bob.send(b"hello")

        assert await overlay.events() == [FrameReceived(second, b"hello")]
        mock_clock.jump(1.9)
        assert await overlay.events() == []
        mock_clock.jump(0.2)
        assert await overlay.events() == [FrameReceived(first, b"flood")]


async def come_through_many_hands(bob: MemoryLink) -> None:
    """As a frame does that comes from a socket."""
    for _ in range(20):
        await trio.lowlevel.checkpoint()
    await bob.send(b"hello")


async def never_rest(clock: MockClock) -> None:
    while True:
        clock.jump(0.001)
        await trio.lowlevel.checkpoint()


async def taken_at_once(overlay: Overseen, *, count: int) -> list[FrameReceived | LinkClosed]:
    """The first frames and ends of links, each taken as soon as it is there."""
    events: list[FrameReceived | LinkClosed] = []
    while len(events) < count:
        await overlay.inbox.wait()
        taken = overlay.inbox.take(ALL)
        events += [each for each in taken if isinstance(each, FrameReceived | LinkClosed)]
    return events
