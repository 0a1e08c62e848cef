"""Envelopes in transit: where each came from, where it was tried."""

import pytest

from overlay import limits
from overlay.core.state.units import Source, Unit, Units
from overlay.messages.ids import LeafHash
from overlay.messages.routing import UnitKey
from overlay.peering.events import LinkId
from tests.support.people import a_client, a_node_called, hash_of

SOUTH = a_node_called("south")
TEXT = a_client("alice").message_to(a_client("bob")).signed
ONE, TWO, THREE = LinkId(1), LinkId(2), LinkId(3)


def a_key(number: int) -> UnitKey:
    return UnitKey(LeafHash(hash_of(f"{number}")), SOUTH.id, 1)


def a_unit(number: int, source: Source = None, *, at_ms: int = 0, is_held: bool = False) -> Unit:
    return Unit(
        key=a_key(number),
        envelope=TEXT if is_held else None,
        keeper=SOUTH.id,
        budget=1,
        came_from=source,
        since_ms=at_ms,
    )


def filled(units: Units, *sources: Source) -> list[Unit]:
    """One unit after the other from these sources."""
    added = [a_unit(number, source) for number, source in enumerate(sources)]
    for unit in added:
        units.add(unit)
    return added


def test_units_are_found_by_their_key_until_their_time_is_over() -> None:
    """docs/protocol.md, section 6.3."""
    units = Units(8)
    assert (units.next_old_ms(), units.take_old(10**9)) == (None, [])
    first, second = a_unit(1, ONE, at_ms=100), a_unit(2, TWO, at_ms=50)
    units.add(first)
    units.add(second)
    assert (len(units), units.get(first.key), units.get(a_key(3))) == (2, first, None)

    assert units.next_old_ms() == 50 + limits.UNIT_MS
    assert units.take_old(50 + limits.UNIT_MS) == [second]

    assert (len(units), units.get(second.key), units.get(first.key)) == (1, None, first)


def test_a_unit_takes_the_place_of_another_of_its_key() -> None:
    """docs/protocol.md, section 6.1: the first is forgotten in its time and takes nothing along."""
    units = Units(8)
    first, second = a_unit(1, ONE), a_unit(1, None, at_ms=500)
    units.add(first)
    units.add(second)

    assert units.take_old(limits.UNIT_MS) == [first]

    assert units.get(second.key) is second


def test_there_is_room_until_the_table_is_full() -> None:
    """docs/protocol.md, section 6.3."""
    units = Units(2)
    assert units.make_room(ONE, 0) == (True, None)
    filled(units, ONE)

    assert units.make_room(ONE, 0) == (True, None)


def test_a_link_above_its_share_finds_no_room_while_its_oldest_is_fresh() -> None:
    """docs/protocol.md, section 6.3: an equal share for everybody of whom something is held."""
    units = Units(4)
    filled(units, ONE, ONE, ONE, TWO)

    assert units.make_room(ONE, limits.UNIT_SETTLED_MS - 1) == (False, None)


def test_a_link_above_its_share_gives_up_its_own_oldest_if_that_is_settled() -> None:
    """docs/protocol.md, section 6.3: held by the next hop for a second."""
    units = Units(4)
    oldest, *_ = filled(units, ONE, ONE, ONE, TWO)

    assert units.make_room(ONE, limits.UNIT_SETTLED_MS) == (True, oldest)

    assert (len(units), units.get(oldest.key)) == (3, None)


def test_a_link_above_its_share_does_not_give_up_what_is_held_here() -> None:
    """docs/protocol.md, section 6.3: exactly one side holds a text, until it is taken."""
    units = Units(1)
    units.add(a_unit(1, ONE, is_held=True))

    assert units.make_room(ONE, limits.UNIT_SETTLED_MS) == (False, None)


@pytest.mark.parametrize("source", [TWO, THREE, None])
def test_a_link_below_its_share_takes_the_place_of_the_largest_ones_oldest(source: Source) -> None:
    """docs/protocol.md, section 6.3: so a flooding link cannot take the table from others."""
    units = Units(6)
    oldest, *_ = filled(units, ONE, ONE, ONE, ONE, ONE, TWO)

    assert units.make_room(source, 0) == (True, oldest)


def test_hops_are_those_that_a_unit_was_tried_at() -> None:
    """docs/protocol.md, section 6.2: where it came from is none of them."""
    ours, theirs = a_unit(1), a_unit(2, ONE)
    ours.tried = theirs.tried = (SOUTH.id, a_node_called("west").id)

    assert (ours.hops, theirs.hops) == (ours.tried, theirs.tried[1:])
