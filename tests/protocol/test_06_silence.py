"""Chapter 6: links that do not answer, and copies that come back twice."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.facts import EnvelopeRefused, UnitDropped
from overlay.messages.clients import Stalled
from overlay.messages.links import Ack, Heartbeat, Refusal
from overlay.messages.routing import Relay, Returned
from tests.protocol.harness import Peer
from tests.protocol.square import EAST, NORTH, SOUTH, Square, a_relay, returned
from tests.support.people import a_node_called


@pytest.fixture
def square() -> Square:
    return Square()


def passes_alive(square: Square, for_ms: int) -> None:
    """Time passes; everybody says that they live, and answers nothing."""
    for _ in range(for_ms // 10):
        square.north.passes(10)
        for peer in (square.south, square.west, square.alice):
            peer.says(Heartbeat())


def silenced(square: Square) -> tuple[Peer, Relay, Peer, Relay]:
    """A copy that was not answered, and the one that then went another way."""
    square.submits()
    first, relay, second = square.hops()
    passes_alive(square, limits.ANSWER_MS_MIN)
    return first, relay, second, second.hears_one(Relay)


# 6.2 Next hop


def test_a_unit_without_an_answer_goes_another_way_in_its_time(square: Square) -> None:
    """docs/protocol.md, sections 1.4 and 6.2: 150 ms on a link that nobody has measured."""
    square.submits()
    first, relay, second = square.hops()
    passes_alive(square, limits.ANSWER_MS_MIN - 10)
    assert second.hears_all(Relay) == []

    passes_alive(square, 10)

    again = second.hears_one(Relay)
    assert (again.envelope, again.attempt) == (relay.envelope, relay.attempt)
    assert (again.budget, first.is_open) == (relay.budget - 1, True)


def test_a_slow_link_is_given_three_times_its_usual_time(square: Square) -> None:
    """docs/protocol.md, section 1.4."""
    square.west.ends("orderly")
    square.submits(1)
    square.north.passes(120)
    square.south.says(Ack(1))
    square.south.hears()
    square.submits(2)

    square.north.passes(359)
    square.south.says(Heartbeat())
    assert square.alice.hears_all(Stalled) == []
    square.north.passes(1)

    assert square.alice.hears_one(Stalled).reason == "no_way"


def test_a_silent_link_is_the_last_until_it_answers(square: Square) -> None:
    """docs/protocol.md, sections 1.4 and 6.2."""
    first, relay, second, again = silenced(square)
    second.says(Ack(again.number))
    for number in range(2, 8):
        square.submits(number)
    assert (len(second.hears_all(Relay)), first.hears_all(Relay)) == (6, [])

    first.says(Ack(relay.number))
    passes_alive(square, limits.ROUND_TRIP_STALE_MS)
    square.forgets()
    for number in range(8, 28):
        square.submits(number)

    assert first.hears_all(Relay) != []


def test_no_way_from_the_silent_link_leaves_the_other_copy_alone(square: Square) -> None:
    """docs/protocol.md, section 6.2: what comes back of either counts for that one alone."""
    first, relay, second, again = silenced(square)

    first.says(returned(relay, "no_way"))
    assert square.alice.hears_all(Stalled) == []
    second.says(returned(again, "no_way"))

    assert square.alice.hears_one(Stalled).reason == "no_way"
    facts = square.north.facts_of(UnitDropped)
    assert [fact.reason for fact in facts] == ["another copy is under way"]


def test_no_way_from_the_other_link_ends_it_while_the_first_is_silent(square: Square) -> None:
    """docs/protocol.md, section 6.2: the late answer of the silent one changes nothing more."""
    first, relay, second, again = silenced(square)

    second.says(returned(again, "no_way"))
    assert square.alice.hears_one(Stalled).reason == "no_way"
    first.says(Ack(relay.number))
    first.says(returned(relay, "no_way"))

    assert square.alice.hears_all(Stalled) == []


def test_a_late_ack_makes_the_unit_wait_for_that_copy(square: Square) -> None:
    """docs/protocol.md, section 6.2: it is under way, so the other's end is not the end."""
    first, relay, second, again = silenced(square)
    first.says(Ack(relay.number))

    second.says(returned(again, "no_way"))
    assert square.alice.hears_all(Stalled) == []
    first.says(returned(relay, "no_way"))

    assert square.alice.hears_one(Stalled).reason == "no_way"


def test_whoever_has_had_a_unit_already_is_not_sent_it(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    copy = a_relay(square.south, EAST.id)
    square.south.says(copy)
    relay = square.west.hears_one(Relay)
    square.west.says(replace(copy, number=square.west.next_number()))
    assert square.west.hears_one(Returned).reason == "no_way"

    square.west.says(returned(relay, "no_way"))

    assert square.south.hears_one(Returned).reason == "no_way"
    assert square.west.hears_all(Relay) == []


# 6.3 Returned


def test_what_is_left_of_the_budget_comes_back(square: Square) -> None:
    """docs/protocol.md, section 6.3: and nobody can raise it."""
    square.submits()
    first, relay, second = square.hops()

    first.says(replace(returned(relay, "no_way"), budget=5))

    again = second.hears_one(Relay)
    assert again.budget == 4
    second.says(replace(returned(again, "no_way"), budget=2**53 - 1))
    assert square.alice.hears_one(Stalled).reason == "no_way"


def test_what_comes_back_after_its_ack_is_verified(square: Square) -> None:
    """docs/protocol.md, section 6.3: nobody else has the text any more."""
    square.submits()
    first, relay, second = square.hops()
    first.says(Ack(relay.number))
    forged = replace(relay.envelope, signature="A" * 86)

    first.says(replace(returned(relay, "no_way"), envelope=forged))
    assert first.hears_one(Refusal).code == "bad_signature"
    assert second.hears_all(Relay) == []
    first.says(returned(relay, "no_way"))

    assert second.hears_one(Relay).envelope == relay.envelope


def test_what_nobody_answers_goes_back_in_its_time(square: Square) -> None:
    """docs/protocol.md, section 6.3: after 3 s what is still held goes back."""
    for number in range(1, limits.RETRIES_FIRST + 20):
        square.south.says(a_relay(square.south, EAST.id, attempt=number))
    sent = len(square.west.hears_all(Relay))
    passes_alive(square, limits.ANSWER_MS_MIN)
    given_up = len(square.south.hears_all(Returned))

    passes_alive(square, limits.UNIT_MS)

    waited = square.south.hears_all(Returned)
    assert {back.reason for back in waited} == {"no_way"}
    assert given_up == limits.RETRIES_FIRST + sent // limits.RETRY_SHARE
    assert given_up + len(waited) == sent


# 6.2 Audits


def audited(square: Square, count: int) -> list[Refusal]:
    """South relays forged envelopes; the refusals that name a number."""
    refusals: list[Refusal] = []
    for attempt in range(1, count + 1):
        copy = a_relay(square.south, EAST.id, attempt=attempt)
        forged = replace(copy.envelope, signature="A" * 86)
        square.south.says(replace(copy, envelope=forged))
        refusals += square.south.hears_all(Refusal)
        if not square.south.is_open:
            break
    return refusals


def test_forged_transit_is_refused_by_number_and_its_link_closed(square: Square) -> None:
    """docs/protocol.md, section 6.2: one in 16 is verified, four bad ones are too many."""
    numbers = {refusal.number for refusal in audited(square, 1_000)}

    assert len(numbers) == limits.AUDIT_SCORE_MAX // limits.AUDIT_BAD_SCORE
    assert square.south.close_code == "bad_signature"
    passed_on = [relay.attempt for relay in square.west.hears_all(Relay)]
    assert numbers.isdisjoint(passed_on)
    assert len(passed_on) < 200
    assert {fact.code for fact in square.north.facts_of(EnvelopeRefused)} == {"bad_signature"}


def test_good_transit_makes_up_for_a_forged_one(square: Square) -> None:
    """docs/protocol.md, section 6.2: else a forger could have an honest neighbour cut off."""
    for attempt in range(1, 2_000):
        copy = a_relay(square.south, EAST.id, attempt=attempt)
        if attempt % 20 == 0:
            copy = replace(copy, envelope=replace(copy.envelope, signature="A" * 86))
        square.south.says(copy)
        square.west.says(*[Ack(relay.number) for relay in square.west.hears_all(Relay)])

    assert square.south.hears_all(Refusal) != []
    assert square.south.is_open


def test_a_refused_forgery_is_blamed_on_the_link_that_it_came_on(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    copy = a_relay(square.south, EAST.id)
    forged = replace(copy.envelope, signature="A" * 86)
    refused: list[int] = []
    while square.south.is_open:
        number = len(refused) + 1
        square.south.says(replace(copy, envelope=forged, attempt=number, number=number))
        refused.append(number)
        for relay in square.west.hears_all(Relay):
            square.west.says(Refusal(code="bad_signature", number=relay.number))

    assert square.south.close_code == "bad_signature"
    assert len(refused) == limits.AUDIT_SCORE_MAX // limits.AUDIT_BAD_SCORE
    assert square.west.is_open


def test_a_forgery_that_was_refused_is_over_though_a_copy_comes_back() -> None:
    """docs/protocol.md, section 6.2: its source has been told no, so it is tried nowhere else.

    Seed 2370 of swarm.
    """
    there = a_node_called("there")
    square = Square(there)
    source = square.north.linked(there)
    copy = a_relay(source, EAST.id)
    source.says(replace(copy, envelope=replace(copy.envelope, signature="A" * 86)))
    first, relay, second = square.hops()
    passes_alive(square, limits.ANSWER_MS_MIN)

    second.says(Refusal(code="bad_signature", number=second.hears_one(Relay).number))
    first.says(returned(relay, "no_way"))

    answers = [each for each in source.hears() if isinstance(each, (Refusal, Returned))]
    assert [(type(each), each.number) for each in answers] == [(Refusal, copy.number)]


def test_a_good_unit_that_is_refused_as_forged_goes_another_way(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    square.submits()
    first, relay, second = square.hops()

    first.says(Refusal(code="bad_signature", number=relay.number))

    assert second.hears_one(Relay).envelope == relay.envelope


def test_a_good_transit_unit_that_is_refused_as_forged_is_passed_on(square: Square) -> None:
    """docs/protocol.md, section 6.2: here nobody is left, and nobody is blamed."""
    copy = a_relay(square.south, EAST.id)
    square.south.says(copy)

    square.west.says(Refusal(code="bad_signature", number=square.west.hears_one(Relay).number))

    assert square.south.hears_one(Returned).reason == "no_way"
    assert (copy.keeper, square.south.is_open) == (SOUTH.id, True)


def test_a_home_that_gets_forged_units_does_not_cut_off_who_brought_them(square: Square) -> None:
    """docs/protocol.md, section 6.2: a hop checks one in 16, its home all of them."""
    copy = a_relay(square.south, NORTH)
    forged = replace(copy.envelope, signature="A" * 86)

    for number in range(1, 5):
        square.south.says(replace(copy, envelope=forged, number=number, attempt=number))

    refused = [refusal.number for refusal in square.south.hears_all(Refusal)]
    assert (refused, square.south.is_open) == ([1, 2, 3, 4], True)


def test_what_its_home_refuses_goes_back_to_its_keeper(square: Square) -> None:
    """docs/protocol.md, section 6.2: it is not brought there another way."""
    square.west.says(a_relay(square.west, SOUTH.id))
    relay = square.south.hears_one(Relay)

    square.south.says(Refusal(code="mismatch", number=relay.number))

    assert square.west.hears_one(Returned).reason == "not_here"
