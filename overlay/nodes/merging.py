"""One picture of a local overlay, out of what each of its nodes sees and what we know of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from overlay.messages.ids import NodeId
from overlay.nodes.picture import (
    LinkState,
    NodeState,
    Picture,
    PicturedLink,
    PicturedNode,
    cut_off_by,
    ends_of,
)

_Pair = tuple[NodeId, NodeId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one node last said, and whether its process runs. `neighbours`: what its file names."""

    id: NodeId
    name: str
    state: NodeState
    picture: Picture | None
    neighbours: tuple[NodeId, ...] = ()


def merged(told: Sequence[Told], name: str) -> Picture:
    """The whole of it. A link stands where both of its ends say so."""
    running = [each for each in told if each.state == "alive" and each.picture is not None]
    claims = _claims(running)
    configured = [ends_of(each.id, other) for each in told for other in each.neighbours]
    states = {each.id: each.state for each in told}
    known = [pair for pair in {*claims, *configured} if pair[0] in states and pair[1] in states]
    links = [
        _link(pair, claims.get(pair, []), [states[end] for end in pair]) for pair in sorted(known)
    ]
    cut_off = cut_off_by(
        (each.id for each in running), (link.ends for link in links if link.state == "open")
    )
    pictures = [each.picture for each in running if each.picture is not None]
    return Picture(
        seen_by=None,
        name=name,
        network=pictures[0].network if pictures else "",
        nodes=tuple(
            PicturedNode(
                id=each.id,
                name=each.name,
                state=each.state,
                clients=_clients(each),
                cut_off=cut_off.get(each.id, 0),
                seen_by=_seen_by(each.id, running),
            )
            for each in told
        ),
        links=tuple(links),
    )


def _claims(running: Iterable[Told]) -> dict[_Pair, list[PicturedLink]]:
    """What the ends of each link say of it."""
    claims: dict[_Pair, list[PicturedLink]] = {}
    for each in running:
        assert each.picture is not None
        for link in each.picture.links:
            if link.is_ours:
                claims.setdefault(link.ends, []).append(link)
    return claims


def _link(pair: _Pair, claims: Sequence[PicturedLink], ends: Sequence[NodeState]) -> PicturedLink:
    times = [claim.round_trip_ms for claim in claims if claim.round_trip_ms is not None]
    return PicturedLink(
        ends=pair,
        state=_state([claim.state for claim in claims], ends),
        round_trip_ms=max(times, default=None),
    )


def _state(claimed: Sequence[LinkState], ends: Sequence[NodeState]) -> LinkState:
    if "dead" in ends:
        return "gone"
    if "cut" in claimed:
        return "cut"
    if list(claimed) == ["open", "open"]:
        return "open"
    return "doubtful" if {"open", "doubtful"}.intersection(claimed) else "gone"


def _clients(told: Told) -> int:
    if told.state == "dead" or told.picture is None:
        return 0
    return next((node.clients for node in told.picture.nodes if node.id == told.id), 0)


def _seen_by(node: NodeId, running: Iterable[Told]) -> int:
    """How many of the others see it alive."""
    return sum(
        any(seen.id == node and seen.state == "alive" for seen in each.picture.nodes)
        for each in running
        if each.id != node and each.picture is not None
    )
