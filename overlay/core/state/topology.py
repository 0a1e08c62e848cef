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
LinksOf = Callable[[NodeId], tuple[NodeId, ...]]


class Topology:
    """The highest record of every node, and what follows from those of members.

    Answers about liveness and distance are computed when asked and kept until
    a record that counts changes.
    """

    def __init__(self, our_id: NodeId, is_member: Callable[[NodeId], bool]) -> None:
        self._our_id = our_id
        self._is_member = is_member
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
        """The record of a member."""
        record = self._records.get(node)
        return record if record is not None and self._is_member(node) else None

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

    def holds_without(self, node: NodeId) -> bool:
        """Whether a node and we would be alive to each other if our link with it were gone.

        One search of the topology, not kept.
        """

        def links_of(one: NodeId) -> tuple[NodeId, ...]:
            links = self.links_of(one)
            gone = {node: self._our_id, self._our_id: node}.get(one)
            return tuple(other for other in links if other != gone) if gone in links else links

        return _is_named_back(self._our_id, links_of) and node in self._search_alive(links_of)

    def _search_alive(self, links_of: LinksOf | None = None) -> dict[NodeId, None]:
        links_of = links_of or self.links_of
        alive: dict[NodeId, None] = {self._our_id: None}
        waiting = deque([self._our_id])
        while waiting:
            node = waiting.popleft()
            for other in links_of(node):
                if other in alive or node not in links_of(other):
                    continue
                if _is_named_back(other, links_of):
                    alive[other] = None
                    waiting.append(other)
        return alive

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


def _is_named_back(node: NodeId, links_of: LinksOf) -> bool:
    """Whether at least half of a node's links are named back: a liar's are not."""
    links = [other for other in dict.fromkeys(links_of(node)) if other != node]
    named_back = sum(node in links_of(other) for other in links)
    return 2 * named_back >= len(links)


def _no_distances() -> LruCache[NodeId, dict[NodeId, int]]:
    return LruCache(limits.DISTANCES_MAX)
