"""Chapter 1: frames, heartbeats, numbers, acks and credit, as a node keeps them."""

from dataclasses import replace
from itertools import pairwise

import pytest

from overlay.messages.clients import Deliver, Find, Found, Join, Submit
from overlay.messages.gossip import Delta
from overlay.messages.links import Goodbye, Heartbeat, Refusal
from overlay.messages.routing import Relay
from overlay.wire.codec import encode_frame, encode_message, join_frame
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.farend import LIMITS, WELCOME, FarEnd
from tests.support.people import a_client, a_node_called

ALICE, BOB = a_client("alice"), a_client("bob")
SOUTH = a_node_called("south")

HEARTBEAT = b'{"type":"heartbeat"}'


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


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


# 1.2 Frames


UNREADABLE = {
    "not JSON": (b"hello", "malformed"),
    "not UTF-8": (b'[{"type":"\xff"}]', "malformed"),
    "nothing": (b"", "malformed"),
    "an empty array": (b"[]", "malformed"),
    "no array": (b'"heartbeat"', "malformed"),
    "no object": (b"[7]", "malformed"),
    "no type": (b'[{"number":7}]', "malformed"),
    "a field missing": (b'[{"type":"ack"}]', "malformed"),
    "a field too many": (b'[{"type":"ack","number":7,"colour":"red"}]', "malformed"),
    "a fraction": (b'[{"type":"ack","number":7.5}]', "malformed"),
    "NaN": (b'[{"type":"ack","number":NaN}]', "malformed"),
    "an infinity": (b'[{"type":"ack","number":Infinity}]', "malformed"),
    "a number beyond 2^53": (b'[{"type":"ack","number":9007199254740992}]', "malformed"),
    "half a surrogate pair": (b'[{"type":"join","request":1,"channel":"\\ud800"}]', "malformed"),
    "257 messages": (join_frame([HEARTBEAT] * 257), "malformed"),
    "nested values": (b'[{"type":"ack","number":' + b"[" * 20 + b"]" * 20 + b"}]", "malformed"),
    "202 levels": (b"[" * 202 + b"]" * 202, "too_deep"),
    "one byte too many": (b"[" + HEARTBEAT + b" " * 262_123 + b"]", "too_large"),
    "an unknown type": (b'[{"type":"hug"}]', "unknown_message"),
    "a type that names another error": (b'[{"type":"recursion limit"}]', "unknown_message"),
    "a binary frame": (b'{"type":"chunk"}\nbytes', "unsupported"),
}


@pytest.mark.parametrize(("data", "code"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_frame_that_cannot_be_read_is_refused_and_ends_its_link_alone(
    north: NodeUnderTest, data: bytes, code: str
) -> None:
    """docs/protocol.md, section 1.2."""
    alice, bob = north.attached(ALICE), north.attached(BOB)

    alice.says_bytes(data)

    assert alice.is_refused() == alice.close_code == code
    assert bob.is_open
    bob.says(Heartbeat(wants_echo=True))
    assert bob.hears_one(Heartbeat) == Heartbeat()


def test_a_frame_of_the_greatest_size_is_read(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.2."""
    alice = north.attached(ALICE)

    alice.says_bytes(b"[" + HEARTBEAT + b" " * (262_144 - len(HEARTBEAT) - 2) + b"]")

    assert alice.is_open


def test_what_came_before_an_error_in_a_frame_has_been_done(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.2: a frame is read as a whole, its messages one by one."""
    alice = north.attached(ALICE)

    alice.says(Heartbeat(wants_echo=True), Delta((), is_last=True), Join(request=9, channel="x"))

    assert alice.hears() == [
        Heartbeat(),
        Refusal(code="unexpected", detail="this message has no place on this link"),
    ]
    assert alice.close_code == "unexpected"


def test_of_a_duplicate_key_the_last_counts(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.2."""
    alice = north.attached(ALICE)

    alice.says_bytes(b'[{"type":"join","request":1,"request":2,"channel":"garden"}]')

    assert [message.request for message in alice.hears()] == [2]  # type: ignore[union-attr]


def test_an_optional_field_may_be_left_out_or_null(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.2."""
    alice = north.attached(ALICE)

    alice.says_bytes(b'[{"type":"heartbeat","wants_echo":null}]')
    alice.says_bytes(b'[{"type":"find","request":1,"id":null,"name":"bob","node":null}]')

    assert alice.is_open
    assert alice.hears() == [Found(request=1, people=(), is_last=True)]


def test_a_frame_holds_at_most_64_envelopes(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.2."""
    alice = north.attached(ALICE)
    submits = [
        encode_message(Submit(number=number, envelope=ALICE.message_to(ALICE).signed))
        for number in range(1, 66)
    ]

    alice.says_bytes(join_frame(submits))

    assert alice.is_refused() == alice.close_code == "malformed"


def test_more_envelopes_than_a_frame_holds_leave_as_several_frames(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.2: the harness refuses any frame beyond the limits."""
    alice, bob = north.attached(ALICE), north.attached(BOB)
    frames_before = bob.frames
    messages = [ALICE.message_to(BOB, index=index).signed for index in range(1, 131)]
    submits = [
        Submit(number=number, envelope=message) for number, message in enumerate(messages, start=1)
    ]

    alice.says_bytes(*(encode_frame(*submits[first : first + 26]) for first in range(0, 130, 26)))

    assert [deliver.envelope for deliver in bob.hears_all(Deliver)] == messages
    assert bob.frames - frames_before == 3


# 1.3 Messages of every link


def test_a_heartbeat_that_wants_an_echo_gets_one_at_once(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.3."""
    south = north.linked(SOUTH)

    south.says(Heartbeat(wants_echo=True))
    south.says(Heartbeat())

    assert south.hears() == [Heartbeat()]


def beats_at(north: NodeUnderTest, peer: Peer, for_ms: int) -> list[int]:
    """When the node sent a heartbeat on a link, while the peer stays alive."""
    beats = []
    for _ in range(for_ms // 100):
        north.passes(100)
        beats += [north.now_ms for _ in peer.hears_all(Heartbeat)]
        peer.says(Heartbeat())
    return beats


def test_a_quiet_link_between_nodes_carries_a_heartbeat_each_second_or_so(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, section 1.3: 1,000 ms, give or take a fifth."""
    south = north.linked(SOUTH)

    beats = beats_at(north, south, 20_000)

    waits = [after - before for before, after in pairwise(beats)]
    assert min(waits) >= 700
    assert max(waits) <= 1_300
    assert len(set(waits)) > 1


def test_a_quiet_link_of_a_client_carries_a_heartbeat_each_fifteen_seconds_or_so(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, section 1.3."""
    alice = north.attached(ALICE)

    beats = beats_at(north, alice, 60_000)

    waits = [after - before for before, after in pairwise(beats)]
    assert min(waits) >= 11_900
    assert max(waits) <= 18_100


def test_a_node_beats_as_often_as_the_other_ends_welcome_asks(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.3."""
    welcome = replace(WELCOME, limits=replace(LIMITS, heartbeat_ms=5_000))
    south = north.accepts(FarEnd(SOUTH, dials=True, welcome=welcome))

    beats = beats_at(north, south, 30_000)

    assert 4 <= len(beats) <= 8


def test_a_listening_node_beats_from_its_own_welcome_on(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.3: for the other end the link serves, and silence is judged."""
    slow = north.accepts(FarEnd(SOUTH, dials=True, welcome=None))

    north.passes(4_900)

    assert 4 <= len(slow.hears_all(Heartbeat)) <= 6
    slow.says(WELCOME)
    slow.hears()
    north.passes(1_300)
    assert slow.hears_one(Heartbeat) == Heartbeat(root=north.node.snapshot().root)


def test_a_link_that_says_other_things_carries_no_heartbeats(north: NodeUnderTest) -> None:
    """docs/protocol.md, sections 1.3 and 5.7: but that which tells a new root."""
    south = north.linked(SOUTH)

    for _ in range(50):
        north.passes(100)
        south.says(a_relay(south, north, attempt=north.now_ms))

    assert south.hears_all(Heartbeat) == [Heartbeat(root=north.node.snapshot().root)]


def test_a_goodbye_ends_the_link(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.3."""
    south = north.linked(SOUTH)

    south.says(Goodbye(()))

    assert south.close_code == "stopping"
    assert north.node.snapshot().links == ()


def test_the_messages_of_a_round_leave_as_one_frame(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 1.2."""
    alice = north.attached(ALICE)
    frames_before = alice.frames

    alice.says_bytes(*(encode_frame(Find(request=number, name="bob")) for number in range(5)))

    assert [found.request for found in alice.hears_all(Found)] == [0, 1, 2, 3, 4]
    assert alice.frames - frames_before == 1
