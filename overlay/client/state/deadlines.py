"""What can be due: the names of a client's timers."""

from dataclasses import dataclass
from enum import Enum, auto

from overlay.client.durable.values import Place
from overlay.client.requests import MessageId
from overlay.messages.ids import AccountId, ChainId, ClientId


class Moment(Enum):
    """What there is only one of."""

    DIAL = auto()
    HANDSHAKE = auto()
    HEARTBEAT = auto()
    ANSWER = auto()
    SILENCE = auto()
    ACK = auto()
    POST = auto()
    STORE = auto()
    WATCH = auto()
    RENEW = auto()

    # Timers are looked up in every round, and the hash of an enumeration is slow.
    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class KeysDue:
    """Ask again for the keys of a person for whom something waits."""

    account: AccountId


@dataclass(frozen=True, slots=True)
class FindDue:
    """A question to the directory got no answer."""

    request: int


@dataclass(frozen=True, slots=True)
class JoinDue:
    """Ask again to listen to a channel."""

    channel: str


@dataclass(frozen=True, slots=True)
class OfferDue:
    """Offer again what the home refused."""

    message: MessageId


@dataclass(frozen=True, slots=True)
class ChainDue:
    """The start of a chain has not come."""

    chain: ChainId
    origin: ClientId


@dataclass(frozen=True, slots=True)
class GapDue:
    """A parent of a message has not come."""

    place: Place


Deadline = Moment | KeysDue | FindDue | JoinDue | OfferDue | ChainDue | GapDue
