"""A node's copy of all node records: who keeps a link with whom, who is alive.

docs/protocol.md, sections 5.3 and 5.6.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping

from overlay import limits
from overlay.messages.ids import Address, Incarnation, NodeId
from overlay.messages.records import NodeRecord
from overlay.peering.records import supersedes
from overlay.peering.statements import Verified
from overlay.structures.bounded import LruCache
from overlay.structures.columns import Column, Marked, without
from overlay.structures.reach import Reach, Ties, TiesVocabulary
from overlay.structures.sizes import Size

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
        self.changes = 0
        """How often a record or an answer has changed."""
        self._our_id = our_id
        self._is_member = is_member
        self._is_frozen = is_frozen
        self._records: MutableMapping[NodeId, VerifiedNode] = {}
        self._ties: MutableMapping[NodeId, Ties[NodeId]] = {}
        self._alive: Mapping[NodeId, None] | None = None
        self._noticed: Mapping[NodeId, None] = {our_id: None}
        self._told_otherwise: dict[NodeId, None] = {}
        """Of whom somebody was told since then that it is not so."""
        self._ways: dict[NodeId, tuple[NodeId, ...]] = {}
        """The mutual links of whoever is alive, as of when that was last searched."""
        self._distances = _no_distances()
        self._reach: Reach[NodeId] | None = None
        """What searches tables that are shared."""
        self.links_named_most = 0
        """How many links one of the records held so far names, at most."""
        self.naming = 0
        """How often it may have changed who names a link with us."""

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("links in one record", self.links_named_most, limits.NODE_LINKS_MAX)
        yield Size("distances", len(self._distances), limits.DISTANCES_MAX)

    def share(self) -> None:
        """Have others adopt what we hold from now on. Nothing of it may change any more."""
        self._records = Column.of(self._records)
        ties = Column(TiesVocabulary[NodeId]())
        for node in self._records:
            ties[node] = self._ties_of(node)
        self._share_ties(ties)

    def adopt(self, other: "Topology") -> None:
        """Hold what another one shares, and is alive in its own eyes."""
        assert isinstance(other._ties, Column), "it has to share first"
        self.links_named_most = other.links_named_most
        self._records = Column.of(other._records)
        self._share_ties(other._ties.like())
        self._alive = self._noticed = other.alive()

    def _share_ties(self, ties: Column[NodeId, Ties[NodeId]]) -> None:
        self._ties = ties
        self._reach = Reach(ties, self._ties_of)
        self._alive, self._ways = None, {}
        self._distances = _no_distances()

    def get(self, node: NodeId) -> VerifiedNode | None:
        """The record held, whether it counts or not."""
        return self._records.get(node)

    def put(self, record: VerifiedNode) -> bool:
        """Hold a record if it is the highest of its node; False when it is not."""
        node = NodeId(record.value.signer)
        if not supersedes(record, self._records.get(node)):
            return False
        links, named_us = self.links_of(node), self.names_us(node)
        self._records[node] = record
        self.links_named_most = max(self.links_named_most, len(record.value.links))
        self.naming += named_us or self.names_us(node)
        self._forget_ties(node, links)
        return True

    def drop(self, node: NodeId) -> None:
        links = self.links_of(node)
        self._records.pop(node, None)
        self._forget_ties(node, links)

    def forget_answers(self) -> None:
        """Membership changed, or who is disabled."""
        self.changes += 1
        self._ties.clear()
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

    def names_us(self, node: NodeId) -> bool:
        """Whether the record held of a node names a link with us, whether it counts or not."""
        record = self._records.get(node)
        return record is not None and self._our_id in record.value.links

    def is_named_back(self, node: NodeId) -> bool:
        """Whether at least half of the links in a member's record are, if ours is."""
        links = [other for other in dict.fromkeys(self.links_of(node)) if other != node]
        mutual = self._ties_of(node).mutual
        ours = self._our_id in links and self._our_id not in mutual
        return 2 * (len(mutual) + ours) >= len(links)

    @property
    def noticed(self) -> Mapping[NodeId, None]:
        """Who was alive in our eyes when that was last noticed."""
        return self._noticed

    def is_alive(self, node: NodeId) -> bool:
        """Whether a node is alive in our eyes. Who is told otherwise than `notice` last said is
        noted, so that the next look tells them again."""
        is_alive = node in self.alive()
        if is_alive != (node in self._noticed):
            self._told_otherwise[node] = None
        return is_alive

    def notice(self) -> list[NodeId]:
        """Look who is alive now. Returns who came alive, who died, and who did both.

        The last are those of whom somebody was told in between: what rests
        because a node is dead is not woken by a life that nobody noticed.
        """
        before, now = self._noticed, self.alive()
        told, self._told_otherwise = self._told_otherwise, {}
        self._noticed = now
        came, died = without(now, before), without(before, now)
        return list(dict.fromkeys([*came, *died, *told]))

    def alive(self) -> Mapping[NodeId, None]:
        """Every node that is alive in our eyes, ourselves among them."""
        if self._alive is None:
            if self._reach is not None:
                self._alive = self._reach.reached_from(self._our_id)
            else:
                self._ways = self._search_alive(self._ties_of)
                self._alive = dict.fromkeys(self._ways)
        return self._alive

    def distances_to(self, home: NodeId) -> Mapping[NodeId, int]:
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
        ours = self._tie(self._our_id, without=node)
        others = {node: self._tie(node, without=self._our_id), self._our_id: ours}

        def ties_of(one: NodeId) -> Ties[NodeId]:
            return others.get(one) or self._ties_of(one)

        return ours.do_count and node in self._search_alive(ties_of)

    def _search_alive(
        self, ties_of: Callable[[NodeId], Ties[NodeId]]
    ) -> dict[NodeId, tuple[NodeId, ...]]:
        """Whoever is alive, each with its mutual links."""
        ways = {self._our_id: ties_of(self._our_id).mutual}
        waiting = deque([self._our_id])
        while waiting:
            for other in ways[waiting.popleft()]:
                if other not in ways:
                    ties = ties_of(other)
                    if ties.do_count:
                        ways[other] = ties.mutual
                        waiting.append(other)
        return ways

    def _search_distances(self, home: NodeId) -> Mapping[NodeId, int]:
        if self._reach is not None and isinstance(self._alive, Marked):
            return self._reach.hops_to(home, self._alive)
        ways = self._ways
        distances = {home: 0}
        frontier = [home]
        hops = 0
        while frontier:
            hops += 1
            reached: list[NodeId] = []
            for node in frontier:
                for other in ways[node]:
                    if other not in distances and other in ways:
                        distances[other] = hops
                        reached.append(other)
            frontier = reached
        return distances

    def _ties_of(self, node: NodeId) -> Ties[NodeId]:
        """Kept until a record of the node, or of one that it names, changes."""
        ties = self._ties.get(node)
        if ties is None:
            ties = self._ties[node] = self._tie(node)
        return ties

    def _tie(self, node: NodeId, *, without: NodeId | None = None) -> Ties[NodeId]:
        """The links that both ends name; they count if those are at least half of the links in
        the record of this one: a liar's are not."""
        named = dict.fromkeys(self.links_of(node))
        links = [other for other in named if other not in (node, without)]
        mutual = tuple(other for other in links if node in self.links_of(other))
        return Ties(mutual, 2 * len(mutual) >= len(links))

    def _forget_ties(self, node: NodeId, before: tuple[NodeId, ...]) -> None:
        """The record of a node has changed, which named these: who is named as before keeps its
        ties."""
        self.changes += 1
        now = self.links_of(node)
        self._ties.pop(node, None)
        for other in before:
            if other not in now:
                self._ties.pop(other, None)
        for other in now:
            if other not in before:
                self._ties.pop(other, None)
        self._alive = None
        self._distances = _no_distances()


def _no_distances() -> LruCache[NodeId, Mapping[NodeId, int]]:
    return LruCache(limits.DISTANCES_MAX)
