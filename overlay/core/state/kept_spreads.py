"""Envelopes that went along the tree, kept for those to whom they were only announced.

docs/protocol.md, section 6.5.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from overlay import limits
from overlay.messages.ids import LeafHash, NodeId
from overlay.messages.signed import Signed
from overlay.structures.bounded import BoundedDict
from overlay.structures.sizes import Size


@dataclass(frozen=True, slots=True)
class Told:
    """An envelope that went along the tree, where receipts for it go, and when it was said.

    The last as far as is known here; nothing answers for an envelope of a channel.
    """

    envelope: Signed
    keeper: NodeId | None
    said_ms: int

    def age_ms(self, now_ms: int) -> int | None:
        """How old it is, once that is to be said with it."""
        age_ms = now_ms - self.said_ms
        return age_ms if age_ms >= limits.SPREADS_LATE_MS else None


class KeptSpreads:
    """The latest of them, so many and so large at most; the oldest go."""

    def __init__(self) -> None:
        self._told: BoundedDict[LeafHash, Told] = BoundedDict(limits.SPREADS_KEPT_MAX)
        self._told_bytes = 0

    def __contains__(self, leaf: LeafHash) -> bool:
        return leaf in self._told

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("spreads kept", len(self._told), limits.SPREADS_KEPT_MAX)
        yield Size("spreads kept in bytes", self._told_bytes, limits.SPREADS_KEPT_BYTES)

    def get(self, leaf: LeafHash) -> Told | None:
        return self._told.get(leaf)

    def said_since(self, since_ms: int) -> list[LeafHash]:
        """What was said from then on, oldest first, but for what its keepers bring themselves."""
        return [
            leaf
            for leaf, told in self._told.items()
            if told.keeper is None and told.said_ms >= since_ms
        ]

    def hold(self, leaf: LeafHash, told: Told) -> None:
        """Keep an envelope. Nothing happens if it is kept already."""
        if leaf in self._told:
            return
        self._told_bytes += told.envelope.size_bytes
        pushed_out = self._told.put(leaf, told)
        if pushed_out is not None:
            self._told_bytes -= pushed_out[1].envelope.size_bytes
        while self._told_bytes > limits.SPREADS_KEPT_BYTES:
            oldest = self._told.pop(next(iter(self._told)))
            assert oldest is not None
            self._told_bytes -= oldest.envelope.size_bytes
