"""What the tree of links goes by: whose news shapes it, and how late its copies come.

docs/protocol.md, section 5.5.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from overlay import limits
from overlay.messages.ids import LeafHash
from overlay.peering.events import LinkId
from overlay.structures.bounded import BoundedDict
from overlay.structures.sizes import Size


class Lead:
    """Whose news decides which links are of the tree.

    Where several speak at once, each one's first copies draw another tree, and
    nodes that prune by different ones cut a cycle in several places. All nodes
    hear the same speakers, so all settle on the same one: the smallest of those
    heard of late.
    """

    def __init__(self) -> None:
        self._signer: str | None = None
        self._heard_ms = 0
        self._came_on: LinkId | None = None
        self._is_settled = False

    def on_news(self, signer: str, came_on: LinkId | None, now_ms: int) -> None:
        """Something new of this signer came on a link, or was said here."""
        is_over = now_ms >= self._heard_ms + limits.LEAD_MS
        if self._signer is None or is_over or signer <= self._signer:
            self._is_settled = signer == self._signer
            self._signer, self._heard_ms, self._came_on = signer, now_ms, came_on

    def shapes(self, signer: str) -> bool:
        """Whether what this one signed shapes the tree."""
        return signer == self._signer

    @property
    def vain_pushes_max(self) -> int:
        """After so many in a row a link is none of the tree: few where all follow the same one."""
        return 1 if self._is_settled else limits.PRUNE_AFTER_PUSHES

    @property
    def came_on(self) -> LinkId | None:
        """Where its latest news came first; None if it was said here."""
        return self._came_on


@dataclass(frozen=True, slots=True)
class _Asked:
    """What came because it was asked for, and may yet come along the tree."""

    announced_ms: int
    link: LinkId


class Lag:
    """How much later than their announcements copies come along the tree.

    It follows the longest at once, and shorter ones slowly: what is asked for
    too soon brings a needless link into the tree.
    """

    def __init__(self, count_nodes: Callable[[], int]) -> None:
        """`count_nodes` says how large the overlay is: what is supposed goes by that."""
        self._count_nodes = count_nodes
        self._learnt_ms: int | None = None
        self._asked: BoundedDict[LeafHash, _Asked] = BoundedDict(limits.GRAFTED_LEAVES_MAX)

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("asked for", len(self._asked), limits.GRAFTED_LEAVES_MAX)

    @property
    def patience_ms(self) -> int:
        """How long what was announced may take along the tree."""
        return limits.LAG_PATIENCE * self._lag_ms

    @property
    def _lag_ms(self) -> int:
        if self._learnt_ms is not None:
            return self._learnt_ms
        return limits.LAG_DOUBLING_MS * self._count_nodes().bit_length()

    def on_copy(self, lag_ms: int) -> None:
        """A copy came so long after its announcement; 0 if before."""
        known_ms = self._lag_ms
        if lag_ms >= known_ms:
            self._learnt_ms = min(lag_ms, limits.GRAFT_MAX_MS)
        else:
            self._learnt_ms = known_ms - -(-(known_ms - lag_ms) // limits.LAG_SLOWNESS)

    def on_answer(self, leaf: LeafHash, link: LinkId, announced_ms: int) -> None:
        """What was asked for on a link came on it."""
        self._asked.put(leaf, _Asked(announced_ms, link))

    def on_known(self, leaf: LeafHash, link: LinkId, now_ms: int) -> LinkId | None:
        """A copy of what was known came; says which link was asked for it too soon, if one was."""
        asked = self._asked.get(leaf)
        if asked is None or asked.link == link:
            return None
        self._asked.pop(leaf)
        self.on_copy(now_ms - asked.announced_ms)
        return asked.link
