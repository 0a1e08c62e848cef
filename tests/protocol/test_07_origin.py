"""Chapter 7, its beginning: envelopes at their origin's home."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.facts import EnvelopeSettled
from overlay.messages.clients import Deliver, Stalled, Submit
from overlay.messages.gossip import Push
from overlay.messages.links import Ack, Refusal
from overlay.messages.routing import ATTEMPTS_COUNTED, Relay
from overlay.messages.signed import Signed
from overlay.peering.statements import Verified
from overlay.wire.signed import Signable
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.people import (
    ClientKeys,
    a_client,
    a_node_called,
    hash_of,
    signed_text,
    two_devices,
    with_fields,
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


# 7.1 Texts


@pytest.mark.parametrize(
    "fields",
    [
        {"recipients": []},
        {"recipients": [a_client("bob").account_id] * 33},
        {"recipients": ["bob"]},
        {"index": 0},
        {"index": 2**32 + 1},
        {"counter": 0},
        {"counter": 2**53},
        {"incarnation": -1},
        {"chain": "short"},
        {"body": ""},
        {"body": "no+base64url"},
        {"salt": "x"},
    ],
    ids=lambda fields: str(fields)[:40],
)
def test_a_message_out_of_its_bounds_is_refused(
    north: NodeUnderTest, alice: ClientKeys, fields: dict[str, object]
) -> None:
    """docs/protocol.md, section 7.1."""
    home = north.attached(alice)

    submits(home, with_fields(alice.message_to(alice), alice.key, **fields))

    assert home.is_refused() == "malformed"


@pytest.mark.parametrize(
    "fields",
    [
        {"arrived": []},
        {"arrived": [{"chain": hash_of("chain"), "ranges": []}]},
        {"arrived": [{"chain": hash_of("chain"), "ranges": [[1]]}]},
        {"arrived": [{"chain": hash_of("chain"), "ranges": [[1, 2, 3]]}]},
        {"arrived": [{"chain": hash_of("chain"), "ranges": [[1, 1]] * 65}]},
        {"arrived": [{"chain": hash_of("chain"), "ranges": [[1, 1]]}] * 65},
        {"recipients": [STRANGER.id, STRANGER.id]},
    ],
    ids=lambda fields: str(fields)[:60],
)
def test_a_receipt_out_of_its_bounds_is_refused(
    north: NodeUnderTest, alice: ClientKeys, fields: dict[str, object]
) -> None:
    """docs/protocol.md, section 7.1."""
    home = north.attached(alice)
    receipt = alice.receipt_for(STRANGER, (1, 1))

    submits(home, with_fields(receipt, alice.key, **fields))

    assert home.is_refused() == "malformed"


def test_what_only_nodes_say_to_each_other_is_not_taken_from_a_client(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 7.1."""
    home = north.attached(alice)
    wanted = with_fields(alice.chain_wanted_from(STRANGER), alice.key, kind="bundle_wanted")
    signed = signed_text(alice.key, "bundle_wanted", wanted.signed)

    submits(home, signed)
    assert home.is_refused() == "not_yours"
    submits(home, alice.bundle(), alice.account_record())

    assert [refusal.code for refusal in home.hears_all(Refusal)] == ["not_yours", "not_yours"]


# 7.3 The origin's home


def test_an_accepted_envelope_is_acked_and_kept_until_each_client_has_receipted_it(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3: also the origin's other clients; itself left out."""
    laptop, phone = two_devices("bob")
    home = north.attached(alice)
    links = [north.attached(laptop), north.attached(phone)]

    submits(home, alice.message_to(laptop))
    north.passes(25)

    assert home.hears() == [Ack(1)]
    assert [len(delivered(link)) for link in links] == [1, 1]
    submits(links[0], laptop.receipt_for(alice, (1, 1)))
    assert north.node.snapshot().mailbox_envelopes == 1
    submits(links[1], phone.receipt_for(alice, (1, 1)))
    assert north.node.snapshot().mailbox_envelopes == 0
    assert [fact.reason for fact in north.facts_of(EnvelopeSettled)] == ["delivered"]


def test_the_origins_other_clients_receive_what_it_sends(north: NodeUnderTest) -> None:
    """docs/protocol.md, sections 7.1 and 7.3."""
    laptop, phone = two_devices("alice")
    home, other = north.attached(laptop), north.attached(phone)

    submits(home, laptop.message_to())

    assert (delivered(home), len(delivered(other))) == ([], 1)


def test_an_account_named_twice_receives_once(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3."""
    north.attached(alice)
    other, south = north.attached(bob), north.linked(SOUTH, *SOUTH.serving(STRANGER))

    relays(south, STRANGER.message_to(*[bob] * 31), "north")

    assert len(delivered(other)) == 1


def test_an_envelope_of_another_client_is_refused(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3."""
    home = north.attached(alice)

    submits(home, bob.message_to(alice))

    assert home.is_refused() == "not_yours"


def test_nothing_is_accepted_from_a_client_that_is_not_attached(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3."""
    home = north.client(alice)

    submits(home, alice.message_to(alice))

    assert home.is_refused() == home.close_code == "unexpected"


def test_an_account_of_which_nobody_knows_is_refused(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3."""
    home = north.attached(alice)
    message = alice.message_to(STRANGER)
    submits(home, message)
    assert home.is_refused() == "unknown_recipient"

    north.attached(STRANGER).ends()
    submits(home, message)

    assert home.hears_one(Stalled).reason == "away"
    assert north.node.snapshot().mailbox_envelopes == 1


def test_a_mailbox_holds_1000_envelopes_of_one_origin_for_one_client(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3: as many again of others."""
    home, other = north.attached(alice), north.attached(bob)
    other.ends()
    for index in range(1, limits.MAILBOX_ENVELOPES_MAX // 2 + 1):
        submits(home, alice.message_to(bob, index=index))
        north.passes(25 if index % 500 == 0 else 0)
    assert home.hears_all(Refusal) == []
    carol = a_client("carol")
    third = north.attached(carol)
    submits(third, carol.message_to(bob))
    assert third.hears_all(Refusal) == []

    surplus = alice.message_to(bob, index=1_001)
    submits(home, surplus, alice.message_to(alice))
    assert home.is_refused() == "quota"

    other = north.attached(bob)
    submits(other, bob.receipt_for(alice, (1, 1)))
    north.passes(25)
    submits(home, surplus)
    assert home.hears_all(Refusal) == []


def test_a_mailbox_holds_32_mebibytes_of_one_origin(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3: of 64 in all."""
    home = north.attached(alice)
    people = [a_client(f"person-{number}") for number in range(8)]
    for person in people:
        north.attached(person).ends()
    codes: list[str] = []

    for number in range(limits.MAILBOX_BYTES_MAX // 98_304 + 2):
        person = people[number % len(people)]
        submits(home, alice.message_to(person, index=number + 1, body="A" * 98_304))
        north.passes(25 if number % 5 == 0 else 0)
        codes += [refusal.code for refusal in home.hears_all(Refusal)]

    share = limits.MAILBOX_BYTES_MAX // 2
    assert set(codes) == {"quota"}
    assert share - 99_000 < north.node.snapshot().mailbox_bytes <= share


def test_nothing_is_kept_for_a_client_that_nobody_certifies(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3: an id costs nothing to make up."""
    home = north.attached(alice)

    submits(home, alice.chain_start_for(STRANGER))

    assert home.is_refused() == "unknown_recipient"
    assert north.node.snapshot().mailbox_envelopes == 0


def test_an_envelope_that_is_kept_too_long_is_given_up(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3: `expired`."""
    home, other = north.attached(alice), north.attached(bob)
    other.ends()
    submits(home, alice.message_to(bob))
    home.hears()

    days = [north.now_ms + day * 24 * 3_600_000 for day in range(1, 32)]
    for at_ms in days:
        north.now_ms = at_ms
        home.says(Ack(1))
        north.settles()

    assert [told.reason for told in home.hears_all(Stalled)] == ["expired"]
    assert north.node.snapshot().mailbox_envelopes == 0


def test_receipts_and_questions_are_kept_by_nobody(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3."""
    home = north.attached(alice)

    submits(
        home,
        alice.receipt_for(bob, (1, 1)),
        alice.chain_wanted_from(bob),
        alice.unknown_key_to(bob),
    )
    north.passes(25)

    assert home.hears() == [Ack(3)]
    assert north.node.snapshot().mailbox_envelopes == 0


def test_a_question_goes_to_the_present_home_of_its_recipient(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3."""
    south, home = north.linked(SOUTH, *SOUTH.serving(bob)), north.attached(alice)
    wanted = alice.chain_wanted_from(bob)

    submits(home, wanted, wanted)

    relay = south.hears_one(Relay)
    assert (relay.envelope, relay.home) == (wanted.signed, SOUTH.id)
    assert relay.attempt % ATTEMPTS_COUNTED == 0


def test_a_receipt_goes_to_the_keeper_and_to_the_origins_present_home(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 7.3."""
    west = a_node_called("west")
    ours = (north.keys.id, west.id)
    south = north.linked(SOUTH, *SOUTH.serving(alice))
    south.says(Push((SOUTH.record(links=ours, neighbours=ours).signed,)))
    south.says(Push((west.record(links=(SOUTH.id,), neighbours=(SOUTH.id,)).signed,)))
    home = north.attached(bob)

    receipt = bob.receipt_for(alice, (1, 1)).signed
    home.says(Submit(number=1, envelope=receipt, keeper=west.id))

    assert [relay.home for relay in south.hears_all(Relay)] == [west.id, SOUTH.id]
