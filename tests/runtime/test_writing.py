"""A task writes on a link while there is something to write, and a moment longer."""

from trio.testing import MockClock

from overlay.peering.effects import CloseLink, Send
from overlay.peering.events import LinkClosed
from overlay.runtime.links import REST_MS
from tests.runtime.doubles import link_pair, overseen


async def test_a_link_that_has_nothing_to_write_for_a_while_keeps_no_task_for_it(
    mock_clock: MockClock,
) -> None:
    north, south = link_pair()
    async with overseen() as overlay:
        link = await overlay.opens(north)
        overlay.links.perform(Send(link, b"1"))
        await overlay.settles()
        while_it_waits_for_more = len(north.nursery.child_tasks)
        mock_clock.jump(REST_MS / 1000)
        await overlay.settles()
        after_that = len(north.nursery.child_tasks)

        overlay.links.perform(Send(link, b"2"))
        overlay.links.perform(CloseLink(link, "stopping"))
        await overlay.settles()

    assert (while_it_waits_for_more, after_that) == (1, 0)
    assert south.received() == [b"1", b"2"]
    assert north.closed_with == [(1000, "stopping")]


async def test_what_comes_just_as_a_task_has_rested_for_long_enough_is_written(
    mock_clock: MockClock,
) -> None:
    north, south = link_pair()
    async with overseen() as overlay:
        link = await overlay.opens(north)
        overlay.links.perform(Send(link, b"1"))
        await overlay.settles()

        mock_clock.jump(REST_MS / 1000)
        overlay.links.perform(Send(link, b"2"))
        overlay.links.perform(CloseLink(link, "stopping"))

        assert await overlay.next_events() == [LinkClosed(link, "stopped")]
    assert south.received() == [b"1", b"2"]
