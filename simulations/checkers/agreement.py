"""S10: equal digests mean equal answers for members, directory, liveness and presence."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from overlay.core.requests import NodeCensus
from overlay.messages.ids import NodeId
from simulations.checkers.base import Checker
from simulations.checkers.sight import Sight

PEOPLE_TOLD_MAX = 5_000
"""People of whom nodes tell in one look, all nodes together: 5 to 9 microseconds each. Where they
are more, some nodes tell of them each time, and others the next."""

Told = tuple[str, NodeCensus]
"""The name of a node's host, and what the node says."""

Links = Mapping[NodeId, Sequence[NodeId]]
"""Whom the record of each member names."""


class AgreementChecker(Checker):
    """Compares the answers of nodes whose digests are equal: counts first, then who they are.

    Liveness is seen from oneself: it is compared where each of two nodes thinks
    the other alive. Where one does not, or neither, each is held to what the records
    tell of it that the other holds (docs/protocol.md, section 5.6): a node that is
    blind alone is found at once, and one whom half of its links do not name back is
    rightly seen by nobody whom it sees. Who vouches for whom may differ: each begins
    with its own file.
    """

    id = "S10"
    branches = ("equal roots", "equal roots that do not see each other alive")

    def __init__(self) -> None:
        super().__init__()
        self._looks = 0

    def look(self, sight: Sight, now_ms: int) -> None:
        self._looks += 1
        firsts: dict[str, list[Told]] = {}
        for name, census in sight.censuses.items():
            if not census.root:
                # It holds nothing yet, and knows of itself alone.
                continue
            firsts.setdefault(census.root, []).append((name, census))
        people = sum(census.accounts for alike in firsts.values() for _, census in alike)
        for alike in firsts.values():
            for (one, its), (other, theirs) in pairwise(alike):
                self.compare(one, its, other, theirs, now_ms)
                if not _see_each_other(its, theirs):
                    self._hold_to_records(one, its, sight.links_told(other), now_ms)
                    self._hold_to_records(other, theirs, sight.links_told(one), now_ms)
            self._compare_who(sight, self._some(alike, people), now_ms)

    def compare(
        self, one: str, its: NodeCensus, other: str, theirs: NodeCensus, now_ms: int
    ) -> None:
        """Whether two nodes of one digest count the same."""
        self.sometimes("equal roots")
        if (its.members, its.clients) != (theirs.members, theirs.clients):
            self.broken(now_ms, f"{one} and {other} have one digest and two directories")
        if not _see_each_other(its, theirs):
            self.sometimes("equal roots that do not see each other alive")
        elif (its.alive, its.clients_reachable) != (theirs.alive, theirs.clients_reachable):
            self.broken(now_ms, f"{one} and {other} have one digest and see different lives")

    def _hold_to_records(self, name: str, census: NodeCensus, told: Links, now_ms: int) -> None:
        """Whether a node sees alive whom it has to see by the records that another holds."""
        if told and reached(census.id, told) != census.alive.keys():
            self.broken(
                now_ms,
                f"{name} sees {len(census.alive)} alive, by records of which it has the digest "
                f"{len(reached(census.id, told))}",
            )

    def _some(self, alike: list[Told], people: int) -> list[Told]:
        """Those of them who tell of everybody this time: two at least, which are compared."""
        count = max(len(alike) * PEOPLE_TOLD_MAX // max(people, 1), 2)
        if count >= len(alike):
            return alike
        first = self._looks * (count - 1) % len(alike)
        return (alike + alike)[first : first + count]

    def _compare_who(self, sight: Sight, alike: list[Told], now_ms: int) -> None:
        for (one, its), (other, theirs) in pairwise(alike):
            here, there = sight.directory(one), sight.directory(other)
            if here is None or there is None:
                continue
            if (here.accounts, here.attached) != (there.accounts, there.attached):
                self.broken(now_ms, f"{one} and {other} have one digest and tell of others")
            elif _see_each_other(its, theirs) and here.reachable != there.reachable:
                self.broken(now_ms, f"{one} and {other} have one digest and reach others")


def reached(node: NodeId, links: Links) -> set[NodeId]:
    """Who is alive in the eyes of a node: the ends of mutual links, from itself on, of whom at
    least half of the links are named back."""
    found, waiting = {node}, [node]
    while waiting:
        for other in _mutual(waiting.pop(), links):
            if other not in found and _is_named_back(other, links):
                found.add(other)
                waiting.append(other)
    return found


def _mutual(node: NodeId, links: Links) -> list[NodeId]:
    return [other for other in _others(node, links) if node in links.get(other, ())]


def _is_named_back(node: NodeId, links: Links) -> bool:
    return 2 * len(_mutual(node, links)) >= len(_others(node, links))


def _others(node: NodeId, links: Links) -> list[NodeId]:
    return [other for other in dict.fromkeys(links.get(node, ())) if other != node]


def _see_each_other(its: NodeCensus, theirs: NodeCensus) -> bool:
    return theirs.id in its.alive and its.id in theirs.alive
