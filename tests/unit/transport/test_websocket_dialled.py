"""Dialled links, and every way in which a dial comes to nothing."""

import base64
import hashlib
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock, memory_stream_pair

from overlay.errors import LinkError
from overlay.transport.addresses import Endpoint
from overlay.transport.link import (
    BadAddress,
    DialRefused,
    DialTimedOut,
    DialTurnedAway,
    DialUnreachable,
    Link,
    LinkOrderly,
    LinkProtocolError,
    LinkReset,
    LinkTooLarge,
    NotOverlay,
)
from overlay.transport.listen import listening_at, open_listeners
from overlay.transport.port import Places, Port
from overlay.transport.websocket import dial, initiate, remote_address_of
from tests.unit.transport.peers import Guest, RawPeer, a_port, says_its_request

Listener = Callable[[RawPeer], Awaitable[None]]


def granted(request: bytes, *headers: str) -> bytes:
    """A listener's yes to `request`."""
    key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept.decode()}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def dialled(listener: Listener, link_does: Callable[[Link], Awaitable[None]]) -> None:
    """Dial `listener` over memory and let the link do something."""
    ours, theirs = memory_stream_pair()
    deadline = trio.current_time() + 5
    async with trio.open_nursery() as nursery:
        nursery.start_soon(listener, RawPeer(theirs))
        try:
            async with initiate(
                ours, host="north:1", remote_address="192.0.2.1", deadline=deadline
            ) as link:
                await link_does(link)
        finally:
            nursery.cancel_scope.cancel()


async def receives_one(link: Link) -> None:
    await link.receive()


async def failure_of(listener: Listener) -> LinkError:
    """How a link that receives one message from `listener` fails."""
    failures: list[LinkError] = []
    try:
        await dialled(listener, receives_one)
    except* LinkError as errors:
        failures += [error for error in errors.exceptions if isinstance(error, LinkError)]
    (failure,) = failures
    return failure


def answers(*parts: bytes) -> Listener:
    """A listener that reads the request and sends `parts` whatever it asks."""

    async def listener(peer: RawPeer) -> None:
        await peer.reads_head()
        for part in parts:
            await peer.sends(part)

    return listener


def grants(*parts: bytes, headers: tuple[str, ...] = ()) -> Listener:
    """A listener that grants the link and sends `parts` in the same segment."""

    async def listener(peer: RawPeer) -> None:
        request = await peer.reads_head()
        await peer.sends(granted(request, *headers) + b"".join(parts))

    return listener


async def test_what_one_end_sends_the_other_receives() -> None:
    async def echoes(link: Link) -> None:
        while True:
            await link.send(await link.receive())

    received: list[bytes] = []
    async with a_port(echoes) as endpoint, dial(f"ws://{endpoint}/overlay") as link:
        assert link.remote_address == "127.0.0.1"
        for sent in (b"[1]", b"[" + b"2" * 262_142 + b"]"):
            await link.send(sent)
            received.append(await link.receive())
            assert received[-1] == sent


async def test_the_listener_hears_why_the_dialler_closes() -> None:
    endings: list[LinkError] = []
    ended = trio.Event()

    async def carry(link: Link) -> None:
        try:
            await link.receive()
        except LinkError as error:
            endings.append(error)
            ended.set()

    async with a_port(carry) as endpoint:
        async with dial(f"ws://{endpoint}/overlay") as link:
            await link.close(1008, "changed_key")
        await ended.wait()

    assert [str(ending) for ending in endings] == ["closed with 1008 changed_key"]


async def test_messages_in_the_segment_of_the_answer_arrive() -> None:
    received: list[bytes] = []

    async def link_does(link: Link) -> None:
        received.extend([await link.receive(), await link.receive()])
        with pytest.raises(LinkOrderly, match="closed with 1000 bye"):
            await link.receive()

    await dialled(grants(b"\x81\x03[1]\x81\x03[2]", b"\x88\x05\x03\xe8bye"), link_does)

    assert received == [b"[1]", b"[2]"]


async def test_a_large_message_in_the_segment_of_the_answer_arrives() -> None:
    received: list[bytes] = []
    large = b"[" + b"1" * 59_998 + b"]"

    async def link_does(link: Link) -> None:
        received.append(await link.receive())

    await dialled(grants(b"\x81\x7e" + len(large).to_bytes(2) + large), link_does)

    assert received == [large]


async def test_a_port_on_which_nobody_listens_refuses() -> None:
    (listener,) = await open_listeners(Endpoint("127.0.0.1", 0))
    endpoint = listening_at(listener)
    await listener.aclose()

    with pytest.raises(DialRefused, match=f"nothing listens at {endpoint}"):
        async with dial(f"ws://{endpoint}/overlay"):
            pytest.fail("a link to nobody")


async def test_a_node_without_room_turns_us_away() -> None:
    port = Port(answer=says_its_request, carry=Guest().carry, places=Places(places_max=0))
    async with a_port(Guest().carry, port=port) as endpoint:
        with pytest.raises(DialTurnedAway, match="no room"):
            async with dial(f"ws://{endpoint}/overlay"):
                pytest.fail("a link without room")


async def test_an_address_that_cannot_be_dialled_is_unreachable() -> None:
    with pytest.raises(BadAddress, match="must begin with wss:// or ws://") as failed:
        async with dial("http://127.0.0.1:7001/overlay"):
            pytest.fail("a link to a page")

    assert isinstance(failed.value, DialUnreachable)


async def test_a_listener_that_never_answers_is_given_up(autojump_clock: MockClock) -> None:
    async def says_nothing(_: RawPeer) -> None:
        await trio.sleep_forever()

    assert isinstance(await failure_of(says_nothing), DialTimedOut)


async def test_a_listener_that_answers_too_slowly_is_given_up(autojump_clock: MockClock) -> None:
    async def trickles(peer: RawPeer) -> None:
        for byte in b"HTTP/1.1 101 Switching Protocols":
            await peer.sends(bytes([byte]))
            await trio.testing.wait_all_tasks_blocked()
            autojump_clock.jump(1)

    assert isinstance(await failure_of(trickles), DialTimedOut)


async def test_a_listener_that_hangs_up_turns_us_away() -> None:
    async def hangs_up(peer: RawPeer) -> None:
        await peer.stream.aclose()

    assert isinstance(await failure_of(hangs_up), DialTurnedAway)


STRANGERS = {
    "a page": answers(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    "a refusal": answers(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    "an endless head": answers(b"X: y\r\n" * 5_000),
    "no HTTP": answers(b"220 north ESMTP\r\n\r\n"),
    "another accept token": answers(
        b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    ),
    "no upgrade": answers(b"HTTP/1.1 101 Yes\r\n\r\n"),
    "broken headers": answers(b"HTTP/1.1 101 Yes\r\n: : :\r\n\r\n"),
    "headers that are not ASCII": grants(headers=("Sec-WebSocket-Protocol: \xe9",)),
    "compression that nobody offered": grants(
        headers=("Sec-WebSocket-Extensions: permessage-deflate",)
    ),
    "a protocol that nobody offered": grants(headers=("Sec-WebSocket-Protocol: chat",)),
}


@pytest.mark.parametrize("stranger", STRANGERS)
async def test_whatever_else_answers_is_no_overlay(stranger: str) -> None:
    assert isinstance(await failure_of(STRANGERS[stranger]), NotOverlay)


@pytest.mark.parametrize(
    ("data", "ending", "close_code"),
    [
        (b"\x82\x7f" + (2**30).to_bytes(8), LinkTooLarge, 1009),
        (b"\x81\x83mask[1]", LinkProtocolError, 1002),
        (b"\x81\x01\xff", LinkProtocolError, 1007),
    ],
)
async def test_a_listener_that_breaks_the_rules_is_told_and_left(
    data: bytes, ending: type[LinkError], close_code: int, autojump_clock: MockClock
) -> None:
    said: list[bytes] = []

    async def listener(peer: RawPeer) -> None:
        request = await peer.reads_head()
        await peer.sends(granted(request) + data)
        said.append(await peer.reads_all())

    assert isinstance(await failure_of(listener), ending)
    (frame,) = said
    mask, payload = frame[2:6], frame[6:]
    assert frame[0] == 0x88
    assert bytes(byte ^ mask[index] for index, byte in enumerate(payload[:2])) == (
        close_code.to_bytes(2)
    )


async def test_a_link_that_just_ends_is_a_reset() -> None:
    async def listener(peer: RawPeer) -> None:
        request = await peer.reads_head()
        await peer.sends(granted(request))
        await peer.stream.aclose()

    assert isinstance(await failure_of(listener), LinkReset)


async def test_who_hangs_up_as_soon_as_it_has_answered_has_refused() -> None:
    """docs/protocol.md, section 10.1: as a process does that is killed as it accepts."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listeners[0] as listener:
        port = listener.socket.getsockname()[1]
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        accepted = await listener.accept()
        at_once = struct.pack("ii", 1, 0)
        accepted.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        await accepted.aclose()
        async with stream:
            with pytest.raises(trio.BrokenResourceError):
                await stream.receive_some()

            with pytest.raises(DialRefused):
                remote_address_of(stream)


async def test_what_came_before_the_peer_went_is_received_although_a_write_has_failed() -> None:
    ours, theirs = memory_stream_pair()

    async def says_all() -> None:
        await theirs.send_all(granted(bytes(await theirs.receive_some())))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(says_all)
        async with initiate(
            ours, host="a:1", remote_address="127.0.0.1", deadline=trio.current_time() + 5
        ) as link:
            quota = b"\x88\x07" + struct.pack("!H", 1008) + b"quota"
            await theirs.send_all(b"".join(b"\x81\x03[%d]" % n for n in range(5)) + quota)
            await theirs.aclose()
            with pytest.raises(LinkReset):
                await link.send(b"[late]")

            said = [await link.receive() for _ in range(5)]

            with pytest.raises(LinkOrderly) as ended:
                await link.receive()

    assert said == [b"[%d]" % n for n in range(5)]
    assert (ended.value.code, ended.value.reason) == (1008, "quota")


async def test_a_link_is_closed_in_order_before_our_answer_to_that_is_written() -> None:
    """Another message waits to be written, and the answer behind it."""
    ours, theirs = memory_stream_pair()
    goes_on = trio.Event()

    async def closes() -> None:
        await theirs.send_all(granted(bytes(await theirs.receive_some())))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(closes)
        async with initiate(
            ours, host="a:1", remote_address="127.0.0.1", deadline=trio.current_time() + 5
        ) as link:
            ours.send_stream.send_all_hook = goes_on.wait
            nursery.start_soon(link.send, b"[1]")
            await trio.testing.wait_all_tasks_blocked()
            await theirs.send_all(b"\x88\x10" + struct.pack("!H", 1008) + b"too_many_links")
            await trio.testing.wait_all_tasks_blocked()

            with pytest.raises(LinkOrderly) as ended:
                await link.send(b"[2]")

            goes_on.set()

    assert (ended.value.code, ended.value.reason) == (1008, "too_many_links")
