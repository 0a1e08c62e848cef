"""Distances in a graph that is given as a function."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

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
