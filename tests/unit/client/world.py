"""Real nodes and real clients in one process: links with a latency, disks, a clock by hand."""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TypeVar, assert_never

from overlay.client.durable.reading import from_rows as client_rows
from overlay.client.effects import Answer, Open, Report, Seal
from overlay.client.effects import Effect as ClientEffect
from overlay.client.events import Asked
from overlay.client.events import Event as ClientEvent
from overlay.client.facts import Attached, Fact, LadderStepped, MessageArrived
from overlay.client.identity import Identity
from overlay.client.machine import ClientMachine
from overlay.client.requests import FindPeople, MessageId, PeopleFound, Queued, Reply, Request, Say
from overlay.client.settings import Settings as ClientSettings
from overlay.core.durable import from_rows as node_rows
from overlay.core.effects import Answer as NodeAnswer
from overlay.core.effects import Effect as NodeEffect
from overlay.core.effects import Report as NodeReport
from overlay.core.events import Event as NodeEvent
from overlay.core.node import Node
from overlay.core.settings import Neighbour
from overlay.core.settings import Settings as NodeSettings
from overlay.messages.ids import AccountId, Address, ClientId
from overlay.peering.effects import CloseLink, Dial, Forget, Hold, Load, Persist, Send, Trust
from overlay.peering.events import (
    CloseReason,
    DialFailed,
    FrameReceived,
    LinkClosed,
    LinkId,
    LinkOpened,
    Stored,
    Ticket,
    Wake,
)
from overlay.peering.rows import Row, RowKey
from tests.support.people import NETWORK, a_node_called, address_of, key_of
from tests.unit.client.harness import open_for, seal_for

LATENCY_MS = 5
FactT = TypeVar("FactT")
Machine = ClientMachine | Node
Event = ClientEvent | NodeEvent


@dataclass(eq=False)
class Place:
    """One machine with its disk; None while its process does not run."""

    name: str
    make: Callable[[dict[RowKey, Row], int], Machine]
    machine: Machine | None = None
    address: Address | None = None
    disk: dict[RowKey, Row] = field(default_factory=dict)
    links: dict[LinkId, tuple["Place", LinkId]] = field(default_factory=dict)
    facts: list[object] = field(default_factory=list)
    answers: dict[Ticket, Reply] = field(default_factory=dict)
    carried: bytearray = field(default_factory=bytearray)
    """Every byte that came here over a link."""
    starts: int = 0

    def write(self, rows: Iterable[Row]) -> None:
        self.disk |= {RowKey(row.table, row.key): row for row in rows}

    def erase(self, keys: Iterable[RowKey]) -> None:
        for key in keys:
            self.disk.pop(key, None)


class World:
    """Nodes that dial each other in the order in which they were named."""

    def __init__(self, *links: tuple[str, str]) -> None:
        self.now_ms = 1_000
        self.places: dict[str, Place] = {}
        self._queue: list[tuple[int, int, Place, int, Event]] = []
        self._serial = 0
        self._links = 0
        names = dict.fromkeys(name for link in links for name in link)
        for name in names:
            ends = [link for link in links if name in link]
            others = [other for link in ends for other in link if other != name]
            self._add(name, partial(_node, name, others))
        self.passes(1_000)

    # Machines.

    def client(
        self, name: str, at: str, device: str = "laptop", shown_name: str | None = None
    ) -> "Person":
        """A person's client dials a node."""
        key = f"{name} {device}"
        self._add(key, partial(_client, name, device, at, shown_name or name))
        return Person(self, self.places[key], name, device)

    def _add(self, name: str, make: Callable[[dict[RowKey, Row], int], Machine]) -> None:
        place = Place(name, make)
        self.places[name] = place
        self.starts(name)
        if isinstance(place.machine, Node):
            place.address = address_of(name)

    def starts(self, name: str) -> None:
        """A process begins with what its disk holds."""
        place = self.places[name]
        assert place.machine is None
        place.starts += 1
        place.machine = place.make(place.disk, place.starts)

    def kills(self, name: str) -> None:
        """A process ends without a word; its sockets are reset."""
        place = self.places[name]
        place.machine = None
        for link in list(place.links):
            self._sever(place, link, "reset")

    def carried_by(self, name: str) -> bytes:
        """Every byte that came to a machine over its links."""
        return bytes(self.places[name].carried)

    # Time.

    def passes(self, for_ms: int) -> None:
        """Time passes, with everything that happens on its way."""
        self.passes_until(lambda: False, for_ms)

    def passes_until(self, is_true: Callable[[], bool], at_most_ms: int = 10_000) -> None:
        """Time passes until something is the case, or for so long."""
        until_ms = self.now_ms + at_most_ms
        while not is_true():
            next_ms = self._next_ms()
            if next_ms is None or next_ms > until_ms:
                self.now_ms = until_ms
                return
            self.now_ms = max(self.now_ms, next_ms)
            self._happen()

    def _next_ms(self) -> int | None:
        queued = [self._queue[0][0]] if self._queue else []
        machines = [place.machine for place in self.places.values() if place.machine is not None]
        due = [machine.next_deadline_ms() for machine in machines]
        return min([*queued, *(at_ms for at_ms in due if at_ms is not None)], default=None)

    def _happen(self) -> None:
        while self._queue and self._queue[0][0] <= self.now_ms:
            _, _, place, start, event = heapq.heappop(self._queue)
            if place.machine is not None and place.starts == start:
                self._handle(place, event)
        for place in self.places.values():
            deadline_ms = place.machine.next_deadline_ms() if place.machine is not None else None
            if deadline_ms is not None and deadline_ms <= self.now_ms:
                self._handle(place, Wake())

    def _handle(self, place: Place, event: Event) -> None:
        machine = place.machine
        effects: list[ClientEffect | NodeEffect]
        if isinstance(machine, ClientMachine):
            effects = [*machine.handle(event, self.now_ms)]  # type: ignore[arg-type]  # its own kind
        else:
            assert machine is not None
            effects = [*machine.handle(event, self.now_ms)]  # type: ignore[arg-type]  # its own kind
        for effect in effects:
            self._perform(place, effect)

    def tell(self, place: Place, event: Event, after_ms: int = 0) -> None:
        """Have something happen at a machine, unless it is started anew meanwhile."""
        self._serial += 1
        entry = (self.now_ms + after_ms, self._serial, place, place.starts, event)
        heapq.heappush(self._queue, entry)

    # Effects.

    def _perform(self, place: Place, effect: ClientEffect | NodeEffect) -> None:
        match effect:
            case Send(link, data):
                if link in place.links:
                    other, far_link = place.links[link]
                    other.carried += data
                    self.tell(other, FrameReceived(far_link, data), LATENCY_MS)
            case CloseLink(link, _):
                if link in place.links:
                    self._sever(place, link, "orderly")
            case Dial(address):
                self._dial(place, address)
            case Persist(rows, ticket):
                place.write(rows)
                self.tell(place, Stored(ticket))
            case Forget(keys, ticket):
                place.erase(keys)
                self.tell(place, Stored(ticket))
            case Load(_, _):
                raise AssertionError("nobody loads anything")
            case Seal():
                self.tell(place, seal_for(effect))
            case Open():
                self.tell(place, open_for(effect))
            case Report(fact) | NodeReport(fact):
                place.facts.append(fact)
            case Answer(ticket, reply):
                place.answers[ticket] = reply
            case Hold() | Trust() | NodeAnswer():
                # Whoever obeys is never in need of being held, and says nothing that is long before
                # it is trusted; what an operator is told is theirs.
                pass
            case _:
                assert_never(effect)

    def _dial(self, place: Place, address: Address) -> None:
        listening = [
            other
            for other in self.places.values()
            if other.address == address and other.machine is not None
        ]
        if not listening:
            self.tell(place, DialFailed(address, "refused"), LATENCY_MS)
            return
        (other,) = listening
        self._links += 2
        ours, theirs = LinkId(self._links), LinkId(self._links + 1)
        place.links[ours], other.links[theirs] = (other, theirs), (place, ours)
        host = f"192.0.2.{len(other.links) % 250}:7000"
        opened = LinkOpened(link=ours, dialled=address, remote_address="192.0.2.1:7000")
        self.tell(place, opened, LATENCY_MS)
        accepted = LinkOpened(link=theirs, dialled=None, remote_address=host)
        self.tell(other, accepted, LATENCY_MS)

    def _sever(self, place: Place, link: LinkId, reason: CloseReason) -> None:
        other, far_link = place.links.pop(link)
        other.links.pop(far_link, None)
        self.tell(place, LinkClosed(link, reason))
        self.tell(other, LinkClosed(far_link, reason), LATENCY_MS)


class Person:
    """A client in a world, and what its person does and sees."""

    def __init__(self, world: World, place: Place, name: str, device: str) -> None:
        self._world = world
        self.place = place
        self._tickets = 0
        self.id = ClientId(key_of(f"{name} {device}").id)
        self.account = AccountId(key_of(name).id)

    def asks(self, request: Request) -> Reply:
        """Ask, and wait for the answer."""
        ticket = self._ask(request)
        self._world.passes_until(lambda: ticket in self.place.answers)
        return self.place.answers[ticket]

    def _ask(self, request: Request) -> Ticket:
        self._tickets += 1
        ticket = Ticket(1_000_000 * self.place.starts + self._tickets)
        self._world.tell(self.place, Asked(ticket, request))
        return ticket

    def says(self, to: "Person", text: str) -> MessageId:
        """A message that is in the outbox from now on."""
        reply = self.asks(Say(to=to.account, text=text, sent_at=self._world.now_ms))
        assert isinstance(reply, Queued)
        return reply.message

    def says_and_waits(self, to: "Person", text: str, for_ms: int) -> Reply | None:
        """The same, with no more than so much time for an answer."""
        ticket = self._ask(Say(to=to.account, text=text, sent_at=self._world.now_ms))
        self._world.passes(for_ms)
        return self.place.answers.get(ticket)

    def finds(self, name: str) -> PeopleFound:
        """Ask the directory for a name."""
        reply = self.asks(FindPeople(name=name))
        assert isinstance(reply, PeopleFound)
        return reply

    def told(self, kind: type[FactT]) -> list[FactT]:
        """All facts of one kind so far."""
        return [fact for fact in self.place.facts if isinstance(fact, kind)]

    @property
    def facts(self) -> list[Fact]:
        return self.place.facts  # type: ignore[return-value]  # a client's place holds its facts

    @property
    def texts(self) -> list[str]:
        """What was shown, in order."""
        return [arrived.text for arrived in self.told(MessageArrived)]

    def ladder(self, message: MessageId) -> list[str]:
        """The steps that a message has taken."""
        return [each.step for each in self.told(LadderStepped) if each.message == message]

    @property
    def homes(self) -> list[Address]:
        """Where this client was served, in order."""
        return [attached.address for attached in self.told(Attached)]

    @property
    def disk(self) -> Iterable[Row]:
        return self.place.disk.values()

    def crashes(self) -> None:
        self._world.kills(self.place.name)

    def starts_again(self) -> None:
        self._world.starts(self.place.name)

    def loses_rows(self, table: str) -> None:
        """A part of the disk is gone."""
        self.place.erase([key for key in self.place.disk if key.table == table])


def _node(name: str, others: list[str], disk: dict[RowKey, Row], start: int) -> Node:
    keys = a_node_called(name)
    settings = NodeSettings(
        name=name,
        network=NETWORK,
        admission="listed",
        addresses=(address_of(name),),
        neighbours=tuple(
            Neighbour(address=address_of(other), id=a_node_called(other).id) for other in others
        ),
        software="a test",
    )
    return Node(keys.key, settings, node_rows(disk.values()), Random(f"{name} {start}"))


def _client(
    name: str, device: str, at: str, shown_name: str, disk: dict[RowKey, Row], start: int
) -> ClientMachine:
    account = key_of(name)
    identity = Identity(
        key=key_of(f"{name} {device}"), account=AccountId(account.id), account_key=account
    )
    settings = ClientSettings(addresses=(address_of(at),), name=shown_name, software="a test")
    random = Random(f"{name} {device} {start}")
    return ClientMachine(identity, settings, client_rows(disk.values()), random)
