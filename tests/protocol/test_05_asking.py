"""Chapter 5, its price: how much one neighbour is answered, and how often it is told so."""

import pytest

from overlay import limits
from overlay.core.facts import PeerRefused
from overlay.messages.gossip import (
    Delta,
    Digest,
    DigestWanted,
    EverythingWanted,
    Push,
    Request,
)
from overlay.messages.ids import LeafHash
from overlay.messages.links import Heartbeat, Refusal
from overlay.messages.union import Message
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.people import ClientKeys, a_client, a_node_called

SOUTH, WEST = a_node_called("south"), a_node_called("west")
EVERYTHING = DigestWanted(("",) * limits.DIGEST_PARTS_MAX)


@pytest.fixture
def north() -> NodeUnderTest:
    """A node that knows of a hundred people."""
    north = a_node(neighbours=[SOUTH, WEST])
    south = north.linked(SOUTH)
    for number in range(100):
        person: ClientKeys = a_client(f"person {number}")
        south.says(Push(tuple(record.signed for record in SOUTH.serving(person, number))))
    south.hears()
    return north


def asks(peer: Peer, question: Message, times: int) -> tuple[int, list[Refusal]]:
    """The bytes of what is answered to a question that is asked again and again; the refusals."""
    heard: list[Message] = []
    for _ in range(times):
        peer.says(question)
        heard += peer.hears()
    size_bytes = sum(len(repr(message)) for message in heard)
    return size_bytes, [message for message in heard if isinstance(message, Refusal)]


def a_leaf(north: NodeUnderTest, peer: Peer) -> LeafHash:
    """The leaf hash of something that is held."""
    peer.says(DigestWanted(("A", "B", "C", "D", "E", "F", "G", "H")))
    return next(leaf for part in peer.hears_one(Digest).parts for leaf in part.leaves)


def test_digests_are_given_up_to_a_bound_and_then_refused_once(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.7: `busy`, with the time to wait."""
    west = north.linked(WEST)

    size_bytes, refusals = asks(west, EVERYTHING, 200)

    assert [refusal.code for refusal in refusals] == ["busy"]
    assert (refusals[0].retry_after_ms or 0) >= limits.ANSWER_WAIT_MS
    assert size_bytes < 600_000
    assert [fact.code for fact in north.facts_of(PeerRefused)] == ["busy"]
    assert west.is_open


def test_who_waits_as_told_is_answered_again(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.7."""
    west = north.linked(WEST)
    _, (refusal,) = asks(west, EVERYTHING, 200)
    assert refusal.retry_after_ms is not None

    for _ in range(refusal.retry_after_ms // 500 + 1):
        north.passes(500)
        west.says(Heartbeat())
    west.hears()
    west.says(DigestWanted(("",)))

    assert len(west.hears_all(Digest)) == 1


def test_another_link_is_no_way_around_that(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.7: what counts is who asks."""
    asks(north.linked(WEST), EVERYTHING, 200)
    north.passes(limits.SIMULTANEOUS_DIAL_MS)

    again = north.linked(WEST)
    _, refusals = asks(again, EVERYTHING, 10)

    assert again.is_open
    assert len(refusals) <= 1
    assert again.hears_all(Digest) == []


def test_others_are_answered_meanwhile(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.7."""
    (south,) = [peer for peer in north.peers.values() if peer.is_open]
    asks(north.linked(WEST), EVERYTHING, 200)

    south.says(DigestWanted(("",)))

    assert len(south.hears_all(Digest)) == 1


@pytest.mark.parametrize("grafts", [False, True])
def test_records_are_asked_for_within_the_same_bound(north: NodeUnderTest, grafts: bool) -> None:
    """docs/protocol.md, section 5.7: those that graft, too."""
    west = north.linked(WEST)
    leaf = a_leaf(north, west)
    request = Request((leaf,) * limits.DELTA_RECORDS_MAX, grafts=grafts)

    size_bytes, refusals = asks(west, request, 100)

    assert [refusal.code for refusal in refusals] == ["busy"]
    assert size_bytes < 600_000


def test_all_that_counts_is_given_again_and_again_within_the_same_bound(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, section 5.7."""
    west = north.linked(WEST)
    given: list[int] = []
    for _ in range(6):
        west.says(EverythingWanted())
        given.append(sum(len(delta.records) for delta in west.hears_all(Delta)))

    assert given[0] > 300
    assert given[0] == given[1]
    assert given[-1] == 0
