"""A node's copy of all node records: who keeps a link with whom, who is alive.

docs/protocol.md, sections 5.3 and 5.6.
"""

from collections import deque
from collections.abc import Callable, Iterable

from overlay import limits
from overlay.messages.ids import Address, Incarnation, NodeId
from overlay.messages.records import NodeRecord
from overlay.peering.records import supersedes
from overlay.peering.statements import Verified
from overlay.structures.bounded import LruCache

VerifiedNode = Verified[NodeRecord]


class Topology:
    """The highest record of every node, and what follows from those of members.

    Answers about liveness and distance are computed when asked and kept until
    a record that counts changes.
    """

    def __init__(
        self,
        our_id: NodeId,
        is_member: Callable[[NodeId], bool],
        is_frozen: Callable[[str, Incarnation], bool] = lambda _signer, _incarnation: False,
    ) -> None:
        self._our_id = our_id
        self._is_member = is_member
        self._is_frozen = is_frozen
        self._records: dict[NodeId, VerifiedNode] = {}
        self._alive: dict[NodeId, None] | None = None
        self._distances = _no_distances()

    def get(self, node: NodeId) -> VerifiedNode | None:
        """The record held, whether it counts or not."""
        return self._records.get(node)

    def put(self, record: VerifiedNode) -> bool:
        """Hold a record if it is the highest of its node; False when it is not."""
        node = NodeId(record.value.signer)
        if not supersedes(record, self._records.get(node)):
            return False
        self._records[node] = record
        self.forget_answers()
        return True

    def drop(self, node: NodeId) -> None:
        self._records.pop(node, None)
        self.forget_answers()

    def forget_answers(self) -> None:
        """Records or membership changed."""
        self._alive = None
        self._distances = _no_distances()

    def counting(self, node: NodeId) -> VerifiedNode | None:
        """The record of a member, unless its incarnation was disabled."""
        record = self._records.get(node)
        if record is None or not self._is_member(node):
            return None
        return None if self._is_frozen(node, record.value.incarnation) else record

    def incarnation_of(self, node: NodeId) -> Incarnation | None:
        """The incarnation of a member; None for everybody else."""
        record = self.counting(node)
        return record.value.incarnation if record is not None else None

    def name_of(self, node: NodeId) -> str | None:
        record = self._records.get(node)
        return record.value.name if record is not None else None

    def addresses_of(self, node: NodeId) -> tuple[Address, ...]:
        record = self._records.get(node)
        return record.value.addresses if record is not None else ()

    def vouched_by(self, node: NodeId) -> Iterable[NodeId]:
        """Whom a node's record names as neighbours."""
        record = self._records.get(node)
        return record.value.neighbours if record is not None else ()

    def links_of(self, node: NodeId) -> tuple[NodeId, ...]:
        """The links in a member's record."""
        record = self.counting(node)
        return record.value.links if record is not None else ()

    def is_alive(self, node: NodeId) -> bool:
        return node in self.alive()

    def alive(self) -> dict[NodeId, None]:
        """Every node that is alive in our eyes, ourselves first, nearest first."""
        if self._alive is None:
            self._alive = self._search_alive()
        return self._alive

    def distances_to(self, home: NodeId) -> dict[NodeId, int]:
        """Hops to `home` over mutual links of alive nodes, from each node that has a way."""
        if home not in self.alive():
            return {}
        known = self._distances.get(home)
        if known is None:
            known = self._search_distances(home)
            self._distances.put(home, known)
        return known

    def _search_alive(self) -> dict[NodeId, None]:
        alive: dict[NodeId, None] = {self._our_id: None}
        waiting = deque([self._our_id])
        while waiting:
            node = waiting.popleft()
            for other in self.links_of(node):
                if other in alive or node not in self.links_of(other):
                    continue
                if self._is_named_back(other):
                    alive[other] = None
                    waiting.append(other)
        return alive

    def _is_named_back(self, node: NodeId) -> bool:
        """Whether at least half of a node's links are named back: a liar's are not."""
        links = [other for other in dict.fromkeys(self.links_of(node)) if other != node]
        named_back = sum(node in self.links_of(other) for other in links)
        return 2 * named_back >= len(links)

    def _search_distances(self, home: NodeId) -> dict[NodeId, int]:
        alive = self.alive()
        distances = {home: 0}
        waiting = deque([home])
        while waiting:
            node = waiting.popleft()
            for other in self.links_of(node):
                if other in alive and other not in distances and node in self.links_of(other):
                    distances[other] = distances[node] + 1
                    waiting.append(other)
        return distances


def _no_distances() -> LruCache[NodeId, dict[NodeId, int]]:
    return LruCache(limits.DISTANCES_MAX)
