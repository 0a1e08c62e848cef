"""What one link has to say at the end of a round, as few frames. docs/protocol.md, section 1.2."""

from collections.abc import Iterable, Iterator

from overlay import limits
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.wire.codec import CARRIES_ENVELOPE, encode_message, join_frame, write_signed

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
        frames: list[bytes] = []
        batch: list[bytes] = []
        size = envelopes = 0
        for message, data in self._messages:
            is_envelope = isinstance(message, CARRIES_ENVELOPE)
            is_full = (
                size + len(data) + len(batch) + 2 > limits.FRAME_BYTES_MAX
                or len(batch) >= limits.FRAME_MESSAGES_MAX
                or (is_envelope and envelopes >= limits.FRAME_ENVELOPES_MAX)
            )
            if is_full:
                frames.append(join_frame(batch))
                batch, size, envelopes = [], 0, 0
            batch.append(data)
            size += len(data)
            envelopes += is_envelope
        if batch:
            frames.append(join_frame(batch))
        self._messages = []
        self.size_bytes = 0
        return frames


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
