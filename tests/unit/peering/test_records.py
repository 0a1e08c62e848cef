"""What each record is about, and which of two is the higher."""

import pytest

from overlay.messages.records import Presence
from overlay.peering.records import Subject, subject_of, supersedes
from overlay.peering.statements import Verified
from tests.support.people import a_client, a_node_called

ALICE = a_client("alice")
SOUTH = a_node_called("south")


def presence(incarnation: int, counter: int) -> Verified[Presence]:
    return ALICE.presence(SOUTH.id, incarnation=incarnation, counter=counter)


def test_a_subject_is_a_signer_and_for_slots_a_number() -> None:
    """docs/protocol.md, section 5.1."""
    assert subject_of(SOUTH.record().value) == Subject("node", SOUTH.id)
    assert subject_of(presence(1, 1).value) == Subject("presence", ALICE.id)
    assert subject_of(SOUTH.slot(7, None).value) == Subject("slot", SOUTH.id, 7)
    assert subject_of(ALICE.account_record().value) == Subject("account", ALICE.account_id)


@pytest.mark.parametrize(
    ("new", "old", "is_higher"),
    [
        ((1, 2), (1, 1), True),
        ((2, 1), (1, 900), True),
        ((1, 1), (1, 2), False),
        ((1, 900), (2, 1), False),
    ],
)
def test_the_higher_order_wins(new: tuple[int, int], old: tuple[int, int], is_higher: bool) -> None:
    """docs/protocol.md, section 5.1."""
    assert supersedes(presence(*new), presence(*old)) is is_higher


def test_anything_is_higher_than_nothing() -> None:
    """docs/protocol.md, section 5.1."""
    assert supersedes(presence(0, 1), None)


def test_of_equal_orders_the_greater_leaf_wins_and_a_record_not_against_itself() -> None:
    """docs/protocol.md, section 5.1."""
    lesser, greater = sorted((presence(1, 1), presence(1, 1)), key=lambda each: each.leaf)

    assert supersedes(greater, lesser)
    assert not supersedes(lesser, greater)
    assert not supersedes(greater, greater)
