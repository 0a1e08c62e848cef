"""Chapter 6, its middle: the attempts of a keeper."""

import itertools
from dataclasses import replace

import pytest

from overlay import limits
from overlay.messages.clients import Stalled, Submit
from overlay.messages.gossip import Push
from overlay.messages.links import Ack, Refusal, Welcome
from overlay.messages.routing import ATTEMPTS_COUNTED, Relay, Returned
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


def counted(relay: Relay) -> int:
    """Which attempt it is."""
    return relay.attempt % ATTEMPTS_COUNTED


def time_to_next(square: Square) -> int:
    """How long it takes until another copy is sent."""
    for waited_ms in range(0, limits.ATTEMPT_MAX_MS, 50):
        for peer in (square.south, square.west):
            if any(isinstance(message, Relay) for message in peer.far_end.heard):
                return waited_ms
            peer.says(Ack(1))
        square.north.passes(50)
    raise AssertionError("no copy was sent")


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
                made.append((square.north.now_ms - began_ms, counted(relay)))
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
    assert counted(relay) == 1


def test_attempts_that_found_no_credit_do_not_count(square: Square) -> None:
    """docs/protocol.md, section 6.4: `busy` is tried again however often, ever later."""
    square.submits()
    waits: list[int] = []
    for _ in range(30):
        first, relay, _ = square.hops()
        first.says(returned(relay, "busy"))
        waits.append(time_to_next(square))

    assert [told.reason for told in square.alice.hears_all(Stalled)] == ["busy"]
    assert counted(square.hops()[1]) == 31
    least = [250, 250, 500, 500, 1_000, 1_000, *[limits.BUSY_RETRY_MAX_MS] * 24]
    for waited_ms, least_ms in zip(waits, least, strict=True):
        assert least_ms <= waited_ms <= least_ms + least_ms // 2


def test_what_found_no_credit_together_comes_again_spread_out(square: Square) -> None:
    """docs/protocol.md, section 6.4."""
    for number in range(1, 101):
        square.submits(number)
    for peer in (square.south, square.west):
        peer.says(*(returned(relay, "busy") for relay in peer.hears_all(Relay)))

    square.north.passes(limits.BUSY_RETRY_MS - 1)
    came = []
    for _ in range(limits.BUSY_RETRY_MS // 2 // 5 + 1):
        square.north.passes(5)
        came.append(len([*square.south.hears_all(Relay), *square.west.hears_all(Relay)]))

    assert sum(came) == 100
    assert max(came) < 20


def test_many_busy_answers_after_a_newer_presence_do_no_harm(square: Square) -> None:
    """docs/protocol.md, section 6.4."""
    square.submits()
    first, old, _ = square.hops()
    presence = BOB.presence(EAST.id)
    square.south.says(Push((presence.signed, EAST.slot(0, presence).signed)))
    second, new, _ = square.hops()

    first.says(returned(old, "busy"))
    second.says(returned(new, "busy"))
    square.north.passes(limits.BUSY_RETRY_MS * 3 // 2)

    assert counted(square.hops()[1]) == 2


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

    assert square.alice.hears_all(Stalled)[-1].reason == "away"


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
