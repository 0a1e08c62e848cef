"""What one link has to say at the end of a round, as few frames. docs/protocol.md, section 1.2."""

from collections.abc import Iterable, Iterator

from overlay import limits
from overlay.messages.gossip import Digest
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.wire.codec import CARRIES_ENVELOPE, encode_message, join_frame, write_signed
from overlay.wire.density import parts_in

_NEVER_DENSE_BYTES = 16_384
"""Digests of nothing, the densest of all, are 8 bytes for each array, object and key."""

PORTION_BYTES_MAX = limits.FRAME_BYTES_MAX - 4_096
"""Bytes of signed text in one message: a frame, less the fields around it."""


class Outgoing:
    """Messages of one link, gathered in a round and flushed as frames within every limit."""

    __slots__ = ("_messages", "size_bytes")

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
        may_be_dense = self._may_be_dense()
        frames: list[bytes] = []
        batch: list[bytes] = []
        size = envelopes = parts = keys = 0
        for message, data in self._messages:
            is_envelope = isinstance(message, CARRIES_ENVELOPE)
            more_parts, more_keys = parts_in(data) if may_be_dense else (0, 0)
            is_full = (
                size + len(data) + len(batch) + 2 > limits.FRAME_BYTES_MAX
                or len(batch) >= limits.FRAME_MESSAGES_MAX
                or (is_envelope and envelopes >= limits.FRAME_ENVELOPES_MAX)
                or parts + more_parts >= limits.JSON_PARTS_MAX
                or keys + more_keys > limits.JSON_KEYS_MAX
            )
            if is_full and batch:
                frames.append(join_frame(batch))
                batch, size, envelopes, parts, keys = [], 0, 0, 0, 0
            batch.append(data)
            size += len(data)
            envelopes += is_envelope
            parts += more_parts
            keys += more_keys
        if batch:
            frames.append(join_frame(batch))
        self._messages = []
        self.size_bytes = 0
        return frames

    def _may_be_dense(self) -> bool:
        """Digests alone have more in their bytes than a frame may: 28 for each part, and no frame
        of anything else has too many. To count them in every envelope would cost what encoding
        it does."""
        if self.size_bytes <= _NEVER_DENSE_BYTES:
            return False
        return any(isinstance(message, Digest) for message, _ in self._messages)


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
