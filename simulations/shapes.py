"""Who is whose neighbour: the shapes that an overlay of a world can have."""

from random import Random
from typing import Literal, get_args

Shape = Literal["line", "ring", "star", "tree", "random"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

Edge = tuple[int, int]

RANDOM_DEGREE = 4
"""Links of a node of a random overlay, on average."""


def edges(shape: Shape, nodes: int, random: Random) -> list[Edge]:
    """The pairs of neighbours, by number from 0; every two nodes are connected.

    `random` draws the random shape only: each node links to one before it,
    then pairs are added up to the degree, or until every two are neighbours.
    """
    match shape:
        case "line":
            return [(node - 1, node) for node in range(1, nodes)]
        case "ring":
            closing = [(0, nodes - 1)] if nodes > 2 else []
            return [*edges("line", nodes, random), *closing]
        case "star":
            return [(0, node) for node in range(1, nodes)]
        case "tree":
            return [((node - 1) // 2, node) for node in range(1, nodes)]
        case "random":
            return _random_edges(nodes, random)


def _random_edges(nodes: int, random: Random) -> list[Edge]:
    found = {(random.randrange(node), node): None for node in range(1, nodes)}
    wanted = min(nodes * RANDOM_DEGREE // 2, nodes * (nodes - 1) // 2)
    while len(found) < wanted:
        one, other = sorted(random.sample(range(nodes), 2))
        found[one, other] = None
    return list(found)
