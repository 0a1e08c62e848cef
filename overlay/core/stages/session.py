"""Who is there? The handshake of every link, and whether its peer is welcome.

docs/protocol.md, sections 2 and 4.2.
"""

from hashlib import sha256

from overlay import limits
from overlay.core.durable import pin_row
from overlay.core.effects import Effect, Report
from overlay.core.facts import NeighbourPinned
from overlay.core.state.directory import Directory
from overlay.core.state.links import Link, Links, Phase
from overlay.core.state.members import Members
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.topology import Topology
from overlay.crypto.sealing import SUITE
from overlay.errors import NotANeighbour, TooManyLinks, Unexpected
from overlay.messages.ids import Address, ClientId, NodeId
from overlay.messages.links import Hello, Home, LinkLimits, Proof, Welcome
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.effects import Persist
from overlay.peering.events import LinkOpened
from overlay.peering.handshake import Handshake, State
from overlay.peering.handshake import Ourselves as Introduced
from overlay.peering.records import Subject
from overlay.structures.hosts import block_of, is_loopback

_FOR_NODES = LinkLimits(
    frame_bytes=limits.FRAME_BYTES_MAX,
    frame_envelopes=limits.FRAME_ENVELOPES_MAX,
    credit_envelopes=limits.LINK_CREDIT_ENVELOPES,
    credit_bytes=limits.LINK_CREDIT_BYTES,
    heartbeat_ms=limits.HEARTBEAT_NODE_MS,
)
_FOR_CLIENTS = LinkLimits(
    frame_bytes=limits.FRAME_BYTES_MAX,
    frame_envelopes=limits.FRAME_ENVELOPES_MAX,
    credit_envelopes=limits.CLIENT_CREDIT_ENVELOPES,
    credit_bytes=limits.CLIENT_CREDIT_BYTES,
    heartbeat_ms=limits.HEARTBEAT_CLIENT_MS,
)


class Sessions:
    """Runs handshakes, and says who is welcome."""

    def __init__(
        self,
        ourselves: Ourselves,
        links: Links,
        members: Members,
        topology: Topology,
        directory: Directory,
    ) -> None:
        self._ourselves = ourselves
        self._links = links
        self._members = members
        self._topology = topology
        self._directory = directory

    def open(self, event: LinkOpened, now_ms: int, expected: NodeId | None = None) -> Link:
        """Begin the handshake of a new link; the listener speaks first.

        `expected` is who must answer where our file does not say it.
        """
        dialled = event.dialled
        handshake = Handshake(
            self._introduced(),
            self._ourselves.random,
            dials=dialled is not None,
            expected_key=(self._members.expected_at(dialled) if dialled else None) or expected,
            certificate=event.certificate_fingerprint,
        )
        link = Link(
            id=event.link,
            handshake=handshake,
            dialled=dialled,
            remote_address=event.remote_address,
            remote_block=block_of(event.remote_address),
            opened_ms=now_ms,
            heard_ms=now_ms,
            said_ms=now_ms,
            handshake_due_ms=now_ms + event.handshake_ms,
        )
        self._links.add(link)
        self._links.say(link, *handshake.opening())
        return link

    def make_room(self, link: Link) -> Link | None:
        """The link whose handshake has to give way to a new one; None while there is room.

        That is the oldest: handshakes take a fraction of their time, unless they
        are there to take up room. Our own dials always fit. Raises `TooManyLinks`
        where all links, or those of one address, are too many.
        """
        if link.dialled is not None:
            return None
        if len(self._links) > limits.LINKS_MAX:
            raise TooManyLinks("this node has as many links as it takes")
        half_open = self._links.half_open()
        if not is_loopback(link.remote_address):
            of_host = sum(other.remote_block == link.remote_block for other in half_open)
            if of_host > limits.HALF_OPEN_PER_ADDRESS_MAX:
                raise TooManyLinks("too many unfinished handshakes from one address")
        if len(half_open) <= limits.HALF_OPEN_MAX:
            return None
        return next(other for other in half_open if other.dialled is None)

    def surplus_client(self) -> Link | None:
        """The client's link that has to go since too many do not attach; None while few do."""
        waiting = self._links.unattached()
        return waiting[0] if len(waiting) > limits.UNATTACHED_MAX else None

    def on_handshake(self, link: Link, message: Message) -> bool:
        """One message before the link is open; True when the peer has just proved itself."""
        handshake = link.handshake
        assert handshake is not None
        match message:
            case Hello():
                self._links.say(link, *handshake.on_hello(message))
                return False
            case Proof():
                self._links.say(link, *handshake.on_proof(message))
            case _:
                raise Unexpected("nothing but the handshake until it is over")
        assert handshake.state is State.PROVED
        their = handshake.their
        link.peer, link.is_node = their.key, their.role == "node"
        link.incarnation = their.incarnation
        link.phase = Phase.ADMISSION
        return True

    def pin(self, link: Link) -> list[Effect]:
        """The listener that we dialled has proved itself: expect its key there from now on."""
        if link.dialled is None or not self._members.pin(link.dialled, link.node):
            return []
        row = pin_row(link.dialled, link.node)
        return [
            Persist((row,), self._ourselves.next_ticket()),
            Report(NeighbourPinned(address=link.dialled, node=link.node)),
        ]

    def is_welcome(self, link: Link) -> bool:
        """Whether policy admits the proved peer."""
        return not link.is_node or self._members.is_welcome(link.node)

    def not_a_neighbour(self) -> NotANeighbour:
        return NotANeighbour(
            "no neighbours file here names this key", retry_after_ms=limits.HANDSHAKE_MS
        )

    def waiting_for_pins(self) -> list[Link]:
        """Links whose peer nobody has named yet, while our own dials may still name it."""
        return [link for link in self._links.half_open() if link.is_awaiting_pin]

    def welcome(self, link: Link) -> None:
        """Tell the peer that the link serves, and within which limits."""
        link.is_awaiting_pin = False
        assert link.handshake is not None
        welcome = Welcome(
            version=link.handshake.version,
            limits=_FOR_NODES if link.is_node else _FOR_CLIENTS,
            record=self._record_of(link),
            homes=() if link.is_node else self.homes_for(link.client),
        )
        link.our_heartbeat_ms = welcome.limits.heartbeat_ms
        link.their_heartbeat_ms = welcome.limits.heartbeat_ms
        if not link.is_node:
            # Clients welcome nobody: what we accept from one is what it accepts from us.
            self._take_limits(link, welcome.limits)
        self._links.say(link, welcome)

    def on_welcomed(self, link: Link, welcome: Welcome) -> None:
        """The other node's limits hold for what we send it, as far as we have room ourselves."""
        link.their_heartbeat_ms = welcome.limits.heartbeat_ms
        self._take_limits(link, welcome.limits)

    def loser(self, link: Link, now_ms: int) -> Link | None:
        """Which of two links to the same peer has to go; None if there is only this one.

        Both ends are asked, each at another time, and must not close one each. So of two
        that both have dialled only one end judges by age, the smaller id's as the listener
        of the newer one: the other end may have lost the older one unnoticed.
        """
        if not link.is_node:
            return self._links.to_client(link.client)
        if self._gives_way(link):
            return link
        other = self._links.to_node(link.node)
        if other is None or other is link:
            return None
        if other.incarnation != link.incarnation:
            return other if other.incarnation < link.incarnation else link
        is_other_preferred = (
            link.dialled is None
            and other.dialled is not None
            and self._is_smaller_than(link.node)
            and now_ms - other.serves_since_ms < limits.SIMULTANEOUS_DIAL_MS
        )
        return link if is_other_preferred else other

    def _gives_way(self, link: Link) -> bool:
        """Whether we dialled a node of smaller id that has proved itself on a link of its own.

        We had no link with it as we dialled, so the two were dialled at once.
        """
        if link.dialled is None or self._is_smaller_than(link.node):
            return False
        others = (self._links.to_node(link.node), *self._links.proving(link.node))
        return any(
            other.dialled is None and other.incarnation >= link.incarnation
            for other in others
            if other is not None
        )

    def _is_smaller_than(self, node: NodeId) -> bool:
        return self._ourselves.id < node

    def homes_for(self, client: ClientId) -> tuple[Home, ...]:
        """Live nodes to resume at: near ones first, equal ones in another order for each client."""
        distances = self._topology.distances_to(self._ourselves.id)
        others = [node for node in distances if node != self._ourselves.id]
        ranked = sorted(others, key=lambda node: (distances[node], _mix(client, node)))
        homes = [home for node in ranked if (home := self._home(node)) is not None]
        return tuple(homes[: limits.HOMES_RANKED_MAX])

    def _take_limits(self, link: Link, their: LinkLimits) -> None:
        link.unanswered.resize(
            min(their.credit_envelopes, limits.LINK_CREDIT_ENVELOPES),
            min(their.credit_bytes, limits.LINK_CREDIT_BYTES),
        )
        link.unanswered.pace()

    def _home(self, node: NodeId) -> Home | None:
        addresses: tuple[Address, ...] = self._topology.addresses_of(node)
        if not addresses:
            return None
        return Home(id=node, name=self._topology.name_of(node) or "", address=addresses[0])

    def _record_of(self, link: Link) -> Signed | None:
        if link.is_node:
            record = self._topology.get(link.node)
            return record.signed if record is not None else None
        presence = self._directory.get(Subject("presence", link.client))
        return presence.signed if presence is not None else None

    def _introduced(self) -> Introduced:
        settings = self._ourselves.settings
        return Introduced(
            key=self._ourselves.key,
            role="node",
            incarnation=self._ourselves.incarnation,
            network=settings.network,
            admission=settings.admission,
            suites=(SUITE,),
            software=settings.software,
        )


def _mix(client: ClientId, node: NodeId) -> bytes:
    return sha256(f"{client}{node}".encode()).digest()
