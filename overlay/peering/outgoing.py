"""What one link has to say at the end of a round, as few frames. docs/protocol.md, section 1.2."""

from collections.abc import Iterable, Iterator

from overlay import limits
from overlay.messages.clients import Found, People, Watch
from overlay.messages.gossip import Announce, Delta, Digest, Push, Request
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.wire.codec import CARRIES_ENVELOPE, encode_message, join_frame, write_signed
from overlay.wire.density import FRAME, Count, count_of

_DENSE = (Digest, Announce, Request, Push, Delta, Found, People, Watch)
_COMMA = Count(commas=1)
_NOT_COUNTED = Count()
_NEVER_DENSE_BYTES = 16_384
"""Digests of nothing, the densest of all, are 26 bytes for each of their objects."""

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
        is_counted = self._may_be_dense()
        frames: list[bytes] = []
        frame = _Frame()
        for message, data in self._messages:
            is_envelope = isinstance(message, CARRIES_ENVELOPE)
            density = count_of(data) if is_counted else _NOT_COUNTED
            if frame.messages and not frame.has_room_for(data, is_envelope, density):
                frames.append(join_frame(frame.messages))
                frame = _Frame()
            frame.add(data, is_envelope, density)
        if frame.messages:
            frames.append(join_frame(frame.messages))
        self._messages = []
        self.size_bytes = 0
        return frames

    def _may_be_dense(self) -> bool:
        """Of anything else in so many bytes there are fewer parts than a frame may have.

        To count them in every envelope would cost what encoding it does.
        """
        if self.size_bytes <= _NEVER_DENSE_BYTES:
            return False
        return any(isinstance(message, _DENSE) for message, _ in self._messages)


class _Frame:
    """Encoded messages that fit in one frame, brackets and commas included."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self._size_bytes = 2
        self._envelopes = 0
        self._density = Count(arrays=1)
        self._has_escapes = False

    def has_room_for(self, data: bytes, is_envelope: bool, density: Count) -> bool:
        return (
            self._size_bytes + len(data) <= limits.FRAME_BYTES_MAX
            and len(self.messages) < limits.FRAME_MESSAGES_MAX
            and not (is_envelope and self._envelopes >= limits.FRAME_ENVELOPES_MAX)
            and self._density.plus(density).is_within(self._most_with(data))
        )

    def _most_with(self, data: bytes) -> Count:
        return FRAME.most_of(self._has_escapes or b"\\" in data)

    def add(self, data: bytes, is_envelope: bool, density: Count) -> None:
        self.messages.append(data)
        self._size_bytes += len(data) + 1
        self._envelopes += is_envelope
        self._density = self._density.plus(density).plus(_COMMA)
        self._has_escapes = self._has_escapes or b"\\" in data


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
