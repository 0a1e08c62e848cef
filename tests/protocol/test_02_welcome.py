"""Chapter 2, section 2.4: who is welcome, what a welcome says, and how long that may take."""

import pytest

from overlay import limits
from overlay.core.facts import NeighbourPinned, PeerRefused
from overlay.messages.clients import Detach, Find
from overlay.messages.gossip import Delta
from overlay.messages.links import (
    Ack,
    Goodbye,
    Heartbeat,
    Hello,
    Home,
    Refusal,
    Welcome,
)
from overlay.messages.records import NodeRecord
from overlay.peering.statements import Reader
from tests.protocol.harness import NodeUnderTest, a_node, at, told
from tests.protocol.strangers import a_mute_client, hello_with
from tests.support.farend import WELCOME, FarEnd
from tests.support.people import NETWORK, a_client, a_node_called

ALICE = a_client("alice")
SOUTH, WEST = a_node_called("south"), a_node_called("west")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


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


def test_who_dialled_is_trusted_with_long_frames_once_its_proof_has_verified(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, section 2.4."""
    peer, far_end, hello = a_mute_client(north)
    other, others_end, others_hello = a_mute_client(north)
    answer, proof = far_end.on_message(hello)
    peer.says(answer)
    was_trusted = peer.is_trusted
    others_answer, _ = others_end.on_message(others_hello)

    peer.says(proof)
    other.says(others_answer, proof)

    assert (was_trusted, peer.is_trusted, other.is_trusted) == (False, True, False)


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


def test_what_a_connection_took_before_its_link_is_of_the_same_time(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4: from the TCP accept."""
    peer = north.accepts(FarEnd(ALICE, dials=True, is_mute=True), handshake_ms=400)

    north.passes(399)
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


def test_all_strangers_together_may_hold_640_unfinished_links(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.4: the oldest gives way, so that others get through."""
    links = [
        north.accepts(FarEnd(ALICE, dials=True, is_mute=True), f"192.0.2.{number}")
        for number in range(641)
    ]

    assert [peer.close_code for peer in links] == ["too_many_links"] + [None] * 640
    assert links[0].is_refused() == "too_many_links"
    assert north.client(a_client("bob")).is_open


def test_our_own_dials_are_made_however_many_strangers_wait() -> None:
    """docs/protocol.md, section 2.4."""
    north = a_node(neighbours=[at(SOUTH.address)])
    for number in range(640):
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

    stranger.says(WELCOME, Delta((), is_last=True))

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
