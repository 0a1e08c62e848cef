"""A node taken apart: its state and stages, without the one that knows their order."""

from collections.abc import Iterable
from random import Random

from overlay.core.assembly import Assembly
from overlay.core.durable import Durable
from overlay.core.settings import Neighbour, Settings
from overlay.core.state.links import Link
from overlay.messages.ids import Address
from overlay.messages.links import Admission
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.statements import Reader, Verified
from overlay.wire.codec import decode_frame
from overlay.wire.signed import Signable
from tests.support.farend import a_handshake
from tests.support.people import NETWORK, ClientKeys, NodeKeys, a_node_called, address_of

NORTH = a_node_called("north")
SOUTH, WEST, EAST = a_node_called("south"), a_node_called("west"), a_node_called("east")


def assembled(*neighbours: NodeKeys | Neighbour, admission: Admission = "listed") -> Assembly:
    """The parts of a node called north, which has begun."""
    entries = tuple(
        each if isinstance(each, Neighbour) else Neighbour(address=None, id=each.id)
        for each in neighbours
    )
    settings = Settings(
        name="north",
        network=NETWORK,
        admission=admission,
        addresses=(address_of("north"),),
        neighbours=entries,
        software="a test",
    )
    parts = Assembly(NORTH.key, settings, Durable(), Random(1), Reader(NETWORK))
    parts.ourselves.is_started = True
    return parts


def a_link(
    parts: Assembly,
    who: NodeKeys | ClientKeys,
    number: int,
    *,
    dialled: Address | None = None,
    is_exchanged: bool = True,
) -> Link:
    """An open link to somebody."""
    is_node = isinstance(who, NodeKeys)
    handshake = a_handshake(NORTH.key, "node", NORTH.incarnation, dials=dialled is not None)
    link = Link(
        id=LinkId(number),
        handshake=handshake,
        dialled=dialled,
        remote_address="127.0.0.1",
        remote_block="127.0.0.1",
        opened_ms=0,
        heard_ms=0,
        said_ms=0,
        peer=who.key.id,
        is_node=is_node,
        incarnation=who.incarnation,
    )
    link.exchange.has_all_theirs = link.exchange.has_all_ours = is_exchanged
    parts.links.add(link)
    parts.links.open(link)
    return link


def knows(parts: Assembly, *records: Verified[Signable]) -> None:
    """Records that the node has verified."""
    for record in records:
        parts.gossip.apply([parts.verification.read_record(record.signed)])


def said(link: Link) -> list[Message]:
    """What the link has yet to say."""
    return [message for frame in link.outgoing.flush() for message in decode_frame(frame)]


def vouch_for_all(parts: Assembly, *edges: tuple[NodeKeys, NodeKeys]) -> None:
    """Records of all nodes, that vouch for each other and link along the edges."""
    nodes: Iterable[NodeKeys] = (NORTH, SOUTH, WEST, EAST)
    everybody = tuple(node.id for node in nodes)
    for node in nodes:
        ends = [second for first, second in edges if first is node]
        ends += [first for first, second in edges if second is node]
        record = node.record(links=tuple(end.id for end in ends), neighbours=everybody)
        knows(parts, record)
