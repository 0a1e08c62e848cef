"""Chapter 1, its end: numbers, acks and credit, as a node keeps them."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.messages.clients import Deliver, Stalled, Submit
from overlay.messages.links import Ack, Heartbeat, Refusal
from overlay.messages.routing import Relay, Returned
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.farend import LIMITS, WELCOME, FarEnd, exchange
from tests.support.people import a_client, a_node_called

ALICE, BOB = a_client("alice"), a_client("bob")
SOUTH = a_node_called("south")
LARGE = 90_000


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


def submits(north: NodeUnderTest, alice: Peer, before: int, count: int) -> int:
    """Alice submits so many large messages to bob; returns how many these are with those before."""
    for number in range(before + 1, before + count + 1):
        message = ALICE.message_to(BOB, index=number, body="A" * LARGE)
        alice.says(Submit(number=number, envelope=message.signed))
        north.passes(25 if number % 10 == 0 else 0)
    return before + count


def a_relay(peer: Peer, north: NodeUnderTest, body: str = "Body", attempt: int = 1) -> Relay:
    envelope = a_client("carol").message_to(BOB, counter=attempt, body=body).signed
    return Relay(
        number=peer.next_number(),
        envelope=envelope,
        keeper=SOUTH.id,
        home=north.keys.id,
        attempt=attempt,
        budget=4,
    )


def test_an_envelope_is_acked_within_25_ms(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.4."""
    north.attached(BOB)
    south = north.linked(SOUTH)

    south.says(a_relay(south, north, attempt=1))
    north.passes(10)
    south.says(a_relay(south, north, attempt=2))
    north.passes(14)
    assert south.hears_all(Ack) == []
    north.passes(1)

    assert south.hears_all(Ack) == [Ack(2)]


def test_an_ack_rides_with_what_is_said_earlier(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.4."""
    north.attached(BOB)
    south = north.linked(SOUTH)

    south.says(a_relay(south, north), Heartbeat(wants_echo=True))

    assert south.hears() == [Heartbeat(), Ack(1)]
    north.passes(100)
    assert south.hears_all(Ack) == []


@pytest.mark.parametrize("number", [2, 3])
def test_a_number_out_of_turn_ends_the_link(north: NodeUnderTest, number: int) -> None:
    """docs/protocol.md, section 1.4."""
    alice, south = north.attached(ALICE), north.linked(SOUTH)
    relay = replace(a_relay(south, north), number=number)

    alice.says(Submit(number=number, envelope=ALICE.message_to(ALICE).signed))
    south.says(relay)

    assert alice.is_refused() == alice.close_code == "unexpected"
    assert south.is_refused() == south.close_code == "unexpected"


def test_a_refused_number_is_named_and_the_rest_is_acked(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.4."""
    alice = north.attached(ALICE)
    stranger = a_client("a stranger")

    alice.says(
        Submit(number=1, envelope=ALICE.message_to(stranger).signed),
        Submit(number=2, envelope=ALICE.message_to(ALICE).signed),
    )
    north.passes(25)

    refusal, ack = alice.hears()
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.number) == ("unknown_recipient", 1)
    assert ack == Ack(2)


def test_a_client_that_was_only_refused_is_not_busy_for_ever(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.4: a refused number needs no credit any more."""
    alice = north.attached(ALICE)
    stranger = a_client("a stranger")
    for number in range(1, limits.CLIENT_CREDIT_ENVELOPES + 10):
        alice.says(Submit(number=number, envelope=ALICE.message_to(stranger).signed))
        if number % 100 == 0:
            north.passes(30)
    alice.hears()

    alice.says(Submit(number=number + 1, envelope=ALICE.message_to(ALICE).signed))
    north.passes(30)

    assert alice.hears() == [Ack(number + 1)]


def test_envelopes_beyond_the_credit_are_refused_as_busy(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.4."""
    alice = north.attached(ALICE)
    for number in range(1, limits.CLIENT_CREDIT_ENVELOPES + 1):
        alice.says(Submit(number=number, envelope=ALICE.message_to(ALICE).signed))
    alice.hears()

    alice.says(Submit(number=number + 1, envelope=ALICE.message_to(ALICE).signed))

    refusal = alice.hears_one(Refusal)
    assert (refusal.code, refusal.number) == ("busy", number + 1)
    assert refusal.retry_after_ms == limits.BUSY_RETRY_MS
    assert alice.is_open


def test_bytes_beyond_the_credit_are_refused_as_busy(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.4."""
    alice = north.attached(ALICE)
    full = limits.CLIENT_CREDIT_BYTES // 90_000
    messages = [ALICE.message_to(ALICE, body="A" * 90_000).signed for _ in range(full + 2)]
    *fitting, surplus, later = [
        Submit(number=number, envelope=message) for number, message in enumerate(messages, start=1)
    ]
    for submit in fitting:
        alice.says(submit)
    assert alice.hears() == []

    alice.says(surplus)

    refusal = alice.hears_one(Refusal)
    assert (refusal.code, refusal.number) == ("busy", full + 1)
    north.passes(25)
    alice.says(later)
    north.passes(25)
    assert alice.hears() == [Ack(full + 2)]


def test_a_node_keeps_to_the_credit_that_a_welcome_grants(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.4: what has no credit goes back as `busy`."""
    welcome = replace(WELCOME, limits=replace(LIMITS, credit_envelopes=1))
    south = north.accepts(FarEnd(SOUTH, dials=True, welcome=welcome))
    own = SOUTH.record(links=(north.keys.id,), neighbours=(north.keys.id,))
    served = [record.signed for record in SOUTH.serving(BOB)]
    south.says(*exchange(own.signed, *served))
    north.passes(limits.REACHABILITY_MS)
    alice = north.attached(ALICE)

    alice.says(Submit(number=1, envelope=ALICE.message_to(BOB).signed))
    alice.says(Submit(number=2, envelope=ALICE.message_to(BOB, index=2).signed))

    assert [relay.number for relay in south.hears_all(Relay)] == [1]
    assert alice.hears_one(Stalled).reason == "busy"
    south.says(Ack(1))
    north.passes(limits.BUSY_RETRY_MS * 3 // 2)
    assert [relay.number for relay in south.hears_all(Relay)] == [2]


def test_an_endless_credit_is_taken_as_our_own(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.4: whoever grants more than we remember gets no more."""
    endless = replace(LIMITS, credit_envelopes=2**53 - 1, credit_bytes=2**53 - 1)
    south = north.accepts(FarEnd(SOUTH, dials=True, welcome=replace(WELCOME, limits=endless)))
    own = SOUTH.record(links=(north.keys.id,), neighbours=(north.keys.id,))
    served = [record.signed for record in SOUTH.serving(BOB)]
    south.says(*exchange(own.signed, *served))
    north.passes(limits.REACHABILITY_MS)
    alice = north.attached(ALICE)

    sent = 0
    for count in (2, 4, 8, 16, 32):
        sent = submits(north, alice, sent, count)
        south.says(Ack(sent))
    south.hears_all(Relay)
    submits(north, alice, sent, limits.LINK_CREDIT_BYTES // LARGE + 1)

    relays = south.hears_all(Relay)
    assert sum(relay.envelope.size_bytes for relay in relays) <= limits.LINK_CREDIT_BYTES
    assert [told.reason for told in alice.hears_all(Stalled)] == ["busy"]


def test_what_a_slow_link_cannot_carry_waits_where_it_is_kept(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.4: on the link it would be before everything else."""
    south = north.linked(SOUTH, *SOUTH.serving(BOB))
    alice = north.attached(ALICE)
    sent = submits(north, alice, 0, limits.WINDOW_FIRST_BYTES // LARGE)
    assert len(south.hears_all(Relay)) == sent

    north.passes(limits.WINDOW_ANSWER_MS + 1)
    south.says(Ack(sent))
    submits(north, alice, sent, sent)

    assert len(south.hears_all(Relay)) < sent
    assert "busy" in [told.reason for told in alice.hears_all(Stalled)]


def test_a_client_that_does_not_ack_is_not_flooded(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.4: the credit of a client's link holds both ways."""
    alice, bob = north.attached(ALICE), north.attached(BOB)
    count = limits.CLIENT_CREDIT_ENVELOPES + 2

    for number in range(1, count + 1):
        alice.says(Submit(number=number, envelope=ALICE.message_to(BOB, index=number).signed))
        if number % 100 == 0:
            north.passes(25)

    assert len(bob.hears_all(Deliver)) == limits.CLIENT_CREDIT_ENVELOPES


def test_a_returned_number_is_answered(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.4."""
    south = north.linked(SOUTH)

    south.says(a_relay(south, north))

    assert south.hears_one(Returned).number == 1


def test_acking_more_than_was_sent_frees_nothing_to_come(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.4."""
    alice, bob = north.attached(ALICE), north.attached(BOB)

    bob.says(Ack(2**53 - 1))
    for number in range(1, limits.CLIENT_CREDIT_ENVELOPES + 3):
        alice.says(Submit(number=number, envelope=ALICE.message_to(BOB, index=number).signed))
        if number % 100 == 0:
            north.passes(25)

    assert len(bob.hears_all(Deliver)) == limits.CLIENT_CREDIT_ENVELOPES
