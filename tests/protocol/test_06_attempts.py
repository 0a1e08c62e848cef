"""Chapter 6, its middle: the attempts of a keeper."""

import itertools
from dataclasses import replace

import pytest

from overlay import limits
from overlay.messages.clients import Stalled, Submit
from overlay.messages.gossip import Push
from overlay.messages.links import Ack, Refusal, Welcome
from overlay.messages.routing import Relay, Returned
from tests.protocol.harness import NodeUnderTest, a_node
from tests.protocol.square import (
    ALICE,
    BOB,
    EAST,
    NORTH,
    SOUTH,
    WEST,
    Square,
    a_relay,
    passes,
    returned,
)
from tests.support.farend import LIMITS, WELCOME, FarEnd


@pytest.fixture
def square() -> Square:
    return Square()


# 6.4 Attempts


def test_without_a_receipt_attempts_follow_each_after_twice_the_time(square: Square) -> None:
    """docs/protocol.md, section 6.4: at most twelve, then the text rests."""
    began_ms = square.north.now_ms
    square.submits()
    made = []
    for _ in range(1_200):
        for peer in (square.south, square.west):
            for relay in peer.hears_all(Relay):
                made.append((square.north.now_ms - began_ms, relay.attempt))
                peer.says(Ack(relay.number))
        passes(square, 100)

    assert [attempt for _, attempt in made] == list(range(1, 13))
    waits = [second[0] - first[0] for first, second in itertools.pairwise(made)]
    assert waits == [1_000, 2_000, 4_000, 8_000, *[10_000] * 7]
    assert [told.reason for told in square.alice.hears_all(Stalled)] == ["resting"]


def test_a_newer_presence_wakes_a_text_that_rests(square: Square) -> None:
    """docs/protocol.md, section 6.4."""
    square.submits()
    passes(square, 120_000)
    square.forgets()
    north = square.north
    assert north.node.snapshot().mailbox_envelopes == 1

    presence = BOB.presence(EAST.id)
    square.south.says(Push((presence.signed, EAST.slot(0, presence).signed)))

    _, relay, _ = square.hops()
    assert relay.attempt == 13


def test_attempts_that_found_no_credit_do_not_count(square: Square) -> None:
    """docs/protocol.md, section 6.4: `busy` is tried again, soon and however often."""
    square.submits()
    for _ in range(30):
        first, relay, _ = square.hops()
        first.says(returned(relay, "busy"))
        square.north.passes(limits.BUSY_RETRY_MS)
        for peer in (square.south, square.west):
            peer.says(Ack(1))

    assert [told.reason for told in square.alice.hears_all(Stalled)] == ["busy"]
    assert square.hops()[1].attempt == 31


def test_many_busy_answers_after_a_newer_presence_do_no_harm(square: Square) -> None:
    """docs/protocol.md, section 6.4."""
    square.submits()
    first, old, _ = square.hops()
    presence = BOB.presence(EAST.id)
    square.south.says(Push((presence.signed, EAST.slot(0, presence).signed)))
    second, new, _ = square.hops()

    first.says(returned(old, "busy"))
    second.says(returned(new, "busy"))
    square.north.passes(limits.BUSY_RETRY_MS)

    assert square.hops()[1].attempt == 3


def test_a_late_answer_about_a_text_that_was_kept_anew_does_no_harm(square: Square) -> None:
    """docs/protocol.md, section 6.4."""
    message = ALICE.message_to(BOB).signed
    square.alice.says(Submit(number=1, envelope=message))
    first, relay, _ = square.hops()
    first.says(Ack(relay.number))
    receipt = BOB.receipt_for(ALICE, (1, 1)).signed
    copy = a_relay(square.south, NORTH, envelope=receipt)
    square.south.says(copy, Push((EAST.slot(0, None).signed,)))
    square.alice.says(Submit(number=2, envelope=message))

    first.says(returned(relay, "busy"))

    assert square.alice.hears_all(Stalled)[-1].reason == "busy"


def test_a_refused_number_is_as_good_as_busy(square: Square) -> None:
    """docs/protocol.md, sections 1.4 and 6.3."""
    square.submits()
    first, relay, _ = square.hops()

    first.says(Refusal(code="busy", number=relay.number, retry_after_ms=250))
    first.says(Refusal(code="busy", number=relay.number))

    assert square.alice.hears_one(Stalled).reason == "busy"


def test_a_refusal_after_the_ack_comes_too_late(square: Square) -> None:
    """docs/protocol.md, section 1.4."""
    square.submits()
    first, relay, _ = square.hops()

    first.says(Ack(relay.number), Refusal(code="busy", number=relay.number))

    assert square.alice.hears_all(Stalled) == []


def test_a_link_without_credit_makes_a_copy_go_back(square: Square) -> None:
    """docs/protocol.md, sections 1.4 and 6.3."""
    square.west.ends("orderly")
    welcome = replace(WELCOME, limits=replace(LIMITS, credit_bytes=1))
    west = square.north.accepts(FarEnd(WEST, dials=True, welcome=welcome))
    assert west.hears_all(Welcome) != []

    square.south.says(a_relay(square.south, EAST.id, attempt=1))
    square.south.says(a_relay(square.south, EAST.id, attempt=2))

    assert [back.reason for back in square.south.hears_all(Returned)] == ["busy"]
    assert len(west.hears_all(Relay)) == 1


def test_a_node_alone_keeps_what_it_was_given() -> None:
    """docs/protocol.md, section 6.4: until its recipient is somewhere."""
    north: NodeUnderTest = a_node(neighbours=[SOUTH])
    alice = north.attached(ALICE)
    north.attached(BOB).ends()

    alice.says(Submit(number=1, envelope=ALICE.message_to(BOB).signed))

    assert alice.hears_one(Stalled).reason == "away"
    assert north.node.snapshot().mailbox_envelopes == 1
