"""What one link has to say at the end of a round, as few frames."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.messages.clients import Deliver
from overlay.messages.gossip import Digest, DigestPart
from overlay.messages.ids import LeafHash
from overlay.messages.links import Heartbeat, Refusal
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.outgoing import Outgoing, in_portions
from overlay.wire.codec import decode_frame
from tests.support.people import a_client, a_node_called, signed_text, with_fields

ALICE, BOB = a_client("alice"), a_client("bob")
SOUTH = a_node_called("south")


def an_envelope(size: int) -> Signed:
    return signed_text(ALICE.key, "message", "x" * size)


def test_an_empty_link_says_nothing() -> None:
    outgoing = Outgoing()

    assert (bool(outgoing), outgoing.size_bytes, outgoing.flush()) == (False, 0, [])


def test_what_fits_leaves_as_one_frame() -> None:
    """docs/protocol.md, section 1.2."""
    outgoing = Outgoing()
    said: list[Message] = [Heartbeat(), Refusal(code="busy"), Heartbeat(wants_echo=True)]

    sizes = [outgoing.put(message) for message in said]
    assert outgoing.size_bytes == sum(sizes) + 3
    (frame,) = outgoing.flush()

    assert decode_frame(frame) == said
    assert len(frame) == sum(sizes) + 2 + 2
    assert outgoing.flush() == []


@pytest.mark.parametrize(("count", "frames"), [(256, 1), (257, 2), (513, 3)])
def test_a_frame_holds_256_messages(count: int, frames: int) -> None:
    """docs/protocol.md, section 1.2."""
    outgoing = Outgoing()
    for _ in range(count):
        outgoing.put(Heartbeat())

    assert len(outgoing.flush()) == frames


@pytest.mark.parametrize("leaves", range(6))
def test_whoever_gets_a_frame_takes_it_however_dense_what_is_said_is(leaves: int) -> None:
    """docs/protocol.md, section 1.2: 10,000 records have parts of two or three leaves each."""
    outgoing = Outgoing()
    part = DigestPart(prefix="ab", count=leaves, leaves=(LeafHash("A" * 43),) * leaves)
    said = [Digest((replace(part, prefix="xy"),) * 16) for _ in range(240)]

    for message in said:
        outgoing.put(message)
    frames = outgoing.flush()

    assert [message for frame in frames for message in decode_frame(frame)] == said
    assert len(frames) >= 2


@pytest.mark.parametrize(("count", "frames"), [(64, 1), (65, 2), (129, 3)])
def test_a_frame_holds_64_envelopes(count: int, frames: int) -> None:
    """docs/protocol.md, section 1.2: beside whatever else."""
    outgoing = Outgoing()
    for number in range(1, count + 1):
        outgoing.put(Deliver(number=number, envelope=an_envelope(10)))
        outgoing.put(Heartbeat())

    assert len(outgoing.flush()) == frames


def test_frames_are_filled_to_the_last_byte_and_not_beyond() -> None:
    """docs/protocol.md, section 1.2."""
    outgoing = Outgoing()
    first = outgoing.put(Deliver(number=1, envelope=an_envelope(130_000)))
    rest = limits.FRAME_BYTES_MAX - 3 - first
    overhead = first - 130_000
    outgoing.put(Deliver(number=2, envelope=an_envelope(rest - overhead)))
    outgoing.put(Deliver(number=3, envelope=an_envelope(130_000)))
    outgoing.put(Deliver(number=4, envelope=an_envelope(rest - overhead + 1)))

    sizes = [len(frame) for frame in outgoing.flush()]

    assert (len(sizes), sizes[0]) == (3, limits.FRAME_BYTES_MAX)


def test_records_are_told_64_at_a_time() -> None:
    """docs/protocol.md, section 5.5."""
    records = [SOUTH.slot(number, None).signed for number in range(130)]

    portions = list(in_portions(records))

    assert [len(portion) for portion in portions] == [64, 64, 2]
    assert list(in_portions([])) == []


def test_long_records_are_told_a_frame_at_a_time() -> None:
    """docs/protocol.md, section 5.5: whatever their text takes to be written."""
    quotes = with_fields(BOB.account_record(), BOB.account, more='"' * 7_500)
    portions = list(in_portions([quotes] * 20))

    assert sum(len(portion) for portion in portions) == 20
    assert len(portions) > 1
    outgoing = Outgoing()
    for portion in portions:
        assert outgoing.put(Deliver(number=1, envelope=portion[0])) < limits.FRAME_BYTES_MAX
