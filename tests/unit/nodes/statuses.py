"""What a node may say of itself, in few words."""

from overlay.core.requests import LinkStatus, MemberStatus, NeighbourStatus, NodeStatus
from overlay.messages.ids import Address, Incarnation, NodeId

NORTH, SOUTH, WEST, EAST = (NodeId(f"id of {name}") for name in ("north", "south", "west", "east"))


def a_member(
    node: NodeId, *links: NodeId, is_alive: bool = True, clients: int = 0, is_named: bool = True
) -> MemberStatus:
    return MemberStatus(
        id=node,
        name=node.removeprefix("id of ") if is_named else None,
        is_alive=is_alive,
        vouched_by=None,
        links=links,
        clients=clients,
    )


def a_link_to(
    node: NodeId,
    round_trip_ms: int | None = None,
    *,
    is_suspected: bool = False,
    is_exchanged: bool = True,
) -> LinkStatus:
    return LinkStatus(
        id=node,
        name=None,
        address="127.0.0.1",
        is_dialled=True,
        is_suspected=is_suspected,
        is_exchanged=is_exchanged,
        round_trip_ms=round_trip_ms,
    )


def a_neighbour(
    node: NodeId | None, state: str, detail: str = "", port: int = 0
) -> NeighbourStatus:
    address = Address(f"ws://127.0.0.1:{port}/overlay") if port else None
    return NeighbourStatus(address=address, id=node, state=state, detail=detail)


def a_status(
    *members: MemberStatus,
    links: tuple[LinkStatus, ...] = (),
    neighbours: tuple[NeighbourStatus, ...] = (),
) -> NodeStatus:
    """Of north, which sees these members."""
    return NodeStatus(
        id=NORTH,
        name="north",
        network="overlay",
        incarnation=Incarnation(1),
        addresses=(),
        software="a test",
        neighbours=neighbours,
        links=links,
        members=members,
        root="",
        bridges=(),
        clients_here=0,
        clients_reachable=0,
        accounts=0,
        parked_records=0,
        mailbox_envelopes=0,
        mailbox_bytes=0,
        units=0,
    )
