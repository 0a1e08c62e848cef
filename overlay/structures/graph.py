"""Distances in a graph that is given as a function; the places that hold one together."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


def distances(start: K, neighbours: Callable[[K], Iterable[K]]) -> dict[K, int]:
    """Return how many steps each reachable place is away from `start`, itself at 0.

    The order is that of the search, breadth first: it depends only on the
    order in which `neighbours` names them, so a caller that names them in a
    settled order gets the same answer every time. `neighbours` is asked once
    for each place.
    """
    found = {start: 0}
    frontier = [start]
    steps = 0
    while frontier:
        steps += 1
        reached: list[K] = []
        for place in frontier:
            for neighbour in neighbours(place):
                if neighbour not in found:
                    found[neighbour] = steps
                    reached.append(neighbour)
        frontier = reached
    return found


def cut_places(edges: Mapping[K, Sequence[K]]) -> dict[K, int]:
    """Return each place whose loss splits the graph, and how many others it would cut off.

    `edges` names every place of a connected graph with those beside it, both
    ways. Cut off are all but the largest part that is left. The order is that
    of `edges`. Takes a time linear in places and edges, and no stack. Source:
    R. Tarjan, Depth-first search and linear graph algorithms, 1972.
    """
    found: dict[K, list[int]] = {}
    if edges:
        _search_deep(next(iter(edges)), edges, found)
    return {
        place: len(edges) - 1 - max([*parts, len(edges) - 1 - sum(parts)])
        for place in edges
        if (parts := found.get(place))
    }


@dataclass(slots=True)
class _Visit(Generic[K]):
    """One place on the way down: when it was reached, and how far up its part reaches back."""

    place: K
    waiting: Iterator[K]
    number: int
    lowest: int
    size: int = 1


def _search_deep(root: K, edges: Mapping[K, Sequence[K]], found: dict[K, list[int]]) -> None:
    """Note for each place the sizes of the parts below it that only it holds to the rest."""
    numbers = {root: 0}
    way = [_Visit(root, iter(edges[root]), 0, 0)]
    while way:
        visit = way[-1]
        for other in visit.waiting:
            if other not in numbers:
                number = numbers[other] = len(numbers)
                way.append(_Visit(other, iter(edges[other]), number, number))
                break
            visit.lowest = min(visit.lowest, numbers[other])
        else:
            way.pop()
            if way:
                _return(visit, way[-1], found)
    if len(found.get(root, ())) < 2:
        # What hangs on the root alone is the whole rest, unless there are two such parts.
        found.pop(root, None)


def _return(child: _Visit[K], parent: _Visit[K], found: dict[K, list[int]]) -> None:
    parent.size += child.size
    parent.lowest = min(parent.lowest, child.lowest)
    if child.lowest >= parent.number:
        found.setdefault(parent.place, []).append(child.size)
