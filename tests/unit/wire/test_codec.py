"""Frames to messages and back."""

import sys

import pytest

from overlay import limits
from overlay.errors import (
    MalformedFrame,
    RemoteError,
    TooDeep,
    TooLarge,
    UnknownMessage,
    UnsupportedFrame,
)
from overlay.messages.clients import Detach, Submit, Watch
from overlay.messages.links import Ack, Goodbye, Heartbeat, Spare
from overlay.messages.routing import Spread
from overlay.messages.union import Message
from overlay.wire.codec import (
    decode_frame,
    encode_frame,
    encode_message,
    join_frame,
    read_json,
    read_signed,
    write_signed,
)
from tests.support.people import a_client, a_node_called

ALICE = a_client("alice")
RECORD = a_node_called("south").record().signed


@pytest.mark.parametrize(
    ("message", "data"),
    [
        (Ack(7), b'{"type":"ack","number":7}'),
        (Goodbye(()), b'{"type":"goodbye","homes":[]}'),
        (Spare(), b'{"type":"spare"}'),
        (Watch(request=1, accounts=None), b'{"type":"watch","request":1,"accounts":null}'),
        (Detach(), b'{"type":"detach"}'),
        (Heartbeat(), b'{"type":"heartbeat","wants_echo":false,"root":null}'),
    ],
)
def test_a_message_is_written_with_its_type_and_all_of_its_fields(
    message: Message, data: bytes
) -> None:
    """docs/protocol.md, section 1.2."""
    assert encode_message(message) == data


def test_no_two_integers_that_a_peer_can_send_have_the_same_hash() -> None:
    """docs/protocol.md, section 1.2: hashes of integers know no seed, those of texts do."""
    assert sys.hash_info.modulus > limits.INTEGER_MAX


def test_frames_are_joined_of_encoded_messages() -> None:
    """docs/protocol.md, section 1.2."""
    frame = join_frame([encode_message(Ack(1)), encode_message(Ack(2))])

    assert frame == encode_frame(Ack(1), Ack(2))
    assert decode_frame(frame) == [Ack(1), Ack(2)]


@pytest.mark.parametrize(
    ("data", "error", "detail"),
    [
        (b"[" + b" " * limits.FRAME_BYTES_MAX + b"]", TooLarge, "262146 bytes, at most 262144"),
        (b'{"type":"ack"}', UnsupportedFrame, "binary frames are reserved for file chunks"),
        (b"[" * 300, TooDeep, "Invalid JSON: recursion limit exceeded at line 1 column 202"),
        (b'[{"type":"ack","number":0}]', MalformedFrame, "0.ack.number: Input should be greater"),
        (b"[]", MalformedFrame, "List should have at least 1 item"),
        (b"[{}]", MalformedFrame, "0: Unable to extract tag"),
        (b'[{"type":"hug"}]', UnknownMessage, "0: Input tag 'hug' found using 'type'"),
    ],
)
def test_an_error_says_what_is_wrong_first(
    data: bytes, error: type[RemoteError], detail: str
) -> None:
    """docs/protocol.md, sections 1.2 and 11."""
    with pytest.raises(error) as caught:
        decode_frame(data)

    assert caught.value.detail.startswith(detail)
    assert len(caught.value.detail) <= limits.DETAIL_CHARACTERS_MAX


def test_the_longest_name_of_a_type_makes_no_longer_a_detail() -> None:
    """docs/protocol.md, section 5.2: a refusal has its bounds too."""
    with pytest.raises(UnknownMessage) as caught:
        decode_frame(b'[{"type":"' + b"x" * 200_000 + b'"}]')

    assert len(caught.value.detail) == limits.DETAIL_CHARACTERS_MAX


@pytest.mark.parametrize(("envelopes", "others", "is_read"), [(64, 10, True), (65, 0, False)])
def test_a_frame_has_a_bounded_number_of_envelopes(
    envelopes: int, others: int, is_read: bool
) -> None:
    """docs/protocol.md, section 1.2."""
    carrying = [Submit(number=n, envelope=RECORD) for n in range(1, envelopes)]
    frame = encode_frame(*carrying, Spread(number=1, envelope=RECORD), *[Heartbeat()] * others)

    if is_read:
        assert len(decode_frame(frame)) == envelopes + others
    else:
        with pytest.raises(MalformedFrame):
            decode_frame(frame)


def test_many_messages_without_envelopes_make_a_frame() -> None:
    """docs/protocol.md, section 1.2."""
    assert decode_frame(encode_frame(*[Heartbeat()] * 256)) == [Heartbeat()] * 256


@pytest.mark.parametrize(
    ("data", "value"), [(b"[1, null]", [1, None]), ('{"a": "é"}', {"a": "é"}), (b"7", 7)]
)
def test_any_json_can_be_read(data: bytes | str, value: object) -> None:
    assert read_json(data) == value


@pytest.mark.parametrize("data", [b"", b"NaN", b"Infinity", b"{", b"\xff", '"\\ud800"'])
def test_what_is_no_json_is_malformed(data: bytes | str) -> None:
    with pytest.raises(MalformedFrame):
        read_json(data)


def test_a_signed_text_goes_to_a_disk_and_back() -> None:
    assert read_signed(write_signed(RECORD)) == RECORD
    assert RECORD.size_bytes == len(RECORD.signed)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", write_signed(RECORD)[:-2]])
def test_a_damaged_signed_text_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedFrame):
        read_signed(data)


def test_the_size_of_a_text_is_what_its_bytes_are() -> None:
    """docs/protocol.md, section 1.4."""
    said = ALICE.says_on("garden", "grüße, 世界").signed

    assert said.size_bytes == len(said.signed.encode()) > len(said.signed)
