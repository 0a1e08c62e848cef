"""Who gets in: vouching both ways, pins that are not made yet, keys that changed, strangers."""

import pytest

from overlay.core.events import Command, NeighboursChanged
from overlay.core.facts import NeighbourKeyChanged, NeighbourPinned, PeerRefused
from overlay.core.requests import AcceptKey
from overlay.core.settings import Neighbour
from overlay.peering.events import Ticket
from tests.support.people import a_node_called, address_of
from tests.support.shapes import is_whole, line, settled
from tests.support.world import World


def test_a_node_that_only_one_side_lists_does_not_get_in() -> None:
    """docs/protocol.md, section 4.1."""
    world = World()
    world.install("a", ["b"])
    world.install("b", [])

    world.start()
    world.passes(60_000)

    assert (world.links_at("a"), world.links_at("b")) == ([], [])
    assert {fact.code for fact in world.facts_of("b", PeerRefused)} == {"not_a_neighbour"}


def test_it_gets_in_as_soon_as_the_other_side_lists_it_too() -> None:
    """docs/protocol.md, sections 4.1 and 10.2."""
    world = World()
    world.install("a", ["b"])
    world.install("b", ["c"])
    world.install("c", ["b"])
    world.start()
    world.passes(20_000)

    listed = (*world.places["b"].settings.neighbours, Neighbour(address=address_of("a"), id=None))
    world.happens("b", NeighboursChanged(listed))

    world.until(lambda: is_whole(world), 2_000)


def test_a_node_that_nobody_lists_any_more_leaves() -> None:
    """docs/protocol.md, section 4.1."""
    world = settled(4, line(4))

    world.happens("b", NeighboursChanged((Neighbour(address=address_of("a"), id=None),)))
    world.passes(1_000)

    assert world.alive_at("a") == ["a", "b"]
    assert world.alive_at("d") == ["c", "d"]
    assert world.links_at("b") == ["a"]
    members = [member.name for member in world.node("a").snapshot().members]
    assert members == ["a", "b"]


@pytest.mark.parametrize("first", ["a", "b"])
def test_two_nodes_that_know_only_addresses_pin_each_other(first: str) -> None:
    """docs/protocol.md, section 4.2: whoever starts first."""
    world = World()
    world.install("a", ["b"])
    world.install("b", ["a"])
    second = "b" if first == "a" else "a"

    world.start(first)
    world.passes(10_000)
    world.start(second)

    world.until(lambda: is_whole(world), 31_000)
    pins = [
        (fact.address, fact.node)
        for name in ("a", "b")
        for fact in world.facts_of(name, NeighbourPinned)
    ]
    assert sorted(pins) == sorted(
        [(address_of(name), a_node_called(name).id) for name in ("a", "b")]
    )


def test_a_node_behind_a_wall_is_listed_by_its_id_and_dials_out() -> None:
    """docs/protocol.md, section 4.2."""
    world = World()
    world.install("a", [Neighbour(address=None, id=a_node_called("b").id)])
    world.install("b", ["a"])

    world.start()

    world.until(lambda: is_whole(world), 1_000)


def test_another_node_at_a_pinned_address_is_refused_until_the_operator_accepts_it() -> None:
    """docs/protocol.md, section 4.2."""
    world = World()
    world.install("a", ["b"])
    world.install("b", ["a"])
    world.start()
    world.until(lambda: is_whole(world), 1_000)

    world.kill("b")
    world.places["b"].keys = a_node_called("another b")
    world.places["b"].disk.clear()
    world.start("b")
    world.passes(20_000)
    assert world.links_at("a") == []
    changed = world.facts_of("a", NeighbourKeyChanged)
    assert changed[0].command == f"overlay node accept-key DIR {address_of('b')}"
    world.happens("a", Command(Ticket(1), AcceptKey(address_of("b"))))

    world.until(lambda: is_whole(world), 31_000)


def test_another_network_is_kept_out() -> None:
    """docs/protocol.md, section 2.3."""
    world = World()
    world.install("a", ["b"])
    world.install("b", ["a"], network="elsewhere")

    world.start()
    world.passes(10_000)

    assert (world.links_at("a"), world.links_at("b")) == ([], [])


def test_a_stranger_beside_a_running_overlay_harms_nobody() -> None:
    """docs/protocol.md, section 4.2."""
    world = settled(4, line(4))
    world.install("stranger", ["a", "b", "c", "d"])

    world.start("stranger")
    world.passes(30_000)

    assert world.links_at("stranger") == []
    assert world.alive_at("a") == ["a", "b", "c", "d"]


def test_a_member_three_hops_away_can_be_traced_to_who_admits_it() -> None:
    """docs/protocol.md, section 4.1."""
    world = settled(4, line(4))

    members = {member.name: member for member in world.node("a").snapshot().members}
    names = {member.id: name for name, member in members.items()}

    chain = []
    name: str | None = "d"
    while name is not None:
        chain.append(name)
        voucher = members[name].vouched_by
        name = names[voucher] if voucher is not None else None
    assert chain == ["d", "c", "b", "a"]
