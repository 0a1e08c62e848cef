"""Frames as checkers see them: decoded once, however many look, and only where it can matter."""

from collections.abc import Sequence

from overlay.errors import RemoteError
from overlay.messages.union import Message
from overlay.wire.codec import decode_frame

REMEMBERED_MAX = 1_024
"""Frames whose reading is kept: between being sent and arriving one is under way a while."""

_MARKS = (b'"number":', b'"request":', b'"welcome"', b'"hello"')
"""What stands in frames that hold anything but records and heartbeats. In signed text every
quote is escaped, so these stand in messages only."""


class Frame:
    """The bytes of one frame, and what they say to those who follow links and envelopes."""

    __slots__ = ("_messages", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._messages: Sequence[Message] | None = None

    @property
    def messages(self) -> Sequence[Message]:
        """Its messages; none where it holds but records and heartbeats, or cannot be read."""
        if self._messages is None:
            self._messages = self._read()
        return self._messages

    def _read(self) -> Sequence[Message]:
        if not any(mark in self.data for mark in _MARKS):
            return ()
        try:
            return decode_frame(self.data)
        except RemoteError:
            return ()


class Frames:
    """The readings of the last frames, so that sender and receiver share one."""

    def __init__(self) -> None:
        self._frames: dict[bytes, Frame] = {}

    def of(self, data: bytes) -> Frame:
        """The reading of a frame: the same one for equal bytes, while it is remembered."""
        frame = self._frames.get(data)
        if frame is None:
            if len(self._frames) >= REMEMBERED_MAX:
                del self._frames[next(iter(self._frames))]
            frame = self._frames[data] = Frame(data)
        return frame
