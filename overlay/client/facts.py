"""The closed set of facts that a client states about itself and its people.

They are what a program, a page, a log or a checker sees of the machine.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from overlay.client.requests import MessageId, PersonView
from overlay.messages.ids import (
    AccountId,
    Address,
    ChainId,
    ClientId,
    ConversationId,
    Counter,
    Incarnation,
    NodeId,
)
from overlay.peering.events import DialReason

Step = Literal["accepted", "delivered", "stalled", "failed"]
"""The ladder of a message. `stalled` may be followed by any other, `failed` by none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A home serves this client now."""

    home: NodeId
    address: Address
    incarnation: Incarnation


@dataclass(frozen=True, slots=True, kw_only=True)
class Detached:
    """No home serves this client; it dials the next one by itself unless `is_final`."""

    reason: str
    is_final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachRefused:
    """A node said no to the handshake or to the attach, or serves us no longer.

    `retry_after_ms` is when it may think otherwise, if it has said that.
    """

    level: ClassVar[str] = "warning"
    address: Address
    code: str
    detail: str
    retry_after_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeUnreachable:
    """A dial came to nothing; the next address follows."""

    level: ClassVar[str] = "warning"
    address: Address
    reason: DialReason


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageArrived:
    """A sealed message, opened and durable. Each (chain, index) is told once, ever, but for
    one that was not taken before the client stopped, where `Settings.keeps_untaken`.

    `person` is the other account of the conversation; `is_own` says that
    another client of our own account sent it.
    """

    origin: ClientId
    chain: ChainId
    index: int
    conversation: ConversationId
    person: AccountId
    name: str
    is_own: bool
    text: str
    sent_at: int
    follows_gap: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelMessageArrived:
    """A public message on a channel that this client listens to; its signature verified."""

    channel: str
    origin: ClientId
    incarnation: Incarnation
    counter: Counter
    person: AccountId
    name: str
    text: str
    sent_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStepped:
    """A message of ours came to a step; `client` receipted it where it was delivered."""

    message: MessageId
    step: Step
    client: ClientId | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PersonChanged:
    """A watched person came, went, moved, or changed their name."""

    person: PersonView


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysChanged:
    """A person whom we know has other clients than before: to be shown loudly."""

    level: ClassVar[str] = "warning"
    account: AccountId
    name: str
    added: tuple[ClientId, ...]
    removed: tuple[ClientId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageUnreadable:
    """Something sealed to us that cannot be read, and what is being done about it."""

    level: ClassVar[str] = "warning"
    origin: ClientId
    chain: ChainId
    index: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUnusable:
    """A client of a person whom we know has a sealing key to which we cannot seal."""

    level: ClassVar[str] = "warning"
    account: AccountId
    name: str
    client: ClientId
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeMisbehaved:
    """Our home sent what does not verify, or has no place here."""

    level: ClassVar[str] = "warning"
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ClientStoreFailed:
    """The disk of this client said no."""

    level: ClassVar[str] = "error"
    reason: str


Fact = (
    Attached
    | Detached
    | AttachRefused
    | HomeUnreachable
    | MessageArrived
    | ChannelMessageArrived
    | LadderStepped
    | PersonChanged
    | KeysChanged
    | MessageUnreadable
    | KeyUnusable
    | HomeMisbehaved
    | ClientStoreFailed
)
