"""Where does it go? One unit at a time, from hop to hop."""

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.state.links import Link
from overlay.messages.ids import LeafHash, NodeId
from overlay.messages.routing import Relay, UnitKey
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


def ended(parts: Assembly) -> list[tuple[UnitKey, str]]:
    """Our own units that came back, with the reason."""
    return [(each.key, each.reason) for each in parts.routing.take_ended()]


def relays(link: Link) -> list[Relay]:
    return [message for message in said(link) if isinstance(message, Relay)]


def test_our_own_unit_without_a_way_ends_at_once(parts: Assembly) -> None:
    """docs/protocol.md, section 6.3."""
    parts.routing.send(a_key(1), ENVELOPE, NORTH.id, 0)

    assert ended(parts) == [(a_key(1), "no_way")]
    assert not parts.routing.has_ended


def test_a_full_table_answers_busy_to_whoever_fills_it(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 6.3: 65,536 units, of which each source has its share."""
    for number in range(limits.UNITS_MAX):
        south.unanswered.resize(limits.UNITS_MAX, 2**40)
        west.unanswered.resize(limits.UNITS_MAX, 2**40)
        parts.routing.send(a_key(number), ENVELOPE, NORTH.id, 0)
        south.outgoing.flush(), west.outgoing.flush()
    assert len(parts.routing) == limits.UNITS_MAX

    parts.routing.send(a_key(-1), ENVELOPE, NORTH.id, 0)
    parts.routing.on_relay(south, a_copy(7), LEAF, 0)

    # The second is that whose place another's unit has taken: its text was still here.
    assert ended(parts) == [(a_key(-1), "busy"), (a_key(0), "busy")]
    assert len(relays(west)) == 1
    assert len(parts.routing) == limits.UNITS_MAX


def test_an_answer_about_a_unit_that_is_forgotten_is_nothing(parts: Assembly, south: Link) -> None:
    """docs/protocol.md, section 6.3."""
    parts.routing.send(a_key(1), ENVELOPE, NORTH.id, 0)
    said(south)
    parts.routing.forget_old(limits.UNIT_MS)
    assert ended(parts) == [(a_key(1), "no_way")]

    parts.routing.on_acked(south, a_key(1))
    assert parts.routing.text_refused(south, a_key(1)) is None
    assert parts.routing.on_link_lost(south, 0) == []
    assert parts.routing.on_answer_due(south, limits.UNIT_MS) == []
    parts.routing.judge(a_key(1), has_arrived=True, now_ms=0)

    assert not parts.routing.has_ended


def test_only_units_whose_time_is_over_are_forgotten(parts: Assembly, south: Link) -> None:
    """docs/protocol.md, section 6.3: 3 s."""
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
    sent = relays(south)
    west = a_link(parts, WEST, 3)
    for item in south.unanswered.acked(sent[0].number):
        assert isinstance(item, UnitKey)
        parts.routing.on_acked(south, item)

    parts.links.remove(south)
    parts.routing.on_link_lost(south, 0)

    assert len(relays(west)) == 3


def test_a_link_whose_units_all_have_gone_elsewhere_passes_nothing_on_when_it_is_lost(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 6.2: after a silence the other copy is under way."""
    key = a_key(1)
    parts.routing.send(key, ENVELOPE, NORTH.id, 0)
    first, second = (south, west) if relays(south) else (west, south)
    parts.routing.on_answer_due(first, limits.ANSWER_MS_MIN)
    assert len(relays(second)) == 1

    parts.links.remove(first)
    parts.routing.on_link_lost(first, 0)
    parts.links.remove(second)
    parts.routing.on_link_lost(second, 0)

    assert ended(parts) == [(key, "no_way")]


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


def test_of_late_units_only_so_many_go_another_way(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 6.2: the others wait for an answer, or for the next attempt."""
    for number in range(2 * limits.RETRIES_FIRST):
        parts.routing.send(a_key(number), ENVELOPE, NORTH.id, 0)
    sent = {link: len(relays(link)) for link in (south, west)}
    retries = limits.RETRIES_FIRST + 2 * limits.RETRIES_FIRST // limits.RETRY_SHARE

    parts.routing.on_answer_due(south, limits.ANSWER_MS_MIN)
    parts.routing.on_answer_due(west, limits.ANSWER_MS_MIN)

    assert len(relays(west)) == sent[south]
    assert len(relays(south)) == retries - sent[south] < sent[west]
