"""Chapter 2: who may open a link, and what both ends learn of each other."""

from dataclasses import replace

import pytest

from overlay.crypto.encoding import decode, encode, length_prefixed
from overlay.crypto.keys import public_key
from overlay.messages.links import (
    Hello,
    Proof,
    Welcome,
)
from overlay.wire.signed import read_introduction
from tests.protocol.harness import NodeUnderTest, a_node, at
from tests.protocol.strangers import a_mute_client, hello_with
from tests.support.farend import FarEnd
from tests.support.people import NETWORK, a_client, a_node_called, hash_of

ALICE = a_client("alice")
SOUTH, WEST = a_node_called("south"), a_node_called("west")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


# 2.1 Hello


def test_the_listener_says_hello_first(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.1."""
    _, _, hello = a_mute_client(north)

    their = read_introduction(hello.text)

    assert (their.role, their.end, their.key) == ("node", "listener", north.keys.id)
    assert (their.versions, their.network, their.admission) == ((1,), NETWORK, "listed")
    assert their.incarnation == 1


def test_every_link_gets_a_fresh_challenge(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.1."""
    challenges = [read_introduction(a_mute_client(north)[2].text).challenge for _ in range(5)]

    assert len(set(challenges)) == 5


def test_the_dialler_waits_for_the_listeners_hello_and_answers_with_its_proof() -> None:
    """docs/protocol.md, section 2.1."""
    north = a_node(neighbours=[at(SOUTH.address)])
    silent = FarEnd(SOUTH, dials=False, is_mute=True)
    peer = north.reaches(SOUTH.address, silent)
    assert peer.hears() == []

    peer.says(*FarEnd(SOUTH, dials=False).handshake.opening())

    hello, proof = peer.hears()
    assert isinstance(hello, Hello)
    assert isinstance(proof, Proof)
    assert peer.frames == 1


def test_unknown_fields_of_a_hello_are_ignored(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.1."""
    peer, _, _ = a_mute_client(north)

    peer.says(hello_with(favourite_colour="red"))

    assert peer.is_open


# 2.2 Proof


def test_a_proof_signs_both_hellos_as_they_came(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.2: the listener answers a valid proof with its own."""
    peer, _, listener = a_mute_client(north)
    dialler = hello_with(favourite_colour="red")
    signed = length_prefixed("overlay/1/handshake", "dialler", listener.text, dialler.text, "none")

    peer.says(dialler, Proof("none", encode(ALICE.key.sign(signed))))

    proof = peer.hears_one(Proof)
    answered = length_prefixed(
        "overlay/1/handshake", "listener", listener.text, dialler.text, "none"
    )
    public_key(north.keys.id).verify(answered, decode(proof.signature, 64))


def test_a_proof_over_another_listeners_hello_is_refused(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.2: nobody can pass a proof on."""
    victim, victims_end, hello = a_mute_client(north)
    answer = victims_end.on_message(hello)
    attacker, _, _ = a_mute_client(north)

    attacker.says(*answer)

    assert attacker.is_refused() == attacker.close_code == "wrong_proof"
    assert victim.is_open


def test_a_client_that_claims_anothers_key_is_refused(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.2."""
    peer, _, listener = a_mute_client(north)
    dialler = hello_with()
    signed = length_prefixed("overlay/1/handshake", "dialler", listener.text, dialler.text, "none")

    peer.says(dialler, Proof("none", encode(a_client("mallory").key.sign(signed))))

    assert peer.is_refused() == peer.close_code == "wrong_proof"


def test_a_proof_of_another_certificate_is_refused(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.2."""
    peer, far_end, hello = a_mute_client(north)
    answer, proof = far_end.on_message(hello)
    assert isinstance(proof, Proof)

    peer.says(answer, replace(proof, certificate=hash_of("a certificate")))

    assert peer.is_refused() == "wrong_proof"


# 2.3 What is compared


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"versions": [2, 3]}, "wrong_version"),
        ({"network": "elsewhere"}, "wrong_network"),
        ({"end": "listener"}, "mismatch"),
        ({"key": "A" * 43}, "bad_key"),
        ({"key": SOUTH.id, "role": "node", "admission": "open"}, "wrong_admission"),
        ({"incarnation": -1}, "malformed"),
        ({"challenge": "short"}, "malformed"),
    ],
)
def test_a_hello_with_which_there_is_nothing_in_common_is_refused(
    north: NodeUnderTest, changes: dict[str, object], code: str
) -> None:
    """docs/protocol.md, section 2.3."""
    peer, _, _ = a_mute_client(north)

    peer.says(hello_with(**changes))

    assert peer.is_refused() == peer.close_code == code


def test_the_highest_common_version_is_used(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.3."""
    peer, _, listener = a_mute_client(north)
    dialler = hello_with(versions=[7, 1, 3])
    signed = length_prefixed("overlay/1/handshake", "dialler", listener.text, dialler.text, "none")

    peer.says(dialler, Proof("none", encode(ALICE.key.sign(signed))))

    assert peer.hears_one(Welcome).version == 1


def test_a_node_that_dialled_itself_notices() -> None:
    """docs/protocol.md, section 2.3."""
    itself = a_node_called("north")
    north = a_node(neighbours=[at(itself.address)])

    peer = north.reaches(itself.address, FarEnd(itself, dials=False))

    assert peer.close_code == "changed_key"


def test_another_key_at_a_pinned_address_is_refused() -> None:
    """docs/protocol.md, section 2.3."""
    north = a_node(neighbours=[at(SOUTH.address)])
    north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False)).ends()
    north.passes(1_000)

    peer = north.reaches(SOUTH.address, FarEnd(WEST, dials=False))

    assert peer.is_refused() == peer.close_code == "changed_key"


def test_a_client_at_the_listening_end_is_refused() -> None:
    """docs/protocol.md, section 2.3."""
    north = a_node(neighbours=[at(SOUTH.address)])

    peer = north.reaches(SOUTH.address, FarEnd(ALICE, dials=False))

    assert peer.close_code == "unexpected"
