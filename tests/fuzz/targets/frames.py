"""Frames: any bytes are messages that can be said again, or are refused in words that can be."""

from overlay import limits
from overlay.errors import MalformedFrame, RemoteError, TooLarge
from overlay.messages.links import Refusal
from overlay.messages.union import Message
from overlay.wire.codec import Decode, decode_frame, encode_frame
from tests.fuzz.shapes import shapes, words
from tests.fuzz.targets import Notice, Target


def target(notice: Notice) -> Target:
    return Frames(decode_frame, notice)


def broken(notice: Notice) -> Target:
    """It looks a refusal up by its number."""
    return Frames(_decode_by_number, notice)


class Frames:
    """Judges a decoder of frames."""

    def __init__(self, decode: Decode, notice: Notice) -> None:
        self._notice = notice
        self._decode = decode

    def __call__(self, data: bytes) -> None:
        try:
            messages = list(self._decode(data))
        except RemoteError as error:
            self._judge_refused(error)
            return
        assert 0 < len(messages) <= limits.FRAME_MESSAGES_MAX
        for message in messages:
            for each in shapes(message):
                self._notice(each)
            again = _said(message)
            assert again in ([message], []), f"{message} is read as {again}"

    def _judge_refused(self, error: RemoteError) -> None:
        assert error.closes, f"{error.code} leaves a link open of which nothing is understood"
        assert _said(refusal_of(error)) == [refusal_of(error)]
        self._notice(words(error.code, error.detail))


def refusal_of(error: RemoteError) -> Refusal:
    """What the peer is told."""
    assert len(error.detail) <= limits.DETAIL_CHARACTERS_MAX
    return Refusal(code=error.code, detail=error.detail)


def _said(message: Message) -> list[Message]:
    """What a peer reads; nothing where fields left out have made it too long for a frame."""
    data = encode_frame(message)
    try:
        return decode_frame(data)
    except (TooLarge, MalformedFrame):
        if len(data) <= limits.JSON_SPARSE_BYTES:
            raise
        return []


def _decode_by_number(data: bytes) -> list[Message]:
    messages = decode_frame(data)
    known = dict.fromkeys(range(1, 1_000))
    for message in messages:
        if isinstance(message, Refusal) and message.number is not None:
            known[message.number]
    return messages
