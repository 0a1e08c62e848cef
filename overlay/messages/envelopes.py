"""What travels from origin to recipients: the readings of envelope texts. Section 7.

Every text names its origin (the signer), the origin's incarnation, a counter
used once, and a salt. Recipients of a message are accounts; of everything
else, one client.
"""

from dataclasses import dataclass

from overlay.messages.ids import (
    AccountId,
    ChainId,
    ClientId,
    ConversationId,
    Counter,
    Incarnation,
    KeyId,
)
from overlay.messages.signed import Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """A sealed message to accounts, the origin's own among them. `index` is from 1."""

    signer: ClientId
    salt: str
    incarnation: Incarnation
    counter: Counter
    recipients: tuple[AccountId, ...]
    conversation: ConversationId
    chain: ChainId
    index: int
    suite: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStart:
    """The first key of a chain, sealed to one client; index 0 of its chain.

    The sealed text is a `ChainOpening`.
    """

    signer: ClientId
    salt: str
    incarnation: Incarnation
    counter: Counter
    recipients: tuple[ClientId]
    conversation: ConversationId
    chain: ChainId
    suite: str
    key_id: KeyId
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainOpening:
    """What a chain start holds sealed: the key, whose client speaks, and to whom."""

    key: str
    account: AccountId
    to: AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageText:
    """What a sealed message holds: `sent_at` is Unix milliseconds, shown, never ordered by.

    `parents` are the heads of the conversation as its origin saw it, each a
    chain and an index.
    """

    text: str
    sent_at: int
    parents: tuple[tuple[ChainId, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRanges:
    """Indices of one chain, as inclusive ranges in rising order."""

    chain: ChainId
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A client's word that these indices have arrived. `sealing_key` is reserved."""

    signer: ClientId
    salt: str
    incarnation: Incarnation
    counter: Counter
    recipients: tuple[ClientId]
    arrived: tuple[ChainRanges, ...]
    sealing_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainWanted:
    """Asks the origin of a chain for its start."""

    signer: ClientId
    salt: str
    incarnation: Incarnation
    counter: Counter
    recipients: tuple[ClientId]
    chain: ChainId


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownKey:
    """Tells an origin that its chain start was sealed to a key that is gone."""

    signer: ClientId
    salt: str
    incarnation: Incarnation
    counter: Counter
    recipients: tuple[ClientId]
    chain: ChainId
    key_id: KeyId


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelMessage:
    """A public message, in the clear, to everyone who listens to the channel."""

    signer: ClientId
    salt: str
    incarnation: Incarnation
    counter: Counter
    account: AccountId
    channel: str
    text: str
    sent_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleWanted:
    """A node asks a client's home for the client's key bundle."""

    signer: str
    salt: str
    incarnation: Incarnation
    counter: Counter
    recipients: tuple[ClientId]


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleAnswer:
    """The home's answer: the bundle as its client signed it, or None."""

    signer: str
    salt: str
    incarnation: Incarnation
    counter: Counter
    recipients: tuple[str]
    client: ClientId
    bundle: Signed | None


SealedEnvelope = ChatMessage | ChainStart
ClientEnvelope = ChatMessage | ChainStart | Receipt | ChainWanted | UnknownKey | ChannelMessage
Envelope = ClientEnvelope | BundleWanted | BundleAnswer
