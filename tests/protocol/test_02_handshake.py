"""Chapter 2: who may open a link, and what both ends learn of each other."""

import json
from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.facts import NeighbourPinned, PeerRefused
from overlay.crypto.encoding import decode, encode, length_prefixed
from overlay.crypto.keys import public_key
from overlay.messages.clients import Detach, Find
from overlay.messages.gossip import Delta
from overlay.messages.links import (
    Ack,
    Goodbye,
    Heartbeat,
    Hello,
    Home,
    Proof,
    Refusal,
    Welcome,
)
from overlay.messages.records import NodeRecord
from overlay.peering.statements import Reader
from overlay.wire.signed import read_introduction
from tests.protocol.harness import NodeUnderTest, Peer, a_node, at, told
from tests.support.farend import FarEnd
from tests.support.people import NETWORK, a_client, a_node_called, hash_of

ALICE = a_client("alice")
SOUTH, WEST = a_node_called("south"), a_node_called("west")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


def a_mute_client(north: NodeUnderTest) -> tuple[Peer, FarEnd, Hello]:
    """A link on which only the node has spoken; and what a client would do with its hello."""
    peer = north.accepts(FarEnd(ALICE, dials=True, is_mute=True))
    return peer, FarEnd(ALICE, dials=True), peer.hears_one(Hello)


def hello_with(**changes: object) -> Hello:
    """A client's hello, changed."""
    text = {
        "versions": [1],
        "suites": [],
        "role": "client",
        "end": "dialler",
        "key": ALICE.id,
        "incarnation": 1,
        "network": NETWORK,
        "admission": "listed",
        "challenge": hash_of("fresh"),
        "software": "a test",
    }
    return Hello(json.dumps(text | changes))


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


# 2.4 Welcome


def test_a_client_is_welcomed_with_the_limits_in_force(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4."""
    welcome = north.client(ALICE).hears_one(Welcome)

    granted = welcome.limits
    assert (granted.frame_bytes, granted.frame_envelopes) == (262_144, 64)
    assert (granted.credit_envelopes, granted.credit_bytes) == (
        limits.CLIENT_CREDIT_ENVELOPES,
        limits.CLIENT_CREDIT_BYTES,
    )
    assert granted.heartbeat_ms == 15_000
    assert (welcome.record, welcome.homes) == (None, ())


def test_a_client_learns_of_live_nodes_to_resume_at(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4."""
    north.linked(SOUTH)

    welcome = north.client(ALICE).hears_one(Welcome)

    assert welcome.homes == (Home(id=SOUTH.id, name="south", address=SOUTH.address),)


def test_a_client_learns_the_highest_presence_that_the_node_holds(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4: also of one that no slot names any more."""
    presence = ALICE.presence(SOUTH.id, counter=70)
    north.linked(SOUTH, ALICE.account_record(), presence, SOUTH.slot(0, None))

    assert north.client(ALICE).hears_one(Welcome).record == presence.signed


def test_a_node_learns_the_highest_record_that_the_other_holds(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4."""
    north.linked(SOUTH).ends()
    again = FarEnd(SOUTH, dials=True, is_mute=False)

    peer = north.accepts(again)

    record = peer.hears_one(Welcome).record
    assert record is not None
    assert Reader(NETWORK).read_as(NodeRecord, record).value.order == (1, SOUTH.version)


@pytest.mark.parametrize(
    "early", [Heartbeat(), Ack(1), Goodbye(()), Detach(), Find(request=1, name="bob"), Welcome]
)
def test_nothing_else_is_acted_on_before_both_proofs(north: NodeUnderTest, early: object) -> None:
    """docs/protocol.md, section 2.4."""
    peer, far_end, hello = a_mute_client(north)
    answer, _ = far_end.on_message(hello)
    message = told(SOUTH.record()) if early is Welcome else early

    peer.says(answer, message)  # type: ignore[arg-type]  # any message

    assert peer.is_refused() == peer.close_code == "unexpected"


def test_a_handshake_said_twice_is_refused(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4."""
    peer, far_end, hello = a_mute_client(north)
    again, _, _ = a_mute_client(north)

    peer.says(hello_with(), hello_with())
    again.says(*reversed(far_end.on_message(hello)))

    assert peer.is_refused() == "unexpected"
    assert again.is_refused() == "unexpected"


def test_a_refusal_is_heard_before_the_handshake_is_over(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4."""
    peer, _, _ = a_mute_client(north)

    peer.says(Refusal(code="too_many_links", detail="come back later"))

    assert peer.is_open


def test_a_handshake_that_does_not_end_is_ended(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4: 5,000 ms."""
    peer, _, _ = a_mute_client(north)

    north.passes(4_999)
    assert peer.is_open
    north.passes(1)

    assert peer.is_refused() == peer.close_code == "handshake_timeout"


def test_a_client_that_proved_itself_in_time_stays(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4."""
    alice = north.client(ALICE)

    north.passes(6_000)

    assert alice.is_open


def test_a_stranger_may_hold_sixteen_unfinished_links_of_one_address(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4."""
    links = [north.accepts(FarEnd(ALICE, dials=True, is_mute=True), "192.0.2.7") for _ in range(17)]

    assert [peer.close_code for peer in links] == [None] * 16 + ["too_many_links"]
    assert north.client(ALICE).is_open


def test_all_strangers_together_may_hold_256_unfinished_links(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4: the oldest gives way, so that others get through."""
    links = [
        north.accepts(FarEnd(ALICE, dials=True, is_mute=True), f"192.0.2.{number}")
        for number in range(257)
    ]

    assert [peer.close_code for peer in links] == ["too_many_links"] + [None] * 256
    assert north.client(a_client("bob")).is_open


def test_our_own_dials_are_made_however_many_strangers_wait() -> None:
    """docs/protocol.md, section 2.4."""
    north = a_node(neighbours=[at(SOUTH.address)])
    for number in range(256):
        north.accepts(FarEnd(ALICE, dials=True, is_mute=True), f"192.0.2.{number}")

    peer = north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False))

    assert peer.is_open
    assert peer.hears_all(Refusal) == []


def test_a_node_of_no_neighbours_file_cannot_welcome_itself() -> None:
    """docs/protocol.md, sections 2.4 and 4.2: while our dials find out whom we know."""
    north = a_node(neighbours=[at(SOUTH.address)])
    stranger = north.accepts(FarEnd(WEST, dials=True, is_mute=True))
    far_end = FarEnd(WEST, dials=True)
    stranger.says(*far_end.on_message(stranger.hears_one(Hello)))
    assert stranger.is_open

    stranger.says(far_end.welcome, Delta((), is_last=True))

    assert stranger.close_code == "unexpected"
    assert north.node.snapshot().links == ()


def test_a_refused_peer_is_reported_with_its_code(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.3: the operator sees why."""
    peer, _, _ = a_mute_client(north)

    peer.says(hello_with(network="elsewhere"))

    (fact,) = north.facts_of(PeerRefused)
    assert (fact.code, fact.remote_address) == ("wrong_network", "127.0.0.1")


def test_a_pin_is_made_and_kept_when_the_listener_proves_itself() -> None:
    """docs/protocol.md, sections 2.3 and 4.2."""
    north = a_node(neighbours=[at(SOUTH.address)])

    north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False))

    assert north.facts_of(NeighbourPinned) == [
        NeighbourPinned(address=SOUTH.address, node=SOUTH.id)
    ]
    again = a_node(neighbours=[at(SOUTH.address)], rows=north.disk.values())
    assert again.reaches(SOUTH.address, FarEnd(WEST, dials=False)).close_code == "changed_key"


def test_a_link_opened_while_the_node_stops_is_closed(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4: nothing begins any more."""
    north.stops()

    assert north.accepts(FarEnd(ALICE, dials=True)).close_code == "stopping"
