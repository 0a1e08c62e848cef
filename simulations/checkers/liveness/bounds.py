"""How long everything may take, in milliseconds, by the size and the shape of an overlay."""

from collections.abc import Mapping, Sequence

from overlay import limits

Graph = Mapping[str, Sequence[str]]
"""Who has a link with whom, both ways."""

AGREEMENT_BASE_MS = 7_000
AGREEMENT_HOP_MS = 1_000
"""12 s at 50 nodes of degree 4 (5 hops across), 15 s at 1,000 of degree 5 (8), 56 s on a line of
50 (49): the three are on one line."""

DELIVERY_MS = 5_000

RESET_DEATH_MS = 1_000
SILENT_DEATH_MS = limits.SILENT_HEARTBEATS * limits.HEARTBEAT_NODE_MS + limits.SUSPECT_MS
SPREAD_MS = 500
SPREAD_HOPS = 6
"""200 nodes of degree 4 are so many hops across; a longer overlay takes as much longer."""

ROAMING_MS = 1_000

HEALING_MS = 10_000

SEARCHED_MAX = 64
"""Nodes from which it is sought how far it is across an overlay."""


def agreement_ms(graph: Graph) -> int:
    """L1, and L7: by when all nodes of a component know the same."""
    return AGREEMENT_BASE_MS + AGREEMENT_HOP_MS * diameter(graph)


def spread_ms(graph: Graph) -> int:
    """How long one record takes to everybody."""
    return SPREAD_MS * max(1, -(-diameter(graph) // SPREAD_HOPS))


def death_ms(graph: Graph, *, is_silent: bool) -> int:
    """L3: from the crash, or from the last byte of who fell silent, until everybody knows."""
    spread = spread_ms(graph)
    return SILENT_DEATH_MS + spread if is_silent else RESET_DEATH_MS - SPREAD_MS + spread


def healing_ms(thought_dead: int, alive_of_them: int) -> int:
    """L8: proportionally longer where fewer than half of those thought dead live."""
    if alive_of_them == 0 or 2 * alive_of_them >= thought_dead:
        return HEALING_MS
    return HEALING_MS * thought_dead // (2 * alive_of_them)


def islands(graph: Graph) -> list[list[str]]:
    """The components of a graph, each in the order in which it is found."""
    found: list[list[str]] = []
    seen: dict[str, None] = {}
    for name in graph:
        if name not in seen:
            found.append(list(_distances(graph, name)))
            seen |= dict.fromkeys(found[-1])
    return found


def connected(graph: Graph, name: str) -> list[str]:
    """Everybody else in the component of one, nearest first."""
    return list(_distances(graph, name))[1:]


def diameter(graph: Graph) -> int:
    """The longest of the shortest ways between two that are connected.

    In a large overlay it is sought from some nodes, and from who is farthest from each.
    """
    starts = list(graph)[:: max(len(graph) // SEARCHED_MAX, 1)]
    return max((_across(graph, start) for start in starts), default=0)


def _across(graph: Graph, start: str) -> int:
    *_, farthest = _distances(graph, start)
    return max(_distances(graph, farthest).values())


def _distances(graph: Graph, start: str) -> dict[str, int]:
    distances, waiting = {start: 0}, [start]
    for one in waiting:
        for other in graph[one]:
            if other not in distances:
                distances[other] = distances[one] + 1
                waiting.append(other)
    return distances
