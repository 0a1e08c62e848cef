"""Who is whose neighbour: the shapes that an overlay of a world can have."""

from math import isqrt
from random import Random
from typing import Literal, get_args

Shape = Literal["line", "ring", "star", "tree", "random", "grid", "spokes", "even"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

DRAWN: tuple[Shape, ...] = ("line", "ring", "star", "tree", "random")
"""Those of which a world drawn from its seed may be."""

Edge = tuple[int, int]

RANDOM_DEGREE = 4
"""Links of a node of a random overlay, on average."""

EVEN_DEGREE = 5
"""Links of each node of an even overlay: the active view of HyParView (DSN 2007), with which
others have published what becomes of an overlay when most of it dies."""

_TRIES = 100


def edges(shape: Shape, nodes: int, random: Random) -> list[Edge]:
    """The pairs of neighbours, by number from 0; every two nodes are connected.

    `random` draws the random shapes. Random: each node links to one before it,
    then pairs are added up to the degree, or until every two are neighbours.
    Even: two rings through all in an order of their own, and a match for
    each; who has met a neighbour twice by that gets another.
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
        case "grid":
            return _grid_edges(nodes)
        case "spokes":
            return _spokes_edges(nodes)
        case "even":
            return _even_edges(nodes, random)


def _random_edges(nodes: int, random: Random) -> list[Edge]:
    found = {(random.randrange(node), node): None for node in range(1, nodes)}
    wanted = min(nodes * RANDOM_DEGREE // 2, nodes * (nodes - 1) // 2)
    while len(found) < wanted:
        one, other = sorted(random.sample(range(nodes), 2))
        found[one, other] = None
    return list(found)


def _grid_edges(nodes: int) -> list[Edge]:
    """Rows as long as there are, the last one perhaps shorter."""
    width = isqrt(max(nodes - 1, 0)) + 1
    across = [(node - 1, node) for node in range(nodes) if node % width]
    return [*across, *((node - width, node) for node in range(width, nodes))]


def _spokes_edges(nodes: int) -> list[Edge]:
    """A star around node 0, every two of whose other nodes are linked with each other."""
    return [*edges("star", nodes, Random(0)), *((one, one + 1) for one in range(1, nodes - 1, 2))]


def _even_edges(nodes: int, random: Random) -> list[Edge]:
    if nodes <= EVEN_DEGREE + 1:
        return [(one, other) for other in range(nodes) for one in range(other)]
    found: dict[Edge, None] = {}
    for _ in range(EVEN_DEGREE // 2):
        order = random.sample(range(nodes), nodes)
        found |= {_edge(order[place - 1], order[place]): None for place in range(nodes)}
    degrees = [0] * nodes
    for edge in found:
        for node in edge:
            degrees[node] += 1
    for _ in range(_TRIES):
        lacking = [node for node in range(nodes) if degrees[node] < EVEN_DEGREE]
        random.shuffle(lacking)
        for one, other in zip(lacking[::2], lacking[1::2], strict=False):
            edge = _edge(one, other)
            if edge not in found:
                found[edge] = None
                degrees[one] += 1
                degrees[other] += 1
    return list(found)


def _edge(one: int, other: int) -> Edge:
    return (one, other) if one < other else (other, one)
