"""Links are opened, read in turn, written without waiting, and ended once."""

import pytest
import trio
from trio.testing import MockClock

from overlay import limits
from overlay.errors import LinkError
from overlay.peering.effects import CloseLink, Dial, Send
from overlay.peering.events import (
    CloseReason,
    Drained,
    FrameReceived,
    LinkClosed,
    LinkEvent,
    LinkId,
)
from overlay.runtime.inbox import Inbox
from overlay.runtime.links import Links
from overlay.transport.link import (
    LinkOrderly,
    LinkProtocolError,
    LinkReset,
    LinkTooLarge,
    LinkUnsupported,
)
from tests.runtime.doubles import ADDRESS, accepted, dials, link_pair, must_not_fail, overseen

CROWD = bytes(limits.OUTBOX_CONTROL_BYTES)


async def test_an_accepted_link_is_opened_read_and_closed() -> None:
    north, south = link_pair()
    async with overseen() as overlay:
        link = await overlay.opens(north)

        await south.send(b"[1]")
        await south.close(1000, "")

        assert await overlay.events() == [FrameReceived(link, b"[1]")]
        assert await overlay.events() == [LinkClosed(link, "orderly")]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LinkReset(), "reset"),
        (LinkOrderly(1000, ""), "orderly"),
        (LinkTooLarge(), "too_large"),
        (LinkProtocolError(), "protocol_error"),
        (LinkUnsupported(), "protocol_error"),
    ],
)
async def test_the_ways_in_which_a_link_ends_are_told_apart(
    error: LinkError, reason: CloseReason
) -> None:
    north, south = link_pair()
    async with overseen() as overlay:
        link = await overlay.opens(north)

        south.ends_with(error)

        assert await overlay.events() == [LinkClosed(link, reason)]


async def test_links_get_names_that_are_never_used_again() -> None:
    async with overseen() as overlay:
        names = []
        for _ in range(3):
            north, south = link_pair()
            names.append(await overlay.opens(north))
            south.ends_with(LinkReset())
            await overlay.events()

    assert names == [LinkId(1), LinkId(2), LinkId(3)]


async def test_a_peer_waits_while_the_machine_does_not_take_its_frame() -> None:
    north, south = link_pair(room=0)
    async with overseen() as overlay, trio.open_nursery() as nursery:
        link = await overlay.opens(north)
        for number in b"12345":
            nursery.start_soon(south.send, bytes([number]))
            await overlay.settles()

        assert len(overlay.inbox) == 1
        assert await overlay.events() == [FrameReceived(link, b"1")]
        assert await overlay.events() == [FrameReceived(link, b"2")]
        nursery.cancel_scope.cancel()


async def test_frames_are_written_in_order_without_anybody_waiting() -> None:
    north, south = link_pair()
    async with overseen() as overlay:
        link = await overlay.opens(north)

        for data in (b"1", b"2", b"3"):
            overlay.links.perform(Send(link, data))
        await overlay.settles()

        assert south.received() == [b"1", b"2", b"3"]


async def test_what_is_for_a_link_that_is_gone_has_no_effect() -> None:
    async with overseen() as overlay:
        overlay.links.perform(Send(LinkId(9), b"1"))
        overlay.links.perform(CloseLink(LinkId(9), "stopping"))

        assert await overlay.events() == []


async def test_a_drained_outbox_is_told_once_with_what_is_left_when_it_is_heard() -> None:
    north, south = link_pair(room=1)
    async with overseen() as overlay:
        link = await overlay.opens(north)
        for _ in range(4):
            overlay.links.perform(Send(link, CROWD))
        await overlay.settles()
        await south.receive()

        assert await overlay.events() == [Drained(link, 2 * len(CROWD))]

        await south.receive()
        assert await overlay.events() == [Drained(link, len(CROWD))]


async def test_a_crowded_outbox_that_drains_wakes_the_machine(autojump_clock: MockClock) -> None:
    north, _ = link_pair()
    async with overseen() as overlay:
        link = await overlay.opens(north)
        overlay.links.perform(Send(link, CROWD + b"1"))

        with trio.fail_after(60):
            assert await overlay.next_events() == [Drained(link, 0)]


async def test_a_small_outbox_that_drains_waits_for_another_reason_to_tell(
    autojump_clock: MockClock,
) -> None:
    north, south = link_pair()
    async with overseen() as overlay:
        link = await overlay.opens(north)
        await overlay.inbox.wait()
        overlay.links.perform(Send(link, b"1"))

        with trio.move_on_after(60) as waiting:
            await overlay.inbox.wait()
        assert waiting.cancelled_caught

        await south.send(b"[1]")
        assert await overlay.events() == [Drained(link, 0), FrameReceived(link, b"[1]")]


async def test_a_peer_that_stops_reading_for_too_long_loses_its_link(
    autojump_clock: MockClock,
) -> None:
    north, _ = link_pair(room=0)
    async with overseen() as overlay:
        link = await overlay.opens(north)
        overlay.links.perform(Send(link, b"1"))

        assert await overlay.next_events() == [LinkClosed(link, "stalled")]


async def test_a_slow_peer_that_goes_on_reading_keeps_its_link(autojump_clock: MockClock) -> None:
    north, south = link_pair(room=0)
    async with overseen() as overlay:
        link = await overlay.opens(north)
        for _ in range(5):
            overlay.links.perform(Send(link, b"1"))

        for _ in range(5):
            await overlay.settles()
            autojump_clock.jump(limits.OUTBOX_STALL_MS / 1000 - 1)
            assert await south.receive() == b"1"

        assert LinkClosed(link, "stalled") not in await overlay.events()


async def test_a_link_that_was_idle_for_long_has_not_stalled(autojump_clock: MockClock) -> None:
    north, south = link_pair(room=0)
    async with overseen() as overlay:
        link = await overlay.opens(north)
        autojump_clock.jump(3_600)

        overlay.links.perform(Send(link, b"1"))

        assert await south.receive() == b"1"
        assert await overlay.events() == [Drained(link, 0)]


async def test_an_outbox_beyond_its_bound_closes_the_link() -> None:
    north, _ = link_pair(room=0)
    async with overseen() as overlay:
        link = await overlay.opens(north)

        for _ in range(limits.OUTBOX_BYTES_MAX // len(CROWD) + 1):
            overlay.links.perform(Send(link, CROWD))
        overlay.links.perform(Send(link, CROWD))

        assert await overlay.events() == [LinkClosed(link, "stalled")]


@pytest.mark.parametrize(
    ("code", "websocket_code", "reason"),
    [
        ("wrong_version", 1008, "orderly"),
        ("duplicate_link", 1000, "orderly"),
        ("stopping", 1000, "stopped"),
    ],
)
async def test_a_link_closed_by_the_machine_says_its_last_words_and_its_code(
    code: str, websocket_code: int, reason: CloseReason
) -> None:
    north, south = link_pair()
    async with overseen() as overlay:
        link = await overlay.opens(north)

        overlay.links.perform(Send(link, b"refusal"))
        overlay.links.perform(CloseLink(link, code))
        overlay.links.perform(CloseLink(link, "another code"))
        overlay.links.perform(Send(link, b"too late"))

        assert await overlay.events() == [LinkClosed(link, reason)]
        assert south.received() == [b"refusal"]
        assert north.closed_with == [(websocket_code, code)]


async def test_what_a_peer_said_before_it_closed_is_told_although_a_write_failed_first() -> None:
    north, south = link_pair()
    async with overseen() as overlay:
        link = await overlay.opens(north)
        for said in (b"[1]", b"[2]", b"[refusal]"):
            await south.send(said)
        await south.close(1008, "quota")
        south.hears_no_more()

        overlay.links.perform(Send(link, b"[late]"))
        overlay.links.perform(Send(link, b"[later]"))

        for said in (b"[1]", b"[2]", b"[refusal]"):
            assert await overlay.events() == [FrameReceived(link, said)]
        assert await overlay.events() == [LinkClosed(link, "orderly")]


async def test_a_peer_that_hears_no_more_and_never_ends_is_let_go(
    autojump_clock: MockClock,
) -> None:
    north, south = link_pair()
    async with overseen() as overlay:
        link = await overlay.opens(north)
        south.hears_no_more()
        overlay.links.perform(Send(link, b"[1]"))

        with trio.fail_after(limits.OUTBOX_STALL_MS / 1000 - 1):
            assert await overlay.next_events() == [LinkClosed(link, "reset")]


async def test_the_machine_may_close_a_link_whose_peer_hears_no_more() -> None:
    north, south = link_pair()
    async with overseen() as overlay:
        link = await overlay.opens(north)
        south.hears_no_more()
        overlay.links.perform(Send(link, b"[1]"))
        await overlay.settles()

        overlay.links.perform(CloseLink(link, "stopping"))

        assert await overlay.events() == [LinkClosed(link, "stopped")]


async def test_a_link_that_ends_as_all_do_may_still_be_written_to() -> None:
    """A machine knows of an end later than the links do."""
    first, second = link_pair()[0], link_pair()[0]
    inbox = Inbox[LinkEvent]()
    links = Links(inbox, must_not_fail)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(accepted, links, first)
        nursery.start_soon(accepted, links, second)
        await trio.testing.wait_all_tasks_blocked()

        nursery.cancel_scope.cancel()
        while len(links):
            for link in (LinkId(1), LinkId(2)):
                links.perform(Send(link, b"1"))
                links.perform(CloseLink(link, "stopping"))
            with trio.CancelScope(shield=True):
                await trio.lowlevel.checkpoint()


async def test_frames_that_come_after_closing_are_not_told() -> None:
    north, south = link_pair(room=1)
    async with overseen() as overlay:
        link = await overlay.opens(north)
        overlay.links.perform(Send(link, b"1"))
        overlay.links.perform(Send(link, b"2"))
        overlay.links.perform(CloseLink(link, "wrong_proof"))

        await south.send(b"too late")
        await overlay.settles()
        south.received()

        assert await overlay.events() == [LinkClosed(link, "orderly")]


async def test_who_breaks_a_rule_is_still_told_what_was_said_before() -> None:
    north, south = link_pair(room=0)
    async with overseen() as overlay:
        link = await overlay.opens(north)
        overlay.links.perform(Send(link, b"hello"))
        await overlay.settles()
        south.ends_with(LinkProtocolError())
        await overlay.settles()

        assert await south.receive() == b"hello"
        assert await overlay.events() == [LinkClosed(link, "protocol_error")]


async def test_who_breaks_a_rule_and_reads_nothing_is_let_go(autojump_clock: MockClock) -> None:
    north, south = link_pair(room=0)
    async with overseen() as overlay:
        link = await overlay.opens(north)
        overlay.links.perform(Send(link, b"hello"))
        await overlay.settles()
        south.ends_with(LinkTooLarge())

        with trio.fail_after(limits.OUTBOX_STALL_MS / 1000 - 1):
            assert await overlay.next_events() == [LinkClosed(link, "too_large")]


async def test_last_words_that_nobody_reads_do_not_keep_a_link(autojump_clock: MockClock) -> None:
    north, _ = link_pair(room=0)
    async with overseen() as overlay:
        link = await overlay.opens(north)
        overlay.links.perform(Send(link, b"refusal"))
        await overlay.settles()
        overlay.links.perform(CloseLink(link, "quota"))

        with trio.fail_after(limits.OUTBOX_STALL_MS / 1000 - 1):
            assert await overlay.next_events() == [LinkClosed(link, "orderly")]
        assert north.closed_with == [(1008, "quota")]


async def test_whoever_waits_for_the_last_link_to_end_is_told() -> None:
    first, first_peer = link_pair()
    second, second_peer = link_pair()
    async with overseen() as overlay, trio.open_nursery() as nursery:
        await overlay.links.wait_none()
        await overlay.opens(first)
        await overlay.opens(second)
        nursery.start_soon(overlay.links.wait_none)

        first_peer.ends_with(LinkReset())
        await overlay.settles()
        assert len(nursery.child_tasks) == 1

        second_peer.ends_with(LinkReset())


async def test_cancelling_ends_every_link_and_leaves_nothing_behind() -> None:
    north, _ = link_pair(room=0)
    dialled, _ = link_pair(room=0)
    inbox = Inbox[object]()
    links = Links(inbox, must_not_fail, dials(dialled))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(links.run)
        nursery.start_soon(accepted, links, north)
        links.perform(Dial(ADDRESS))
        await trio.testing.wait_all_tasks_blocked()
        assert len(links) == 2
        links.perform(Send(LinkId(1), b"1"))
        links.perform(Send(LinkId(2), b"1"))
        await trio.testing.wait_all_tasks_blocked()

        nursery.cancel_scope.cancel()

    assert len(links) == 0
    ended = [event for event in inbox.take(9) if isinstance(event, LinkClosed)]
    assert sorted(event.link for event in ended) == [LinkId(1), LinkId(2)]
