"""Chapter 7, its beginning: counters, each used once."""

from dataclasses import replace

import pytest

from overlay.core.facts import EnvelopeAccepted
from overlay.messages.clients import Deliver, Submit
from overlay.messages.ids import Incarnation
from overlay.messages.links import Ack, Refusal
from overlay.messages.signed import Signed
from overlay.peering.statements import Verified
from overlay.wire.signed import Signable
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.people import (
    ClientKeys,
    a_client,
    a_node_called,
)

SOUTH = a_node_called("south")


@pytest.fixture
def alice() -> ClientKeys:
    return a_client("alice")


@pytest.fixture
def bob() -> ClientKeys:
    return a_client("bob")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


def submits(peer: Peer, *statements: Verified[Signable] | Signed) -> None:
    """Envelopes of this client, each with the next number."""
    for each in statements:
        signed = each if isinstance(each, Signed) else each.signed
        peer.says(Submit(number=peer.next_number(), envelope=signed))


def delivered(peer: Peer) -> list[Signed]:
    return [deliver.envelope for deliver in peer.hears_all(Deliver)]


# 7.2 Counters


def test_the_same_envelope_again_is_acked_again_and_kept_once(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.2."""
    home, other = north.attached(alice), north.attached(bob)
    message = alice.message_to(bob)

    submits(home, message, message)
    north.passes(25)

    assert home.hears() == [Ack(2)]
    assert delivered(other) == [message.signed]
    assert len(north.facts_of(EnvelopeAccepted)) == 1


def test_another_envelope_under_a_used_counter_is_refused(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.2: and reaches nobody."""
    home, other = north.attached(alice), north.attached(bob)
    first = alice.message_to(bob, counter=7)

    submits(home, first, alice.message_to(bob, counter=7))

    assert home.is_refused() == "replayed"
    assert delivered(other) == [first.signed]


def test_counters_may_come_in_any_order_within_the_window(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 7.2: 2,048 of them."""
    home = north.attached(alice)
    counters = [5_000, 4_000, 4_999, 5_000 - 2_047, 5_000 - 2_048]

    submits(home, *(alice.message_to(alice, counter=counter) for counter in counters))

    (refusal,) = home.hears_all(Refusal)
    assert (refusal.code, refusal.number) == ("replayed", 5)


def test_the_highest_counter_costs_no_more_than_any_other(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 7.2."""
    home = north.attached(alice)

    submits(home, alice.message_to(alice, counter=2**53 - 1), alice.message_to(alice, counter=9))

    assert home.is_refused() == "replayed"


def test_a_forged_envelope_uses_no_counter(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 7.2."""
    home = north.attached(alice)
    true = alice.message_to(alice, counter=7)
    forged = replace(true.signed, signature="A" * 86)

    submits(home, forged, true)

    assert home.is_refused() == "bad_signature"
    assert len(north.facts_of(EnvelopeAccepted)) == 1


def test_an_envelope_of_another_incarnation_is_refused(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 7.2."""
    home = north.attached(alice)

    submits(home, replace(alice, incarnation=Incarnation(2)).message_to(alice))

    assert home.is_refused() == "old_incarnation"
