"""The one link of a client: to its home, or to the node that is to become it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from overlay import limits
from overlay.client.state.post import Parcel
from overlay.messages.ids import Address, Incarnation, NodeId
from overlay.messages.links import Ack
from overlay.messages.union import Message
from overlay.peering.credits import Received, Unanswered
from overlay.peering.effects import Send
from overlay.peering.events import LinkId
from overlay.peering.handshake import Handshake
from overlay.peering.outgoing import Outgoing


class Phase(Enum):
    """How far this client is from being served."""

    STARTING = auto()
    """The incarnation is not durable yet."""
    RESTING = auto()
    DIALLING = auto()
    HANDSHAKE = auto()
    ATTACHING = auto()
    ATTACHED = auto()
    STOPPED = auto()


def _unanswered() -> Unanswered[Parcel]:
    return Unanswered(limits.CLIENT_CREDIT_ENVELOPES, limits.CLIENT_CREDIT_BYTES)


@dataclass(slots=True, kw_only=True)
class HomeLink:
    """A link that we dialled."""

    id: LinkId
    address: Address
    handshake: Handshake
    heard_ms: int
    said_ms: int
    heartbeat_ms: int = limits.HEARTBEAT_CLIENT_MS
    outgoing: Outgoing = field(default_factory=Outgoing)
    unanswered: Unanswered[Parcel] = field(default_factory=_unanswered)
    received: Received = field(default_factory=Received)
    asked_ms: int | None = None
    """When something was sent that wants an answer, if nothing came since."""
    echo_ms: int | None = None
    """When an echo was asked for, if nothing came since."""
    is_ack_due: bool = False

    @property
    def home(self) -> NodeId:
        return NodeId(self.handshake.their.key)

    @property
    def home_incarnation(self) -> Incarnation:
        return self.handshake.their.incarnation


class Connection:
    """Where the client stands, its link if it has one, and the numbers of its requests."""

    def __init__(self) -> None:
        self.phase = Phase.STARTING
        self.dialling: Address | None = None
        self.link: HomeLink | None = None
        self.is_held_back = False
        """Whether acks wait until our person has taken what is here."""
        self._request = 0

    @property
    def is_attached(self) -> bool:
        return self.phase is Phase.ATTACHED

    @property
    def open_link(self) -> HomeLink:
        """The link; to be asked for only where there is one."""
        assert self.link is not None
        return self.link

    def next_request(self) -> int:
        """A number that no request of this client bore before."""
        self._request += 1
        return self._request

    def say(self, *messages: Message) -> None:
        """Put messages into the link's next frame."""
        link = self.open_link
        for message in messages:
            link.outgoing.put(message)

    def ask(self, message: Message, now_ms: int) -> None:
        """Say something that has to be answered, be it by an ack."""
        link = self.open_link
        link.outgoing.put(message)
        if link.asked_ms is None:
            link.asked_ms = now_ms

    def flush(self, now_ms: int) -> Sequence[Send]:
        """One round's words, as few frames; an ack that is due rides with them."""
        link = self.link
        if link is None or not link.outgoing:
            return []
        if link.is_ack_due and not self.is_held_back:
            link.outgoing.put(Ack(link.received.ack()))
            link.is_ack_due = False
        link.said_ms = now_ms
        return [Send(link.id, frame) for frame in link.outgoing.flush()]
