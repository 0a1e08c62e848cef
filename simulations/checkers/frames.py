"""What frames say beside records and heartbeats: read once, however many want to know."""

from collections.abc import Sequence

from overlay.errors import RemoteError
from overlay.messages.union import Message
from overlay.wire.codec import PLAIN_HEARTBEAT, decode_frame

REMEMBERED_MAX = 1_024
"""Frames whose reading is kept: between being sent and arriving one is under way a while."""

_MARKS = (b'"number":', b'"request":', b'"welcome"', b'"hello"', b'"stalled"')
"""What stands in frames that hold anything but records and heartbeats. In signed text every
quote is escaped, so these stand in messages only."""


class Frames:
    """The readings of the last frames, so that sender and receiver share one."""

    def __init__(self) -> None:
        self._readings: dict[bytes, Sequence[Message]] = {}

    def messages_of(self, data: bytes) -> Sequence[Message]:
        """The messages of a frame; none where it holds but records and heartbeats, or nonsense."""
        if data == PLAIN_HEARTBEAT:
            return ()
        messages = self._readings.get(data)
        if messages is None:
            if len(self._readings) >= REMEMBERED_MAX:
                del self._readings[next(iter(self._readings))]
            messages = self._readings[data] = _read(data)
        return messages


def _read(data: bytes) -> Sequence[Message]:
    if not any(mark in data for mark in _MARKS):
        return ()
    try:
        return decode_frame(data)
    except RemoteError:
        return ()
