"""The machines of a world, where they live, and one run of one of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from overlay.client import effects as client_effects
from overlay.client import events as client_events
from overlay.client.durable.reading import from_rows as client_durable
from overlay.client.identity import Identity
from overlay.client.machine import ClientMachine
from overlay.client.settings import Settings as ClientSettings
from overlay.core import effects as node_effects
from overlay.core import events as node_events
from overlay.core.durable import from_rows as node_durable
from overlay.core.node import Node
from overlay.core.requests import NodeCensus, NodeDirectory, NodeGlance, NodeStatus
from overlay.core.settings import Settings as NodeSettings
from overlay.crypto.keys import SigningKey
from overlay.messages.ids import Address, ClientId
from overlay.peering.events import LinkId
from overlay.peering.statements import Reader, ReaderOf
from overlay.structures.sizes import Size
from overlay.wire.codec import Decode, decode_frame
from simulations.clock import Clock
from simulations.disk import Disk

Event = node_events.Event | client_events.Event
Effect = node_effects.Effect | client_effects.Effect


class Machine(Protocol):
    """A node or a client: events and the time go in, effects come out."""

    def handle(self, event: Event, now_ms: int) -> Sequence[Effect]:
        """Advance by one event."""

    def next_deadline_ms(self) -> int | None:
        """When to `Wake` it at the latest."""


class NodeMachine(Machine, Protocol):
    """A node, or what passes for one."""

    def snapshot(self) -> NodeStatus:
        """A pure read of what it is and knows."""


@dataclass(slots=True, eq=False)
class Process:
    """One run of a machine, from its start to its end."""

    host: "Host"
    machine: Machine
    is_alive: bool = True
    wakes: set[int] = field(default_factory=set)
    """The times at which it is looked at whether the machine wants to be woken."""
    links: int = 0
    is_paused: bool = False
    paused_ms: int = 0
    """Since when it is, or was last."""
    waiting: list[Event] = field(default_factory=list)
    """What has come while it is paused."""
    knocks: list[Callable[[], None]] = field(default_factory=list)
    """Who has dialled it while it is paused, and may still wait."""

    def next_link(self) -> LinkId:
        self.links += 1
        return LinkId(self.links)


@dataclass(slots=True, eq=False, kw_only=True)
class Host:
    """A place with a disk, on which one machine runs at a time; either of the two below.

    No abstract base class: to ask one of those whether something is of its kind is slow.
    """

    name: str
    ip: str
    disk: Disk
    clock: Clock = field(default_factory=Clock)
    process: Process | None = None
    is_lost: bool = False
    """Whether it fell silent: not even its system answers."""
    starts: int = 0
    stood_ms: int = 0
    """How long its processes were paused, all together, but for a pause that goes on."""
    is_honest: bool = True
    """Whether its machine is held to what honest ones promise."""

    @property
    def is_up(self) -> bool:
        return self.process is not None

    def ran_ms(self, now_ms: int) -> int:
        """The time, on a clock that stands while the process is paused."""
        if self.process is not None and self.process.is_paused:
            now_ms = self.process.paused_ms
        return now_ms - self.stood_ms

    def boot(self, random: Random) -> Machine:
        """A machine that knows what is durable on the disk."""
        raise NotImplementedError

    def sizes(self) -> list[Size]:
        """How full each bounded table of what runs here is; none of what is no shipping machine."""
        machine: object = self.process.machine if self.process is not None else None
        return machine.sizes() if isinstance(machine, Node | ClientMachine) else []


def as_it_is(node: NodeMachine) -> NodeMachine:
    """The shipping node, undisguised."""
    return node


def as_they_are(client: Machine) -> Machine:
    """The shipping client, undisguised."""
    return client


@dataclass(slots=True, eq=False, kw_only=True)
class NodeHost(Host):
    """A host that serves a node. `disguise` may put something else in its place."""

    key: SigningKey
    settings: NodeSettings
    reader: Reader
    decode: Decode = field(default=decode_frame)
    disguise: Callable[[NodeMachine], NodeMachine] = field(default=as_it_is)

    @property
    def address(self) -> Address:
        return self.settings.addresses[0]

    @property
    def node(self) -> NodeMachine | None:
        """The node that runs here now."""
        return self.process.machine if self.process is not None else None  # type: ignore[return-value]  # `boot` made it

    def glance(self) -> NodeGlance | None:
        """The little of what the node that runs here says that is cheap to ask; a liar's is too."""
        node: object = self.node
        if isinstance(node, Node):
            return node.glance()
        return _glance_of(self.node.snapshot()) if self.node is not None else None

    def holds_back(self, client: ClientId) -> bool:
        """Whether a client gets no acks, since too many of its copies find no room on its links."""
        node: object = self.node
        return isinstance(node, Node) and node.holds_back(client)

    def census(self) -> NodeCensus | None:
        """The same for whom it counts, and how much it holds."""
        node: object = self.node
        if isinstance(node, Node):
            return node.census()
        return _census_of(self.node.snapshot()) if self.node is not None else None

    def directory(self) -> NodeDirectory | None:
        """Who is where, as it tells its clients; None where it is no shipping node."""
        node: object = self.node
        return node.directory() if isinstance(node, Node) else None

    def boot(self, random: Random) -> Machine:
        durable = node_durable(self.disk.rows())
        node = Node(self.key, self.settings, durable, random, self.reader, self.decode)
        return self.disguise(node)  # type: ignore[arg-type]  # it is told what nodes are told


@dataclass(slots=True, eq=False, kw_only=True)
class ClientHost(Host):
    """A host on which somebody's client runs. `disguise` as for nodes."""

    identity: Identity
    settings: ClientSettings
    reader_of: ReaderOf = field(default=Reader)
    decode: Decode = field(default=decode_frame)
    wall_offset_ms: int = 0
    """How wrong the clock is that its person sees."""
    disguise: Callable[[Machine], Machine] = field(default=as_they_are)

    def boot(self, random: Random) -> Machine:
        durable = client_durable(self.disk.rows())
        client = ClientMachine(
            self.identity, self.settings, durable, random, self.reader_of, self.decode
        )
        return self.disguise(client)  # type: ignore[arg-type]  # it is told what clients are told


def _glance_of(status: NodeStatus) -> NodeGlance:
    return NodeGlance(
        id=status.id,
        root=status.root,
        links=tuple(link.id for link in status.links if link.is_exchanged),
        members=len(status.members),
        alive=sum(member.is_alive for member in status.members),
        clients_reachable=status.clients_reachable,
    )


def _census_of(status: NodeStatus) -> NodeCensus:
    """What a status says that a census would."""
    return NodeCensus(
        id=status.id,
        root=status.root,
        members={member.id: None for member in status.members},
        alive={member.id: None for member in status.members if member.is_alive},
        clients={member.id: member.clients for member in status.members if member.clients},
        clients_here=status.clients_here,
        clients_reachable=status.clients_reachable,
        accounts=status.accounts,
        addresses=len(status.addresses),
        neighbours=len(status.neighbours),
        links=len(status.links),
        links_named_most=max((len(member.links) for member in status.members), default=0),
        parked_records=status.parked_records,
        mailbox_envelopes=status.mailbox_envelopes,
        mailbox_bytes=status.mailbox_bytes,
        units=status.units,
    )
