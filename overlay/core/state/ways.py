"""How units fared: which first hops lead where, where earlier attempts went, what retries cost.

docs/protocol.md, sections 6.2 and 6.4.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from overlay import limits
from overlay.messages.ids import ClientId, LeafHash, NodeId
from overlay.messages.routing import UnitKey, is_later
from overlay.peering.events import LinkId
from overlay.structures.bounded import LruCache
from overlay.structures.recent import Recent
from overlay.structures.sizes import Size, fullest

_DOUBT_MAX = 256
_SUCCESS = -64

PROVEN, UNKNOWN, DOUBTFUL, BAD = range(4)
"""What is known of a first hop, from the best to the worst."""


@dataclass(slots=True)
class _Memory:
    doubt: int
    at_ms: int


class Ways:
    """What became of attempts, by destination and first hop, so that the next go better.

    Nothing is remembered of a home to which nothing ever failed. Bad memories
    fade: they weigh half as much after each `WAY_HALVES_MS`.
    """

    def __init__(self) -> None:
        self._homes: LruCache[NodeId, dict[NodeId, _Memory]] = LruCache(limits.WAYS_HOMES_MAX)

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("ways", len(self._homes), limits.WAYS_HOMES_MAX)
        yield Size("ways to one home", fullest(self._homes.values()), limits.NODE_LINKS_MAX)

    def __len__(self) -> int:
        return len(self._homes)

    def succeeded(self, home: NodeId, hop: NodeId, now_ms: int) -> None:
        """A receipt came for what had left by this hop."""
        hops = self._homes.get(home)
        if hops is not None:
            doubt = self._doubt(hops, hop, now_ms)
            self._remember(hops, hop, _SUCCESS if doubt <= 0 else doubt // 4 + _SUCCESS, now_ms)

    def failed(self, home: NodeId, hop: NodeId, now_ms: int) -> None:
        """No receipt came in time for what had left by this hop."""
        hops = self._homes.get(home)
        if hops is None:
            hops = {}
            self._homes.put(home, hops)
        doubt = max(self._doubt(hops, hop, now_ms), 0)
        self._remember(hops, hop, doubt + (_DOUBT_MAX - doubt) // 2, now_ms)

    def verdicts(self, home: NodeId, now_ms: int) -> dict[NodeId, int]:
        """`PROVEN` to `BAD` for each hop of which anything is remembered."""
        if not self._homes:
            return {}
        hops = self._homes.get(home)
        if hops is None:
            return {}
        return {hop: _verdict(self._doubt(hops, hop, now_ms)) for hop in hops}

    def _doubt(self, hops: dict[NodeId, _Memory], hop: NodeId, now_ms: int) -> int:
        memory = hops.get(hop)
        if memory is None:
            return 0
        halvings = (now_ms - memory.at_ms) // limits.WAY_HALVES_MS
        return memory.doubt >> halvings if memory.doubt > 0 else memory.doubt

    def _remember(self, hops: dict[NodeId, _Memory], hop: NodeId, doubt: int, now_ms: int) -> None:
        hops[hop] = _Memory(doubt, now_ms)
        if len(hops) > limits.NODE_LINKS_MAX:
            del hops[min(hops, key=lambda each: hops[each].at_ms)]


def _verdict(doubt: int) -> int:
    if doubt <= 0:
        return PROVEN if doubt < 0 else UNKNOWN
    return DOUBTFUL if doubt < _DOUBT_MAX * 5 // 8 else BAD


class LostReceipts:
    """Whether receipts reach the keepers of what comes here, told by what comes again."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._arrived = Recent(limits.ARRIVED_MAX, limits.SEEN_MS)
        self._hops: LruCache[NodeId, NodeId] = LruCache(limits.WAYS_HOMES_MAX)

    def sizes(self) -> Iterator[Size]:
        """How full its tables are; of what has arrived there are two generations."""
        yield Size("arrived", len(self._arrived), 2 * limits.ARRIVED_MAX)
        yield Size("ways of receipts", len(self._hops), limits.WAYS_HOMES_MAX)

    def sent(self, keeper: NodeId, hop: NodeId) -> None:
        """A receipt, or another note, has left by this hop."""
        self._hops.put(keeper, hop)

    def on_arrived(self, key: UnitKey, keeper: NodeId, now_ms: int) -> None:
        """A unit is here. If it is a later attempt at what was here, its receipt was lost."""
        is_new = self._arrived.take((key.leaf, keeper), now_ms)
        if not is_new and is_later(key):
            self.on_lost(keeper, now_ms)

    def on_asked(self, home: NodeId, client: ClientId, now_ms: int) -> None:
        """Another home asks for something of a client. If it has asked before, our answer was
        lost."""
        if not self._arrived.take((client, home), now_ms):
            self.on_lost(home, now_ms)

    def on_lost(self, keeper: NodeId, now_ms: int) -> None:
        """The last note to a node seems not to have come there: the next goes another way."""
        hop = self._hops.get(keeper)
        if hop is not None:
            self._ways.failed(keeper, hop, now_ms)


class WaysBack:
    """Where later attempts came from, by their keeper and home: what answers them goes back there.

    Whoever sent them here passes on what it takes. Those who drop what they
    take never show up here.
    """

    def __init__(self) -> None:
        self._links: LruCache[tuple[NodeId, NodeId], tuple[LinkId, int]] = LruCache(
            limits.WAYS_BACK_MAX
        )

    def __len__(self) -> int:
        return len(self._links)

    def came(self, keeper: NodeId, home: NodeId, link: LinkId, now_ms: int) -> None:
        """A later attempt of a keeper at a home has come on this link."""
        self._links.put((keeper, home), (link, now_ms))

    def to(self, keeper: NodeId, home: NodeId, now_ms: int) -> LinkId | None:
        """The link on which the last one came, if that was not long ago."""
        came = self._links.get((keeper, home))
        if came is None or now_ms >= came[1] + limits.WAY_BACK_MS:
            return None
        return came[0]


class Detours:
    """Where earlier attempts at bringing a text to a home went, so that later ones avoid it."""

    def __init__(self) -> None:
        self._used: LruCache[tuple[LeafHash, NodeId], dict[NodeId, int]] = LruCache(
            limits.DETOURS_MAX
        )

    def __len__(self) -> int:
        return len(self._used)

    def went(self, leaf: LeafHash, home: NodeId, *hops: NodeId) -> dict[NodeId, int]:
        """Note the hops of one attempt; returns how many went by each so far, the last one last."""
        used = self._used.get((leaf, home))
        if used is None:
            used = {}
            self._used.put((leaf, home), used)
        for hop in hops:
            used[hop] = used.pop(hop, 0) + 1
        return used

    def get(self, leaf: LeafHash, home: NodeId) -> dict[NodeId, int] | None:
        """The same without noting anything; None where nothing is known."""
        return self._used.get((leaf, home))


class Retries:
    """How many units may be sent again for silence: a share of those that were sent."""

    def __init__(self) -> None:
        self._shares = limits.RETRIES_FIRST * limits.RETRY_SHARE

    def earn(self) -> None:
        """A unit was sent for the first time."""
        if self._shares < limits.RETRIES_MAX * limits.RETRY_SHARE:
            self._shares += 1

    def take(self) -> bool:
        """Whether one may be sent again now, which is then counted."""
        if self._shares < limits.RETRY_SHARE:
            return False
        self._shares -= limits.RETRY_SHARE
        return True
