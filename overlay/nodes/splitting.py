"""Which node of a local overlay holds it together, and who stands where when that one is lost."""

from collections.abc import Sequence
from dataclasses import dataclass

from overlay.nodes.local import LocalNode
from overlay.structures.graph import cut_places, distances


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A node whose loss splits most, with places on both sides of what it holds together.

    `near` and `far` lie on different sides if there are any, far apart in any
    case; `beside` lies on the side of `near`, next to it if it is not alone.
    """

    lost: LocalNode
    near: LocalNode
    beside: LocalNode
    far: LocalNode
    cut_off: int


def worst_split(nodes: Sequence[LocalNode]) -> Split:
    """The split of at least three connected nodes. Where no loss splits anything, any is lost."""
    by_name = {node.name: node for node in nodes}
    cuts = cut_places({node.name: node.neighbours for node in nodes})
    middle = nodes[len(nodes) // 2].name
    lost = max(cuts, key=lambda name: cuts[name]) if cuts else middle
    ways = {name: _distances(by_name, name, without=lost) for name in by_name if name != lost}
    near = max(ways, key=lambda name: len(ways[name]))
    across = [name for name in ways if name not in ways[near]]
    if across:
        far = across[0]
    else:
        near = max(ways, key=lambda name: max(ways[name].values()))
        far = max(ways[near], key=lambda name: ways[near][name])
    beside = next((name for name in list(ways[near])[1:] if name != far), near)
    return Split(
        lost=by_name[lost],
        near=by_name[near],
        beside=by_name[beside],
        far=by_name[far],
        cut_off=cuts.get(lost, 0),
    )


def _distances(nodes: dict[str, LocalNode], start: str, *, without: str) -> dict[str, int]:
    return distances(
        start, lambda name: [other for other in nodes[name].neighbours if other != without]
    )
