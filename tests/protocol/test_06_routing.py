"""Chapter 6, its beginning: units from hop to hop, and what comes back."""

from dataclasses import replace

import pytest

from overlay.core.facts import UnitDropped
from overlay.messages.clients import Stalled
from overlay.messages.gossip import Push
from overlay.messages.links import Ack
from overlay.messages.routing import ATTEMPTS_COUNTED, Relay, Returned, ReturnReason
from tests.protocol.square import (
    BOB,
    CAROL,
    EAST,
    NORTH,
    SOUTH,
    WEST,
    Square,
    a_relay,
    passes,
    returned,
    vouching,
)
from tests.support.people import a_node_called


@pytest.fixture
def square() -> Square:
    return Square()


# 6.1 Relay


def test_a_copy_names_keeper_home_attempt_and_budget(square: Square) -> None:
    """docs/protocol.md, sections 6.1 and 6.2: 4 for each of two hops, and 16, less one."""
    square.submits()

    _, relay, other = square.hops()

    assert (relay.keeper, relay.home) == (NORTH, EAST.id)
    assert relay.attempt % ATTEMPTS_COUNTED == 1
    assert relay.budget == 4 * 2 + 16 - 1
    assert other.hears_all(Relay) == []


def test_a_unit_is_sent_once_over_the_same_link(square: Square) -> None:
    """docs/protocol.md, section 6.1: whichever way it comes again."""
    copy = a_relay(square.south, EAST.id)
    square.south.says(copy)
    assert len(square.west.hears_all(Relay)) == 1

    square.south.says(replace(copy, number=square.south.next_number()))
    square.west.says(replace(copy, number=square.west.next_number()))

    assert square.south.hears_one(Returned).reason == "no_way"
    assert square.west.hears_one(Returned).reason == "no_way"


def test_another_attempt_is_another_unit(square: Square) -> None:
    """docs/protocol.md, section 6.1."""
    square.south.says(a_relay(square.south, EAST.id, attempt=1))
    square.south.says(a_relay(square.south, EAST.id, attempt=2**53 - 1))

    assert [relay.attempt for relay in square.west.hears_all(Relay)] == [1, 2**53 - 1]


# 6.2 Next hop


def test_a_copy_goes_to_the_link_nearest_to_its_home(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    square.west.says(Push((vouching(WEST, NORTH).signed, vouching(EAST, SOUTH.id).signed)))

    for number in range(1, 6):
        square.submits(number)

    assert len(square.south.hears_all(Relay)) == 5
    assert square.west.hears_all(Relay) == []


def test_equally_near_links_share_the_work(square: Square) -> None:
    """docs/protocol.md, section 6.2: ties by the hash."""
    for number in range(1, 41):
        square.submits(number)

    south, west = len(square.south.hears_all(Relay)), len(square.west.hears_all(Relay))
    assert south + west == 40
    assert min(south, west) > 8


def test_a_suspected_link_is_the_last_that_is_tried(square: Square) -> None:
    """docs/protocol.md, sections 6.2 and 10.1."""
    for _ in range(4):
        square.north.passes(900)
        square.west.says(*[Ack(1)])
    square.forgets()

    for number in range(1, 6):
        square.submits(number)

    assert square.south.hears_all(Relay) == []
    assert len(square.west.hears_all(Relay)) == 5


def test_a_copy_never_goes_back_where_it_came_from(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    square.south.says(a_relay(square.south, SOUTH.id))

    relay = square.west.hears_one(Relay)
    square.west.says(returned(relay, "no_way"))

    back = square.south.hears_one(Returned)
    assert (back.number, back.reason) == (1, "no_way")


@pytest.mark.parametrize(("budget", "passed"), [(9, 8), (1, 0), (2**53 - 1, 63)])
def test_the_budget_falls_with_each_hop_and_is_clamped(
    square: Square, budget: int, passed: int
) -> None:
    """docs/protocol.md, section 6.2."""
    square.south.says(a_relay(square.south, EAST.id, budget=budget))

    assert square.west.hears_one(Relay).budget == passed


def test_a_spent_copy_goes_back(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    square.south.says(a_relay(square.south, EAST.id, budget=0))

    assert square.west.hears_all(Relay) == []
    assert square.south.hears_one(Returned).reason == "no_way"


def test_a_hop_does_not_check_the_signature(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    forged = replace(CAROL.message_to(BOB).signed, signature="A" * 86, signed="any text")

    square.south.says(a_relay(square.south, EAST.id, envelope=forged))

    assert square.west.hears_one(Relay).envelope == forged


def test_when_a_link_closes_what_was_not_acked_goes_another_way(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    square.submits(1)
    first, relay, second = square.hops()

    first.ends("reset")

    again = second.hears_one(Relay)
    assert (again.envelope, again.attempt) == (relay.envelope, relay.attempt)
    assert again.budget == relay.budget - 1


def test_when_a_link_closes_what_was_acked_stays_with_the_next_hop(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    square.submits(1)
    first, relay, second = square.hops()
    first.says(Ack(relay.number))

    first.ends("reset")

    assert second.hears_all(Relay) == []


def test_what_comes_back_on_a_link_that_has_closed_waits_for_the_keeper(square: Square) -> None:
    """docs/protocol.md, section 6.3."""
    square.south.says(a_relay(square.south, EAST.id))
    relay = square.west.hears_one(Relay)
    square.south.ends()

    square.west.says(returned(relay, "not_here"))

    assert [fact.reason for fact in square.north.facts_of(UnitDropped)] == ["not_here"]


# 6.3 Returned


def test_no_way_makes_the_next_link_be_tried_and_then_the_keeper_be_told(square: Square) -> None:
    """docs/protocol.md, section 6.3."""
    square.submits()
    first, relay, second = square.hops()

    first.says(returned(relay, "no_way"))
    again = second.hears_one(Relay)
    assert square.alice.hears_all(Stalled) == []
    second.says(returned(again, "no_way"))

    assert square.alice.hears_one(Stalled).reason == "no_way"


@pytest.mark.parametrize(
    ("reason", "told"), [("busy", "busy"), ("not_here", "away"), ("no_way", "no_way")]
)
def test_the_origin_hears_why_an_envelope_waits(
    square: Square, reason: ReturnReason, told: str
) -> None:
    """docs/protocol.md, sections 6.3 and 7.3."""
    square.submits()
    first, relay, second = square.hops()
    first.says(returned(relay, reason))
    for again in second.hears_all(Relay):
        second.says(returned(again, reason))

    assert square.alice.hears_one(Stalled).reason == told


@pytest.mark.parametrize("reason", ["busy", "not_here"])
def test_busy_and_not_here_pass_straight_back(square: Square, reason: ReturnReason) -> None:
    """docs/protocol.md, section 6.3."""
    copy = a_relay(square.south, EAST.id)
    square.south.says(copy)
    relay = square.west.hears_one(Relay)

    square.west.says(returned(relay, reason))

    back = square.south.hears_one(Returned)
    assert (back.number, back.reason, back.envelope) == (1, reason, copy.envelope)
    assert (back.keeper, back.home, back.attempt) == (SOUTH.id, EAST.id, 1)


def test_what_was_never_sent_cannot_be_returned(square: Square) -> None:
    """docs/protocol.md, section 6.3."""
    never = a_relay(square.south, EAST.id)

    square.south.says(returned(never, "busy"))
    square.south.says(returned(replace(never, number=2**53 - 1), "no_way"))

    assert square.west.hears_all(Relay) == []
    assert [fact.reason for fact in square.north.facts_of(UnitDropped)] == ["returned too late"] * 2


def test_only_the_link_that_has_a_unit_can_return_it(square: Square) -> None:
    """docs/protocol.md, section 6.3."""
    square.submits()
    _, relay, other = square.hops()

    other.says(returned(relay, "busy"))

    assert square.alice.hears_all(Stalled) == []


def test_a_text_that_is_returned_changed_is_passed_on_as_it_was(square: Square) -> None:
    """docs/protocol.md, section 6.3: whoever has not acked yet, we hold the text ourselves."""
    square.submits()
    first, relay, second = square.hops()
    forged = replace(relay.envelope, signature="A" * 86)

    first.says(returned(replace(relay, envelope=forged), "no_way"))

    assert second.hears_one(Relay).envelope == relay.envelope


def test_a_unit_is_remembered_for_ten_seconds(square: Square) -> None:
    """docs/protocol.md, section 6.3: and for 20 s at most."""
    copy = a_relay(square.south, EAST.id)
    square.south.says(copy)
    passes(square, 9_900)
    square.south.says(replace(copy, number=square.south.next_number()))
    assert square.south.hears_one(Returned).reason == "no_way"
    square.forgets()

    passes(square, 10_100)
    square.south.says(replace(copy, number=square.south.next_number()))

    assert len(square.west.hears_all(Relay)) == 1


def test_a_home_of_which_nobody_knows_is_looked_for_all_the_same(square: Square) -> None:
    """docs/protocol.md, section 6.2: records may be outdated, so every link is tried."""
    square.south.says(a_relay(square.south, a_node_called("nowhere").id))

    relay = square.west.hears_one(Relay)
    square.west.says(returned(relay, "no_way"))

    assert square.south.hears_one(Returned).reason == "no_way"
