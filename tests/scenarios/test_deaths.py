"""Nodes that die, fall silent, say goodbye and come back, as all the others see it."""

from itertools import product

import pytest

from overlay import limits
from overlay.core.facts import (
    IncarnationRaised,
    LinkLost,
    NodeAlive,
    PeerRefused,
    RecordApplied,
)
from overlay.messages.gossip import Delta, Push
from overlay.peering.events import FrameReceived, LinkId, LinkOpened
from overlay.wire.codec import decode_frame, encode_frame
from tests.support.people import a_client
from tests.support.shapes import is_whole, line, ring, scattered, settled, star
from tests.support.world import World

ALICE, BOB = a_client("alice"), a_client("bob")


def deaths(world: World, name: str) -> dict[str, int]:
    """How often each running node found another one dead."""
    dead = world.places[name].keys.id
    return {
        other: sum(not fact.is_alive and fact.node == dead for fact in facts)
        for other in world.running()
        if (facts := world.facts_of(other, NodeAlive))
    }


def agrees(world: World) -> bool:
    """Whether all running nodes hold the same records."""
    return len({world.node(name).snapshot().root for name in world.running()}) == 1


@pytest.mark.parametrize("victim", ["a", "c", "h"])
def test_a_killed_node_is_dead_everywhere_within_a_second(victim: str) -> None:
    """docs/protocol.md, sections 5.6 and 10.1."""
    world = settled(8, ring(8))

    world.kill(victim)

    world.until(lambda: is_whole(world), 1_000)
    world.passes(limits.REACHABILITY_MS)
    assert set(deaths(world, victim).values()) == {1}


def test_a_killed_bridge_splits_the_overlay_in_the_eyes_of_both_sides() -> None:
    """docs/protocol.md, section 5.6."""
    world = settled(5, line(5))

    world.kill("c")
    world.passes(150)

    assert world.alive_at("a") == ["a", "b"]
    assert world.alive_at("e") == ["d", "e"]


def test_a_dead_node_takes_its_own_clients_with_it_and_nobody_else() -> None:
    """docs/protocol.md, section 5.6."""
    world = settled(6, ring(6))
    world.attach(ALICE, "c")
    world.attach(BOB, "d")
    assert world.node("a").snapshot().clients_reachable == 2

    world.kill("c")
    world.until(lambda: is_whole(world), 1_000)

    assert {world.node(name).snapshot().clients_reachable for name in world.running()} == {1}


def test_a_node_that_falls_silent_is_dead_within_six_seconds() -> None:
    """docs/protocol.md, section 10.1: three heartbeats, 2,500 ms, and the way to everybody."""
    world = settled(6, ring(6))
    for other in "bcdef":
        world.cut("a", other)

    took_ms = world.until(lambda: all("a" not in world.alive_at(name) for name in "bcdef"), 6_500)

    assert took_ms > 4_000
    assert {fact.reason for fact in world.facts_of("b", LinkLost)} == {"silent"}


def test_a_short_silence_harms_nobody() -> None:
    """docs/protocol.md, section 10.1: a pause of two seconds."""
    world = settled(4, ring(4))
    world.cut("a", "b")
    world.cut("a", "d")
    world.passes(2_000)
    world.heal("a", "b")
    world.heal("a", "d")
    world.passes(20_000)

    assert is_whole(world)
    assert set(deaths(world, "a").values()) == {0}


def test_a_healed_cut_is_linked_again() -> None:
    """docs/protocol.md, sections 10.2 and 10.5."""
    world = settled(4, line(4))
    for first, second in product("ab", "cd"):
        world.cut(first, second)
    world.passes(60_000)
    assert world.alive_at("a") == ["a", "b"]

    world.heal_all()

    world.until(lambda: is_whole(world), 10_000)


def test_a_reset_link_is_back_before_anybody_seems_dead() -> None:
    """docs/protocol.md, section 10.1."""
    world = settled(3, line(3))

    world.reset("b", "c")
    world.passes(5_000)

    assert is_whole(world)
    assert set(deaths(world, "c").values()) == {0}


def test_a_node_that_stops_is_gone_at_once_and_says_so() -> None:
    """docs/protocol.md, section 10.3."""
    world = settled(6, ring(6))

    world.stop("c")

    world.until(lambda: is_whole(world), 200)
    assert {fact.reason for fact in world.facts_of("b", LinkLost)} == {"goodbye"}


@pytest.mark.parametrize("is_killed", [True, False])
def test_a_restarted_node_is_itself_in_a_higher_incarnation(is_killed: bool) -> None:
    """docs/protocol.md, section 2.5."""
    world = settled(5, star(5))
    before = world.node("a").snapshot()

    if is_killed:
        world.kill("a")
    else:
        world.stop("a")
    world.passes(3_000)
    world.start("a")

    world.until(lambda: is_whole(world), 10_000)
    after = world.node("a").snapshot()
    assert (after.id, after.incarnation) == (before.id, before.incarnation + 1)


def test_a_node_restarts_faster_than_its_death_is_noticed() -> None:
    """docs/protocol.md, sections 2.5 and 2.6."""
    world = settled(5, ring(5))

    world.kill("c")
    world.passes(3)
    world.start("c")

    world.until(lambda: is_whole(world) and world.node("c").snapshot().incarnation == 2, 5_000)
    world.passes(5_000)
    assert is_whole(world)


def test_a_node_whose_disk_was_lost_begins_above_what_it_was() -> None:
    """docs/protocol.md, section 2.5."""
    world = settled(4, ring(4))
    for _ in range(3):
        world.kill("c")
        world.passes(100)
        world.start("c")
        world.until(lambda: is_whole(world), 10_000)
    assert world.node("c").snapshot().incarnation == 4

    world.kill("c")
    world.places["c"].disk.clear()
    world.passes(100)
    world.start("c")

    world.until(lambda: is_whole(world), 10_000)
    assert world.node("c").snapshot().incarnation == 5
    assert len(world.facts_of("c", IncarnationRaised)) == 1


def test_records_of_an_earlier_run_change_nothing() -> None:
    """docs/protocol.md, sections 2.5 and 5.1: though a neighbour sends them again."""
    world = settled(3, line(3))
    world.attach(ALICE, "b")
    old = [data for sender, to, data in world.recorded if (sender, to) == ("b", "c")]
    assert world.node("c").snapshot().clients_reachable == 1
    world.kill("b")
    world.passes(500)
    world.start("b")
    # Of the three b sees the others last, and passes on only then what they say of their link
    # with it: their own link is none of the tree.
    world.until(lambda: is_whole(world) and agrees(world), 10_000)
    applied = len(world.facts_of("c", RecordApplied))

    link = next(iter(world.places["c"].ends))
    gossip = [
        Push(message.records)
        for data in old
        for message in decode_frame(data)
        if isinstance(message, Push | Delta)
    ]
    world.happens("c", FrameReceived(link, encode_frame(*gossip)))
    world.passes(1_000)

    assert len(gossip) > 2
    assert world.node("c").snapshot().clients_reachable == 0
    assert len(world.facts_of("c", RecordApplied)) == applied
    assert is_whole(world)


def test_a_recorded_link_played_again_is_refused() -> None:
    """docs/protocol.md, section 2.2: the challenge is another one."""
    world = settled(3, line(3))
    frames = [data for sender, to, data in world.recorded if (sender, to) == ("b", "c")]
    world.happens("c", LinkOpened(link=LinkId(9_999), dialled=None, remote_address="somewhere"))

    for frame in frames:
        world.happens("c", FrameReceived(LinkId(9_999), frame))

    refused = {fact.code for fact in world.facts_of("c", PeerRefused)}
    assert refused <= {"wrong_proof", "unexpected", "mismatch"}
    assert len(refused) == 1
    world.passes(1_000)
    assert is_whole(world)


@pytest.mark.parametrize("seed", range(3))
def test_nodes_that_die_and_come_back_at_random_end_up_together(seed: int) -> None:
    """docs/protocol.md, sections 2.5, 5.4, 5.6 and 10.2."""
    world = settled(7, scattered(7, seed))

    for step, name in enumerate("cfbadge"):
        if (step + seed) % 3 == 0:
            world.stop(name)
        else:
            world.kill(name)
        world.passes(400 * step)
        world.start(name)
        world.passes(150)

    world.until(lambda: is_whole(world), 60_000)
    world.passes(10_000)
    assert is_whole(world)
