"""Envelopes in transit: where each came from, where it was tried."""

from overlay.core.state.units import Unit, Units
from overlay.messages.ids import LeafHash
from overlay.messages.routing import UnitKey
from tests.support.people import a_node_called, hash_of

SOUTH = a_node_called("south")


def a_unit(number: int) -> Unit:
    return Unit(
        key=UnitKey(LeafHash(hash_of(f"{number}")), SOUTH.id, 1),
        envelope=None,
        keeper=SOUTH.id,
        budget=1,
        came_from=None,
        since_ms=number,
    )


def test_units_are_found_by_key_and_bounded() -> None:
    """docs/protocol.md, section 6.3."""
    units = Units(2)
    first, second = a_unit(1), a_unit(2)
    assert units.oldest() is None
    units.add(first)
    assert not units.is_full
    units.add(second)

    assert (units.is_full, len(units), units.get(second.key)) == (True, 2, second)
    assert units.oldest() is first
    units.remove(first.key)
    units.remove(first.key)

    assert (units.get(first.key), units.is_full, units.oldest()) == (None, False, second)
