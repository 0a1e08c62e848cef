"""Every open link: whose it is, how far it has come, what it has yet to say and to hear."""

from collections.abc import ItemsView, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from overlay import limits
from overlay.messages.ids import Address, ClientId, Incarnation, NodeId
from overlay.messages.union import Message
from overlay.peering.credits import Received, Unanswered
from overlay.peering.events import LinkId
from overlay.peering.exchange import Exchange
from overlay.peering.handshake import Handshake
from overlay.peering.outgoing import Outgoing
from overlay.structures.meters import Meter
from overlay.structures.sizes import Size, fullest

_ROOM_BYTES = limits.OUTBOX_BYTES_MAX - limits.OUTBOX_CONTROL_BYTES


class Phase(Enum):
    """How far a link has come."""

    HANDSHAKE = auto()
    ADMISSION = auto()
    """Proved; whether it is welcome is being found out."""
    OPEN = auto()


@dataclass(slots=True, kw_only=True, eq=False)
class Link:
    """One link. `peer` is empty until it has proved itself."""

    id: LinkId
    handshake: Handshake | None
    """None once it is open: who the peer is is known, and a link lasts."""
    dialled: Address | None
    remote_address: str
    remote_block: str
    """Whom that address stands for, for what each may have at most."""
    opened_ms: int
    heard_ms: int
    said_ms: int
    serves_since_ms: int = 0
    """When its handshake was over."""
    phase: Phase = Phase.HANDSHAKE
    peer: str = ""
    is_node: bool = False
    incarnation: Incarnation = Incarnation(0)
    outgoing: Outgoing = field(default_factory=Outgoing)
    received: Received = field(default_factory=Received)
    unanswered: Unanswered[object] = field(
        default_factory=lambda: Unanswered(limits.LINK_CREDIT_ENVELOPES, limits.LINK_CREDIT_BYTES)
    )
    is_ack_due: bool = False
    queued_bytes: int = 0
    our_heartbeat_ms: int = limits.HEARTBEAT_NODE_MS
    their_heartbeat_ms: int = limits.HEARTBEAT_NODE_MS
    is_suspected: bool = False
    suspected_ms: int = 0
    """Since when."""
    handshake_due_ms: int = 0
    """When its handshake must be over; later, where we are not run meanwhile."""
    spare_asked_ms: int | None = None
    """When its other end last proposed to close it as spare."""
    is_quiet: bool = False
    """A unit that it was given was not answered in time; any answer ends that."""
    is_answer_due: bool = False
    """Whether a deadline is set for the next answer."""
    meters: tuple[Meter, ...] = ()
    """Who pays for what comes on it: the peer, its account, its address."""
    wait_ms: int = 0
    """How long its client has to wait before it says more; counted with each frame."""
    told_to_wait_ms: int = 0
    """Until when the peer was told to say nothing more of something."""
    audit_score: int = 0
    """How many forged envelopes came on it lately."""
    _exchange: Exchange | None = field(init=False, default=None)
    is_awaiting_pin: bool = False
    is_healing: bool = False
    """Dialled because its other end was not alive in our eyes."""
    trouble: str = ""
    """What the peer refused the link for."""

    @property
    def exchange(self) -> Exchange:
        """What the node at its other end and we know of each other's records."""
        if self._exchange is None:
            self._exchange = Exchange()
        return self._exchange

    @property
    def is_exchanged(self) -> bool:
        """Whether one complete exchange went over it in both directions."""
        return self._exchange is not None and self._exchange.is_complete

    @property
    def is_owed_everything(self) -> bool:
        """Whether all that counts is still being told on it."""
        return self._exchange is not None and self._exchange.everything is not None

    @property
    def node(self) -> NodeId:
        assert self.is_node
        return NodeId(self.peer)

    @property
    def client(self) -> ClientId:
        assert not self.is_node
        return ClientId(self.peer)

    def has_room(self, size_bytes: int) -> bool:
        """Whether an envelope may be sent now: credit at the other end, room in our outbox."""
        waiting_bytes = self.queued_bytes + self.outgoing.size_bytes
        return waiting_bytes + size_bytes <= _ROOM_BYTES and self.unanswered.has_credit(size_bytes)

    @property
    def waiting_bytes(self) -> int:
        """What was said on this link and has not been written to its socket."""
        return self.queued_bytes + self.outgoing.size_bytes


class Links:
    """All links, and which of them are open to which node and client."""

    def __init__(self) -> None:
        self._links: dict[LinkId, Link] = {}
        self._nodes: dict[NodeId, Link] = {}
        self._clients: dict[ClientId, Link] = {}
        self._half_open: dict[LinkId, Link] = {}
        self._unattached: dict[LinkId, Link] = {}
        self._speaking: dict[LinkId, None] = {}
        self._taken = 0
        self.changes = 0
        """How often a link to a node has opened, ended its first exchange, or gone."""

    def sizes(self) -> Iterator[Size]:
        """How full its tables are, and of each link's the fullest. Our own dials always fit."""
        accepted = sum(link.dialled is None for link in self._links.values())
        half_open = sum(link.dialled is None for link in self._half_open.values())
        exchanges = [link._exchange for link in self._nodes.values() if link._exchange is not None]
        pulls = [exchange.pull for exchange in exchanges if exchange.pull is not None]
        yield Size("links", accepted, limits.LINKS_MAX)
        yield Size("half-open links", half_open, limits.HALF_OPEN_MAX)
        yield Size("links of nobody attached", len(self._unattached), limits.UNATTACHED_MAX)
        announced = fullest(exchange.to_announce for exchange in exchanges)
        yield Size("to announce on one link", announced, limits.MISSING_MAX)
        wanted = fullest(pull.wanted for pull in pulls)
        yield Size("wanted of one neighbour", wanted, limits.MISSING_MAX)

    def __len__(self) -> int:
        return len(self._links)

    def __iter__(self) -> Iterator[Link]:
        return iter(list(self._links.values()))

    @property
    def taken(self) -> int:
        """Numbered messages that have come on all links so far, those that are gone included."""
        return self._taken + sum(link.received.total for link in self._links.values())

    def add(self, link: Link) -> None:
        self._links[link.id] = self._half_open[link.id] = link

    def get(self, link: LinkId) -> Link | None:
        return self._links.get(link)

    def to_node(self, node: NodeId) -> Link | None:
        """The open link to a node, if there is one."""
        return self._nodes.get(node)

    def to_client(self, client: ClientId) -> Link | None:
        """The open link of a client, if there is one."""
        return self._clients.get(client)

    def nodes(self) -> list[Link]:
        """The open links to other nodes."""
        return list(self._nodes.values())

    def by_node(self) -> ItemsView[NodeId, Link]:
        """The same with whom each leads to, uncopied: not to be held while links come or go."""
        return self._nodes.items()

    def clients(self) -> list[Link]:
        """The open links of clients."""
        return list(self._clients.values())

    def open(self, link: Link) -> None:
        """The link serves from now on."""
        link.phase, link.handshake = Phase.OPEN, None
        self._half_open.pop(link.id, None)
        if link.is_node:
            self.changes += 1
            self._nodes[link.node] = link
        else:
            self._clients[link.client] = self._unattached[link.id] = link

    def attached(self, link: Link) -> None:
        """The client at its other end is served from now on."""
        self._unattached.pop(link.id, None)

    def on_exchanged(self) -> None:
        """A link to a node has been exchanged for the first time."""
        self.changes += 1

    def remove(self, link: Link) -> None:
        """The link is gone."""
        if self._links.pop(link.id, None) is not None:
            self._taken += link.received.total
        self._half_open.pop(link.id, None)
        self._unattached.pop(link.id, None)
        self._speaking.pop(link.id, None)
        if link.is_node and self._nodes.get(link.node) is link:
            self.changes += 1
            del self._nodes[link.node]
        if not link.is_node and self._clients.get(ClientId(link.peer)) is link:
            del self._clients[ClientId(link.peer)]

    def half_open(self) -> list[Link]:
        """Links whose handshake is not over, oldest first."""
        return list(self._half_open.values())

    def proving(self, node: NodeId) -> list[Link]:
        """The links on which a node has proved itself that do not serve yet."""
        half_open = self._half_open.values()
        return [link for link in half_open if link.is_node and link.peer == node]

    def unattached(self) -> list[Link]:
        """Open links of clients that are not served, oldest first."""
        return list(self._unattached.values())

    def say(self, link: Link, *messages: Message) -> None:
        """Put messages into the link's next frame."""
        for message in messages:
            link.outgoing.put(message)
        self._speaking[link.id] = None

    def take_speaking(self) -> list[Link]:
        """The links that have something to say, in the order in which they began to."""
        speaking, self._speaking = self._speaking, {}
        return [self._links[link] for link in speaking if link in self._links]
