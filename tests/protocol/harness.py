"""One node under test, alone with peers that a test plays: no network, no latency, a clock by hand.

Every event is followed by the wake-ups that the node asks for at once, and
every frame that it sends is checked against the limits of a frame.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from random import Random
from typing import TypeVar

from overlay import limits
from overlay.core.durable import Durable, from_rows
from overlay.core.effects import Answer, Effect, Report
from overlay.core.events import Command, Event
from overlay.core.facts import Fact
from overlay.core.node import Node
from overlay.core.requests import Reply, Request
from overlay.core.settings import Neighbour, Settings, Share
from overlay.messages.gossip import Delta, EverythingWanted
from overlay.messages.ids import Address
from overlay.messages.links import Admission, Refusal, Welcome
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.effects import CloseLink, Dial, Forget, Hold, Load, Persist, Send, Trust
from overlay.peering.events import (
    CloseReason,
    DialFailed,
    DialReason,
    Drained,
    FrameReceived,
    LinkClosed,
    LinkId,
    LinkOpened,
    Stopping,
    Stored,
    StoreFailed,
    Ticket,
    Wake,
)
from overlay.peering.rows import Row, RowKey
from overlay.peering.statements import Verified
from overlay.structures.rates import Rate
from overlay.wire.codec import CARRIES_ENVELOPE, Decode, decode_frame, encode_frame
from overlay.wire.signed import Signable
from tests.support.farend import WELCOME, FarEnd, exchange
from tests.support.people import NETWORK, ClientKeys, NodeKeys, a_node_called

MessageT = TypeVar("MessageT")
FactT = TypeVar("FactT")

NO_SHARES: Mapping[Share, Rate] = {}
"""Other than the usual ones."""

ROUNDS_MAX = 1_000
"""Wake-ups at one moment: more would be a node that never rests."""


class Peer:
    """A link of the node under test, with a far end that the test plays."""

    def __init__(self, harness: "NodeUnderTest", link: LinkId, far_end: FarEnd) -> None:
        self._harness = harness
        self.link = link
        self.far_end = far_end
        self.reads = True
        self.close_code: str | None = None
        self.frames = 0
        """Frames that the node has sent on it."""
        self.waiting_bytes = 0
        """What it sent while nobody read."""
        self.held_ms: list[int] = []
        """For how long the node wanted to read nothing of it, each time."""
        self.is_trusted = False
        self._number = 0

    @property
    def is_open(self) -> bool:
        return self.close_code is None

    def next_number(self) -> int:
        """The number of the next envelope that goes to the node on this link."""
        self._number += 1
        return self._number

    def says(self, *messages: Message) -> None:
        """One frame of these messages arrives."""
        self.says_bytes(encode_frame(*messages))

    def frame(self, *messages: Message) -> FrameReceived:
        """A frame that has yet to arrive, for `NodeUnderTest.happens`."""
        return FrameReceived(self.link, encode_frame(*messages))

    def says_bytes(self, *frames: bytes) -> None:
        """Frames arrive in one round, whatever they hold."""
        self._harness.happens(*(FrameReceived(self.link, data) for data in frames))

    def ends(self, reason: CloseReason = "reset") -> None:
        """The link is gone, by no doing of the node."""
        self.close_code = self.close_code or reason
        self._harness.happens(LinkClosed(self.link, reason))

    def hears(self) -> list[Message]:
        """All that the node has said since this was last asked."""
        heard, self.far_end.heard = self.far_end.heard, []
        return heard

    def hears_all(self, kind: type[MessageT]) -> list[MessageT]:
        """What of this kind the node has said since anything was last asked."""
        return [message for message in self.hears() if isinstance(message, kind)]

    def is_told_everything(self) -> list[Signed]:
        """Ask the node for all that counts; the records that it answers."""
        self.says(EverythingWanted())
        return [record for delta in self.hears_all(Delta) for record in delta.records]

    def hears_one(self, kind: type[MessageT]) -> MessageT:
        """The one message of this kind that the node has said since anything was last asked."""
        (message,) = self.hears_all(kind)
        return message

    def is_refused(self) -> str:
        """The code of the one refusal that was heard since anything was last asked."""
        return self.hears_one(Refusal).code


class NodeUnderTest:
    """A node with a disk and a clock of its own."""

    def __init__(
        self,
        name: str = "north",
        *,
        neighbours: Iterable[Neighbour] = (),
        network: str = NETWORK,
        admission: Admission = "listed",
        rows: Iterable[Row] = (),
        decode: Decode = decode_frame,
        shares: Mapping[Share, Rate] = NO_SHARES,
        counts_addresses: bool = True,
    ) -> None:
        self.wall_ms = 1_700_000_000_000
        self.keys = a_node_called(name, network)
        self.decode = decode
        self.settings = Settings(
            name=name,
            network=network,
            admission=admission,
            addresses=(self.keys.address,),
            neighbours=tuple(neighbours),
            software="a test",
            shares=shares,
            counts_addresses=counts_addresses,
        )
        self.disk = {RowKey(row.table, row.key): row for row in rows}
        self.now_ms = 1_000
        self.stores_at_once = True
        self.unanswered: list[Ticket] = []
        self.peers: dict[LinkId, Peer] = {}
        self.dialled: list[Address] = []
        self.facts: list[Fact] = []
        self.replies: list[Reply] = []
        self._links = 0
        self._waiting: deque[Event] = deque()
        self.node = self._made()

    @property
    def id(self) -> str:
        return self.keys.id

    @property
    def incarnation(self) -> int:
        return self.node.snapshot().incarnation

    def _made(self) -> Node:
        durable = from_rows(self.disk.values(), self.wall_ms) if self.disk else Durable()
        return Node(
            self.keys.key, self.settings, durable, Random(self.keys.name), decode=self.decode
        )

    # Time.

    def happens(self, *events: Event) -> None:
        """Events of one round, what the node does about them, and what follows at once."""
        self._waiting.extend(events)
        self.settles()

    def settles(self) -> None:
        """Let everything happen that is to happen at this moment."""
        for _ in range(ROUNDS_MAX):
            if self._waiting:
                self._perform(self.node.handle(self._waiting.popleft(), self.now_ms))
            elif self._is_due():
                self._perform(self.node.handle(Wake(), self.now_ms))
                deadline_ms = self.node.next_deadline_ms()
                assert deadline_ms is None or deadline_ms > self.now_ms
            else:
                return
        raise AssertionError("the node never rests")

    def passes(self, for_ms: int) -> None:
        """Time passes, with every deadline on its way."""
        until_ms = self.now_ms + for_ms
        self.settles()
        while (deadline_ms := self.node.next_deadline_ms()) is not None and deadline_ms <= until_ms:
            self.now_ms = deadline_ms
            self.settles()
        self.now_ms = until_ms

    def _is_due(self) -> bool:
        deadline_ms = self.node.next_deadline_ms()
        return deadline_ms is not None and deadline_ms <= self.now_ms

    # Effects.

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(link, data):
                    self._sent(self.peers[link], data)
                case CloseLink(link, code):
                    self._closed(self.peers[link], code)
                case Hold(link, for_ms):
                    self.peers[link].held_ms.append(for_ms)
                case Trust(link):
                    self.peers[link].is_trusted = True
                case Dial(address):
                    self.dialled.append(address)
                case Persist(rows, ticket):
                    self._store(ticket, lambda rows=rows: self._write(rows))  # type: ignore[misc]
                case Forget(keys, ticket):
                    self._store(ticket, lambda keys=keys: self._erase(keys))  # type: ignore[misc]
                case Report(fact):
                    self.facts.append(fact)
                case Answer(_, reply):
                    self.replies.append(reply)
                case Load():
                    raise AssertionError("this node loads nothing")

    def _sent(self, peer: Peer, data: bytes) -> None:
        assert peer.is_open, "a frame after the close"
        messages = legal_messages(data)
        peer.frames += 1
        if not peer.reads:
            peer.waiting_bytes += len(data)
            return
        replies = [reply for message in messages for reply in peer.far_end.on_message(message)]
        self._waiting.append(Drained(peer.link, 0))
        if replies:
            self._waiting.append(FrameReceived(peer.link, encode_frame(*replies)))

    def _closed(self, peer: Peer, code: str) -> None:
        if peer.is_open:
            peer.close_code = code
            self._waiting.append(LinkClosed(peer.link, "orderly"))

    def _store(self, ticket: Ticket, change: Callable[[], None]) -> None:
        if self.stores_at_once:
            change()
            self._waiting.append(Stored(ticket))
        else:
            self.unanswered.append(ticket)

    def _write(self, rows: Iterable[Row]) -> None:
        self.disk |= {RowKey(row.table, row.key): row for row in rows}

    def _erase(self, keys: Iterable[RowKey]) -> None:
        for key in keys:
            self.disk.pop(key, None)

    def disk_refuses(self, reason: str = "full") -> None:
        """The disk says no to all that it was asked."""
        unanswered, self.unanswered = self.unanswered, []
        for ticket in unanswered:
            self.happens(StoreFailed(ticket, reason))

    # Links.

    def accepts(
        self,
        far_end: FarEnd,
        remote_address: str = "127.0.0.1",
        handshake_ms: int = limits.HANDSHAKE_MS,
    ) -> Peer:
        """Somebody dials the node; the handshake goes as far as both ends let it."""
        return self._open(far_end, None, remote_address, handshake_ms)

    def reaches(self, address: Address, far_end: FarEnd) -> Peer:
        """The node's dial to an address opens a link."""
        assert address in self.dialled, f"{address} was not dialled"
        self.dialled.remove(address)
        return self._open(far_end, address, "192.0.2.1", limits.HANDSHAKE_MS)

    def misses(self, address: Address, reason: DialReason = "refused") -> None:
        """The node's dial to an address fails."""
        self.dialled.remove(address)
        self.happens(DialFailed(address, reason))

    def _open(
        self, far_end: FarEnd, dialled: Address | None, remote_address: str, left_ms: int
    ) -> Peer:
        self._links += 1
        peer = Peer(self, LinkId(self._links), far_end)
        self.peers[peer.link] = peer
        opened = LinkOpened(
            link=peer.link, dialled=dialled, remote_address=remote_address, handshake_ms=left_ms
        )
        self._waiting.append(opened)
        opening = far_end.opening()
        if opening:
            self._waiting.append(FrameReceived(peer.link, encode_frame(*opening)))
        self.settles()
        return peer

    def client(self, who: ClientKeys, remote_address: str = "127.0.0.1") -> Peer:
        """A client dials and proves itself; it has not attached."""
        far_end = FarEnd(who, dials=True, network=self.settings.network)
        return self.accepts(far_end, remote_address)

    def attached(self, who: ClientKeys, remote_address: str = "127.0.0.1") -> Peer:
        """A client dials and attaches; what it heard so far is forgotten."""
        peer = self.client(who, remote_address)
        peer.says(who.attach_at(self.keys.id, self.incarnation))
        peer.hears()
        return peer

    def linked(self, who: NodeKeys, *records: Verified[Signable], is_named: bool = True) -> Peer:
        """A node dials and exchanges: its own record first, then `records`."""
        peer = self.accepts(FarEnd(who, dials=True, network=self.settings.network))
        ours = (self.keys.id,) if is_named else ()
        own = who.record(links=ours, neighbours=ours)
        peer.says(*exchange(own.signed, *(record.signed for record in records)))
        self.passes(limits.REACHABILITY_MS)
        peer.hears()
        return peer

    # The operator.

    def stops(self) -> None:
        """The operator ends the node."""
        self.happens(Stopping(self.now_ms + 3_000))

    def commands(self, request: Request) -> Reply:
        """The operator's word, and the answer."""
        self.happens(Command(Ticket(0), request))
        return self.replies.pop()

    # What is known.

    def facts_of(self, kind: type[FactT]) -> list[FactT]:
        return [fact for fact in self.facts if isinstance(fact, kind)]


def legal_messages(data: bytes) -> list[Message]:
    """The messages of a frame that keeps to every limit of docs/protocol.md, section 1.2."""
    messages = decode_frame(data)
    assert len(data) <= limits.FRAME_BYTES_MAX
    assert sum(isinstance(each, CARRIES_ENVELOPE) for each in messages) <= 64
    return messages


def a_node(
    name: str = "north",
    *,
    neighbours: Iterable[NodeKeys | Neighbour] = (),
    admission: Admission = "listed",
    rows: Iterable[Row] = (),
    decode: Decode = decode_frame,
    shares: Mapping[Share, Rate] = NO_SHARES,
    counts_addresses: bool = True,
) -> NodeUnderTest:
    """A node that serves; its neighbours are expected to dial it."""
    entries = [
        each if isinstance(each, Neighbour) else Neighbour(address=None, id=each.id)
        for each in neighbours
    ]
    node = NodeUnderTest(
        name,
        neighbours=entries,
        admission=admission,
        rows=rows,
        decode=decode,
        shares=shares,
        counts_addresses=counts_addresses,
    )
    node.settles()
    return node


def at(address: Address, **how: bool) -> Neighbour:
    """An entry of a neighbours file that names an address only."""
    return Neighbour(address=address, id=None, **how)


def told(record: Verified[Signable]) -> Welcome:
    """A welcome that shows the receiver a record of its own."""
    return replace(WELCOME, record=record.signed)
