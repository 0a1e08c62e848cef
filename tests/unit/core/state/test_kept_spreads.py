"""Envelopes that went along the tree, kept for those to whom they were only announced."""

from overlay import limits
from overlay.core.state.kept_spreads import KeptSpreads, Told
from overlay.messages.ids import LeafHash
from tests.support.people import a_client, a_node_called

ALICE, SOUTH = a_client("alice"), a_node_called("south")
SHORT = ALICE.says_on("garden", "hello").signed
LONG = ALICE.says_on("garden", "x" * limits.TEXT_BYTES_MAX).signed


def sizes(kept: KeptSpreads) -> list[int]:
    return [each.size for each in kept.sizes()]


def test_as_many_are_kept_as_are_allowed_and_the_oldest_go() -> None:
    """docs/protocol.md, section 6.5."""
    kept = KeptSpreads()

    for number in range(limits.SPREADS_KEPT_MAX + 1):
        kept.hold(LeafHash(f"{number}"), Told(SHORT, None, number))

    assert (LeafHash("0") in kept, LeafHash("1") in kept) == (False, True)
    assert sizes(kept) == [limits.SPREADS_KEPT_MAX, limits.SPREADS_KEPT_MAX * SHORT.size_bytes]


def test_as_many_bytes_are_kept_as_are_allowed_and_the_oldest_go() -> None:
    """docs/protocol.md, section 6.5."""
    kept = KeptSpreads()
    fitting = limits.SPREADS_KEPT_BYTES // LONG.size_bytes

    for number in range(fitting + 1):
        kept.hold(LeafHash(f"{number}"), Told(LONG, None, 0))

    assert kept.get(LeafHash("0")) is None
    assert sizes(kept) == [fitting, fitting * LONG.size_bytes]


def test_what_is_kept_already_is_not_kept_anew() -> None:
    """docs/protocol.md, section 6.5."""
    kept = KeptSpreads()
    first = Told(SHORT, None, 0)

    kept.hold(LeafHash("one"), first)
    kept.hold(LeafHash("one"), Told(SHORT, None, 5))

    assert kept.get(LeafHash("one")) == first
    assert sizes(kept) == [1, SHORT.size_bytes]


def test_what_its_keeper_brings_itself_is_not_told_again() -> None:
    """docs/protocol.md, section 6.5."""
    kept = KeptSpreads()
    kept.hold(LeafHash("before"), Told(SHORT, None, 9))
    kept.hold(LeafHash("sealed"), Told(SHORT, SOUTH.id, 10))
    kept.hold(LeafHash("public"), Told(SHORT, None, 10))

    assert kept.said_since(10) == [LeafHash("public")]


def test_the_age_is_told_of_what_is_late_alone() -> None:
    """docs/protocol.md, section 6.5."""
    told = Told(SHORT, None, 100)

    late_ms = limits.SPREADS_LATE_MS
    assert [told.age_ms(100 + late_ms - 1), told.age_ms(100 + late_ms)] == [None, late_ms]
