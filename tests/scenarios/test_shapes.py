"""Overlays of every shape find together, from nothing, in whatever order their nodes start."""

from collections.abc import Callable
from random import Random

import pytest

from overlay.core.facts import LinkEstablished, LinkLost, NodeAlive
from tests.support.shapes import (
    NAMES,
    Edges,
    is_linked,
    is_whole,
    line,
    ring,
    scattered,
    settled,
    star,
    tree,
    world_of,
)

SHAPES = [line, ring, star, tree, scattered]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("size", [2, 5, 8, 12])
def test_an_overlay_of_any_shape_finds_together(shape: Callable[[int], Edges], size: int) -> None:
    """docs/protocol.md, sections 2.6, 4.1, 5.5, 5.6 and 10.2: all nodes dial at once."""
    edges = shape(size) if size > 2 else line(2)
    world = world_of(size, edges)

    world.start()

    world.until(lambda: is_whole(world) and is_linked(world, edges), 1_000)


@pytest.mark.parametrize("seed", range(4))
def test_nodes_may_start_one_after_the_other_in_any_order(seed: int) -> None:
    """docs/protocol.md, sections 4.2 and 10.2."""
    edges = scattered(8, seed)
    world = world_of(8, edges)
    names = list(NAMES[:8])
    Random(seed).shuffle(names)

    for name in names:
        world.start(name)
        world.passes(700)

    world.until(lambda: is_whole(world) and is_linked(world, edges), 40_000)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_settled_overlay_stays_as_it_is(shape: Callable[[int], Edges]) -> None:
    """docs/protocol.md, sections 1.3 and 2.6: no link flaps, nobody seems dead."""
    world = settled(6, shape(6))
    before = {name: len(world.places[name].facts) for name in world.running()}

    world.passes(60_000)

    for name in world.running():
        since = [fact for _, fact in world.places[name].facts[before[name] :]]
        assert [fact for fact in since if isinstance(fact, NodeAlive | LinkLost)] == []


def test_two_nodes_that_dial_each_other_at_once_keep_one_link_without_flapping() -> None:
    """docs/protocol.md, section 2.6."""
    world = world_of(2, line(2))

    world.start()
    world.passes(60_000)

    for name in ("a", "b"):
        assert len(world.links_at(name)) == 1
        assert len(world.facts_of(name, LinkEstablished)) <= 2
        assert [fact.is_alive for fact in world.facts_of(name, NodeAlive)] == [True]


@pytest.mark.parametrize("apart_ms", [1, 3, 8, 15, 40, 300, 990, 1_010, 2_000])
def test_dials_that_cross_end_in_one_link_that_both_ends_agree_on(apart_ms: int) -> None:
    """docs/protocol.md, section 2.6."""
    world = world_of(2, line(2))

    world.start("a")
    world.passes(apart_ms)
    world.start("b")
    world.passes(3_000)

    assert (world.links_at("a"), world.links_at("b")) == (["b"], ["a"])
    assert is_whole(world)
    established = [len(world.facts_of(name, LinkEstablished)) for name in ("a", "b")]
    world.passes(60_000)
    assert [len(world.facts_of(name, LinkEstablished)) for name in ("a", "b")] == established


@pytest.mark.parametrize("late", ["a", "b"])
@pytest.mark.parametrize("late_ms", [3, 100, 240, 260, 300, 330, 340, 500])
def test_of_two_dials_one_of_which_is_late_both_ends_keep_the_same(late: str, late_ms: int) -> None:
    """docs/protocol.md, section 2.6: the older link has another age at each end by then.

    Seed 657 of swarm: 955 ms at the one end, 1,054 at the other, and both links were closed.
    """
    world = settled(2, line(2))
    world.places[late].late_ms = late_ms

    world.reset("a", "b")
    world.passes(10_000)

    assert (world.links_at("a"), world.links_at("b")) == (["b"], ["a"])
    for name in ("a", "b"):
        assert [fact.is_alive for fact in world.facts_of(name, NodeAlive)] == [True]


def test_an_open_overlay_finds_together_without_lists_of_its_own() -> None:
    """docs/protocol.md, section 4.1: who dials in is vouched for."""
    world = world_of(5, line(1), admission="open")
    for name in NAMES[1:5]:
        del world.places[name]
        world.install(name, ["a"])

    world.start()

    world.until(lambda: is_whole(world), 5_000)


def test_the_same_world_goes_the_same_way_twice() -> None:
    """docs/protocol.md, section 5.6: nothing depends on chance that is not given."""
    first, second = settled(6, ring(6)), settled(6, ring(6))

    for name in first.running():
        assert first.places[name].facts == second.places[name].facts
