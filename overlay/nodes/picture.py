"""The overlay as a graph, as somebody sees it now: what the map draws."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

from overlay.core.requests import LinkStatus, MemberStatus, NodeStatus
from overlay.messages.ids import NodeId
from overlay.structures.graph import cut_places, distances

NODES_MAX: Final = 512
"""Nodes of one picture: more of them nobody tells apart, and each look costs time."""

NodeState = Literal["alive", "dead", "paused"]
LinkState = Literal["open", "doubtful", "gone", "cut"]
"""`doubtful`: suspected, or only one end says so. `gone`: named, configured, and not there. `cut`:
its ends keep apart because they were told to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturedNode:
    """One node. `cut_off`: how many others its loss would cut off, as the links are now."""

    id: NodeId
    name: str
    state: NodeState
    clients: int
    cut_off: int = 0
    seen_by: int | None = None
    """How many of the other nodes that run see it alive, where all of them were asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturedLink:
    """One link, its ends in the order of their ids."""

    ends: tuple[NodeId, NodeId]
    state: LinkState
    round_trip_ms: int | None = None
    is_ours: bool = False
    """Whether one end of it is whose picture this is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A neighbour of the file with which there is no link, and why."""

    who: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All of it. `seen_by` is the node that says so, None where all of them were asked."""

    seen_by: NodeId | None
    name: str
    network: str
    nodes: tuple[PicturedNode, ...]
    links: tuple[PicturedLink, ...]
    troubles: tuple[Trouble, ...] = ()
    left_out: int = 0
    """How many nodes there are beyond these."""

    def fields(self) -> dict[str, object]:
        """Ready for JSON."""
        return asdict(self)


def picture_of(status: NodeStatus) -> Picture:
    """What one node sees. Its own links are as they are, others as records name them."""
    members = status.members[:NODES_MAX]
    links = _links(status, members)
    cut_off = cut_off_by(
        (member.id for member in members if member.is_alive),
        (link.ends for link in links if link.state == "open"),
    )
    names = {member.id: name_of(member.id, member.name) for member in members}
    return Picture(
        seen_by=status.id,
        name=status.name,
        network=status.network,
        nodes=tuple(
            PicturedNode(
                id=member.id,
                name=names[member.id],
                state="alive" if member.is_alive else "dead",
                clients=member.clients,
                cut_off=cut_off.get(member.id, 0),
            )
            for member in members
        ),
        links=tuple(links),
        troubles=_troubles(status, names),
        left_out=len(status.members) - len(members),
    )


def picture_from(fields: dict[str, Any]) -> Picture:  # as a node of ours has sent it
    """A picture out of what `fields` made of it. Raises: KeyError, TypeError, ValueError."""
    nodes = tuple(PicturedNode(**node) for node in fields.pop("nodes"))
    links = tuple(
        PicturedLink(**{**link, "ends": (link["ends"][0], link["ends"][1])})
        for link in fields.pop("links")
    )
    troubles = tuple(Trouble(**trouble) for trouble in fields.pop("troubles"))
    return Picture(nodes=nodes, links=links, troubles=troubles, **fields)


def ends_of(first: NodeId, second: NodeId) -> tuple[NodeId, NodeId]:
    """A link's two ends, the same whoever names them."""
    return (first, second) if first < second else (second, first)


def name_of(node: NodeId, name: str | None) -> str:
    """What people call a node; the beginning of its id while its record is not known."""
    return name or node[:8]


def cut_off_by(
    nodes: Iterable[NodeId], links: Iterable[tuple[NodeId, NodeId]]
) -> dict[NodeId, int]:
    """Each node whose loss would split the part that it is in, and how many it would cut off."""
    edges: dict[NodeId, list[NodeId]] = {node: [] for node in nodes}
    for first, second in links:
        if first in edges and second in edges:
            edges[first].append(second)
            edges[second].append(first)
    found: dict[NodeId, int] = {}
    waiting = dict.fromkeys(edges)
    while waiting:
        part = distances(next(iter(waiting)), edges.__getitem__)
        found |= cut_places({node: edges[node] for node in part})
        waiting = {node: None for node in waiting if node not in part}
    return found


def _links(status: NodeStatus, members: Sequence[MemberStatus]) -> list[PicturedLink]:
    known = {member.id for member in members}
    ours = {ends_of(status.id, link.id): link for link in status.links if link.id in known}
    # What our own file names is worth a line even while it is not there.
    neighbours = [entry.id for entry in status.neighbours if entry.id is not None]
    wanted = [ends_of(status.id, node) for node in neighbours if node in known]
    named = Counter(
        ends_of(member.id, other)
        for member in members
        for other in dict.fromkeys(member.links)
        if other in known and other != member.id
    )
    alive = {member.id for member in members if member.is_alive}
    cut = [ends_of(status.id, node) for node in status.kept_apart if node in known]
    return [
        _our_link(pair, ours.get(pair), is_cut=pair in cut)
        if status.id in pair
        else PicturedLink(ends=pair, state=_told(named[pair], alive.issuperset(pair)))
        for pair in sorted({*ours, *wanted, *cut, *named})
    ]


def _our_link(
    pair: tuple[NodeId, NodeId], link: LinkStatus | None, *, is_cut: bool
) -> PicturedLink:
    if link is None:
        return PicturedLink(ends=pair, state="cut" if is_cut else "gone", is_ours=True)
    state: LinkState = "doubtful" if link.is_suspected or not link.is_exchanged else "open"
    return PicturedLink(ends=pair, state=state, round_trip_ms=link.round_trip_ms, is_ours=True)


def _told(times: int, are_both_alive: bool) -> LinkState:
    """A link of others, named by so many of its two ends."""
    if not are_both_alive:
        return "gone"
    return "open" if times == 2 else "doubtful"


def _troubles(status: NodeStatus, names: Mapping[NodeId, str]) -> tuple[Trouble, ...]:
    found = []
    for entry in status.neighbours:
        if entry.state == "linked":
            continue
        at = (entry.address or "").removeprefix("ws://").removesuffix("/overlay")
        name = "" if entry.id is None else names.get(entry.id, name_of(entry.id, None))
        who = f"{name} at {at}" if name and at else name or at
        found.append(Trouble(who=who, state=entry.state, detail=entry.detail))
    return tuple(found)
