"""Where does it go? One unit at a time, from hop to hop."""

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.state.links import Link
from overlay.messages.ids import LeafHash, NodeId
from overlay.messages.routing import Relay, Returned, UnitKey
from overlay.peering.statements import Reader
from tests.support.people import NETWORK, a_client, hash_of
from tests.unit.core.stages.parts import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    a_link,
    assembled,
    said,
    vouch_for_all,
)

ALICE, BOB = a_client("alice"), a_client("bob")
ENVELOPE = ALICE.message_to(BOB).signed
LEAF = Reader(NETWORK).leaf_of(ENVELOPE)


@pytest.fixture
def parts() -> Assembly:
    """North, with links to south and west, that both lead to east."""
    parts = assembled(SOUTH, WEST)
    vouch_for_all(parts, (NORTH, SOUTH), (NORTH, WEST), (SOUTH, EAST), (WEST, EAST))
    return parts


@pytest.fixture
def south(parts: Assembly) -> Link:
    return a_link(parts, SOUTH, 1)


@pytest.fixture
def west(parts: Assembly) -> Link:
    return a_link(parts, WEST, 2)


def a_key(number: int, home: NodeId = EAST.id) -> UnitKey:
    return UnitKey(LeafHash(hash_of(f"{number}")), home, 1)


def a_copy(number: int, home: NodeId = EAST.id) -> Relay:
    return Relay(number=1, envelope=ENVELOPE, keeper=SOUTH.id, home=home, attempt=number, budget=9)


def test_our_own_unit_without_a_way_ends_at_once(parts: Assembly) -> None:
    """docs/protocol.md, section 6.3."""
    parts.routing.send(a_key(1), ENVELOPE, NORTH.id, 0)

    assert parts.routing.take_ended() == [(a_key(1), "no_way")]
    assert parts.routing.take_ended() == []
    assert len(parts.routing) == 0


def test_a_full_table_answers_busy_to_others_and_to_ourselves(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 12: 65,536 units."""
    for number in range(limits.UNITS_MAX):
        south.unanswered.resize(limits.UNITS_MAX, 2**40)
        west.unanswered.resize(limits.UNITS_MAX, 2**40)
        parts.routing.send(a_key(number), ENVELOPE, NORTH.id, 0)
        south.outgoing.flush(), west.outgoing.flush()
    assert len(parts.routing) == limits.UNITS_MAX

    parts.routing.send(a_key(-1), ENVELOPE, NORTH.id, 0)
    parts.routing.on_relay(south, a_copy(7), LEAF, 0)

    assert parts.routing.take_ended() == [(a_key(-1), "busy")]
    assert [message.reason for message in said(south) if isinstance(message, Returned)] == ["busy"]
    parts.routing.forget_old(limits.UNIT_MS)
    assert len(parts.routing) == 0


def test_an_answer_about_a_unit_that_is_forgotten_is_nothing(parts: Assembly, south: Link) -> None:
    """docs/protocol.md, section 6.3."""
    parts.routing.send(a_key(1), ENVELOPE, NORTH.id, 0)
    said(south)
    parts.routing.forget_old(limits.UNIT_MS)

    parts.routing.on_acked(a_key(1))
    assert parts.routing.on_refused(a_key(1)) == []
    assert parts.routing.on_link_lost(south) == []

    assert not parts.routing.has_ended


def test_only_units_whose_time_is_over_are_forgotten(parts: Assembly, south: Link) -> None:
    """docs/protocol.md, section 6.3: 10 s."""
    for number, at_ms in enumerate([0, 500, 1_000]):
        parts.routing.send(a_key(number), ENVELOPE, NORTH.id, at_ms)
    assert len(said(south)) == 3

    parts.routing.forget_old(limits.UNIT_MS + 499)
    assert len(parts.routing) == 2
    parts.routing.forget_old(limits.UNIT_MS + 1_000)

    assert len(parts.routing) == 0


def test_a_lost_link_passes_on_only_what_it_still_had(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 6.2: not what was acked, returned, or said on a channel."""
    parts.links.remove(west)
    for number in range(4):
        parts.routing.send(a_key(number), ENVELOPE, NORTH.id, 0)
    parts.spreading.spread_envelope(ALICE.says_on("garden", "hello").signed, LEAF, None, 0)
    relays = [message for message in said(south) if isinstance(message, Relay)]
    west = a_link(parts, WEST, 3)
    for item in south.unanswered.acked(relays[0].number):
        assert isinstance(item, UnitKey)
        parts.routing.on_acked(item)

    parts.links.remove(south)
    parts.routing.on_link_lost(south)

    assert len([message for message in said(west) if isinstance(message, Relay)]) == 3


def test_a_unit_of_ours_that_a_neighbour_made_up_beforehand_is_sent_all_the_same(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 6.1: and is remembered from then on."""
    key = UnitKey(LEAF, EAST.id, 1)
    parts.routing.on_relay(south, a_copy(1), LEAF, 0)
    assert len(said(west)) == 1

    parts.routing.send(key, ENVELOPE, NORTH.id, 5_000)

    assert len([*said(south), *said(west)]) == 1
    parts.routing.forget_old(limits.UNIT_MS)
    assert len(parts.routing) == 1
