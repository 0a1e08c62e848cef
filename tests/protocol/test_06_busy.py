"""Chapter 6: no room here, no room ahead, and who waits for it."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.facts import UnitDropped
from overlay.messages.clients import Deliver, Stalled, Submit
from overlay.messages.gossip import Push
from overlay.messages.links import Ack, Refusal
from overlay.messages.routing import ATTEMPTS_COUNTED, Relay, Returned
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.protocol.square import (
    ALICE,
    BOB,
    CAROL,
    EAST,
    NORTH,
    SOUTH,
    WEST,
    Square,
    a_relay,
    returned,
    vouching,
)
from tests.support.farend import LIMITS, WELCOME, FarEnd, exchange


@pytest.fixture
def square() -> Square:
    return Square()


def narrow(envelopes: int = 1) -> tuple[NodeUnderTest, Peer]:
    """North, whose one neighbour grants so much credit and serves bob."""
    north = a_node(neighbours=[SOUTH])
    welcome = replace(WELCOME, limits=replace(LIMITS, credit_envelopes=envelopes))
    south = north.accepts(FarEnd(SOUTH, dials=True, welcome=welcome))
    own = SOUTH.record(links=(north.keys.id,), neighbours=(north.keys.id,))
    served = [record.signed for record in SOUTH.serving(BOB)]
    south.says(*exchange(own.signed, *served))
    return north, south


# 6.2, 6.3 Where there is no room


def test_a_link_without_credit_is_passed_over_for_one_with_room(square: Square) -> None:
    """docs/protocol.md, sections 1.4 and 6.2."""
    square.west.ends("orderly")
    welcome = replace(WELCOME, limits=replace(LIMITS, credit_envelopes=1))
    west = square.north.accepts(FarEnd(WEST, dials=True, welcome=welcome))
    west.says(
        *exchange(
            vouching(WEST, NORTH, EAST.id).signed,
        )
    )

    for number in range(1, 21):
        square.submits(number)

    assert (len(west.hears_all(Relay)), len(square.south.hears_all(Relay))) == (1, 19)
    assert square.alice.hears_all(Stalled) == []


def test_busy_comes_back_with_the_time_to_wait(square: Square) -> None:
    """docs/protocol.md, section 6.3: from hop to hop, and no hop asks for more than 2 s."""
    for told_ms, passed_ms in ((None, 250), (700, 700), (2**53 - 1, 2_000)):
        copy = a_relay(square.south, EAST.id, attempt=square.north.now_ms)
        square.south.says(copy)
        relay = square.west.hears_one(Relay)

        square.west.says(returned(relay, "busy", told_ms))

        back = square.south.hears_one(Returned)
        assert (back.reason, back.retry_after_ms) == ("busy", passed_ms)
        square.north.passes(1)


def test_the_keeper_waits_as_long_as_it_is_told(square: Square) -> None:
    """docs/protocol.md, section 6.4: and the attempt does not count."""
    square.submits()
    first, relay, _ = square.hops()
    first.says(returned(relay, "busy", 700))
    assert square.alice.hears_one(Stalled).reason == "busy"

    square.north.passes(699)
    assert square.south.hears_all(Relay) + square.west.hears_all(Relay) == []
    square.north.passes(1 + 700 // 2)

    assert square.hops()[1].attempt % ATTEMPTS_COUNTED == 2


def test_one_slow_recipient_does_not_stop_messages_to_others() -> None:
    """docs/protocol.md, section 6.4."""
    north, south = narrow(envelopes=64)
    served = [record.signed for record in SOUTH.serving(CAROL, 1)]
    south.says(Push(tuple(served)))
    alice = north.attached(ALICE)
    for index in range(1, 40):
        alice.says(Submit(number=index, envelope=ALICE.message_to(BOB, index=index).signed))
        for relay in south.hears_all(Relay):
            south.says(returned(relay, "busy"))

    to_carol = ALICE.message_to(CAROL, index=99).signed
    alice.says(Submit(number=40, envelope=to_carol))

    assert to_carol in [relay.envelope for relay in south.hears_all(Relay)]


def test_a_home_that_is_stuck_holds_its_clients_back_by_their_credit() -> None:
    """docs/protocol.md, section 1.4: acks come when there is room again, not a full mailbox."""
    north, south = narrow()
    alice, carol = north.attached(ALICE), north.attached(CAROL)
    submitted = limits.STUCK_MAX + 2
    for index in range(1, submitted + 1):
        alice.says(Submit(number=index, envelope=ALICE.message_to(BOB, index=index).signed))
    north.passes(limits.ACK_DELAY_MS)
    assert alice.hears_all(Ack)[-1] == Ack(limits.STUCK_MAX + 1)
    last = ALICE.message_to(BOB, index=submitted + 1).signed
    alice.says(Submit(number=submitted + 1, envelope=last))
    north.passes(100)
    assert alice.hears_all(Ack) == []

    for _ in range(40):
        south.says(Ack(2**53 - 1))
        north.passes(limits.BUSY_RETRY_MS)

    assert alice.hears_all(Ack)[-1] == Ack(submitted + 1)
    assert carol.hears_all(Ack) == []
    assert alice.hears_all(Refusal) == []


# 6.4 What nobody keeps


def test_a_receipt_without_credit_is_gone_and_comes_again_with_its_message() -> None:
    """docs/protocol.md, section 6.4: whoever gets a message again receipts it again."""
    north, south = narrow()
    alice = north.attached(ALICE)
    message = BOB.message_to(ALICE).signed
    copy = Relay(
        number=1, envelope=message, keeper=SOUTH.id, home=north.keys.id, attempt=1, budget=9
    )
    south.says(copy)
    deliver = alice.hears_one(Deliver)
    alice.says(Submit(number=1, envelope=ALICE.message_to(BOB, index=7).signed))
    south.hears()
    receipt = ALICE.receipt_for(BOB, (1, 1))
    alice.says(Submit(number=2, envelope=receipt.signed, keeper=deliver.keeper))
    assert south.hears_all(Relay) == []
    assert [fact.leaf for fact in north.facts_of(UnitDropped)] == [receipt.leaf]

    south.says(Ack(1), replace(copy, number=2, attempt=2))
    assert alice.hears_one(Deliver).envelope == message
    again = ALICE.receipt_for(BOB, (1, 1)).signed
    alice.says(Submit(number=3, envelope=again, keeper=deliver.keeper))

    assert south.hears_one(Relay).envelope == again


def test_a_receipt_that_its_client_has_no_room_for_settles_nothing(square: Square) -> None:
    """docs/protocol.md, section 6.4: so that its message, and then it, comes again."""
    square.submits()
    receipt = BOB.receipt_for(ALICE, (1, 1))
    for index in range(1, limits.CLIENT_CREDIT_ENVELOPES + 1):
        message = CAROL.message_to(ALICE, index=index).signed
        square.south.says(a_relay(square.south, NORTH, envelope=message))
    assert len(square.alice.hears_all(Deliver)) == limits.CLIENT_CREDIT_ENVELOPES

    square.south.says(a_relay(square.south, NORTH, envelope=receipt.signed))
    assert square.north.node.snapshot().mailbox_envelopes == 1
    assert [fact.leaf for fact in square.north.facts_of(UnitDropped)] == [receipt.leaf]

    square.alice.says(Ack(limits.CLIENT_CREDIT_ENVELOPES))
    square.south.says(a_relay(square.south, NORTH, envelope=receipt.signed, attempt=2))

    assert square.alice.hears_one(Deliver).envelope == receipt.signed
    assert square.north.node.snapshot().mailbox_envelopes == 0


def test_a_receipt_after_one_that_was_lost_leaves_the_way_that_its_message_came(
    square: Square,
) -> None:
    """docs/protocol.md, section 6.4: a later attempt says that it was lost."""
    message = BOB.message_to(ALICE).signed
    copy = a_relay(square.south, NORTH, envelope=message, keeper=EAST.id)
    square.south.says(copy)
    square.alice.says(_receipt(1))
    first, relay, second = square.hops()
    first.says(Ack(relay.number))

    second.says(replace(copy, number=second.next_number(), attempt=2))
    square.alice.says(_receipt(2))

    assert square.hops()[0] is second


def test_a_receipt_that_cannot_go_back_that_way_leaves_by_what_has_not_failed(
    square: Square,
) -> None:
    """docs/protocol.md, section 6.4."""
    message = BOB.message_to(ALICE).signed
    copy = a_relay(square.south, NORTH, envelope=message, keeper=EAST.id)
    square.south.says(copy)
    square.alice.says(_receipt(1))
    first, relay, second = square.hops()
    first.says(Ack(relay.number))

    first.says(replace(copy, number=first.next_number(), attempt=2))
    square.north.passes(limits.WAY_BACK_MS // 5)
    for _ in range(5):
        first.says(Ack(relay.number))
        second.says(Ack(1))
        square.north.passes(limits.WAY_BACK_MS // 5)
    square.alice.says(_receipt(2))

    assert square.hops()[0] is second


def _receipt(number: int) -> Submit:
    receipt = ALICE.receipt_for(BOB, (1, 1)).signed
    return Submit(number=number, envelope=receipt, keeper=EAST.id)


# 6.4 Attempts


def test_a_later_attempt_leaves_by_another_link(square: Square) -> None:
    """docs/protocol.md, section 6.4: here, and for others."""
    square.submits()
    first, relay, second = square.hops()
    first.says(Ack(relay.number))
    square.north.passes(limits.ATTEMPT_FIRST_MS)

    assert second.hears_one(Relay).attempt == relay.attempt + 1


def test_the_next_message_leaves_by_what_has_not_failed(square: Square) -> None:
    """docs/protocol.md, section 6.4."""
    square.submits()
    first, relay, second = square.hops()
    first.says(Ack(relay.number))
    square.north.passes(limits.ATTEMPT_FIRST_MS)
    second.says(Ack(second.hears_one(Relay).number))
    receipt = BOB.receipt_for(ALICE, (1, 1)).signed
    square.south.says(a_relay(square.south, NORTH, envelope=receipt))

    for number in range(2, 12):
        square.submits(number)

    assert (len(second.hears_all(Relay)), first.hears_all(Relay)) == (10, [])


def test_the_next_attempt_waits_three_times_the_usual_time_to_receipt(square: Square) -> None:
    """docs/protocol.md, section 6.4: slow is not lost."""
    square.submits(1)
    first, relay, _ = square.hops()
    first.says(Ack(relay.number))
    square.north.passes(900)
    receipt = BOB.receipt_for(ALICE, (1, 1)).signed
    square.south.says(a_relay(square.south, NORTH, envelope=receipt))
    square.submits(2)
    first, relay, _ = square.hops()
    first.says(Ack(relay.number))

    for _ in range(26):
        square.north.passes(100)
        square.south.says(Ack(1))
        square.west.says(Ack(1))
    assert square.south.hears_all(Relay) + square.west.hears_all(Relay) == []
    square.north.passes(100)

    assert square.hops()[1].attempt == relay.attempt + 1
