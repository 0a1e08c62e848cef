"""The operator's word, and what a node says of itself when asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from overlay.core.durable import pin_key
from overlay.core.effects import Answer, Effect
from overlay.core.requests import (
    BridgeStatus,
    Carried,
    Declined,
    LinkStatus,
    MemberStatus,
    NeighbourStatus,
    NodeCensus,
    NodeGlance,
    NodeStatus,
)
from overlay.core.settings import Neighbour
from overlay.core.state.directory import Directory
from overlay.core.state.holdings import Holdings
from overlay.core.state.links import Links
from overlay.core.state.mailbox import Mailbox
from overlay.core.state.members import Members
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.parking import Parking
from overlay.core.state.topology import Topology
from overlay.core.state.waiting import Stuck
from overlay.messages.ids import Address, NodeId
from overlay.peering.effects import Forget
from overlay.peering.events import Ticket
from overlay.structures.graph import cut_places


@dataclass(frozen=True, slots=True, kw_only=True)
class _Others:
    """What a status tells of others beyond a census: it grows with the overlay."""

    members: tuple[MemberStatus, ...]
    bridges: tuple[BridgeStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    """What a census tells of others."""

    members: Mapping[NodeId, None]
    alive: Mapping[NodeId, None]
    clients: Mapping[NodeId, int]
    clients_reachable: int
    accounts: int


class Commands:
    """Reads the node's state for its operator, and changes its pins."""

    def __init__(
        self,
        ourselves: Ourselves,
        links: Links,
        members: Members,
        topology: Topology,
        directory: Directory,
        parking: Parking,
        mailbox: Mailbox,
        stuck: Stuck,
        holdings: Holdings,
    ) -> None:
        self._ourselves = ourselves
        self._links = links
        self._members = members
        self._topology = topology
        self._directory = directory
        self._parking = parking
        self._mailbox = mailbox
        self._stuck = stuck
        self._holdings = holdings
        self._cut_places: dict[NodeId, int] = {}
        self._counted = -1
        self._others: _Others | None = None
        self._others_as_of: tuple[int, ...] = ()
        self._census: _Counted | None = None
        self._census_as_of: tuple[int, ...] = ()

    def accept_key(self, ticket: Ticket, address: Address) -> list[Effect]:
        """Forget the pin of an address; the next dial pins what answers there."""
        neighbour = self._members.neighbour_at(address)
        if neighbour is None:
            return [Answer(ticket, Declined(f"{address} is not in the neighbours file"))]
        if neighbour.id is not None:
            detail = f"the neighbours file itself names an id for {address}: change it there"
            return [Answer(ticket, Declined(detail))]
        self._members.unpin(address)
        forget = Forget((pin_key(address),), self._ourselves.next_ticket())
        return [forget, Answer(ticket, Carried(f"{address} is pinned anew at the next dial"))]

    def why_not_apart(self, node: NodeId) -> str | None:
        """Why links with a node are not to be blocked for a while; None if they may be."""
        if node == self._ourselves.id:
            return "that is this node itself"
        return None if node in self._members else "no member has this id"

    def status(self, troubles: dict[Address, str], units: int) -> NodeStatus:
        """Everything that a person or a program may want to know of a node."""
        settings = self._ourselves.settings
        others, counted = self._told_of_others(), self._counted_others()
        return NodeStatus(
            id=self._ourselves.id,
            name=settings.name,
            network=settings.network,
            incarnation=self._ourselves.incarnation,
            addresses=settings.addresses,
            software=settings.software,
            neighbours=tuple(
                self._neighbour(entry, troubles) for entry in self._members.neighbours
            ),
            links=self._link_statuses(),
            members=others.members,
            root=self._holdings.root,
            bridges=others.bridges,
            clients_here=len(self._links.clients()),
            clients_reachable=counted.clients_reachable,
            accounts=counted.accounts,
            parked_records=len(self._parking),
            mailbox_envelopes=len(self._mailbox),
            mailbox_bytes=self._mailbox.size_bytes,
            units=units,
            messages_taken=self._links.taken,
            copies_without_room=len(self._stuck),
            half_open_links=len(self._links.half_open()),
            kept_apart=self._members.kept_apart,
        )

    def glance(self, alive: Mapping[NodeId, None]) -> NodeGlance:
        """The little of it that costs next to nothing, with who was last seen alive."""
        links = self._links.nodes()
        return NodeGlance(
            id=self._ourselves.id,
            root=self._holdings.root,
            links=tuple(link.node for link in links if link.is_exchanged),
            members=len(self._members),
            alive=len(alive),
            clients_reachable=sum(
                presence.value.home in alive for presence in self._directory.presences()
            ),
        )

    def census(self, units: int) -> NodeCensus:
        """Whom we count, and how much we hold."""
        counted = self._counted_others()
        return NodeCensus(
            id=self._ourselves.id,
            root=self._holdings.root,
            members=counted.members,
            alive=counted.alive,
            clients=counted.clients,
            clients_here=len(self._links.clients()),
            clients_reachable=counted.clients_reachable,
            accounts=counted.accounts,
            addresses=len(self._ourselves.settings.addresses),
            neighbours=len(self._members.neighbours),
            links=len(self._links.nodes()),
            links_named_most=self._topology.links_named_most,
            parked_records=len(self._parking),
            mailbox_envelopes=len(self._mailbox),
            mailbox_bytes=self._mailbox.size_bytes,
            units=units,
        )

    def _counted_others(self) -> _Counted:
        """Counted anew only when something of it has changed."""
        as_of = self._changes()
        if self._census is None or as_of != self._census_as_of:
            alive, clients = self._topology.alive(), self._clients()
            self._census_as_of = as_of
            self._census = _Counted(
                members=dict.fromkeys(self._members),
                alive=alive,
                clients=clients,
                clients_reachable=sum(clients[home] for home in clients if home in alive),
                accounts=sum(1 for _ in self._directory.accounts()),
            )
        return self._census

    def _clients(self) -> dict[NodeId, int]:
        homes = self._directory.homes()
        counts = {home: len(self._directory.clients_of_home(home)) for home in homes}
        return {home: count for home, count in counts.items() if count}

    def _changes(self) -> tuple[int, ...]:
        """As long as it is the same, so is what we tell of others."""
        return self._topology.changes, self._directory.changes, self._members.recounts

    def _neighbour(self, entry: Neighbour, troubles: dict[Address, str]) -> NeighbourStatus:
        node = self._members.id_of(entry)
        trouble = troubles.get(entry.address, "") if entry.address is not None else ""
        if entry.is_blocked:
            state = "blocked"
        elif node is not None and self._members.is_banned(node):
            state, trouble = "banned", ""
        elif node in self._members.kept_apart:
            state, trouble = "kept_apart", ""
        elif node is not None and self._links.to_node(node) is not None:
            state, trouble = "linked", ""
        elif entry.address is None:
            state = "awaited"
        else:
            state = "unreachable" if trouble else "dialling"
        return NeighbourStatus(address=entry.address, id=node, state=state, detail=trouble)

    def _link_statuses(self) -> tuple[LinkStatus, ...]:
        return tuple(
            LinkStatus(
                id=link.node,
                name=self._topology.name_of(link.node),
                address=link.dialled or link.remote_address,
                is_dialled=link.dialled is not None,
                is_suspected=link.is_suspected,
                is_exchanged=link.is_exchanged,
                round_trip_ms=link.unanswered.round_trip.smoothed_ms,
            )
            for link in self._links.nodes()
        )

    def _told_of_others(self) -> _Others:
        """Put together anew only when something of it has changed."""
        as_of = self._changes()
        if self._others is None or as_of != self._others_as_of:
            self._others_as_of = as_of
            self._others = _Others(members=self._member_statuses(), bridges=self._bridge_statuses())
        return self._others

    def _member_statuses(self) -> tuple[MemberStatus, ...]:
        counted = self._counted_others()
        return tuple(
            MemberStatus(
                id=node,
                name=self._topology.name_of(node),
                is_alive=node in counted.alive,
                vouched_by=self._members.voucher_of(node),
                links=self._topology.links_of(node),
                clients=counted.clients.get(node, 0),
            )
            for node in self._members.all()
        )

    def _bridge_statuses(self) -> tuple[BridgeStatus, ...]:
        """Worst first. Searched only when asked, and only when the vouching has changed."""
        if self._counted != self._members.recounts:
            self._counted = self._members.recounts
            self._cut_places = cut_places(self._mutual_vouching())
        worst_first = sorted(self._cut_places.items(), key=lambda place: -place[1])
        return tuple(
            BridgeStatus(id=node, name=self._topology.name_of(node), cut_off=cut_off)
            for node, cut_off in worst_first
        )

    def _mutual_vouching(self) -> dict[NodeId, list[NodeId]]:
        """Each member with the members whom it names and who name it."""
        vouched = {node: dict.fromkeys(self._vouched_by(node)) for node in self._members.all()}
        return {
            node: [other for other in others if other != node and node in vouched.get(other, ())]
            for node, others in vouched.items()
        }

    def _vouched_by(self, node: NodeId) -> Iterable[NodeId]:
        if node == self._ourselves.id:
            return self._members.vouched()
        return self._topology.vouched_by(node)
