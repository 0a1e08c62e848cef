"""Envelopes that this node keeps as their origin's home until they have been receipted.

docs/protocol.md, sections 6.4 and 7.3. In this release the mailbox is memory.
"""

from collections import Counter as Counts
from collections.abc import Container, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from overlay import limits
from overlay.messages.ids import ChainId, ClientId, Counter, LeafHash, NodeId
from overlay.messages.routing import ATTEMPTS_COUNTED
from overlay.messages.signed import Signed
from overlay.structures.sizes import Size, fullest

KeyT = TypeVar("KeyT", bound=Hashable)


@dataclass(slots=True)
class Attempts:
    """The attempts to bring one kept envelope to one home."""

    number: int = 0
    """The last attempt's. Never used twice, so that no (message, home) uses a number twice: not
    by this home, and, since the series is drawn, not by another that keeps the same text."""
    made: int = 0
    """Attempts for the present presences there."""
    busy: int = 0
    """How many in a row found no room."""
    is_under_way: bool = False
    """Whether nothing is known yet of what became of the last one."""
    began_ms: int = 0
    before_ms: int | None = None
    """When the attempt before the last one began."""

    def begin(self, random: Random, now_ms: int) -> int:
        """Count one more attempt, which begins now; returns its number."""
        count = self.number % ATTEMPTS_COUNTED
        if count in (0, ATTEMPTS_COUNTED - 1):
            # Its series begins, or begins anew with what is no first attempt.
            self.number = random.getrandbits(limits.ATTEMPT_SERIES_BITS) * ATTEMPTS_COUNTED + (
                count > 0
            )
        self.number += 1
        self.made += 1
        self.before_ms = self.began_ms if self.made > 1 else None
        self.began_ms, self.is_under_way = now_ms, True
        return self.number

    def found_no_room(self) -> None:
        """The last attempt does not count."""
        self.made = max(0, self.made - 1)
        self.busy += 1
        self.is_under_way = False

    def begin_anew(self) -> None:
        """The recipient is there anew: all attempts may be made again, the first by the best way.

        What kept the earlier ones from it was hardly the hops that they took.
        """
        self.made = self.busy = self.number = 0

    def time_to_receipt_ms(self, usual_ms: int | None, now_ms: int) -> int:
        """How long a receipt that has come now took.

        One that comes long before its time after the last attempt answers the
        one before that.
        """
        took_ms = now_ms - self.began_ms
        if self.before_ms is not None and (usual_ms is None or 2 * took_ms < usual_ms):
            return now_ms - self.before_ms
        return took_ms


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
        self._bytes_of_origin: Counts[ClientId] = Counts()
        self._of_pair: Counts[tuple[ClientId, ClientId]] = Counts()
        """How many each origin has kept here for each recipient."""
        self.size_bytes = 0

    def sizes(self) -> Iterator[Size]:
        """How full it is, and that part of it which belongs to one client."""
        yield Size("mailbox in bytes", self.size_bytes, self._bytes_max)
        yield Size("mailbox of one", fullest(self._of_recipient.values()), self._envelopes_max)

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, leaf: LeafHash) -> bool:
        return leaf in self._kept

    def get(self, leaf: LeafHash) -> Kept | None:
        return self._kept.get(leaf)

    def __iter__(self) -> Iterator[Kept]:
        return iter(list(self._kept.values()))

    def has_room(
        self,
        origin: ClientId,
        recipients: Iterable[ClientId],
        size_bytes: int,
        own: Container[ClientId] = (),
    ) -> bool:
        """Whether one more envelope to these clients stays within every bound.

        No origin takes more of the whole, nor of one recipient's part, than it
        leaves free: so whoever fills a mailbox leaves half of it to all others,
        two a third. What is for `own`, clients of its own account, may be all.
        """
        free_bytes = self._bytes_max - self.size_bytes - size_bytes
        if free_bytes < 0 or self._bytes_of_origin[origin] + size_bytes > free_bytes:
            return False
        return all(self._has_place(origin, client, client in own) for client in recipients)

    def _has_place(self, origin: ClientId, client: ClientId, is_own: bool) -> bool:
        free = self._envelopes_max - len(self._of_recipient.get(client, ())) - 1
        return free >= 0 and (is_own or self._of_pair[client, origin] <= free)

    def keep(self, kept: Kept) -> None:
        """Keep an envelope for the clients in `waiting`. The caller has asked `has_room`."""
        self._kept[kept.leaf] = kept
        self.size_bytes += kept.size_bytes
        self._bytes_of_origin[kept.origin] += kept.size_bytes
        self._of_chain.setdefault(kept.chain, {}).setdefault(kept.index, {})[kept.leaf] = None
        for client in kept.waiting:
            self._of_recipient.setdefault(client, {})[kept.leaf] = None
            self._of_pair[client, kept.origin] += 1

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
        leaves = self._of_recipient.get(client, {})
        if kept.leaf in leaves:
            del leaves[kept.leaf]
            _take(self._of_pair, (client, kept.origin), 1)
            if not leaves:
                del self._of_recipient[client]
        if not kept.waiting:
            self._remove(kept)

    def _remove(self, kept: Kept) -> None:
        del self._kept[kept.leaf]
        self.size_bytes -= kept.size_bytes
        _take(self._bytes_of_origin, kept.origin, kept.size_bytes)
        indices = self._of_chain[kept.chain]
        leaves = indices[kept.index]
        del leaves[kept.leaf]
        if not leaves:
            del indices[kept.index]
        if not indices:
            del self._of_chain[kept.chain]


def _take(counts: Counts[KeyT], key: KeyT, amount: int) -> None:
    counts[key] -= amount
    if not counts[key]:
        del counts[key]
