"""Envelopes that this node keeps as their origin's home until they have been receipted.

docs/protocol.md, sections 6.4 and 7.3. In this release the mailbox is memory.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from overlay.messages.ids import ChainId, ClientId, Counter, LeafHash, NodeId
from overlay.messages.signed import Signed


@dataclass(slots=True)
class Attempts:
    """The attempts to bring one kept envelope to one home."""

    next_number: int = 0
    """Never goes back, so that no (message, home) uses a number twice."""
    made: int = 0
    """Attempts for the present presences there."""


@dataclass(slots=True, kw_only=True)
class Kept:
    """One envelope with the recipient clients that have not receipted it."""

    envelope: Signed
    leaf: LeafHash
    origin: ClientId
    counter: Counter
    chain: ChainId
    index: int
    kept_ms: int
    waiting: dict[ClientId, None] = field(default_factory=dict)
    attempts: dict[NodeId, Attempts] = field(default_factory=dict)
    told: str = ""
    """The last stall that the origin was told of."""

    @property
    def size_bytes(self) -> int:
        return self.envelope.size_bytes


class Mailbox:
    """Kept envelopes, found by leaf, by recipient client, and by what receipts name."""

    def __init__(self, envelopes_max: int, bytes_max: int) -> None:
        self._envelopes_max = envelopes_max
        self._bytes_max = bytes_max
        self._kept: dict[LeafHash, Kept] = {}
        self._of_recipient: dict[ClientId, dict[LeafHash, None]] = {}
        self._of_chain: dict[ChainId, dict[int, dict[LeafHash, None]]] = {}
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, leaf: LeafHash) -> bool:
        return leaf in self._kept

    def get(self, leaf: LeafHash) -> Kept | None:
        return self._kept.get(leaf)

    def __iter__(self) -> Iterator[Kept]:
        return iter(list(self._kept.values()))

    def has_room(self, recipients: Iterable[ClientId], size_bytes: int) -> bool:
        """Whether one more envelope to these clients stays within every bound."""
        if self.size_bytes + size_bytes > self._bytes_max:
            return False
        return all(
            len(self._of_recipient.get(client, ())) < self._envelopes_max for client in recipients
        )

    def keep(self, kept: Kept) -> None:
        """Keep an envelope for the clients in `waiting`. The caller has asked `has_room`."""
        self._kept[kept.leaf] = kept
        self.size_bytes += kept.size_bytes
        self._of_chain.setdefault(kept.chain, {}).setdefault(kept.index, {})[kept.leaf] = None
        for client in kept.waiting:
            self._of_recipient.setdefault(client, {})[kept.leaf] = None

    def of_recipient(self, client: ClientId) -> list[Kept]:
        """What is kept for one client, oldest first."""
        return [self._kept[leaf] for leaf in self._of_recipient.get(client, ())]

    def receipted(
        self, client: ClientId, origin: ClientId, chain: ChainId, first: int, last: int
    ) -> list[Kept]:
        """Strike a client off what it has receipted; returns what it was struck off."""
        indices = self._of_chain.get(chain, {})
        wanted = (
            [index for index in range(first, last + 1) if index in indices]
            if last - first < len(indices)
            else [index for index in list(indices) if first <= index <= last]
        )
        struck: list[Kept] = []
        for index in wanted:
            for leaf in list(indices[index]):
                kept = self._kept[leaf]
                if kept.origin == origin and client in kept.waiting:
                    struck.append(kept)
                    self.strike(kept, client)
        return struck

    def strike(self, kept: Kept, client: ClientId) -> None:
        """This client no longer waits for it; the envelope goes with the last one."""
        kept.waiting.pop(client, None)
        leaves = self._of_recipient.get(client)
        if leaves is not None:
            leaves.pop(kept.leaf, None)
            if not leaves:
                del self._of_recipient[client]
        if not kept.waiting:
            self._remove(kept)

    def _remove(self, kept: Kept) -> None:
        del self._kept[kept.leaf]
        self.size_bytes -= kept.size_bytes
        indices = self._of_chain[kept.chain]
        leaves = indices[kept.index]
        del leaves[kept.leaf]
        if not leaves:
            del indices[kept.index]
        if not indices:
            del self._of_chain[kept.chain]
