"""What the machines of a world verify and decode once for all of them."""

from dataclasses import replace

import pytest

from overlay.errors import BadSignature, MalformedFrame
from overlay.messages.links import Ack, Hello
from overlay.peering.rows import Row, RowKey
from overlay.peering.statements import Reader
from overlay.wire.codec import encode_frame
from simulations.reading import FRAME_BYTES_MAX, SharedFrames, SharedReader, SharedRows
from tests.support.people import NETWORK, a_node_called

SOUTH = a_node_called("south")


def test_a_statement_is_verified_once_for_all() -> None:
    reader = SharedReader(NETWORK)
    record = SOUTH.record().signed

    first = reader.read(record)

    assert reader.read(replace(record)) is first
    assert reader.signatures_checked == 1


def test_a_forged_statement_is_refused_each_time_though_the_true_one_is_known() -> None:
    reader = SharedReader(NETWORK)
    record = SOUTH.record().signed
    reader.read(record)
    forged = replace(record, signed=record.signed.replace("south", "north"))

    for _ in range(2):
        with pytest.raises(BadSignature):
            reader.read(forged)

    assert reader.signatures_checked == 3


def test_another_network_has_a_reader_of_its_own() -> None:
    reader = SharedReader(NETWORK)

    assert reader.of(NETWORK) is reader
    with pytest.raises(BadSignature):
        reader.of("elsewhere").read(SOUTH.record().signed)


def test_the_leaf_hash_of_a_text_is_taken_once_and_that_of_another_is_another() -> None:
    reader, record = SharedReader(NETWORK), SOUTH.record().signed
    other = replace(record, kind="slot")

    first = reader.leaf_of(record)

    assert first == Reader(NETWORK).leaf_of(record)
    assert reader.leaf_of(replace(record)) is first
    assert reader.leaf_of(other) == Reader(NETWORK).leaf_of(other) != first


def test_rows_that_are_alike_are_one() -> None:
    rows = SharedRows()
    one, other = (Row(table="records", key="a", value=bytes([7, 7])) for _ in range(2))

    _, first = rows.of(one)
    key, second = rows.of(other)

    assert second is first is one
    assert key == RowKey("records", "a")
    assert rows.of(Row(table="records", key="a", value=b"8"))[1].value == b"8"


def test_a_frame_is_decoded_once_for_all() -> None:
    frames, frame = SharedFrames(), encode_frame(Ack(7))

    first = frames.decode(frame)

    assert first == [Ack(7)]
    assert frames.decode(bytes(bytearray(frame))) is first


def test_a_frame_that_says_nothing_is_refused_each_time() -> None:
    frames = SharedFrames()

    for _ in range(2):
        with pytest.raises(MalformedFrame):
            frames.decode(b"[]")


def test_a_long_frame_is_not_remembered() -> None:
    frames, frame = SharedFrames(), encode_frame(*[Hello("x" * 4_000)] * 5)
    assert len(frame) > FRAME_BYTES_MAX

    assert frames.decode(frame) == frames.decode(frame)
    assert frames.decode(frame) is not frames.decode(frame)
