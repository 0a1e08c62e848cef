"""What frames say beside records and heartbeats: read once, however many want to know."""

from collections.abc import Sequence

from overlay.errors import RemoteError
from overlay.messages.union import Message
from overlay.structures.bounded import BoundedDict
from overlay.wire.codec import PLAIN_HEARTBEAT, Decode

REMEMBERED_MAX = 2_048
"""Frames that are remembered: between being sent and arriving one is under way a while."""

_MARKS = (b'"number":', b'"request":', b'"welcome"', b'"hello"', b'"stalled"')
"""What stands in frames that hold anything but records and heartbeats. In signed text every
quote is escaped, so these stand in messages only."""


class Frames:
    """What was found in the last frames, so that sender and receiver share it."""

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._found: BoundedDict[bytes, Sequence[Message]] = BoundedDict(REMEMBERED_MAX)

    def messages_of(self, data: bytes) -> Sequence[Message]:
        """The messages of a frame; none where it holds but records and heartbeats, or nonsense."""
        if data == PLAIN_HEARTBEAT:
            return ()
        messages = self._found.get(data)
        if messages is None:
            messages = self._look_into(data)
            self._found.put(data, messages)
        return messages

    def _look_into(self, data: bytes) -> Sequence[Message]:
        if not any(mark in data for mark in _MARKS):
            return ()
        try:
            return self._decode(data)
        except RemoteError:
            return ()
