"""North at the end of a chain of members: south, west and east."""

from dataclasses import replace

from overlay import limits
from overlay.core.settings import Neighbour
from overlay.messages.gossip import Push
from overlay.messages.ids import NodeId
from overlay.messages.links import Heartbeat
from overlay.messages.records import NodeRecord
from overlay.messages.union import Message
from overlay.peering.statements import Reader, Verified
from tests.protocol.harness import NodeUnderTest, Peer
from tests.support.farend import FarEnd, exchange
from tests.support.people import NETWORK, NodeKeys, a_node_called

SOUTH, WEST, EAST = a_node_called("south"), a_node_called("west"), a_node_called("east")
NORTH = a_node_called("north")
EVERYBODY = (NORTH.id, SOUTH.id, WEST.id, EAST.id)


def vouching(
    who: NodeKeys, *links: NodeId, neighbours: tuple[NodeId, ...] = EVERYBODY
) -> tuple[Message, ...]:
    """All that somebody has to say at first: a record with these links, that vouches for all."""
    return exchange(record_of(who, *links, neighbours=neighbours).signed)


def record_of(
    who: NodeKeys, *links: NodeId, neighbours: tuple[NodeId, ...] = EVERYBODY
) -> Verified[NodeRecord]:
    return who.record(links=links, neighbours=neighbours)


def chained(*, extra_links: int = 0) -> tuple[NodeUnderTest, Peer]:
    """North is linked with south, south with west, west with east; all are members."""
    north = NodeUnderTest(neighbours=[Neighbour(address=None, id=SOUTH.id)])
    north.settings = replace(north.settings, extra_links=extra_links)
    north.node = north._made()
    north.settles()
    south = north.accepts(FarEnd(SOUTH, dials=True))
    records = (
        record_of(SOUTH, NORTH.id, WEST.id),
        record_of(WEST, SOUTH.id, EAST.id),
        record_of(EAST, WEST.id),
    )
    south.says(*exchange(*(record.signed for record in records)))
    north.passes(limits.REACHABILITY_MS)
    south.hears()
    return north, south


def passes(north: NodeUnderTest, for_ms: int, *alive: Peer) -> None:
    """Time passes, and these peers stay alive."""
    for _ in range(for_ms // 500):
        north.passes(500)
        for peer in alive:
            if peer.is_open:
                peer.says(Heartbeat())


def our_links(watching: Peer) -> list[tuple[str, ...]]:
    """The links that our record names, each time that a neighbour hears of it."""
    reader = Reader(NETWORK)
    records = [record for push in watching.hears_all(Push) for record in push.records]
    ours = [record for record in records if record.signer == NORTH.id]
    return [reader.read_as(NodeRecord, record).value.links for record in ours]


def alive(north: NodeUnderTest) -> list[str]:
    members = north.node.snapshot().members
    return sorted(member.name or "" for member in members if member.is_alive)
