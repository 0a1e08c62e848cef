"""Accepted links: what comes in, how they end, and what a hostile peer achieves.

docs/protocol.md, section 1.2.
"""

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock, lockstep_stream_pair, memory_stream_pair
from wsproto.events import Pong

from overlay import limits
from overlay.errors import LinkError
from overlay.transport.link import Link, LinkOrderly, LinkReset
from overlay.transport.websocket import accept
from tests.unit.transport.peers import (
    KEY,
    Guest,
    RawPeer,
    a_port,
    a_raw_peer,
    frame,
    messages,
    opening,
)

CLOSE = frame(b"\x03\xe8bye", opcode=8)
BEYOND = limits.FRAME_BYTES_MAX + 1


async def test_text_messages_arrive_as_bytes() -> None:
    guest = Guest()
    async with a_port(guest.carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.opens_link()
        await peer.sends(frame('["grüße"]'.encode()) + CLOSE)
        await peer.reads_all()

    assert guest.received == ['["grüße"]'.encode()]


async def test_messages_in_the_segment_of_the_opening_request_arrive() -> None:
    guest = Guest()
    async with a_port(guest.carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.opens_link(frame(b"[1]") + frame(b"[2]") + CLOSE)
        await peer.reads_all()

    assert guest.received == [b"[1]", b"[2]"]


async def test_only_json_arrays_are_sent_as_text() -> None:
    async def carry(link: Link) -> None:
        await link.send(b"[1]")
        await link.send(b'{"chunk":1}\n\xff')

    async with a_port(carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.opens_link()
        events = await peer.reads_events()

    assert messages(events) == ["[1]", b'{"chunk":1}\n\xff']


async def test_a_link_whose_block_ends_is_closed_with_a_close_frame() -> None:
    async def carry(link: Link) -> None:
        assert link.remote_address == "127.0.0.1"
        assert link.certificate_fingerprint is None

    async with a_port(carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.opens_link()

        assert await peer.reads_close() == (1000, "")


async def test_code_and_reason_of_a_refusal_reach_the_peer() -> None:
    async def carry(link: Link) -> None:
        await link.close(1008, "wrong_version")

    async with a_port(carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.opens_link()

        assert await peer.reads_close() == (1008, "wrong_version")


async def test_nothing_can_be_sent_on_a_closed_link() -> None:
    failures: list[LinkError] = []

    async def carry(link: Link) -> None:
        await link.close(1000, "stopping")
        with pytest.raises(LinkOrderly) as failed:
            await link.send(b"[1]")
        failures.append(failed.value)

    async with a_port(carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.opens_link()
        assert await peer.reads_close() == (1000, "stopping")

    assert len(failures) == 1


async def test_a_peer_that_closes_is_answered_and_its_reason_told() -> None:
    endings: list[LinkError] = []

    async def carry(link: Link) -> None:
        try:
            await link.receive()
        except LinkError as error:
            endings.append(error)

    async with a_port(carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.opens_link()
        await peer.sends(CLOSE)
        assert await peer.reads_close() == (1000, "bye")

    (ending,) = endings
    assert isinstance(ending, LinkOrderly)
    assert (ending.code, ending.reason) == (1000, "bye")


async def test_a_stream_that_just_ends_is_a_reset_after_what_it_brought() -> None:
    guest = Guest()
    async with a_port(guest.carry) as endpoint:
        async with a_raw_peer(endpoint) as peer:
            await peer.opens_link()
            await peer.sends(frame(b"[1]"))
        await guest.links_ended.wait()

    assert (guest.received, guest.ended_with) == ([b"[1]"], ["LinkReset"])


async def test_the_largest_frame_arrives() -> None:
    guest = Guest()
    largest = b"[" + b"1" * (limits.FRAME_BYTES_MAX - 2) + b"]"
    async with a_port(guest.carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.opens_link()
        await peer.sends(frame(largest) + CLOSE)
        await peer.reads_all()

    assert guest.received == [largest]


async def test_a_ping_is_answered() -> None:
    async with a_port(Guest().carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.opens_link()
        await peer.sends(frame(b"there?", opcode=9) + CLOSE)

        events = await peer.reads_events()

    assert [bytes(event.payload) for event in events if isinstance(event, Pong)] == [b"there?"]


TOO_LARGE = ("LinkTooLarge", 1009, "too_large")
MALFORMED = ("LinkProtocolError", 1002, "malformed")
NOT_UTF_8 = ("LinkProtocolError", 1007, "malformed")
UNSUPPORTED = ("LinkUnsupported", 1003, "unsupported")

OFFENCES = {
    "a gigabyte declared": (frame(b"", declared_bytes=2**30), TOO_LARGE),
    "a byte too many declared": (frame(b"", declared_bytes=BEYOND), TOO_LARGE),
    "too much in fragments": (
        frame(bytes(200_000), opcode=2, is_final=False)
        + frame(b"", opcode=0, declared_bytes=100_000),
        TOO_LARGE,
    ),
    "endless empty fragments": (
        frame(b"", is_final=False) + frame(b"", opcode=0, is_final=False) * 9_999,
        TOO_LARGE,
    ),
    "few characters, many bytes": (frame("ü".encode() * 140_000), TOO_LARGE),
    "no mask": (b"\x81\x05hello", MALFORMED),
    "unknown opcode": (frame(b"[1]", opcode=3), MALFORMED),
    "reserved bit": (frame(b"[1]", opcode=0x41), MALFORMED),
    "continuation of nothing": (frame(b"[1]", opcode=0), MALFORMED),
    "long ping": (frame(bytes(126), opcode=9), MALFORMED),
    "close frame of one byte": (frame(b"?", opcode=8), MALFORMED),
    "no frames at all": (b"GET / HTTP/1.1\r\n\r\n", MALFORMED),
    "a binary message": (frame(b'{"chunk":1}\n\xff', opcode=2), UNSUPPORTED),
    "an array in a binary message": (frame(b"[2]", opcode=2), UNSUPPORTED),
    "text that is not UTF-8": (frame(b"\xff\xfe"), NOT_UTF_8),
}


@pytest.mark.parametrize("offence", OFFENCES)
async def test_what_breaks_the_rules_ends_the_link_with_a_close_frame_after_what_came_before(
    offence: str,
) -> None:
    data, (ending, *close) = OFFENCES[offence]
    guest = Guest()
    async with a_port(guest.carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.opens_link()
        await peer.sends(frame(b"[1]") + data)

        assert await peer.reads_close() == tuple(close)

    assert (guest.received, guest.ended_with) == ([b"[1]"], [ending])


async def test_a_peer_that_goes_on_sending_a_refused_frame_still_reads_why() -> None:
    async with a_port(Guest().carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.opens_link()
        await peer.sends(frame(b"", declared_bytes=2**30))
        for _ in range(20):
            await peer.sends(bytes(65_536))

        assert await peer.reads_close() == (1009, "too_large")


async def test_header_values_that_are_not_ascii_harm_nobody() -> None:
    async with a_port(Guest().carry) as endpoint, a_raw_peer(endpoint) as peer:
        await peer.sends(opening(Sec_WebSocket_Protocol="\xe9", Sec_WebSocket_Extensions="\xe9"))

        assert (await peer.reads_head()).startswith(b"HTTP/1.1 101 ")


class Quiet:
    """A link over memory, on a virtual clock, whose peer does only what it is told."""

    def __init__(self, *, reads: bool) -> None:
        ours, theirs = memory_stream_pair() if reads else lockstep_stream_pair()
        self.ours = ours
        self.peer = RawPeer(theirs)

    async def holds(self, link_does: Callable[[Link], Awaitable[None]]) -> None:
        deadline = trio.current_time() + 5
        async with accept(
            self.ours, key=KEY.encode(), early=b"", remote_address="192.0.2.1", deadline=deadline
        ) as link:
            await link_does(link)


async def closes(link: Link) -> None:
    await link.close(1008, "not_a_neighbour")


async def test_a_close_frame_that_is_never_answered_ends_the_link_all_the_same(
    autojump_clock: MockClock,
) -> None:
    quiet = Quiet(reads=True)

    await quiet.holds(closes)

    await quiet.peer.reads_head()
    assert await quiet.peer.reads_close() == (1008, "not_a_neighbour")


async def test_a_peer_that_does_not_even_read_the_close_frame_is_let_go(
    autojump_clock: MockClock,
) -> None:
    quiet = Quiet(reads=False)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(quiet.peer.reads_head)
        await quiet.holds(closes)


async def test_a_peer_that_does_not_take_our_answer_gets_no_link(
    autojump_clock: MockClock,
) -> None:
    quiet = Quiet(reads=False)

    with pytest.raises(LinkError):
        await quiet.holds(closes)


async def test_pings_while_we_close_harm_nobody(autojump_clock: MockClock) -> None:
    quiet = Quiet(reads=True)
    await quiet.peer.sends(frame(b"?", opcode=9) * 3 + frame(b"[1]") * 3)

    async def closes_then_hears_pings(link: Link) -> None:
        await link.receive()
        await link.close(1000, "stopping")
        await quiet.peer.sends(frame(b"?", opcode=9) * 3 + frame(b"[1]"))
        await trio.testing.wait_all_tasks_blocked()

    await quiet.holds(closes_then_hears_pings)

    await quiet.peer.reads_head()
    assert await quiet.peer.reads_close() == (1000, "stopping")


async def test_a_close_frame_waits_for_the_message_that_is_being_written(
    autojump_clock: MockClock,
) -> None:
    quiet = Quiet(reads=False)
    sent = b"[" + b"1" * 9_000 + b"]"

    async def sends_and_closes(link: Link) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link.send, sent)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(link.close, 1008, "quota")
            await trio.testing.wait_all_tasks_blocked()
            await quiet.peer.reads_until(b"1" * 9_000 + b"]")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(quiet.holds, sends_and_closes)
        await quiet.peer.reads_head()
        await trio.testing.wait_all_tasks_blocked()
        assert await quiet.peer.reads_close() == (1008, "quota")


async def test_a_link_error_raised_by_the_block_comes_out_bare(
    autojump_clock: MockClock,
) -> None:
    quiet = Quiet(reads=True)

    async def fails(_: Link) -> None:
        raise LinkReset("north is away")

    with pytest.raises(LinkReset, match="north is away"):
        await quiet.holds(fails)


async def test_a_cancelled_link_leaves_no_task_and_an_ended_stream(
    autojump_clock: MockClock,
) -> None:
    quiet = Quiet(reads=True)

    async def waits(link: Link) -> None:
        await link.receive()

    with trio.move_on_after(3):
        await quiet.holds(waits)

    await quiet.peer.reads_head()
    assert await quiet.peer.reads_all() == b""
