"""What the codec does for any message, any signed text and any bytes."""

from collections.abc import Callable
from contextlib import suppress
from typing import get_args

from hypothesis import given
from hypothesis import strategies as some

from overlay import limits
from overlay.errors import RemoteError
from overlay.messages.envelopes import ChainOpening, MessageText
from overlay.messages.links import Introduction
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.outgoing import Outgoing, in_portions
from overlay.peering.statements import Reader, Signer
from overlay.wire.codec import (
    CARRIES_ENVELOPE,
    decode_frame,
    encode_frame,
    read_json,
    read_signed,
    write_signed,
)
from overlay.wire.signed import (
    Signable,
    read_introduction,
    read_message_text,
    read_opening,
    write_introduction,
    write_message_text,
    write_opening,
)
from tests.support.people import NETWORK, key_of
from tests.support.strategies import (
    INTRODUCTIONS,
    MESSAGE_TEXTS,
    OPENINGS,
    SIGNED,
    messages,
    messages_by_type,
    statements,
)

ALICE = key_of("alice")

VALUES = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats()
    | some.text()
    | some.sampled_from(["heartbeat", "push", "relay", "node"]),
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(
            some.sampled_from(["type", "number", "records", "x"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


def test_every_message_has_its_strategy() -> None:
    assert set(messages_by_type()) == set(get_args(Message))


@given(some.lists(messages(), min_size=1, max_size=5))
def test_a_frame_is_read_as_it_was_written(sent: list[Message]) -> None:
    """docs/protocol.md, section 1.2."""
    assert decode_frame(encode_frame(*sent)) == sent


@given(messages())
def test_what_is_passed_on_does_not_grow(message: Message) -> None:
    """docs/protocol.md, section 1.2: reading and writing again costs no byte."""
    data = encode_frame(message)

    assert len(encode_frame(*decode_frame(data))) == len(data)


@given(statements(ALICE.id))
def test_a_statement_is_read_as_it_was_signed(value: Signable) -> None:
    """docs/protocol.md, sections 3.1, 5.2 and 7.1."""
    verified = Signer(ALICE, NETWORK).sign_one(value)

    read = Reader(NETWORK).read(verified.signed)

    assert (read.value, read.leaf) == (value, verified.leaf)


@given(SIGNED)
def test_a_signed_text_comes_back_from_a_disk(signed: Signed) -> None:
    assert read_signed(write_signed(signed)) == signed


@given(INTRODUCTIONS, OPENINGS, MESSAGE_TEXTS)
def test_other_texts_are_read_as_they_were_written(
    introduction: Introduction, opening: ChainOpening, text: MessageText
) -> None:
    """docs/protocol.md, sections 2.1, 9.3 and 9.4."""
    assert read_introduction(write_introduction(introduction)) == introduction
    assert read_opening(write_opening(opening)) == opening
    assert read_message_text(write_message_text(text)) == text


def is_read_or_refused(data: bytes) -> bool:
    """Whether bytes are a frame, or are refused with a code that ends the link."""
    try:
        return decode_frame(data) != []
    except RemoteError as error:
        return error.closes and len(error.detail) <= limits.DETAIL_CHARACTERS_MAX


ANY_TEXT = some.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))


@given(some.binary(max_size=200) | ANY_TEXT)
def test_any_bytes_are_a_frame_or_refused(data: bytes) -> None:
    """docs/protocol.md, section 1.2."""
    assert is_read_or_refused(data)


@given(some.lists(messages(), min_size=1, max_size=3), some.data())
def test_a_damaged_frame_is_a_frame_or_refused(sent: list[Message], data: some.DataObject) -> None:
    """docs/protocol.md, section 1.2."""
    frame = bytearray(encode_frame(*sent))
    for _ in range(data.draw(some.integers(1, 4))):
        frame[data.draw(some.integers(0, len(frame) - 1))] = data.draw(some.integers(0, 255))

    assert is_read_or_refused(bytes(frame))


@given(VALUES)
def test_any_json_is_a_frame_or_refused(value: object) -> None:
    """docs/protocol.md, section 1.2."""
    written = str(value).replace("'", '"').replace("None", "null").replace("True", "true")

    assert is_read_or_refused(written.encode("utf-8", "surrogatepass"))
    assert is_read_or_refused(f"[{written}]".encode("utf-8", "surrogatepass"))


@given(some.binary(max_size=100))
def test_any_bytes_are_json_or_refused(data: bytes) -> None:
    readers: list[Callable[[bytes], object]] = [
        read_json,
        read_signed,
        read_opening,
        read_message_text,
    ]
    for read in readers:
        with suppress(RemoteError):
            read(data)


@given(some.lists(messages(), max_size=30), some.integers(1, 40))
def test_what_a_link_says_leaves_in_order_within_the_limits(
    sent: list[Message], times: int
) -> None:
    """docs/protocol.md, section 1.2."""
    outgoing = Outgoing()
    for message in sent * times:
        outgoing.put(message)

    frames = outgoing.flush()

    read = [decode_frame(frame) for frame in frames]
    assert [message for frame in read for message in frame] == sent * times
    for frame, content in zip(frames, read, strict=True):
        assert len(frame) <= limits.FRAME_BYTES_MAX
        assert len(content) <= limits.FRAME_MESSAGES_MAX
        envelopes = [message for message in content if isinstance(message, CARRIES_ENVELOPE)]
        assert len(envelopes) <= limits.FRAME_ENVELOPES_MAX
    assert (outgoing.size_bytes, bool(outgoing)) == (0, False)


@given(some.lists(SIGNED, max_size=20), some.integers(1, 20))
def test_records_are_told_in_portions_that_each_fit(records: list[Signed], times: int) -> None:
    """docs/protocol.md, section 5.5."""
    portions = list(in_portions(records * times))

    assert [record for portion in portions for record in portion] == records * times
    assert all(0 < len(portion) <= limits.DELTA_RECORDS_MAX for portion in portions)
