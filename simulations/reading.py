"""One memory of verified statements, decoded frames and rows for all machines of a world.

A thousand nodes verify each record a thousand times, with the same result: a
statement that one machine has verified counts as verified for all, and what
does not verify is checked anew each time it turns up. So it is with frames:
what one node pushes to five is decoded once, and the row that each of them
saves of it is held once.
"""

from collections.abc import Sequence

from overlay.messages.ids import LeafHash
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.rows import Row, RowKey
from overlay.peering.statements import Reader, Verified
from overlay.structures.bounded import BoundedDict, LruCache
from overlay.wire.codec import decode_frame
from overlay.wire.signed import Signable
from simulations.disk import with_key

STATEMENTS_MAX = 262_144
"""Statements remembered: the records of 10,000 nodes with their people, and what is under way."""


LEAVES_MAX = 65_536
"""Texts whose leaf hashes are remembered: those under way are asked for at each hop."""

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
        self._leaves: BoundedDict[tuple[str, str, str], LeafHash] = BoundedDict(LEAVES_MAX)

    def of(self, network: str) -> Reader:
        """This reader, where it is of this network; another network has one of its own."""
        return self if network == self._network else Reader(network)

    def read(self, signed: Signed) -> Verified[Signable]:
        known = self._read.get(signed)
        if known is None:
            known = super().read(signed)
            self._read.put(signed, known)
        return known

    def leaf_of(self, signed: Signed) -> LeafHash:
        text = (signed.kind, signed.signer, signed.signed)
        leaf = self._leaves.get(text)
        if leaf is None:
            leaf = super().leaf_of(signed)
            self._leaves.put(text, leaf)
        return leaf


class SharedRows:
    """Rows of nodes: every node saves the same of what it knows of others."""

    def __init__(self) -> None:
        self._known: LruCache[Row, tuple[RowKey, Row]] = LruCache(STATEMENTS_MAX)

    def of(self, row: Row) -> tuple[RowKey, Row]:
        """The row, or one that is alike, with its key."""
        known = self._known.get(row)
        if known is None:
            known = with_key(row)
            self._known.put(row, known)
        return known
