"""What a client keeps on its disk, as values."""

from dataclasses import dataclass, field

from overlay.client.requests import MessageId
from overlay.crypto.chains import ReceivingChain
from overlay.messages.ids import (
    AccountId,
    ChainId,
    ClientId,
    ConversationId,
    Counter,
    Incarnation,
)
from overlay.messages.links import Admission, Home
from overlay.messages.signed import Signed
from overlay.peering.rows import RowKey

Place = tuple[ChainId, int]
"""What names a message in its conversation: its chain, and its index there."""


@dataclass(frozen=True, slots=True)
class NetworkTaken:
    """The overlay that this client belongs to, as its first node said."""

    network: str
    admission: Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message as its person wrote it, not sealed yet."""

    text: str
    sent_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedText:
    """A message as it was sealed, once and for all: its index is used up."""

    conversation: ConversationId
    chain: ChainId
    index: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A message of ours; `order` rises with each that was written."""

    message: MessageId
    order: int
    to: AccountId
    content: Written | SealedText


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingRow:
    """An own chain. Without `first_key` it is only known to have been ours."""

    chain: ChainId
    order: int
    to: AccountId
    conversation: ConversationId
    first_key: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivingRow:
    """A chain of another client; `person` is the conversation's other account, not ours."""

    chain: ReceivingChain
    account: AccountId
    person: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message that was opened."""

    origin: ClientId
    chain: ChainId
    index: int
    conversation: ConversationId
    account: AccountId
    person: AccountId
    text: str
    sent_at: int
    parents: tuple[Place, ...]

    @property
    def place(self) -> Place:
        return self.chain, self.index


@dataclass(frozen=True, slots=True, kw_only=True)
class UntakenRow:
    """A message that was shown, and not taken yet; `order` rises with each."""

    order: int
    arrival: Arrival
    follows_gap: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as last seen."""

    account: Signed
    bundles: tuple[Signed, ...]


@dataclass(frozen=True, slots=True)
class HeardRow:
    """Of an origin on channels nothing up to this counter is shown any more."""

    incarnation: Incarnation
    counter: Counter


@dataclass(slots=True)
class Durable:
    """What was read from the disk before the start."""

    incarnation: Incarnation = Incarnation(0)
    network: NetworkTaken | None = None
    account: Signed | None = None
    homes: tuple[Home, ...] = ()
    channels: tuple[str, ...] = ()
    sealing_seeds: list[bytes] = field(default_factory=list)
    outbox: list[OutboxRow] = field(default_factory=list)
    sending: list[SendingRow] = field(default_factory=list)
    receiving: list[ReceivingRow] = field(default_factory=list)
    held: list[Arrival] = field(default_factory=list)
    untaken: list[UntakenRow] = field(default_factory=list)
    heads: dict[ConversationId, tuple[Place, ...]] = field(default_factory=dict)
    people: list[PersonRow] = field(default_factory=list)
    heard: dict[ClientId, HeardRow] = field(default_factory=dict)
    unreadable: list[RowKey] = field(default_factory=list)
