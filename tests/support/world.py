"""A small world of real nodes on a network in memory: a heap of events, and a clock by hand.

Every frame takes `LATENCY_MS`. Whatever a node sends is checked against the
limits of a frame, and after each wake-up a node must want to rest.
"""

import heapq
from collections.abc import Callable, Iterable
from random import Random
from typing import TypeVar

from overlay.core.durable import Durable, from_rows
from overlay.core.effects import Answer, Effect, Report
from overlay.core.events import Event
from overlay.core.node import Node
from overlay.core.settings import Neighbour, Settings
from overlay.messages.ids import Address
from overlay.messages.links import Admission
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
    Wake,
)
from overlay.peering.rows import RowKey
from overlay.wire.codec import CARRIES_ENVELOPE, decode_frame, encode_frame
from tests.support.farend import FarEnd
from tests.support.people import NETWORK, ClientKeys, a_node_called, address_of
from tests.support.places import End, Place, deadline_of, listens, name_of

LATENCY_MS = 5
DIAL_MS = 2
STORE_MS = 1
KNOWN_MS = 500
"""What is new is known everywhere within this, also where a branch of the tree was missing."""

FactT = TypeVar("FactT")
MessageT = TypeVar("MessageT")


class Client:
    """A link of a client, played by a test, to a node of the world."""

    def __init__(self, world: "World", who: ClientKeys, home: Place) -> None:
        self._world = world
        self.who = who
        self.home = home
        self.far_end = FarEnd(who, dials=True, network=home.settings.network)
        self.end: End | None = None
        self.acks = True
        self._number = 0
        self._request = 1

    @property
    def is_open(self) -> bool:
        return self.end is not None and self.end.is_open

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def next_request(self) -> int:
        self._request += 1
        return self._request

    def says(self, *messages: Message) -> None:
        """One frame of these messages is on its way."""
        assert self.end is not None
        self._world.carry(self.end, encode_frame(*messages))

    def hears(self) -> list[Message]:
        """All that has arrived since this was last asked."""
        heard, self.far_end.heard = self.far_end.heard, []
        return heard

    def hears_all(self, kind: type[MessageT]) -> list[MessageT]:
        return [message for message in self.hears() if isinstance(message, kind)]

    def attaches(self) -> None:
        """Ask to be served."""
        node = self.home.node
        assert node is not None
        incarnation = node.snapshot().incarnation
        self.says(self.who.attach_at(self.home.keys.id, incarnation, request=self.next_request()))


class World:
    """Nodes by name, the links between them, and time."""

    def __init__(self, *, network: str = NETWORK, admission: Admission = "listed") -> None:
        self.now_ms = 0
        self.network = network
        self.admission: Admission = admission
        self.places: dict[str, Place] = {}
        self.cuts: set[frozenset[str]] = set()
        self.recorded: list[tuple[str, str, bytes]] = []
        """Every frame that set out: from whom, to whom, and what."""
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._held: list[tuple[End, Callable[[], None]]] = []
        self._serial = 0
        self._links = 0

    # Nodes.

    def install(
        self, name: str, neighbours: Iterable[str | Neighbour], *, network: str | None = None
    ) -> Place:
        """A node that lists these neighbours by address. It does not run yet."""
        entries = [
            each if isinstance(each, Neighbour) else Neighbour(address=address_of(each), id=None)
            for each in neighbours
        ]
        settings = Settings(
            name=name,
            network=network or self.network,
            admission=self.admission,
            addresses=(address_of(name),),
            neighbours=tuple(entries),
            software="a world",
        )
        place = Place(keys=a_node_called(name, settings.network), settings=settings)
        self.places[name] = place
        return place

    def start(self, *names: str) -> None:
        """Run these nodes, or all; each from what its disk holds."""
        for name in names or tuple(self.places):
            place = self.places[name]
            assert place.node is None, f"{name} runs already"
            durable = from_rows(place.disk.values()) if place.disk else Durable()
            place.runs += 1
            place.node = Node(
                place.keys.key, place.settings, durable, Random(f"{name} {place.runs}")
            )

    def kill(self, name: str) -> None:
        """The process is gone: sockets are reset, nobody listens."""
        place = self.places[name]
        place.node = None
        for end in list(place.ends.values()):
            self._break(end, "reset")

    def stop(self, name: str, within_ms: int = 3_000) -> None:
        """The process is asked to end, and does."""
        place = self.places[name]
        self._handle(place, Stopping(self.now_ms + within_ms))
        self.passes(100)
        place.node = None

    def reset(self, first: str, second: str) -> None:
        """Every link between two nodes breaks without a close frame."""
        for end in list(self.places[first].ends.values()):
            if end.other is not None and end.other.owner is self.places[second]:
                self._break(end, "reset")
                self._tell(end, LinkClosed(end.link, "reset"), LATENCY_MS)

    def cut(self, first: str, second: str) -> None:
        """Nothing passes between two nodes any more, and nobody is told."""
        self.cuts.add(frozenset((first, second)))

    def heal(self, first: str, second: str) -> None:
        """What was held up between the two goes on its way, as on a link that was only slow."""
        self.cuts.discard(frozenset((first, second)))
        held, self._held = self._held, []
        for end, action in held:
            self._between(end, action)

    def heal_all(self) -> None:
        for cut in sorted(self.cuts, key=sorted):
            self.heal(*sorted(cut))

    def node(self, name: str) -> Node:
        node = self.places[name].node
        assert node is not None, f"{name} does not run"
        return node

    # What is known.

    def alive_at(self, name: str) -> list[str]:
        """The names of all nodes that are alive in the eyes of one, sorted."""
        members = self.node(name).snapshot().members
        return sorted(member.name or "?" for member in members if member.is_alive)

    def links_at(self, name: str) -> list[str]:
        return sorted(link.name or "?" for link in self.node(name).snapshot().links)

    def facts_of(self, name: str, kind: type[FactT]) -> list[FactT]:
        return [fact for _, fact in self.places[name].facts if isinstance(fact, kind)]

    def running(self) -> list[str]:
        return [name for name, place in self.places.items() if place.node is not None]

    # Time.

    def passes(self, for_ms: int) -> None:
        """Everything happens that is due within this time."""
        until_ms = self.now_ms + for_ms
        while (at_ms := self._next_ms()) <= until_ms:
            self.now_ms = max(self.now_ms, at_ms)
            self._step()
        self.now_ms = until_ms

    def until(self, is_so: Callable[[], bool], within_ms: int) -> int:
        """Time passes until something is so; returns how long that took."""
        began_ms = self.now_ms
        while not is_so():
            assert self.now_ms - began_ms < within_ms, "not within the time"
            self.passes(10)
        return self.now_ms - began_ms

    def _next_ms(self) -> int:
        deadlines = [deadline_of(place) for place in self.places.values()]
        due = [deadline for deadline in deadlines if deadline is not None]
        if self._queue:
            due.append(self._queue[0][0])
        return min(due, default=2**62)

    def _step(self) -> None:
        """Everything of this moment, events first: so a round gathers what came together."""
        while self._queue and self._queue[0][0] <= self.now_ms:
            heapq.heappop(self._queue)[2]()
        for place in list(self.places.values()):
            deadline_ms = deadline_of(place)
            if place.node is not None and deadline_ms is not None and deadline_ms <= self.now_ms:
                self._handle(place, Wake())
                deadline_ms = deadline_of(place)
                assert deadline_ms is None or deadline_ms > self.now_ms

    def _later(self, after_ms: int, action: Callable[[], None]) -> None:
        self._serial += 1
        heapq.heappush(self._queue, (self.now_ms + after_ms, self._serial, action))

    # Effects.

    def happens(self, name: str, event: Event) -> None:
        """Something happens to one node, by nobody's doing in this world."""
        self._handle(self.places[name], event)

    def _handle(self, place: Place, event: Event) -> None:
        if place.node is not None:
            self._perform(place, place.node.handle(event, self.now_ms))

    def _perform(self, place: Place, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(link, data):
                    if end := place.ends.get(link):
                        self.carry(end, data)
                case CloseLink(link, _):
                    if end := place.ends.get(link):
                        self._break(end, "orderly")
                        self._tell(end, LinkClosed(link, "orderly"), 0)
                case Dial(address):
                    self._dial(place, address)
                case Persist(rows, ticket):
                    place.disk |= {RowKey(row.table, row.key): row for row in rows}
                    self._answer(place, Stored(ticket))
                case Forget(keys, ticket):
                    place.disk = {key: row for key, row in place.disk.items() if key not in keys}
                    self._answer(place, Stored(ticket))
                case Report(fact):
                    place.facts.append((self.now_ms, fact))
                case Answer(_, reply):
                    place.replies.append(reply)
                case Trust():
                    pass
                case Hold() | Load():
                    raise AssertionError("nobody says more than its share; a node loads nothing")

    def _answer(self, place: Place, event: Event) -> None:
        run = place.runs
        self._later(STORE_MS, lambda: self._handle(place, event) if place.runs == run else None)

    def carry(self, end: End, data: bytes) -> None:
        """A frame sets out from one end of a link."""
        messages = decode_frame(data)
        assert sum(isinstance(each, CARRIES_ENVELOPE) for each in messages) <= 64
        other = end.other
        assert other is not None
        self.recorded.append((name_of(end), name_of(other), data))
        self._between(end, lambda: self._arrive(other, data))

    def _between(self, end: End, action: Callable[[], None]) -> None:
        """Something crosses from one end to the other, now or when nothing is cut any more."""
        other = end.other
        assert other is not None
        if frozenset((name_of(end), name_of(other))) in self.cuts:
            self._held.append((end, action))
            return
        self._later(LATENCY_MS + end.late_ms, action)
        if isinstance(end.owner, Place):
            self._tell(end, Drained(end.link, 0), LATENCY_MS)

    def _arrive(self, end: End, data: bytes) -> None:
        if not end.is_open:
            return
        if isinstance(end.owner, Place):
            self._handle(end.owner, FrameReceived(end.link, data))
            return
        client = end.owner
        for message in decode_frame(data):
            replies = client.far_end.on_message(message)
            if replies:
                client.says(*replies)

    def _tell(self, end: End, event: Event, after_ms: int) -> None:
        owner = end.owner
        if isinstance(owner, Place):
            run = owner.runs
            self._later(after_ms, lambda: self._handle(owner, event) if owner.runs == run else None)

    def _break(self, end: End, reason: CloseReason) -> None:
        """This end is gone; the other hears of it as soon as anything passes between them."""
        end.is_open = False
        if isinstance(end.owner, Place):
            end.owner.ends.pop(end.link, None)
        other = end.other
        if other is not None and other.is_open:
            self._between(end, lambda: self._lose(other, reason))

    def _lose(self, end: End, reason: CloseReason) -> None:
        if not end.is_open:
            return
        end.is_open = False
        if isinstance(end.owner, Place):
            end.owner.ends.pop(end.link, None)
            self._handle(end.owner, LinkClosed(end.link, reason))

    # Links.

    def _dial(self, place: Place, address: Address) -> None:
        target = next((each for each in self.places.values() if listens(each, address)), None)
        if target is None or target.node is None:
            self._refuse_dial(place, address, "refused", DIAL_MS)
        elif frozenset((place.settings.name, target.settings.name)) in self.cuts:
            self._refuse_dial(place, address, "timed_out", 5_000)
        else:
            self._connect(place, address, target)

    def _refuse_dial(
        self, place: Place, address: Address, reason: DialReason, after_ms: int
    ) -> None:
        run = place.runs
        failed = DialFailed(address, reason)
        self._later(after_ms, lambda: self._handle(place, failed) if place.runs == run else None)

    def _connect(self, place: Place, address: Address, target: Place) -> None:
        ours = self._end(place)
        theirs = self._end(target)
        ours.other, theirs.other = theirs, ours
        ours.late_ms = theirs.late_ms = place.late_ms
        dialled = LinkOpened(link=ours.link, dialled=address, remote_address=target.settings.name)
        accepted = LinkOpened(link=theirs.link, dialled=None, remote_address=place.settings.name)
        self._later(DIAL_MS, lambda: self._open(ours, dialled))
        self._later(DIAL_MS, lambda: self._open(theirs, accepted))

    def _open(self, end: End, event: LinkOpened) -> None:
        if end.is_open and isinstance(end.owner, Place):
            self._handle(end.owner, event)

    def _end(self, owner: Place | Client) -> End:
        self._links += 1
        end = End(owner=owner, link=LinkId(self._links))
        if isinstance(owner, Place):
            owner.ends[end.link] = end
        return end

    def connect(self, who: ClientKeys, home: str) -> Client:
        """A client dials a node; its handshake goes on by itself."""
        place = self.places[home]
        client = Client(self, who, place)
        client.end = ours = self._end(client)
        theirs = self._end(place)
        ours.other, theirs.other = theirs, ours
        accepted = LinkOpened(link=theirs.link, dialled=None, remote_address=who.name)
        self._later(DIAL_MS, lambda: self._open(theirs, accepted))
        return client

    def attach(self, who: ClientKeys, home: str) -> Client:
        """A client is served by a node; what it heard until then is forgotten."""
        client = self.connect(who, home)
        self.passes(50)
        client.attaches()
        self.passes(KNOWN_MS)
        client.hears()
        return client

    def leaves(self, client: Client) -> None:
        """The client's process is gone."""
        assert client.end is not None
        self._break(client.end, "reset")
