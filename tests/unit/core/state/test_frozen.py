"""Incarnations that are disabled."""

from overlay.core.state.frozen import Frozen
from overlay.messages.ids import Incarnation
from overlay.peering.equivocation import Proved, proof_of
from tests.support.people import NodeKeys, a_node_called

SOUTH, WEST, EAST = (a_node_called(name) for name in ("south", "west", "east"))


def proved(who: NodeKeys, *, incarnation: int = 1, version: int = 1) -> Proved:
    """Proof of two records of somebody."""
    one, other = (
        who.record(links=links, incarnation=incarnation, version=version)
        for links in ((), (SOUTH.id,))
    )
    return proof_of(one, other)


def test_a_proof_that_does_not_count_disables_nothing() -> None:
    """docs/protocol.md, section 5.8."""
    frozen = Frozen(9)
    proof = proved(SOUTH)

    assert frozen.put(proof)

    assert (frozen.all(), len(frozen)) == ([proof], 1)
    assert not frozen.is_frozen(SOUTH.id, Incarnation(1))


def test_a_proof_that_counts_disables_its_incarnation_and_those_before() -> None:
    """docs/protocol.md, section 5.8."""
    frozen = Frozen(9)
    proof = proved(SOUTH, incarnation=5)
    frozen.put(proof)

    assert frozen.count(proof, does=True)
    assert not frozen.count(proof, does=True)

    judged = [frozen.is_frozen(SOUTH.id, Incarnation(number)) for number in (4, 5, 6)]
    assert judged == [True, True, False]
    assert frozen.count(proof, does=False)
    assert not frozen.is_frozen(SOUTH.id, Incarnation(5))


def test_of_several_proofs_about_one_signer_all_hold_the_same() -> None:
    """docs/protocol.md, section 5.8: the highest incarnation, then the smallest hash."""
    low, high = (proved(SOUTH, incarnation=number) for number in (1, 2))
    small, great = sorted((proved(SOUTH, version=n) for n in (1, 2)), key=lambda each: each.leaf)
    frozen = Frozen(9)

    assert [frozen.put(each) for each in (great, small, great, low, high, small, high)] == [
        True,
        True,
        False,
        low.leaf < small.leaf,
        True,
        False,
        False,
    ]
    assert frozen.all() == [high]


def test_the_oldest_of_too_many_proofs_that_do_not_count_is_dropped() -> None:
    """docs/protocol.md, section 5.8: those that count stay."""
    frozen = Frozen(1)
    south, west, east = (proved(each) for each in (SOUTH, WEST, EAST))
    frozen.put(south)
    frozen.count(south, does=True)

    frozen.put(west)
    frozen.put(east)

    assert frozen.all() == [south, east]
