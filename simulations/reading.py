"""One memory of verified statements for all machines of a world.

A thousand nodes verify each record a thousand times, with the same result: a
statement that one machine has verified counts as verified for all, and what
does not verify is checked anew each time it turns up.
"""

from overlay.messages.signed import Signed
from overlay.peering.statements import Reader, Verified
from overlay.structures.bounded import LruCache
from overlay.wire.signed import Signable

STATEMENTS_MAX = 262_144
"""Statements remembered: the records of 10,000 nodes with their people, and what is under way."""


class SharedReader(Reader):
    """Verifies each statement once. Only what verified is remembered, all of it the key."""

    def __init__(self, network: str) -> None:
        super().__init__(network)
        self._read: LruCache[Signed, Verified[Signable]] = LruCache(STATEMENTS_MAX)

    def read(self, signed: Signed) -> Verified[Signable]:
        known = self._read.get(signed)
        if known is None:
            known = super().read(signed)
            self._read.put(signed, known)
        return known
