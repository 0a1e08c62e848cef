"""The closed set of facts that a node states about itself.

`level` is how loudly a log says it. No fact holds a text, a body or a key.
"""

from dataclasses import dataclass
from typing import ClassVar

from overlay.messages.ids import (
    AccountId,
    Address,
    ClientId,
    Counter,
    Incarnation,
    LeafHash,
    NodeId,
    Order,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStarted:
    """The node's incarnation is durable; from here on it serves."""

    id: NodeId
    name: str
    network: str
    incarnation: Incarnation


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEstablished:
    """A neighbour and we have proved ourselves to each other."""

    node: NodeId
    address: str
    is_dialled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLost:
    """A neighbour's link is gone."""

    level: ClassVar[str] = "warning"
    node: NodeId
    reason: str


@dataclass(frozen=True, slots=True)
class LagNoticed:
    """Our own process was not run for a while; told at most every ten seconds.

    `factor` is by how much we wait longer than usual before we blame others.
    """

    level: ClassVar[str] = "warning"
    lag_ms: int
    factor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HealingDialled:
    """A member that is not alive in our eyes is being dialled."""

    level: ClassVar[str] = "debug"
    node: NodeId
    name: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Healed:
    """Such a dial has become a link."""

    node: NodeId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraLinkChosen:
    """A member beyond our file with which we keep a link from now on."""

    node: NodeId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpareClosed:
    """A link that nobody chose was closed, because its ends hold together without it."""

    node: NodeId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourUnreachable:
    """A dial to a neighbour failed; told when its reason changes."""

    level: ClassVar[str] = "warning"
    address: Address
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourPinned:
    """The key that proved itself at an address, now expected there."""

    address: Address
    node: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourKeyChanged:
    """Another key than the pinned one answers at an address."""

    level: ClassVar[str] = "error"
    address: Address
    detail: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRefused:
    """A peer broke the protocol or asked for what it cannot have."""

    level: ClassVar[str] = "warning"
    remote_address: str
    peer: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReached:
    """A peer brought or asked more than its share of something, as `overlay node limits` has it.

    `whose` share it was: a client's, all of an account's, all from an address, or a node's.
    """

    level: ClassVar[str] = "warning"
    limit: str
    whose: str
    who: str
    remote_address: str
    retry_after_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerBanned:
    """The operator wants nothing to do with somebody, for a while or for good; or does again."""

    level: ClassVar[str] = "warning"
    who: str
    is_banned: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedByPeer:
    """A peer refused our link."""

    level: ClassVar[str] = "warning"
    remote_address: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAlive:
    """A member is alive in our eyes, or no longer."""

    node: NodeId
    name: str
    is_alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordApplied:
    """A record counts from now on."""

    level: ClassVar[str] = "debug"
    kind: str
    signer: str
    slot: int
    order: Order
    leaf: LeafHash


@dataclass(frozen=True, slots=True, kw_only=True)
class EquivocationProved:
    """Somebody was caught with two texts for one order: that incarnation counts no longer."""

    level: ClassVar[str] = "warning"
    signer: str
    incarnation: Incarnation


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordParked:
    """A record is held, and does not count yet or any more."""

    level: ClassVar[str] = "debug"
    kind: str
    signer: str
    slot: int
    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDropped:
    """A record that did not count is held no longer."""

    level: ClassVar[str] = "debug"
    kind: str
    signer: str
    slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAttached:
    """A client is served here."""

    client: ClientId
    account: AccountId
    slot: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDetached:
    """A client is no longer served here."""

    client: ClientId
    slot: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeAccepted:
    """An envelope of one of our clients was accepted, once for each counter."""

    level: ClassVar[str] = "debug"
    origin: str
    incarnation: Incarnation
    counter: Counter
    leaf: LeafHash
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeRefused:
    """An envelope was refused."""

    level: ClassVar[str] = "warning"
    origin: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeDelivered:
    """An envelope went out on the link of a client that is its recipient."""

    level: ClassVar[str] = "debug"
    leaf: LeafHash
    client: ClientId


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeSettled:
    """Every recipient client has receipted an envelope that we kept, or it was given up."""

    level: ClassVar[str] = "debug"
    leaf: LeafHash
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDropped:
    """A copy in transit ends here, and nobody is told: what it carried comes again by itself.

    Its link is gone, or it came back when that meant nothing any more: its
    keeper makes the next attempt. A receipt, or another note that nobody
    keeps, found no room or no way: what it answers comes again, and so does it.
    """

    level: ClassVar[str] = "debug"
    leaf: LeafHash
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadShed:
    """A neighbour asked for a channel envelope and has no credit for it; others have it, too."""

    level: ClassVar[str] = "warning"
    leaf: LeafHash
    node: NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerSkipped:
    """A listener of a channel has no credit for what was said there, which is kept for nobody."""

    level: ClassVar[str] = "warning"
    leaf: LeafHash
    client: ClientId


@dataclass(frozen=True, slots=True, kw_only=True)
class Grafted:
    """What was announced came no other way: its announcer pushes from now on."""

    level: ClassVar[str] = "debug"
    node: NodeId
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IncarnationRaised:
    """Somebody holds a higher record of ours than we know: another disk, or a lost one."""

    level: ClassVar[str] = "warning"
    told_by: NodeId
    incarnation: Incarnation


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreTrouble:
    """The disk said no, or a row of it could not be read."""

    level: ClassVar[str] = "error"
    reason: str


@dataclass(frozen=True, slots=True)
class NodeStopping:
    """The node says goodbye."""

    links: int


Fact = (
    NodeStarted
    | LinkEstablished
    | LinkLost
    | LagNoticed
    | HealingDialled
    | Healed
    | ExtraLinkChosen
    | SpareClosed
    | NeighbourUnreachable
    | NeighbourPinned
    | NeighbourKeyChanged
    | PeerRefused
    | LimitReached
    | PeerBanned
    | RefusedByPeer
    | NodeAlive
    | RecordApplied
    | EquivocationProved
    | RecordParked
    | RecordDropped
    | ClientAttached
    | ClientDetached
    | EnvelopeAccepted
    | EnvelopeRefused
    | EnvelopeDelivered
    | EnvelopeSettled
    | UnitDropped
    | SpreadShed
    | ListenerSkipped
    | Grafted
    | IncarnationRaised
    | StoreTrouble
    | NodeStopping
)
