"""S10: equal digests mean equal answers for members, directory and liveness."""

from itertools import pairwise

from overlay.core.requests import NodeCensus
from simulations.checkers.base import Checker
from simulations.checkers.sight import Sight


class AgreementChecker(Checker):
    """Compares the answers of nodes whose digests are equal.

    Liveness is seen from oneself: it is compared where each of two nodes thinks
    the other alive. Who vouches for whom may differ: each begins with its own file.
    """

    id = "S10"
    branches = ("equal roots", "equal roots that do not see each other alive")

    def look(self, sight: Sight, now_ms: int) -> None:
        firsts: dict[str, list[tuple[str, NodeCensus]]] = {}
        for name, census in sight.censuses.items():
            if not census.root:
                # It holds nothing yet, and knows of itself alone.
                continue
            firsts.setdefault(census.root, []).append((name, census))
        for alike in firsts.values():
            for (one, its), (other, theirs) in pairwise(alike):
                self.compare(one, its, other, theirs, now_ms)

    def compare(
        self, one: str, its: NodeCensus, other: str, theirs: NodeCensus, now_ms: int
    ) -> None:
        self.sometimes("equal roots")
        if (its.members, its.clients) != (theirs.members, theirs.clients):
            self.broken(now_ms, f"{one} and {other} have one digest and two directories")
        if theirs.id not in its.alive or its.id not in theirs.alive:
            self.sometimes("equal roots that do not see each other alive")
        elif (its.alive, its.clients_reachable) != (theirs.alive, theirs.clients_reachable):
            self.broken(now_ms, f"{one} and {other} have one digest and see different lives")
