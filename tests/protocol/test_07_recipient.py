"""Chapter 7, its end: envelopes at the recipient's home, and receipts."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.messages.clients import Attach, Deliver, Stalled, Submit
from overlay.messages.links import Ack, Refusal
from overlay.messages.routing import Relay, Returned
from overlay.messages.signed import Signed
from overlay.peering.statements import Verified
from overlay.wire.signed import Signable
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.people import (
    ClientKeys,
    a_client,
    a_node_called,
    hash_of,
    two_devices,
)

SOUTH = a_node_called("south")
STRANGER = a_client("a stranger")


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


def relays(peer: Peer, statement: Verified[Signable], home: str, **changes: object) -> None:
    """A copy comes for a home."""
    copy = Relay(
        number=peer.next_number(),
        envelope=statement.signed,
        keeper=SOUTH.id,
        home=a_node_called(home).id,
        attempt=1,
        budget=5,
    )
    peer.says(replace(copy, **changes))  # type: ignore[arg-type]  # its fields


def delivered(peer: Peer) -> list[Signed]:
    return [deliver.envelope for deliver in peer.hears_all(Deliver)]


# 7.4 The recipient's home


def test_a_relayed_envelope_is_handed_to_each_attached_client_of_its_recipients(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 7.4."""
    laptop, phone = two_devices("bob")
    links = [north.attached(laptop), north.attached(phone)]
    south = north.linked(SOUTH)
    message = alice.message_to(laptop)

    relays(south, message, "north")
    north.passes(25)

    told = [link.hears_one(Deliver) for link in links]
    assert [(deliver.envelope, deliver.keeper) for deliver in told] == [
        (message.signed, SOUTH.id)
    ] * 2
    assert south.hears() == [Ack(1)]


@pytest.mark.parametrize("is_connected", [True, False])
def test_an_envelope_for_nobody_attached_here_goes_back(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys, is_connected: bool
) -> None:
    """docs/protocol.md, section 7.4: an open link alone is not yet an attached client."""
    south = north.linked(SOUTH)
    link = north.client(bob) if is_connected else None

    relays(south, alice.message_to(bob), "north")
    relays(south, alice.chain_start_for(bob), "north")

    assert [back.reason for back in south.hears_all(Returned)] == ["not_here", "not_here"]
    assert link is None or delivered(link) == []


def test_an_envelope_for_a_client_without_credit_goes_back_busy(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.4."""
    north.attached(bob)
    south = north.linked(SOUTH)

    for number in range(limits.CLIENT_CREDIT_ENVELOPES + 1):
        relays(south, alice.message_to(bob, index=number + 1), "north")

    assert south.hears_one(Returned).reason == "busy"


def test_a_forged_envelope_is_refused_by_the_recipients_home(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.4."""
    other, south = north.attached(bob), north.linked(SOUTH)
    message = alice.message_to(bob)
    forged = replace(message.signed, signature="A" * 86)

    relays(south, message, "north", envelope=forged)
    relays(south, alice.says_on("garden", "hello"), "north")

    assert [refusal.code for refusal in south.hears_all(Refusal)] == ["bad_signature", "mismatch"]
    assert delivered(other) == []
    assert south.is_open


def test_the_origin_gets_no_copy_of_its_own_message(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 7.4."""
    laptop, phone = two_devices("alice")
    first, second, south = north.attached(laptop), north.attached(phone), north.linked(SOUTH)

    relays(south, laptop.message_to(), "north")

    assert (len(delivered(first)), len(delivered(second))) == (0, 1)


# 7.5 Receipts


def test_the_keeper_forgets_what_is_listed_and_passes_the_receipt_on(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.5: indices, never a high-water mark."""
    home, south = north.attached(alice), north.linked(SOUTH, *SOUTH.serving(bob))
    for index in range(1, 6):
        submits(home, alice.message_to(bob, index=index))
    home.hears()
    receipt = bob.receipt_for(alice, (2, 3), (5, 2**32))

    relays(south, receipt, "north")

    assert delivered(home) == [receipt.signed]
    assert north.node.snapshot().mailbox_envelopes == 2


def test_a_receipt_holds_for_its_own_client_and_its_own_origin_alone(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 7.5."""
    laptop, phone = two_devices("bob")
    home, other, third = north.attached(alice), north.attached(laptop), north.attached(phone)
    submits(home, alice.message_to(laptop))

    submits(other, laptop.receipt_for(STRANGER, (1, 1)))
    submits(other, laptop.receipt_for(alice, (1, 1), chain=hash_of("another chain")))  # type: ignore[arg-type]
    submits(other, laptop.receipt_for(alice, (3, 1)))
    submits(home, alice.receipt_for(alice, (1, 1)))
    assert north.node.snapshot().mailbox_envelopes == 1
    submits(other, laptop.receipt_for(alice, (1, 1)))
    submits(other, laptop.receipt_for(alice, (0, 9)))
    assert north.node.snapshot().mailbox_envelopes == 1
    submits(third, phone.receipt_for(alice, (0, 2**32)))

    assert north.node.snapshot().mailbox_envelopes == 0


def test_a_chain_start_is_receipted_as_index_zero(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, sections 7.1 and 7.5."""
    home, other = north.attached(alice), north.attached(bob)
    start = alice.chain_start_for(bob)
    submits(home, start)
    assert delivered(other) == [start.signed]

    submits(other, bob.receipt_for(alice, (0, 0)))

    assert north.node.snapshot().mailbox_envelopes == 0


def test_a_client_that_comes_back_receives_what_it_has_not_receipted(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.5."""
    home, other = north.attached(alice), north.attached(bob)
    messages = [alice.message_to(bob, index=index) for index in range(1, 4)]
    submits(home, *messages)
    submits(other, bob.receipt_for(alice, (2, 2)))
    other.ends()

    again = north.client(bob)
    attach = bob.attach_at(north.keys.id)
    assert isinstance(attach, Attach)
    again.says(attach)

    assert delivered(again) == [messages[0].signed, messages[2].signed]


def test_a_message_that_found_its_recipient_busy_comes_when_there_is_room(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, sections 6.4 and 7.3: however long that takes."""
    home, other = north.attached(alice), north.attached(bob)
    full = limits.CLIENT_CREDIT_ENVELOPES
    for index in range(1, full + 1):
        submits(home, alice.message_to(bob, index=index))
        north.passes(25 if index % 100 == 0 else 0)
    other.hears()

    waiting = alice.message_to(bob, index=full + 1)
    submits(home, waiting)
    assert home.hears_all(Stalled)[-1].reason == "busy"
    north.passes(20_000)
    other.hears()
    for _ in range(4):
        other.says(Ack(2**53 - 1))
        north.passes(limits.BUSY_RETRY_MAX_MS)

    assert waiting.signed in delivered(other)
