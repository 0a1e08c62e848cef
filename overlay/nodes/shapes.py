"""Who is whose neighbour in an overlay made for trying things out."""

from collections.abc import Callable
from itertools import pairwise
from random import Random

from overlay.errors import UsageError

Pair = tuple[int, int]
"""Two nodes, by number, the smaller first."""


def line(count: int) -> list[Pair]:
    return list(pairwise(range(count)))


def ring(count: int) -> list[Pair]:
    return [*line(count), (0, count - 1)] if count > 2 else line(count)


def ring_with_chord(count: int) -> list[Pair]:
    """A ring in which two nodes across from each other are neighbours too."""
    chord = (0, count // 2)
    return ring(count) if count < 4 else sorted({*ring(count), chord})


def star(count: int) -> list[Pair]:
    return [(0, other) for other in range(1, count)]


def tree(count: int) -> list[Pair]:
    """A binary tree."""
    return [((child - 1) // 2, child) for child in range(1, count)]


def random(count: int, seed: int = 1, degree: int = 3) -> list[Pair]:
    """A connected graph with about `degree` neighbours a node, the same for the same seed."""
    chance = Random(seed)
    pairs = {(chance.randrange(node), node) for node in range(1, count)}
    wanted = min(count * degree // 2, count * (count - 1) // 2)
    while len(pairs) < wanted:
        first, second = sorted(chance.sample(range(count), 2))
        pairs.add((first, second))
    return sorted(pairs)


SHAPES: dict[str, Callable[[int], list[Pair]]] = {
    "line": line,
    "ring": ring,
    "star": star,
    "tree": tree,
    "random": random,
    "demo": ring_with_chord,
}


def shape(name: str, count: int) -> list[Pair]:
    """The pairs of neighbours of a shape. Raises `UsageError` for an unknown one."""
    if name not in SHAPES:
        raise UsageError(f"unknown shape {name!r}: choose one of {', '.join(SHAPES)}")
    if not 1 <= count <= NODES_MAX:
        raise UsageError(f"{count} nodes: choose 1 to {NODES_MAX}")
    return SHAPES[name](count)


NODES_MAX = 64
"""Processes on one machine, 60 MiB each."""
