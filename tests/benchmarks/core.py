"""A node in memory, without sockets: what its own Python takes for each envelope."""

from collections.abc import Iterable, Sequence
from itertools import islice
from time import process_time

from overlay import limits
from overlay.core.effects import Effect
from overlay.core.events import Event
from overlay.core.node import Node
from overlay.crypto.encoding import encode
from overlay.messages.clients import Submit
from overlay.messages.envelopes import ChatMessage
from overlay.messages.ids import NodeId
from overlay.messages.links import Ack, Heartbeat
from overlay.messages.routing import Relay
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.effects import Send
from overlay.peering.events import Drained, FrameReceived, LinkId, Wake
from overlay.peering.statements import Signer
from overlay.wire.codec import decode_frame, encode_frame
from tests.benchmarks.ceilings import Ceilings, rate
from tests.benchmarks.results import Result
from tests.protocol.harness import NodeUnderTest, a_node
from tests.support.people import (
    CHAIN,
    CONVERSATION,
    SUITE,
    ClientKeys,
    a_client,
    a_node_called,
    salt_of,
)

_BODY = encode(bytes(528))
"""As long as a sealed text of 256 bytes: padded to 512, and its tag."""

_PER_FRAME = 32
_RELAYS = 8_192
_SUBMITTED = 896
"""Below what a mailbox keeps for one recipient, between two receipts."""

_REPEATS = 5
_TRANSIT_BARS = {1: 10_000.0, 16: 40_000.0}
_INGRESS_BARS = {1: 8_000.0, 32: 30_000.0}


def codec(ceilings: Ceilings) -> list[Result]:
    """A frame of 32 relays, each with a message of 256 bytes in it."""
    alice, bob, east = a_client("alice"), a_client("bob"), a_node_called("east")
    messages = _relays(_signed_messages(alice, bob, _PER_FRAME, 32), east.id, 1)
    frame = encode_frame(*messages)
    rates = {
        "decoding frames of 32 relays": rate(lambda: decode_frame(frame)),
        "encoding frames of 32 relays": rate(lambda: encode_frame(*messages)),
    }
    return [
        Result(
            name=f"{name}, relays",
            value=_PER_FRAME * value,
            unit="1/s",
            ceiling=ceilings.framed[_PER_FRAME],
        )
        for name, value in rates.items()
    ]


def transit(ceilings: Ceilings) -> list[Result]:
    """Relays from one neighbour to another, acks from the far side included."""
    return [
        Result(
            name=f"node core alone, transit, {batch} a frame",
            value=_transit_rate(batch),
            unit="1/s",
            ceiling=ceilings.framed[batch],
            bar=bar,
        )
        for batch, bar in _TRANSIT_BARS.items()
    ]


def ingress(ceilings: Ceilings) -> list[Result]:
    """Envelopes of a client here to one elsewhere: verified, kept, sent on; 32 in each frame."""
    return [
        Result(
            name=f"node core alone, ingress, {shared} under one signature",
            value=_ingress_rate(shared),
            unit="1/s",
            ceiling=ceilings.verifications,
            bar=bar,
        )
        for shared, bar in _INGRESS_BARS.items()
    ]


class _Links:
    """Drives a node's links with frames that were made before the clock is looked at."""

    def __init__(self, under_test: NodeUnderTest) -> None:
        self._node: Node = under_test.node
        self._now_ms = under_test.now_ms
        self.sent: list[Send] = []

    def rounds(self, events: Iterable[Event]) -> float:
        """Each event is a round of its own, and what it sends is drained; the seconds in all."""
        start_ms, start = self._now_ms, process_time()
        for event in events:
            # Its clock goes on as ours does, so that its acks are due in time.
            self._now_ms = start_ms + int((process_time() - start) * 1_000)
            effects = self._node.handle(event, self._now_ms)
            effects += self._node.handle(Wake(), self._now_ms)
            self._drain(effects)
        return process_time() - start

    def _drain(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self.sent.append(effect)
                self._node.handle(Drained(effect.link, 0), self._now_ms)

    def rest(self, *links: LinkId) -> float:
        """Let pass, with heartbeats, what units are remembered for; forgetting them is work too."""
        seconds = 0.0
        for _ in range(limits.UNIT_MS // 1_000 + 1):
            self._now_ms += 1_000
            heartbeats = [FrameReceived(link, encode_frame(Heartbeat())) for link in links]
            seconds += self.rounds(heartbeats)
        return seconds


def _transit_rate(batch: int) -> float:
    west, east = a_node_called("west"), a_node_called("east")
    north = a_node("north", neighbours=[west, east])
    from_west, to_east = north.linked(west), north.linked(east)
    links = _Links(north)
    best = float("inf")
    for repeat in range(_REPEATS):
        envelopes = _signed_messages(a_client(f"alice {repeat}"), a_client("bob"), _RELAYS, 32)
        first = repeat * _RELAYS + 1
        events = _with_acks(
            from_west.link, to_east.link, _relays(envelopes, east.id, first), batch, first
        )
        seconds = links.rounds(events) + links.rest(from_west.link, to_east.link)
        relays = sum(effect.data.count(b'{"type":"relay"') for effect in links.sent)
        assert relays == _RELAYS, f"{relays} of {_RELAYS} relays went on"
        links.sent.clear()
        best = min(best, seconds)
    return _RELAYS / best


def _with_acks(
    here: LinkId, there: LinkId, messages: Sequence[Message], batch: int, first: int
) -> list[Event]:
    """Frames of so many messages; after every 64 messages the far side acks."""
    events: list[Event] = []
    for start in range(0, len(messages), batch):
        events.append(FrameReceived(here, encode_frame(*messages[start : start + batch])))
        if (start + batch) % 64 == 0:
            events.append(FrameReceived(there, encode_frame(Ack(first + start + batch - 1))))
    return events


def _ingress_rate(shared: int) -> float:
    alice, bob, east = a_client("alice"), a_client("bob"), a_node_called("east")
    north = a_node("north", neighbours=[east])
    to_east = north.linked(east, *east.serving(bob))
    from_alice = north.attached(alice)
    links = _Links(north)
    best, first = float("inf"), 1
    for repeat in range(_REPEATS):
        envelopes = _signed_messages(alice, bob, _SUBMITTED, shared, first)
        messages = [
            Submit(number=from_alice.next_number(), envelope=envelope) for envelope in envelopes
        ]
        frames = _framed(from_alice.link, messages)
        best = min(best, links.rounds(frames))
        last = first + _SUBMITTED - 1
        receipt = bob.receipt_for(alice, (first, last)).signed
        arrived = Relay(
            number=repeat + 1,
            envelope=receipt,
            keeper=east.id,
            home=north.keys.id,
            attempt=0,
            budget=16,
        )
        links.rounds([FrameReceived(to_east.link, encode_frame(Ack(last), arrived))])
        first = last + 1
    relays = sum(effect.data.count(b'{"type":"relay"') for effect in links.sent)
    assert relays == _SUBMITTED * _REPEATS, f"{relays} relays went on"
    return _SUBMITTED / best


def _framed(link: LinkId, messages: Sequence[Message]) -> list[Event]:
    waiting = iter(messages)
    events: list[Event] = []
    while batch := list(islice(waiting, _PER_FRAME)):
        events.append(FrameReceived(link, encode_frame(*batch)))
    return events


def _signed_messages(
    origin: ClientKeys, recipient: ClientKeys, count: int, shared: int, first: int = 1
) -> list[Signed]:
    """Messages of a chain, so many of them under each signature."""
    signer = Signer(origin.key, origin.network)
    signed: list[Signed] = []
    for start in range(first, first + count, shared):
        values = [
            ChatMessage(
                signer=origin.id,
                salt=salt_of(f"{index}"),
                incarnation=origin.incarnation,
                counter=origin.next_counter(),
                recipients=(recipient.account_id, origin.account_id),
                conversation=CONVERSATION,
                chain=CHAIN,
                index=index,
                suite=SUITE,
                body=_BODY,
            )
            for index in range(start, start + shared)
        ]
        signed += [statement.signed for statement in signer.sign(values)]
    return signed


def _relays(envelopes: Iterable[Signed], home: NodeId, first: int) -> list[Relay]:
    keeper = a_node_called("west").id
    return [
        Relay(
            number=number,
            envelope=envelope,
            keeper=keeper,
            home=home,
            attempt=1,
            budget=16,
        )
        for number, envelope in enumerate(envelopes, first)
    ]
