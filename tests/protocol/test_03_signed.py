"""Chapter 3: what a node accepts as signed, and how it signs itself."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from overlay.core.facts import EnvelopeRefused
from overlay.messages.clients import Deliver, Submit
from overlay.messages.gossip import Push
from overlay.messages.links import Hello, Refusal
from overlay.messages.records import Slot
from overlay.messages.routing import Relay, Spread
from overlay.messages.signed import Signed
from overlay.peering.statements import Reader
from overlay.wire.codec import encode_frame
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.farend import FarEnd
from tests.support.people import (
    NETWORK,
    a_client,
    a_node_called,
    hash_of,
    salt_of,
    signed_text,
    with_fields,
)

ALICE, BOB = a_client("alice"), a_client("bob")
SOUTH, WEST = a_node_called("south"), a_node_called("west")
KEYLESS_SIGNATURE = "AQ" + "A" * 84
"""R is the identity and S zero: valid under keys of small order, for who takes such keys."""

REFUSED = json.loads(
    (Path(__file__).parents[1] / "vectors" / "refused_keys.json").read_text("utf-8")
)
TEXTS = [case for case in REFUSED["keys"] if case["name"].startswith("text")]
POINTS = [case for case in REFUSED["keys"] if case not in TEXTS]


def keyless(signed: Signed, key: str) -> Signed:
    """The same, said by a key under which anyone can sign: this signature is as good as any."""
    text = signed.signed.replace(signed.signer, key, 1)
    return replace(signed, signer=key, signed=text, signature=KEYLESS_SIGNATURE, path=(), index=0)


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH, WEST])


def pushes(peer: Peer, signed: Signed) -> str:
    """The code with which a pushed record is refused; the link goes on."""
    peer.hears()
    peer.says(Push((signed,)))
    assert peer.is_open
    return peer.is_refused()


# 3.1 Shape


def test_a_text_that_contradicts_its_kind_is_refused(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 3.1."""
    south = north.linked(SOUTH)
    record = SOUTH.record()

    assert pushes(south, with_fields(record, SOUTH.key, kind="slot")) == "mismatch"


def test_a_text_that_contradicts_its_signer_is_refused(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 3.1."""
    south = north.linked(SOUTH)

    assert pushes(south, with_fields(SOUTH.record(), SOUTH.key, signer=WEST.id)) == "mismatch"


def test_a_statement_without_salt_or_of_no_known_kind_is_refused(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 3.1."""
    south = north.linked(SOUTH)

    assert pushes(south, with_fields(SOUTH.record(), SOUTH.key, salt="")) == "malformed"
    assert pushes(south, signed_text(SOUTH.key, "promise", "{}")) == "malformed"
    assert pushes(south, signed_text(SOUTH.key, "node", "no JSON")) == "malformed"


def test_a_statement_that_is_no_record_is_not_gossiped(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 3.1."""
    south = north.linked(SOUTH)

    assert pushes(south, ALICE.message_to(BOB).signed) == "mismatch"


def test_unknown_fields_of_a_text_are_carried(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 3.1."""
    south, west = north.linked(SOUTH), north.linked(WEST)
    ours = (north.keys.id,)
    record = SOUTH.record(links=ours, neighbours=ours)
    later = with_fields(record, SOUTH.key, colour="red")
    west.hears()

    south.says(Push((later,)))

    assert west.hears_one(Push).records == (later,)


# 3.2 Leaves and batches


def test_what_a_round_makes_a_node_say_is_signed_together(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 3.2."""
    south, alice, bob = north.linked(SOUTH), north.client(ALICE), north.client(BOB)
    south.hears()

    alice.says_bytes(encode_frame(ALICE.attach_at(north.keys.id)))
    bob.says(BOB.attach_at(north.keys.id))
    apart = [record for push in south.hears_all(Push) for record in push.records]
    north.happens(
        alice.frame(ALICE.attach_at(north.keys.id)), bob.frame(BOB.attach_at(north.keys.id))
    )
    together = [record for push in south.hears_all(Push) for record in push.records]

    assert [len(record.path) for record in apart if record.kind == "slot"] == [0, 0]
    slots = [record for record in together if record.kind == "slot"]
    assert [len(slot.path) for slot in slots] == [1, 1]
    assert slots[0].signature == slots[1].signature
    reader = Reader(NETWORK)
    assert {reader.read_as(Slot, slot).value.client for slot in slots} == {ALICE.id, BOB.id}
    assert reader.signatures_checked == 1


def test_a_signature_of_another_network_is_refused(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 3.2."""
    south = north.linked(SOUTH)
    elsewhere = a_node_called("south", network="elsewhere")

    assert pushes(south, elsewhere.record().signed) == "bad_signature"


@pytest.mark.parametrize(
    "change",
    [
        {"signed": "{}"},
        {"signature": "A" * 86},
        {"index": 1},
        {"path": (hash_of("a sibling"),)},
        {"signer": WEST.id},
        {"kind": "slot"},
    ],
)
def test_a_changed_statement_is_refused(north: NodeUnderTest, change: dict[str, object]) -> None:
    """docs/protocol.md, section 3.2."""
    south = north.linked(SOUTH)
    signed = replace(SOUTH.record().signed, **change)  # type: ignore[arg-type]  # one of its fields

    assert pushes(south, signed) == "bad_signature"


def test_a_path_of_more_than_six_steps_is_malformed(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 3.2."""
    south = north.linked(SOUTH)

    south.says(Push((replace(SOUTH.record().signed, path=(hash_of("x"),) * 7),)))

    assert south.close_code == "malformed"


# 3.3 Verified roots


def test_a_root_verified_once_vouches_for_no_other_signature(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 3.3."""
    south = north.linked(SOUTH)
    record = SOUTH.record().signed
    south.says(Push((record,)))
    changed = record.signature[:-2] + ("AA" if record.signature[-2:] != "AA" else "BA")

    again = replace(record, signature=changed, signed=record.signed)
    other = replace(WEST.record().signed, signature=record.signature)

    south.says(Push((again,)))
    assert pushes(south, other) == "bad_signature"


# 3.4 Keys


@pytest.mark.parametrize("case", POINTS, ids=lambda case: case["name"])
def test_keys_that_anyone_can_sign_with_are_refused(
    north: NodeUnderTest, case: dict[str, str]
) -> None:
    """docs/protocol.md, section 3.4: at the door, and under a record."""
    south = north.linked(SOUTH)
    text = json.dumps({"kind": "account", "signer": case["key"], "salt": salt_of("salt")})
    signed = signed_text(SOUTH.key, "account", text)
    peer = north.accepts(FarEnd(ALICE, dials=True, is_mute=True))
    hello = FarEnd(ALICE, dials=True).on_message(peer.hears_one(Hello))[0]
    assert isinstance(hello, Hello)

    peer.says(Hello(hello.text.replace(ALICE.id, case["key"])))

    assert peer.is_refused() == peer.close_code == "bad_key"
    keyless = replace(signed, signer=case["key"], signature=KEYLESS_SIGNATURE)
    assert pushes(south, keyless) == "bad_key"


@pytest.mark.parametrize("case", POINTS, ids=lambda case: case["name"])
def test_nothing_is_carried_or_certified_in_the_name_of_such_a_key(
    north: NodeUnderTest, case: dict[str, str]
) -> None:
    """docs/protocol.md, section 3.4: not to a home, not on a channel, not for an account."""
    south, alice = north.linked(SOUTH), north.attached(ALICE)
    message = keyless(BOB.message_to(ALICE).signed, case["key"])
    said = keyless(BOB.says_on("square", "hello").signed, case["key"])
    attach = replace(
        ALICE.attach_at(north.keys.id, north.incarnation, request=2),
        account=keyless(ALICE.account_record().signed, case["key"]),
    )

    south.says(
        Relay(
            number=1,
            envelope=message,
            keeper=SOUTH.id,
            home=north.keys.id,
            attempt=1,
            budget=16,
        ),
        Spread(2, said),
    )
    alice.says(attach)

    refused = south.hears_all(Refusal)
    assert [(each.number, each.code) for each in refused] == [(1, "bad_key"), (None, "bad_key")]
    assert alice.is_refused() == "bad_key"
    assert alice.hears_all(Deliver) == []


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case["name"])
def test_keys_in_another_spelling_are_malformed(north: NodeUnderTest, case: dict[str, str]) -> None:
    """docs/protocol.md, sections 1.2 and 3.4."""
    south = north.linked(SOUTH)
    signed = replace(SOUTH.record().signed, signer=case["key"])

    south.says(Push((signed,)))

    assert south.is_refused() == south.close_code == "malformed"


def test_a_refused_statement_is_reported_and_its_neighbours_stand(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 3.2."""
    south, alice = north.linked(SOUTH), north.attached(ALICE)
    forged = replace(SOUTH.record().signed, signature="A" * 86)
    served = [record.signed for record in SOUTH.serving(BOB)]

    south.says(Push((forged, *served)))

    assert [fact.code for fact in north.facts_of(EnvelopeRefused)] == ["bad_signature"]
    alice.says(Submit(number=1, envelope=ALICE.message_to(BOB).signed))
    assert north.node.snapshot().clients_reachable == 2
