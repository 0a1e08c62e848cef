"""One memory of verified statements, and of decoded frames, for all machines of a world.

A thousand nodes verify each record a thousand times, with the same result: a
statement that one machine has verified counts as verified for all, and what
does not verify is checked anew each time it turns up. So it is with frames:
what one node pushes to five is decoded once.
"""

from collections.abc import Sequence

from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.statements import Reader, Verified
from overlay.structures.bounded import BoundedDict, LruCache
from overlay.wire.codec import decode_frame
from overlay.wire.signed import Signable

STATEMENTS_MAX = 262_144
"""Statements remembered: the records of 10,000 nodes with their people, and what is under way."""


FRAMES_MAX = 2_048
FRAME_BYTES_MAX = 16_384
"""Frames remembered: between being sent and arriving everywhere they are under way a while.
What is longer than this is sent to one alone."""


class SharedFrames:
    """Decodes each frame once. Only what can be decoded is remembered, all of it the key."""

    def __init__(self) -> None:
        self._decoded: BoundedDict[bytes, Sequence[Message]] = BoundedDict(FRAMES_MAX)

    def decode(self, data: bytes) -> Sequence[Message]:
        """As `decode_frame`, and raises what that raises. The answer belongs to all."""
        messages = self._decoded.get(data)
        if messages is None:
            messages = decode_frame(data)
            if len(data) <= FRAME_BYTES_MAX:
                self._decoded.put(data, messages)
        return messages


class SharedReader(Reader):
    """Verifies each statement once. Only what verified is remembered, all of it the key."""

    def __init__(self, network: str) -> None:
        super().__init__(network)
        self._network = network
        self._read: LruCache[Signed, Verified[Signable]] = LruCache(STATEMENTS_MAX)

    def of(self, network: str) -> Reader:
        """This reader, where it is of this network; another network has one of its own."""
        return self if network == self._network else Reader(network)

    def read(self, signed: Signed) -> Verified[Signable]:
        known = self._read.get(signed)
        if known is None:
            known = super().read(signed)
            self._read.put(signed, known)
        return known
