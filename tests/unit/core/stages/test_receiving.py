"""What comes to the home of its recipients."""

import pytest

from overlay.core.assembly import Assembly
from overlay.messages.clients import Deliver
from tests.support.people import a_client
from tests.unit.core.stages.parts import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    a_link,
    assembled,
    knows,
    said,
    vouch_for_all,
)

ALICE, BOB = a_client("alice"), a_client("bob")


@pytest.fixture
def parts() -> Assembly:
    """North, where alice is, and south, where bob is."""
    parts = assembled(SOUTH, WEST)
    vouch_for_all(parts, (NORTH, SOUTH), (NORTH, WEST), (SOUTH, EAST), (WEST, EAST))
    knows(parts, *NORTH.serving(ALICE), *SOUTH.serving(BOB))
    return parts


def test_nothing_is_handed_out_for_what_only_nodes_receive(parts: Assembly) -> None:
    """docs/protocol.md, section 7.4."""
    a_link(parts, ALICE, 1)

    assert parts.receiving.hand_out(BOB.says_on("garden", "hello"), None, now_ms=0) == (
        "not_here",
        [],
    )


def test_an_attached_client_whose_link_has_just_ended_is_not_here(parts: Assembly) -> None:
    """docs/protocol.md, section 7.4."""
    assert parts.receiving.hand_out(BOB.message_to(ALICE), None, now_ms=0) == ("not_here", [])
    alice = a_link(parts, ALICE, 1)

    reason, _ = parts.receiving.hand_out(BOB.message_to(ALICE), SOUTH.id, now_ms=0)

    assert reason is None
    (deliver,) = said(alice)
    assert isinstance(deliver, Deliver)
    assert deliver.keeper == SOUTH.id


def test_notes_go_to_the_keeper_if_they_are_receipts(parts: Assembly) -> None:
    """docs/protocol.md, section 7.3."""
    receipt, wanted = ALICE.receipt_for(BOB, (1, 1)).value, ALICE.chain_wanted_from(BOB).value

    assert parts.receiving.note_targets(receipt, EAST.id) == [EAST.id, SOUTH.id]
    assert parts.receiving.note_targets(receipt, SOUTH.id) == [SOUTH.id]
    assert parts.receiving.note_targets(receipt, None) == [SOUTH.id]
    assert parts.receiving.note_targets(wanted, EAST.id) == [SOUTH.id]
    nobody = ALICE.receipt_for(a_client("nobody"), (1, 1)).value
    assert parts.receiving.note_targets(nobody, None) == []
