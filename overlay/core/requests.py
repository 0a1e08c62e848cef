"""The operator's words to a running node, and its answers."""

from collections.abc import Mapping
from dataclasses import dataclass

from overlay.messages.ids import AccountId, Address, ClientId, Incarnation, LeafHash, NodeId


@dataclass(frozen=True, slots=True)
class StatusWanted:
    """Asks for a `NodeStatus`."""


@dataclass(frozen=True, slots=True)
class AcceptKey:
    """Forget the key pinned at an address, so that the one which answers there now is pinned."""

    address: Address


@dataclass(frozen=True, slots=True)
class KeepApart:
    """Have no link with a node for a while, whoever asks for one. 0 ends that at once."""

    node: NodeId
    for_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BanPeer:
    """Have no link with an id or with a network of addresses, for a while or (None) for good.

    `until_at_ms` is when `for_ms` is over by the operator's clock, since 1970.
    """

    who: str
    for_ms: int | None = None
    until_at_ms: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UnbanPeer:
    """Let them come again."""

    who: str


@dataclass(frozen=True, slots=True)
class LimitsWanted:
    """Asks for a `LimitsStatus`."""


Request = StatusWanted | AcceptKey | KeepApart | BanPeer | UnbanPeer | LimitsWanted


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberStatus:
    """One member as this node sees it."""

    id: NodeId
    name: str | None
    is_alive: bool
    vouched_by: NodeId | None
    links: tuple[NodeId, ...]
    clients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkStatus:
    """One link to another node."""

    id: NodeId
    name: str | None
    address: str
    is_dialled: bool
    is_suspected: bool
    is_exchanged: bool
    round_trip_ms: int | None = None
    """Smoothed, the delay of acks included; half of what the handshake took, until something
    numbered was answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourStatus:
    """One entry of the neighbours file, and why there is no link, if there is none."""

    address: Address | None
    id: NodeId | None
    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeStatus:
    """A member whose loss would split the overlay as its files configure it.

    `cut_off` counts the members outside the largest part that would be left.
    """

    id: NodeId
    name: str | None
    cut_off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """A pure read of a node: what it is, whom it knows, what it holds."""

    id: NodeId
    name: str
    network: str
    incarnation: Incarnation
    addresses: tuple[Address, ...]
    software: str
    neighbours: tuple[NeighbourStatus, ...]
    links: tuple[LinkStatus, ...]
    members: tuple[MemberStatus, ...]
    root: str
    """Stands for all records that count: two nodes that know the same have the same."""
    bridges: tuple[BridgeStatus, ...]
    clients_here: int
    clients_reachable: int
    accounts: int
    parked_records: int
    mailbox_envelopes: int
    mailbox_bytes: int
    units: int
    messages_taken: int = 0
    """Numbered messages (1.4) that have come on its links since it started."""
    copies_without_room: int = 0
    """Copies kept here that found no room on any link: whose client has 64 of them has to wait."""
    half_open_links: int = 0
    """Links whose handshake is not over."""
    kept_apart: tuple[NodeId, ...] = ()
    """With whom there is no link for a while, because the operator wants it so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeGlance:
    """The little of a `NodeStatus` that does not grow with the overlay."""

    id: NodeId
    root: str
    links: tuple[NodeId, ...]
    """Those over which both ends have told each other everything."""
    members: int
    alive: int
    """When last looked at: a status looks anew."""
    clients_reachable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCensus:
    """Whom a node counts, and how much it holds: of a `NodeStatus` what is cheap to ask often."""

    id: NodeId
    root: str
    members: Mapping[NodeId, None]
    alive: Mapping[NodeId, None]
    clients: Mapping[NodeId, int]
    """How many count at each member that has any."""
    clients_here: int
    clients_reachable: int
    accounts: int
    addresses: int
    neighbours: int
    links: int
    links_named_most: int
    """In one record, of all that were held so far."""
    parked_records: int
    mailbox_envelopes: int
    mailbox_bytes: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDirectory:
    """Who is where, as a node tells whoever asks; each record that counts by its leaf hash.

    Those of whom a node remembers nothing but an account are left out: nodes remember different
    ones.
    """

    accounts: Mapping[AccountId, LeafHash]
    attached: Mapping[NodeId, Mapping[ClientId, LeafHash]]
    """The presences of the clients at each home that has any, alive or not."""
    reachable: Mapping[AccountId, Mapping[ClientId, LeafHash]]
    """The presences that are told of each account: of clients whose home is alive."""


@dataclass(frozen=True, slots=True)
class Carried:
    """Done."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """Not done, and why."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareUse:
    """Who has had much of something of late. `refused` counts what they were not given."""

    whose: str
    who: str
    name: str
    second: float
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareStatus:
    """One limit in force, as it is written, and who uses most of what it bounds."""

    limit: str
    rate: str
    is_usual: bool
    top: tuple[ShareUse, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BanStatus:
    """One ban. Without `left_ms` it has no end."""

    who: str
    reason: str
    left_ms: int | None


@dataclass(frozen=True, slots=True)
class LimitsStatus:
    """What peers may have, who has most of it, and who is banned."""

    shares: tuple[ShareStatus, ...]
    bans: tuple[BanStatus, ...]


Reply = NodeStatus | LimitsStatus | Carried | Declined
