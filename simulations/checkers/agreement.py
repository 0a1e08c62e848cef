"""S10: equal digests mean equal answers for members, directory and liveness."""

from itertools import pairwise

from overlay.core.requests import NodeStatus
from overlay.messages.ids import NodeId
from simulations.checkers.base import Checker
from simulations.checkers.sight import Sight

Answers = tuple[object, ...]


def root_of(status: NodeStatus) -> str:
    """What stands for everything that counts at a node."""
    return status.root


def directory_of(status: NodeStatus) -> Answers:
    """Who is a member, and how many clients count at each: whoever asks."""
    return tuple(sorted((member.id, member.clients) for member in status.members))


def liveness_of(status: NodeStatus) -> Answers:
    """Who is alive, and how many clients are reachable: as seen from this node."""
    return tuple(sorted(alive_of(status))), status.clients_reachable


def alive_of(status: NodeStatus) -> set[NodeId]:
    """Whom a node thinks alive."""
    return {member.id for member in status.members if member.is_alive}


class AgreementChecker(Checker):
    """Compares the answers of nodes whose digests are equal.

    Liveness is seen from oneself: it is compared where each of two nodes thinks
    the other alive. Who vouches for whom may differ: each begins with its own file.
    """

    id = "S10"
    branches = ("equal roots", "equal roots that do not see each other alive")

    def look(self, sight: Sight, now_ms: int) -> None:
        firsts: dict[str, list[tuple[str, NodeStatus]]] = {}
        for name, status in sight.statuses.items():
            if not root_of(status):
                # It holds nothing yet, and knows of itself alone.
                continue
            firsts.setdefault(root_of(status), []).append((name, status))
        for alike in firsts.values():
            for (one, its), (other, theirs) in pairwise(alike):
                self.compare(one, its, other, theirs, now_ms)

    def compare(
        self, one: str, its: NodeStatus, other: str, theirs: NodeStatus, now_ms: int
    ) -> None:
        self.sometimes("equal roots")
        if directory_of(its) != directory_of(theirs):
            self.broken(now_ms, f"{one} and {other} have one digest and two directories")
        if theirs.id not in alive_of(its) or its.id not in alive_of(theirs):
            self.sometimes("equal roots that do not see each other alive")
        elif liveness_of(its) != liveness_of(theirs):
            self.broken(now_ms, f"{one} and {other} have one digest and see different lives")
