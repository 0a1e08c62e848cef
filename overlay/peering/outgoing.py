"""What one link has to say at the end of a round, as few frames. docs/protocol.md, section 1.2."""

from collections.abc import Iterable, Iterator

from overlay import limits
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.wire.codec import CARRIES_ENVELOPE, encode_message, join_frame, write_signed
from overlay.wire.density import parts_in

PORTION_BYTES_MAX = limits.FRAME_BYTES_MAX - 4_096
"""Bytes of signed text in one message: a frame, less the fields around it."""


class Outgoing:
    """Messages of one link, gathered in a round and flushed as frames within every limit."""

    def __init__(self) -> None:
        self._messages: list[tuple[Message, bytes]] = []
        self.size_bytes = 0

    def __bool__(self) -> bool:
        return bool(self._messages)

    def put(self, message: Message) -> int:
        """Add a message; returns its size in bytes."""
        data = encode_message(message)
        assert len(data) + 2 <= limits.FRAME_BYTES_MAX, "checked where it came in"
        self._messages.append((message, data))
        self.size_bytes += len(data) + 1
        return len(data)

    def flush(self) -> list[bytes]:
        """Frames holding everything, in order; empty afterwards."""
        may_be_dense = self.size_bytes > limits.JSON_SPARSE_BYTES
        frames: list[bytes] = []
        batch = _Batch()
        for message, data in self._messages:
            is_envelope = isinstance(message, CARRIES_ENVELOPE)
            parts, keys = parts_in(data) if may_be_dense else (0, 0)
            if not batch.add(data, is_envelope, parts, keys):
                frames.append(join_frame(batch.messages))
                batch = _Batch()
                batch.add(data, is_envelope, parts, keys)
        if batch.messages:
            frames.append(join_frame(batch.messages))
        self._messages = []
        self.size_bytes = 0
        return frames


class _Batch:
    """The messages of one frame."""

    __slots__ = ("_envelopes", "_keys", "_parts", "_size", "messages")

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self._size = 1
        self._envelopes = 0
        self._parts = 1
        self._keys = 0

    def add(self, data: bytes, is_envelope: bool, parts: int, keys: int) -> bool:
        """Whether one more message still keeps the frame within every limit; if so, it is in.

        The first always does: it was checked where it came in.
        """
        size = self._size + len(data) + 1
        envelopes = self._envelopes + is_envelope
        parts += self._parts
        keys += self._keys
        is_full = (
            size > limits.FRAME_BYTES_MAX
            or len(self.messages) >= limits.FRAME_MESSAGES_MAX
            or envelopes > limits.FRAME_ENVELOPES_MAX
            or parts > limits.JSON_PARTS_MAX
            or keys > limits.JSON_KEYS_MAX
        )
        if is_full and self.messages:
            return False
        self.messages.append(data)
        self._size, self._envelopes, self._parts, self._keys = size, envelopes, parts, keys
        return True


def in_portions(records: Iterable[Signed]) -> Iterator[tuple[Signed, ...]]:
    """Records in portions that each fit one message of one frame."""
    portion: list[Signed] = []
    size = 0
    for record in records:
        size_of_record = len(write_signed(record)) + 1
        is_full = size + size_of_record > PORTION_BYTES_MAX
        if portion and (is_full or len(portion) >= limits.DELTA_RECORDS_MAX):
            yield tuple(portion)
            portion, size = [], 0
        portion.append(record)
        size += size_of_record
    if portion:
        yield tuple(portion)
