"""One generator for each name, all from the one seed of a world."""

from hashlib import sha256
from random import Random


def generator(seed: int, *names: object) -> Random:
    """A generator of its own for whatever is named, whoever else draws how much.

    Not secret: it stands in for the system's generator in simulations only.
    """
    name = "/".join(str(part) for part in (seed, *names))
    return Random(int.from_bytes(sha256(name.encode()).digest(), "big"))


SECRET_MARK = b"\xf1never in sight"
"""Begins every secret seed that a world hands out, so that one search finds any of them."""


def secret_seed(random: Random) -> bytes:
    """32 bytes for a signing key that may not turn up anywhere but at its owner's."""
    return SECRET_MARK + random.randbytes(32 - len(SECRET_MARK))
