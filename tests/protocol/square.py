"""A node between two neighbours that both lead to a third, where somebody is."""

from dataclasses import replace

from overlay import limits
from overlay.messages.clients import Submit
from overlay.messages.ids import NodeId
from overlay.messages.links import Ack
from overlay.messages.records import NodeRecord
from overlay.messages.routing import Relay, Returned, ReturnReason
from overlay.peering.statements import Verified
from tests.protocol.harness import Peer, a_node
from tests.support.farend import FarEnd, exchange
from tests.support.people import NodeKeys, a_client, a_node_called

ALICE, BOB, CAROL = a_client("alice"), a_client("bob"), a_client("carol")
SOUTH, WEST, EAST = a_node_called("south"), a_node_called("west"), a_node_called("east")
NORTH = a_node_called("north").id


def vouching(who: NodeKeys, *links: NodeId) -> Verified[NodeRecord]:
    """A record with these links, that vouches for everybody."""
    return who.record(links=links, neighbours=(NORTH, SOUTH.id, WEST.id, EAST.id))


class Square:
    """North is linked with south and west; both are linked with east, where bob is.

    `others` are neighbours of north as well, without a link so far.
    """

    def __init__(self, *others: NodeKeys) -> None:
        self.north = a_node(neighbours=[SOUTH, WEST, *others])
        self.south = self.north.accepts(FarEnd(SOUTH, dials=True))
        self.west = self.north.accepts(FarEnd(WEST, dials=True))
        records = [
            vouching(SOUTH, NORTH, EAST.id),
            vouching(WEST, NORTH, EAST.id),
            vouching(EAST, SOUTH.id, WEST.id),
            *EAST.serving(BOB),
        ]
        for peer in (self.south, self.west):
            peer.says(*exchange(*(record.signed for record in records)))
        self.north.passes(limits.REACHABILITY_MS)
        self.alice = self.north.attached(ALICE)
        self.forgets()

    def forgets(self) -> None:
        """All that was said so far."""
        for peer in (self.south, self.west, self.alice):
            peer.hears()

    def submits(self, number: int = 1) -> None:
        """Alice sends something to bob."""
        message = ALICE.message_to(BOB, index=number).signed
        self.alice.says(Submit(number=number, envelope=message))

    def hops(self) -> tuple[Peer, Relay, Peer]:
        """The neighbour that the copy was sent to, the copy, and the other neighbour."""
        for first, second in ((self.south, self.west), (self.west, self.south)):
            relays = first.hears_all(Relay)
            if relays:
                return first, relays[-1], second
        raise AssertionError("no copy was sent")


def returned(relay: Relay, reason: ReturnReason, retry_after_ms: int | None = None) -> Returned:
    return Returned(
        number=relay.number,
        reason=reason,
        envelope=relay.envelope,
        keeper=relay.keeper,
        home=relay.home,
        attempt=relay.attempt,
        budget=relay.budget,
        retry_after_ms=retry_after_ms,
    )


def a_relay(peer: Peer, home: NodeId, attempt: int = 1, **changes: object) -> Relay:
    """A copy of what carol wrote to bob, on its way to a home."""
    relay = Relay(
        number=peer.next_number(),
        envelope=CAROL.message_to(BOB, counter=1).signed,
        keeper=SOUTH.id,
        home=home,
        attempt=attempt,
        budget=9,
    )
    return replace(relay, **changes)  # type: ignore[arg-type]  # its fields


def passes(square: Square, for_ms: int) -> None:
    """Time passes, and all peers stay alive."""
    for _ in range(for_ms // 100):
        square.north.passes(100)
        for peer in (square.south, square.west, square.alice):
            if peer.is_open:
                peer.says(Ack(1))
