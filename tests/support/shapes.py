"""Worlds in the shapes that the tests speak of."""

from random import Random

from overlay.messages.links import Admission
from tests.support.world import World

Edges = list[tuple[int, int]]

NAMES = ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l")


def line(size: int) -> Edges:
    return [(number, number + 1) for number in range(size - 1)]


def ring(size: int) -> Edges:
    return [(number, (number + 1) % size) for number in range(size)]


def star(size: int) -> Edges:
    return [(0, number) for number in range(1, size)]


def tree(size: int) -> Edges:
    return [((number - 1) // 2, number) for number in range(1, size)]


def scattered(size: int, seed: int = 1) -> Edges:
    """A random connected graph: a random tree, and half as many links again."""
    random = Random(seed)
    edges = [(random.randrange(number), number) for number in range(1, size)]
    pairs = [(first, second) for second in range(size) for first in range(second)]
    return edges + random.sample([pair for pair in pairs if pair not in edges], size // 2)


def world_of(size: int, edges: Edges, *, admission: Admission = "listed") -> World:
    """Nodes a, b, c … whose neighbours files list each other along the edges; none runs yet."""
    world = World(admission=admission)
    for number, name in enumerate(NAMES[:size]):
        listed = [NAMES[second] for first, second in edges if first == number]
        listed += [NAMES[first] for first, second in edges if second == number]
        world.install(name, listed)
    return world


def is_whole(world: World) -> bool:
    """Whether every running node thinks exactly the running nodes alive."""
    running = sorted(world.running())
    return all(world.alive_at(name) == running for name in running)


def is_linked(world: World, edges: Edges) -> bool:
    """Whether exactly the links of the edges exist, one each."""
    running = world.running()
    for name in running:
        number = NAMES.index(name)
        expected = [NAMES[second] for first, second in edges if first == number]
        expected += [NAMES[first] for first, second in edges if second == number]
        if world.links_at(name) != sorted(each for each in expected if each in running):
            return False
    return True


def settled(size: int, edges: Edges) -> World:
    """A world that has found together."""
    world = world_of(size, edges)
    world.start()
    world.until(lambda: is_whole(world) and is_linked(world, edges), 10_000)
    world.passes(1_000)
    return world
