"""Bridges that die, partitions that heal, hubs that come back: one component again, in bounds."""

from dataclasses import replace
from random import Random

import pytest

from overlay.core.facts import ExtraLinkChosen, Healed, HealingDialled, LinkLost, SpareClosed
from overlay.core.node import Node
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
from tests.support.world import World

HEAL_MS = 10_000
SILENT_MS = 3_000 + 2_500 + 500

SHAPES: list[tuple[str, Edges, str]] = [
    ("line", line(9), "e"),
    ("star", star(8), "a"),
    ("tree", tree(9), "b"),
    ("ring", ring(8), "d"),
]
CASES = [pytest.param(edges, lost, id=name) for name, edges, lost in SHAPES]


def shaken(edges: Edges, seed: int) -> World:
    """A settled world whose nodes draw other numbers for each seed."""
    size = 1 + max(max(pair) for pair in edges)
    world = settled(size, edges)
    for name in world.running():
        us = world.node(name)._parts.ourselves
        us.random = Random(f"{name} {seed}")
    return world


def dials_of(world: World, since_ms: int = 0) -> list[int]:
    """When each healing dial of the world was made."""
    return sorted(
        at_ms
        for place in world.places.values()
        for at_ms, fact in place.facts
        if isinstance(fact, HealingDialled) and at_ms >= since_ms
    )


def most_within(times_ms: list[int], span_ms: int) -> int:
    """How many of these moments fall into one span at most."""
    return max(
        (sum(at <= other < at + span_ms for other in times_ms) for at in times_ms), default=0
    )


# A bridge dies


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("edges", "lost"), CASES)
def test_whoever_is_left_when_a_bridge_was_killed_is_whole_in_ten_seconds(
    edges: Edges, lost: str, seed: int
) -> None:
    """docs/protocol.md, section 10.5."""
    world = shaken(edges, seed)

    world.kill(lost)

    world.until(lambda: all(lost not in world.alive_at(name) for name in world.running()), 1_000)
    world.until(lambda: is_whole(world), HEAL_MS)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("edges", "lost"), CASES)
def test_a_bridge_that_falls_silent_is_found_dead_and_then_healed(
    edges: Edges, lost: str, seed: int
) -> None:
    """docs/protocol.md, sections 10.1 and 10.5: dials of it only time out."""
    world = shaken(edges, seed)
    others = [name for name in world.running() if name != lost]

    for name in others:
        world.cut(lost, name)

    world.until(lambda: all(lost not in world.alive_at(name) for name in others), SILENT_MS)
    world.until(lambda: all(world.alive_at(name) == sorted(others) for name in others), HEAL_MS)


@pytest.mark.parametrize("seed", range(4))
def test_half_of_all_nodes_die_at_once_and_the_rest_is_whole(seed: int) -> None:
    """docs/protocol.md, section 10.5."""
    world = shaken(scattered(12, seed), seed)

    for name in Random(seed).sample(world.running(), 6):
        world.kill(name)

    world.until(lambda: is_whole(world), HEAL_MS)


def test_a_bridge_that_comes_back_finds_everybody_and_its_substitutes_are_spared() -> None:
    """docs/protocol.md, section 10.6: the shape of the files is there again."""
    world = settled(7, line(7))
    world.kill("d")
    world.until(lambda: is_whole(world), HEAL_MS)
    assert len(healed(world)) >= 1

    world.start("d")
    world.until(lambda: is_whole(world), HEAL_MS)
    lost_before = sum(len(world.facts_of(name, LinkLost)) for name in world.running())
    world.until(lambda: is_linked(world, line(7)), 200_000)
    world.passes(60_000)

    assert is_whole(world)
    assert is_linked(world, line(7))
    assert len({fact.node for name in NAMES[:7] for fact in world.facts_of(name, SpareClosed)}) >= 2
    lost = sum(len(world.facts_of(name, LinkLost)) for name in world.running())
    assert lost == lost_before


def test_a_substitute_stays_as_long_as_it_is_the_only_way() -> None:
    """docs/protocol.md, section 10.6."""
    world = settled(5, line(5))
    world.kill("c")
    world.until(lambda: is_whole(world), HEAL_MS)

    world.passes(400_000)

    assert is_whole(world)
    assert sum(len(world.links_at(name)) for name in world.running()) == 6


def healed(world: World) -> list[Healed]:
    return [fact for name in world.running() for fact in world.facts_of(name, Healed)]


# Storms


@pytest.mark.parametrize("seed", range(3))
def test_a_hub_with_eleven_neighbours_comes_back_without_a_storm(seed: int) -> None:
    """docs/protocol.md, sections 10.2 and 10.5."""
    world = shaken(star(12), seed)
    world.kill("a")
    world.passes(120_000)
    assert is_whole(world)
    before_ms = world.now_ms

    world.start("a")
    most_half_open = 0
    while not is_whole(world):
        assert world.now_ms - before_ms < HEAL_MS
        world.passes(1)
        most_half_open = max(most_half_open, half_open(world.node("a")))
    world.passes(30_000)

    assert most_half_open <= 22
    assert dials_of(world, before_ms + 1_000) == []
    assert is_whole(world)


def test_all_live_members_together_dial_about_twice_a_second() -> None:
    """docs/protocol.md, section 10.5: some are dead for good."""
    world = settled(10, ring(10))
    for name in "bdf":
        world.kill(name)
    world.until(lambda: is_whole(world), HEAL_MS)
    world.passes(10_000)

    since_ms = world.now_ms
    world.passes(60_000)

    assert 80 <= len(dials_of(world, since_ms)) <= 170
    assert most_within(dials_of(world, since_ms), 1_000) <= 7


@pytest.mark.parametrize("seed", range(3))
def test_two_halves_that_were_parted_for_long_are_one_again_without_a_storm(seed: int) -> None:
    """docs/protocol.md, sections 10.2 and 10.5."""
    world = shaken(ring(12), seed)
    here, there = NAMES[:6], NAMES[6:12]
    for first in here:
        for second in there:
            world.cut(first, second)
    world.passes(300_000)
    assert world.alive_at("a") == sorted(here)

    world.heal_all()
    since_ms = world.now_ms
    world.until(lambda: is_whole(world), HEAL_MS)
    world.passes(30_000)

    assert is_whole(world)
    assert most_within(dials_of(world, since_ms), 1_000) <= 10
    assert max(half_open(world.node(name)) for name in world.running()) == 0
    assert dials_of(world, world.now_ms - 20_000) == []


def half_open(node: Node) -> int:
    return len(node._parts.links.half_open())


# Links beyond the files


def with_extra_links(size: int, edges: Edges, extra_links: int) -> World:
    """A world whose nodes keep links of their own choice."""
    world = world_of(size, edges)
    for place in world.places.values():
        place.settings = replace(place.settings, extra_links=extra_links)
    world.start()
    world.until(lambda: is_whole(world), HEAL_MS)
    world.passes(30_000)
    return world


def test_every_node_keeps_links_to_two_further_members() -> None:
    """docs/protocol.md, section 10.6."""
    world = with_extra_links(10, line(10), 2)

    for name in NAMES[:10]:
        listed = {"abcdefghij"[number] for number in neighbours(line(10), NAMES.index(name))}
        assert len(set(world.links_at(name)) - listed) >= 2
    before = {name: world.links_at(name) for name in world.running()}
    world.passes(300_000)

    chosen = [fact for name in world.running() for fact in world.facts_of(name, ExtraLinkChosen)]
    assert len(chosen) == 20
    assert {name: world.links_at(name) for name in world.running()} == before


def test_a_further_link_that_is_lost_is_replaced() -> None:
    """docs/protocol.md, section 10.6."""
    world = with_extra_links(8, ring(8), 1)
    (chosen,) = world.facts_of("a", ExtraLinkChosen)

    world.kill(chosen.name)
    world.until(lambda: is_whole(world), HEAL_MS)
    world.passes(30_000)

    assert len(world.facts_of("a", ExtraLinkChosen)) == 2
    assert world.facts_of("a", ExtraLinkChosen)[1].name in world.links_at("a")


def neighbours(edges: Edges, number: int) -> list[int]:
    return [b if a == number else a for a, b in edges if number in (a, b)]
