"""How hosts can be parted: groups of names for a partition, drawn from a generator."""

from collections.abc import Sequence
from random import Random

Groups = tuple[tuple[str, ...], ...]


def halves(names: Sequence[str], random: Random) -> Groups:
    """Two groups of about the same size."""
    return islands(names, 2, random)


def islands(names: Sequence[str], count: int, random: Random) -> Groups:
    """So many groups of about the same size."""
    drawn = random.sample(list(names), len(names))
    return tuple(tuple(sorted(drawn[number::count])) for number in range(count))


def bridged(names: Sequence[str], random: Random) -> Groups:
    """Two groups that share one host, which reaches everybody."""
    one, other = halves(names, random)
    bridge = (*one, *other)[random.randrange(len(names))]
    return tuple(tuple(sorted({*group, bridge})) for group in (one, other))
