"""Hash trees over a batch of leaves, so that one signature covers all of them."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

LEAF_BYTES: Final = 32

_INNER: Final = b"overlay/1/inner\0"
"""Keeps an inner node from ever being taken for anything else that is hashed."""

_PADDING: Final = bytes(LEAF_BYTES)
"""Stands for the leaves that a batch lacks to a power of two. Nothing hashes to it."""


def build(leaves: Sequence[bytes]) -> tuple[bytes, list[tuple[bytes, ...]]]:
    """Return the root over `leaves`, and for each leaf its path to the root.

    A path lists the neighbour at each level, from the leaf upwards. One leaf
    alone is its own root and has an empty path. Raises ValueError if there is
    no leaf or one is not 32 bytes long.
    """
    if not leaves or any(len(leaf) != LEAF_BYTES for leaf in leaves):
        raise ValueError("a tree needs at least one leaf, each of 32 bytes")
    width = 1 << (len(leaves) - 1).bit_length()
    level = [*leaves, *(_PADDING for _ in range(width - len(leaves)))]
    paths: list[list[bytes]] = [[] for _ in leaves]
    depth = 0
    while len(level) > 1:
        for index, path in enumerate(paths):
            path.append(level[(index >> depth) ^ 1])
        level = [_inner(level[place], level[place + 1]) for place in range(0, len(level), 2)]
        depth += 1
    return level[0], [tuple(path) for path in paths]


def root_of(leaf: bytes, index: int, path: Iterable[bytes]) -> bytes:
    """Return the root to which `path` leads from `leaf` at `index`.

    Raises ValueError if a tree as deep as the path has no such index.
    """
    node = leaf
    place = index
    for neighbour in path:
        pair = neighbour + node if place & 1 else node + neighbour
        node = sha256(_INNER + pair).digest()
        place >>= 1
    if place:
        raise ValueError(f"no leaf {index} under a path this short")
    return node


def _inner(left: bytes, right: bytes) -> bytes:
    return sha256(_INNER + left + right).digest()
