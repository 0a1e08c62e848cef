"""The records that gossip spreads, and the key bundle. docs/protocol.md, section 5.

These are the readings of signed texts. The salt in every text keeps the
siblings of a Merkle path from confirming guesses.
"""

from dataclasses import dataclass

from overlay.messages.ids import (
    AccountId,
    Address,
    ClientId,
    Counter,
    Incarnation,
    KeyId,
    LeafHash,
    NodeId,
    Order,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRecord:
    """What a node says of itself: where it listens, whom it links to, whom it vouches for."""

    signer: NodeId
    salt: str
    incarnation: Incarnation
    version: int
    name: str
    addresses: tuple[Address, ...]
    links: tuple[NodeId, ...]
    neighbours: tuple[NodeId, ...]
    features: tuple[str, ...] = ()

    @property
    def order(self) -> Order:
        return Order(self.incarnation, self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """A client's word for which node is its home, and for which account it speaks.

    `bundle` is the leaf hash of its key bundle, which `find` fetches.
    """

    signer: ClientId
    salt: str
    account: AccountId
    home: NodeId
    home_incarnation: Incarnation
    incarnation: Incarnation
    counter: Counter
    bundle: LeafHash

    @property
    def order(self) -> Order:
        return Order(self.incarnation, self.counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A home's word for which client it serves under one of its numbers; None when empty.

    `incarnation` is the home's. `presence` is the order of the presence served.
    """

    signer: NodeId
    salt: str
    incarnation: Incarnation
    version: int
    slot: int
    client: ClientId | None
    presence: Order | None

    @property
    def order(self) -> Order:
        return Order(self.incarnation, self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """A person's word for their display name and for which clients speak for them."""

    signer: AccountId
    salt: str
    version: int
    name: str
    clients: tuple[ClientId, ...]
    revoked: tuple[ClientId, ...]
    previous: LeafHash | None

    @property
    def order(self) -> Order:
        return Order(0, self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A client's sealing key for first contact, 1,216 bytes in base64url."""

    signer: ClientId
    salt: str
    account: AccountId
    suite: str
    key_id: KeyId
    key: str


Record = NodeRecord | Presence | Slot | AccountRecord
