"""Chapter 10: losing links, dialling, and stopping."""

import pytest

from overlay import limits
from overlay.core.facts import EnvelopeAccepted, LinkLost, NeighbourUnreachable, NodeAlive
from overlay.core.settings import Neighbour
from overlay.messages.clients import Deliver, Submit
from overlay.messages.links import Ack, Goodbye, Heartbeat, Refusal, Welcome
from overlay.messages.union import Message
from overlay.peering.events import CloseReason, DialReason, FrameReceived, Stopping
from overlay.wire.codec import encode_frame
from tests.protocol.chain import our_links
from tests.protocol.harness import NodeUnderTest, Peer, a_node, at
from tests.support.farend import WELCOME, FarEnd, exchange
from tests.support.people import a_client, a_node_called

ALICE, BOB = a_client("alice"), a_client("bob")
SOUTH, WEST = a_node_called("south"), a_node_called("west")


@pytest.fixture
def north() -> NodeUnderTest:
    """A node that knows where south listens, and that west only dials."""
    return a_node(neighbours=[Neighbour(address=SOUTH.address, id=SOUTH.id), WEST])


def south_linked(north: NodeUnderTest) -> Peer:
    """South dialled us, before our own dial came to anything."""
    peer = north.linked(SOUTH)
    north.misses(SOUTH.address)
    north.passes(500)
    return peer


def lives(north: NodeUnderTest) -> list[bool]:
    """What was found about the life of south, in turn."""
    return [fact.is_alive for fact in north.facts_of(NodeAlive) if fact.node == SOUTH.id]


def passes(north: NodeUnderTest, for_ms: int, *alive: Peer) -> None:
    """Time passes, and these peers stay alive."""
    for _ in range(for_ms // 100):
        north.passes(100)
        for peer in alive:
            peer.says(Heartbeat())


# 10.1 Losing a link


def test_links_lost_one_after_the_other_leave_our_record_together() -> None:
    """docs/protocol.md, section 10.1: the first at once, those of the next 100 ms at their end."""
    keys = [a_node_called(f"other-{number}") for number in range(4)]
    north = a_node(neighbours=[WEST, *keys])
    west, *others = (north.linked(each) for each in (WEST, *keys))
    north.passes(limits.LOSSES_GATHER_MS)
    west.hears()

    for other in others:
        other.ends("orderly")
        north.passes(20)
    assert [len(links) for links in our_links(west)] == [4]
    north.passes(limits.LOSSES_GATHER_MS - 80)

    assert our_links(west) == [(WEST.id,)]


def test_a_silent_link_is_suspected_and_then_given_up(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 10.1: after three heartbeats, and 2,500 ms more."""
    west = north.linked(WEST)
    south = south_linked(north)
    silent_from = north.now_ms - 500

    passes(north, silent_from + 2_900 - north.now_ms, west)
    assert [link.is_suspected for link in north.node.snapshot().links] == [False, False]
    passes(north, 200, west)
    assert [link.is_suspected for link in north.node.snapshot().links] == [False, True]
    passes(north, 2_300, west)
    assert south.is_open
    passes(north, 200, west)

    assert south.close_code == "silent"
    assert lives(north) == [True, False]
    assert our_links(west)[-1] == (WEST.id,)


def test_a_word_clears_the_suspicion(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 10.1."""
    south = north.linked(SOUTH)
    north.passes(5_000)
    assert [link.is_suspected for link in north.node.snapshot().links] == [True]

    south.says(Ack(1))
    north.passes(2_900)

    assert [link.is_suspected for link in north.node.snapshot().links] == [False]
    assert south.is_open


def test_a_client_may_be_silent_for_three_of_its_heartbeats(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 10.1."""
    alice = north.attached(ALICE)

    north.passes(45_000 + 2_400)
    assert alice.is_open
    north.passes(200)

    assert alice.close_code == "silent"
    assert north.node.snapshot().clients_reachable == 0


def test_a_killed_node_is_dead_as_soon_as_the_redial_is_refused(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 10.1: its socket closed without a close frame."""
    west = north.linked(WEST)
    south = south_linked(north)

    south.ends("reset")
    assert north.dialled == [SOUTH.address]
    assert lives(north) == [True]
    north.misses(SOUTH.address, "refused")

    assert lives(north) == [True, False]
    assert our_links(west)[-1] == (WEST.id,)


@pytest.mark.parametrize("reason", ["turned_away", "timed_out", "unreachable", "not_overlay"])
def test_a_redial_that_does_not_answer_proves_nothing(
    north: NodeUnderTest, reason: DialReason
) -> None:
    """docs/protocol.md, section 10.1: then it takes 2,500 ms."""
    west = north.linked(WEST)
    south = south_linked(north)

    south.ends("reset")
    north.misses(SOUTH.address, reason)
    passes(north, 2_400, west)
    assert lives(north) == [True]
    passes(north, 200, west)

    assert lives(north) == [True, False]


def test_a_link_that_comes_back_in_time_was_never_gone(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 10.1."""
    west = north.linked(WEST)
    south_linked(north).ends("reset")
    our_links(west)
    passes(north, 1_000, west)

    south = north.linked(SOUTH)
    passes(north, 3_000, west, south)

    assert lives(north) == [True]
    assert our_links(west) == []


@pytest.mark.parametrize("reason", ["orderly", "too_large", "protocol_error", "stalled"])
def test_a_link_that_closed_in_order_leaves_at_once(
    north: NodeUnderTest, reason: CloseReason
) -> None:
    """docs/protocol.md, section 10.1."""
    south = south_linked(north)

    south.ends(reason)

    assert lives(north) == [True, False]
    assert north.dialled == []


class Proving(FarEnd):
    """Has proved itself, and has not said welcome yet."""

    def on_message(self, message: Message) -> list[Message]:
        return [] if isinstance(message, Welcome) else super().on_message(message)


@pytest.mark.parametrize("is_welcomed", [True, False])
def test_a_link_that_is_replaced_by_one_being_opened_is_not_a_death(
    north: NodeUnderTest, is_welcomed: bool
) -> None:
    """docs/protocol.md, section 10.1: both had dialled, and south closed the one first."""
    west = north.linked(WEST)
    old = south_linked(north)
    new = north.accepts(Proving(SOUTH, dials=True))

    old.ends("orderly")
    passes(north, 1_000, west)
    before = lives(north)
    if is_welcomed:
        new.says(WELCOME, *exchange())
    passes(north, 2_000, west, new)

    assert before == [True]
    assert lives(north) == ([True] if is_welcomed else [True, False])


def test_a_goodbye_makes_a_link_leave_at_once(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 10.1."""
    south = south_linked(north)

    south.says(Goodbye(()))

    assert lives(north) == [True, False]
    assert [fact.reason for fact in north.facts_of(LinkLost)] == ["goodbye"]


def test_a_link_that_is_reset_again_and_again_is_not_redialled_at_once(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, section 10.2."""
    peer = north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False))

    peer.ends("reset")
    assert north.dialled == []
    north.passes(limits.REDIAL_FIRST_MS)

    assert north.dialled == [SOUTH.address]


def test_a_node_that_only_dials_is_not_dialled() -> None:
    """docs/protocol.md, sections 10.2 and 10.5: neither our file nor its record says where."""
    north = a_node(neighbours=[WEST])
    west = north.accepts(FarEnd(WEST, dials=True))
    record = WEST.record(links=(north.keys.id,), neighbours=(north.keys.id,), addresses=())
    west.says(*exchange(record.signed))
    assert [member.is_alive for member in north.node.snapshot().members] == [True, True]

    west.ends("reset")
    north.passes(60_000)

    assert [member.is_alive for member in north.node.snapshot().members] == [True, False]
    assert north.dialled == []


# 10.2 Dials


def test_a_neighbour_is_dialled_again_after_ever_longer_waits(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 10.2: 250 doubling to 30,000, each up to half shorter."""
    waits = []
    for _ in range(12):
        north.misses(SOUTH.address)
        missed_ms = north.now_ms
        while not north.dialled:
            north.passes(25)
        waits.append(north.now_ms - missed_ms)

    full = [min(250 * 2**number, 30_000) for number in range(12)]
    assert all(half // 2 <= wait <= half + 25 for wait, half in zip(waits, full, strict=True))
    assert len(set(waits[-5:])) > 1


def test_a_neighbour_that_reaches_us_is_dialled_no_more(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 10.2: and any frame from it resets the wait."""
    for _ in range(8):
        north.misses(SOUTH.address)
        north.passes(40_000)
    north.misses(SOUTH.address)

    south = north.accepts(FarEnd(SOUTH, dials=True))
    passes(north, 40_000, south)
    assert north.dialled == []
    south.ends("orderly")
    north.passes(250)

    assert north.dialled == [SOUTH.address]


def test_why_a_neighbour_cannot_be_reached_is_said_once(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 10.2."""
    for reason in ("refused", "refused", "timed_out"):
        north.misses(SOUTH.address, reason)
        north.passes(60_000)

    assert [fact.reason for fact in north.facts_of(NeighbourUnreachable)] == [
        "nobody listens there",
        "no answer",
    ]
    assert north.node.snapshot().neighbours[0].detail == "no answer"


def test_a_neighbour_that_refuses_us_is_told_of_with_its_reason() -> None:
    """docs/protocol.md, section 10.2."""
    north = a_node(neighbours=[at(SOUTH.address)])

    peer = north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False, network="elsewhere"))

    assert peer.close_code == "wrong_network"
    (status,) = north.node.snapshot().neighbours
    assert status.state == "unreachable"


def test_what_a_neighbour_refused_long_ago_is_not_why_it_cannot_be_reached_now() -> None:
    """docs/protocol.md, section 10.2: a refusal of one text leaves its link as it is."""
    north = a_node(neighbours=[at(SOUTH.address)])
    peer = north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False))
    peer.says(Refusal(code="old_incarnation", detail="the origin is not present"))
    peer.says(Heartbeat())

    peer.ends("reset")

    assert north.facts_of(NeighbourUnreachable) == []
    (status,) = north.node.snapshot().neighbours
    assert (status.state, status.detail) == ("dialling", "")


def test_what_a_neighbour_refused_at_last_is_why_it_cannot_be_reached() -> None:
    """docs/protocol.md, section 10.2."""
    north = a_node(neighbours=[at(SOUTH.address)])
    peer = north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False))

    peer.says(Refusal(code="malformed", detail="no message"))
    peer.ends("orderly")

    assert [fact.reason for fact in north.facts_of(NeighbourUnreachable)] == [
        "malformed: no message"
    ]


# 10.3 Stopping


def test_a_node_that_stops_says_goodbye_and_where_to_go(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 10.3."""
    south, alice = north.linked(SOUTH), north.attached(ALICE)
    unproved = north.accepts(FarEnd(a_client("bob"), dials=True, is_mute=True))

    north.stops()

    assert south.hears_one(Goodbye) == Goodbye(())
    assert [home.name for home in alice.hears_one(Goodbye).homes] == ["south"]
    assert unproved.hears_all(Goodbye) == []
    assert {peer.close_code for peer in (south, alice, unproved)} == {"stopping"}


def test_a_node_that_has_said_goodbye_takes_nothing_any_more(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 10.3. Seeds 13 and 132 of swarm: it acked what nobody had then."""
    alice, bob = north.attached(ALICE), north.attached(BOB)
    submit = Submit(number=1, envelope=ALICE.message_to(BOB).signed)

    said_meanwhile = FrameReceived(alice.link, encode_frame(submit))
    north.happens(Stopping(north.now_ms + 3_000), said_meanwhile)
    north.passes(1_000)

    assert north.facts_of(EnvelopeAccepted) == []
    assert alice.hears_all(Ack) == []
    assert bob.hears_all(Deliver) == []


def test_a_node_that_stops_dials_no_more(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 10.3."""
    north.misses(SOUTH.address)

    north.stops()
    north.passes(60_000)

    assert north.dialled == []


def test_a_node_that_stops_before_it_began_says_nothing() -> None:
    """docs/protocol.md, section 10.3."""
    north = NodeUnderTest()
    north.stores_at_once = False

    north.stops()
    north.passes(10_000)

    assert north.unanswered == []
