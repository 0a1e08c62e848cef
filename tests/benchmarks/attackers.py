"""Attackers in a process of their own, who do one thing until their input ends.

    python -m tests.benchmarks.attackers WHAT ENDPOINT HOME

WHAT is one of `spam`, `storm` and `hoard` (HOME is the node's id), `slow`, `half`, and `frames`.
Each line of input is an order, each line of output says what was done so far.
"""

import json
import ssl
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from itertools import count, cycle

import trio
from trio_websocket import ConnectionClosed, HandshakeError

from overlay import limits
from overlay.errors import LinkError, OverlayError
from overlay.messages.clients import Submit
from overlay.messages.envelopes import ChatMessage
from overlay.messages.ids import NodeId
from overlay.peering.statements import Signer
from overlay.transport.tls import dialling_context
from overlay.transport.websocket import dial
from overlay.wire.codec import encode_frame
from tests.benchmarks.crowds import served
from tests.end_to_end.strangers import Stranger, connection_to, stranger_at
from tests.support.people import ClientKeys, a_client

SLOW_PEERS = 1_000
FRAME_ATTACKERS = 1_000
HOARDERS = 1_000
_AT_ONCE = 100
_STORMERS = 16
_BATCH = 32
_BEGINNING = "[" + " " * (limits.FRAME_BYTES_MAX - 2)
_HOARD_ROUNDS = 3
_OPENING = (
    b"GET /overlay HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
_MASK = bytes(4)
_HALF = bytes([0x01, 0x80 | 127]) + (131_072).to_bytes(8) + _MASK + b" " * 131_072
_FRAGMENT = bytes([0x00, 0x80 | 126]) + (500).to_bytes(2) + _MASK + b" " * 500
_FRAMES = {
    "oversized": bytes([0x81, 0x80 | 127]) + (300_000).to_bytes(8) + _MASK + b" " * 300_000,
    "fragmented": _HALF + _FRAGMENT * 400,
    "declared huge": bytes([0x81, 0x80 | 127]) + (2**62).to_bytes(8) + _MASK + b" " * 65_536,
    "unfinished": _HALF,
}
_HOARD_S = 10.0
Habit = Callable[[trio.abc.Stream], Awaitable[None]]
done: Counter[str] = Counter()


async def spam(endpoint: str, home: str) -> None:
    """One admitted client writes to one person as fast as it can, signed and well-formed."""
    mallory, victim = a_client("mallory"), a_client("victim")
    while True:
        mallory.incarnation += 1  # type: ignore[assignment]  # a new run has a higher one
        mallory.counter = 0
        try:
            async with stranger_at(endpoint) as victims_link, stranger_at(endpoint) as link:
                victim.incarnation = mallory.incarnation
                await victims_link.attaches(victim, NodeId(home))
                await link.attaches(mallory, NodeId(home))
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(_drain, victims_link)
                    nursery.start_soon(_drain, link)
                    await _write_on(link, mallory, victim)
        except* (trio.BrokenResourceError, trio.ClosedResourceError, OSError, OverlayError):
            done["links lost"] += 1
            await trio.sleep(0.1)
        except* Exception as group:
            done[f"lost: {type(group.exceptions[0]).__name__}"] += 1
            await trio.sleep(0.1)


async def _write_on(link: Stranger, mallory: ClientKeys, victim: ClientKeys) -> None:
    signer = Signer(mallory.key, mallory.network)
    while True:
        start = mallory.counter
        first = mallory.message_to(victim, index=start + 1).value
        texts = [_copy(first, mallory, start + 1)] + [
            _copy(first, mallory, start + 1 + number) for number in range(1, _BATCH)
        ]
        mallory.counter = start + _BATCH
        signed = signer.sign(texts)
        submits = [Submit(number=link.next_number(), envelope=each.signed) for each in signed]
        await link.says_raw(encode_frame(*submits).decode())
        done["envelopes"] += _BATCH


def _copy(first: ChatMessage, mallory: ClientKeys, counter: int) -> ChatMessage:
    return ChatMessage(
        signer=first.signer,
        salt=first.salt,
        incarnation=first.incarnation,
        counter=counter,  # type: ignore[arg-type]
        recipients=first.recipients,
        conversation=first.conversation,
        chain=first.chain,
        index=counter,
        suite=first.suite,
        body="x" * 400,
    )


async def _drain(link: Stranger) -> None:
    while True:
        await link.hears_raw()
        done["answers"] += 1


async def storm(endpoint: str, home: str) -> None:
    """Somebody new attaches, and leaves, and somebody new attaches, some at a time."""
    async with trio.open_nursery() as nursery:
        for number in range(_STORMERS):
            nursery.start_soon(_come_and_go, f"ws://{endpoint}/overlay", NodeId(home), number)


async def _come_and_go(address: str, home: NodeId, number: int) -> None:
    for time in count():
        who = a_client(f"storm {number} {time}")
        try:
            async with dial(address) as link:
                why = await served(link, who, encode_frame(who.attach_at(home)))
                done[why or "attaches"] += 1
        except LinkError:
            done["reset"] += 1


async def slow(endpoint: str, _: str) -> None:
    """1,000 peers who never come to the point, and come again when they are let go."""
    await _dawdle_all(endpoint, (_say_nothing, _ask_slowly, _ask_and_fall_silent))


async def half(endpoint: str, _: str) -> None:
    """1,000 who begin to speak TLS, and then are as slow, at every point of it and after it."""
    await _dawdle_all(
        endpoint,
        (_say_nothing, _greet_slowly, _greet_and_fall_silent, _only_shake_hands, _ask_in_tls),
    )


async def _dawdle_all(endpoint: str, habits: tuple[Habit, ...]) -> None:
    async with trio.open_nursery() as nursery:
        for number, habit in zip(range(SLOW_PEERS), cycle(habits), strict=False):
            nursery.start_soon(_dawdle, endpoint, habit, number / SLOW_PEERS)


async def _dawdle(endpoint: str, habit: Habit, later_s: float) -> None:
    await trio.sleep(later_s)
    while True:
        try:
            async with connection_to(endpoint) as stream:
                done["connections"] += 1
                await habit(stream)
        except* (OSError, trio.BrokenResourceError):
            done["reset"] += 1
        await trio.sleep(1)


async def _say_nothing(stream: trio.abc.Stream) -> None:
    while await stream.receive_some(65_536):
        pass


async def _ask_slowly(stream: trio.abc.Stream) -> None:
    await _trickle(stream, _OPENING[:-2])


async def _ask_and_fall_silent(stream: trio.abc.Stream) -> None:
    await stream.send_all(_OPENING)
    await _say_nothing(stream)


async def _greet_slowly(stream: trio.abc.Stream) -> None:
    await _trickle(stream, _client_hello())


async def _greet_and_fall_silent(stream: trio.abc.Stream) -> None:
    await stream.send_all(_client_hello())
    await _say_nothing(stream)


async def _only_shake_hands(stream: trio.abc.Stream) -> None:
    await _say_nothing(await _in_tls(stream))


async def _ask_in_tls(stream: trio.abc.Stream) -> None:
    await _ask_and_fall_silent(await _in_tls(stream))


async def _in_tls(stream: trio.abc.Stream) -> trio.abc.Stream:
    tls = trio.SSLStream(stream, dialling_context(), server_hostname="north", https_compatible=True)
    await tls.do_handshake()
    return tls


def _client_hello() -> bytes:
    said = ssl.MemoryBIO()
    end = dialling_context().wrap_bio(ssl.MemoryBIO(), said, server_hostname="north")
    with suppress(ssl.SSLWantReadError):
        end.do_handshake()
    return said.read()


async def _trickle(stream: trio.abc.Stream, data: bytes) -> None:
    """Byte by byte, until the end comes."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_send_slowly, stream, data)
        await _say_nothing(stream)
        nursery.cancel_scope.cancel()


async def _send_slowly(stream: trio.abc.Stream, data: bytes) -> None:
    try:
        for byte in data:
            await trio.sleep(1)
            await stream.send_all(bytes([byte]))
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return


async def frames(endpoint: str, _: str) -> None:
    """1,000 attackers, 100 at a time, each with one bad frame; the last hundred stay."""
    kinds = cycle(_FRAMES.values())
    for _round in range(FRAME_ATTACKERS // _AT_ONCE):
        async with trio.open_nursery() as nursery:
            for data, _number in zip(kinds, range(_AT_ONCE), strict=False):
                nursery.start_soon(_send_bad, endpoint, data)
    done["finished"] = 1
    await trio.sleep_forever()


async def _send_bad(endpoint: str, data: bytes) -> None:
    try:
        async with connection_to(endpoint) as stream:
            await stream.send_all(_OPENING)
            await stream.send_all(data)
            with trio.move_on_after(1):
                async for _ in stream:
                    pass
    except (OSError, trio.BrokenResourceError):
        pass
    done["attackers"] += 1


async def hoard(endpoint: str, home: str) -> None:
    """1,000 attached clients, each of whom begins the longest message and never ends it.

    Who is let go comes again, a few times.
    """
    at_once = trio.Semaphore(_STORMERS)
    async with trio.open_nursery() as nursery:
        for number in range(HOARDERS):
            nursery.start_soon(_begin_again, endpoint, NodeId(home), number, at_once)
    done["finished"] = 1


async def _begin_again(endpoint: str, home: NodeId, number: int, at_once: trio.Semaphore) -> None:
    hoarder = a_client(f"hoarder {number}")
    for _ in range(_HOARD_ROUNDS):
        try:
            async with AsyncExitStack() as staying:
                async with at_once:
                    link = await staying.enter_async_context(stranger_at(endpoint))
                    await link.attaches(hoarder, home)
                await link.begins(_BEGINNING)
                done["begun"] += 1
                with trio.move_on_after(_HOARD_S):
                    await link.hears_the_end()
        except* (OSError, trio.BrokenResourceError, OverlayError, ConnectionClosed, HandshakeError):
            done["let go"] += 1
        hoarder.incarnation += 1  # type: ignore[assignment]  # a new run has a higher one


async def _run(what: str, endpoint: str, home: str) -> None:
    attacks = {
        "spam": spam,
        "storm": storm,
        "slow": slow,
        "half": half,
        "frames": frames,
        "hoard": hoard,
    }
    async with trio.open_nursery() as nursery:
        nursery.start_soon(attacks[what], endpoint, home)
        print("{}", flush=True)
        while await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True):
            print(json.dumps(done), flush=True)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    _, _what, _endpoint, _home = sys.argv
    trio.run(_run, _what, _endpoint, _home)
