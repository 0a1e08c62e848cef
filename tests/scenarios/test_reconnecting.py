"""A hub with fifty neighbours dies and comes back: dials and half-open links stay within bounds."""

from overlay.core.facts import HealingDialled
from overlay.peering.effects import Dial
from tests.support.places import Place
from tests.support.shapes import is_whole
from tests.support.world import World

LEAVES = [f"leaf-{number}" for number in range(50)]
HEAL_MS = 10_000


class CountingWorld(World):
    """Remembers when anybody dialled anything."""

    def __init__(self) -> None:
        super().__init__()
        self.dials: list[int] = []

    def _perform(self, place: Place, effects: list) -> None:  # type: ignore[type-arg]  # as there
        self.dials += [self.now_ms for effect in effects if isinstance(effect, Dial)]
        super()._perform(place, effects)


def most_within(times_ms: list[int], span_ms: int) -> int:
    """How many of these moments, which are in order, fall into one span at most."""
    most = first = 0
    for last, at_ms in enumerate(times_ms):
        while at_ms - times_ms[first] >= span_ms:
            first += 1
        most = max(most, last - first + 1)
    return most


def half_open_at_most(world: World) -> int:
    """Handshakes that are not over, at the node that has most of them."""
    nodes = [world.node(name) for name in world.running()]
    return max(len(node._parts.links.half_open()) for node in nodes)


def test_a_hub_with_fifty_neighbours_dies_and_comes_back_without_a_storm() -> None:
    """docs/protocol.md, sections 10.2, 10.5 and 10.6."""
    world = CountingWorld()
    world.install("hub", LEAVES)
    for leaf in LEAVES:
        world.install(leaf, ["hub"])
    world.start()
    world.until(lambda: is_whole(world), HEAL_MS)
    world.passes(2_000)
    world.dials.clear()

    world.kill("hub")
    died_ms = world.now_ms
    most_half_open = 0
    while not is_whole(world):
        assert world.now_ms - died_ms < HEAL_MS
        world.passes(20)
        most_half_open = max(most_half_open, half_open_at_most(world))
    healing = [
        at_ms
        for place in world.places.values()
        for at_ms, fact in place.facts
        if isinstance(fact, HealingDialled)
    ]

    assert len(healing) <= 4 * len(LEAVES)
    assert most_half_open <= 16
    world.passes(20_000)
    world.dials.clear()
    world.start("hub")
    back_ms = world.now_ms
    while not is_whole(world):
        assert world.now_ms - back_ms < HEAL_MS
        world.passes(5)
        most_half_open = max(most_half_open, half_open_at_most(world))
    world.passes(20_000)

    assert is_whole(world)
    assert most_half_open <= 2 * len(LEAVES)
    assert most_within(world.dials, 1_000) <= 2 * len(LEAVES)
    assert [at_ms for at_ms in world.dials if at_ms > back_ms + 2_000] == []
