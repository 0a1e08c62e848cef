"""A liar for a world of which everything is drawn from the seed."""

from collections.abc import Callable
from random import Random

from overlay.crypto.keys import SigningKey
from simulations.faults import Faults
from simulations.liars.base import LyingNode, enlist
from simulations.liars.forger import ForgingNode
from simulations.liars.replayer import ReplayingNode, Tape
from simulations.liars.rollback import Memory, RollbackNode
from simulations.machines import NodeHost, NodeMachine

Make = Callable[[NodeMachine, SigningKey], LyingNode]


class DrawnLiar:
    """One node of a world lies while it is told to, whenever it runs. Its clients are behind it."""

    def __init__(self, hosts: list[NodeHost], random: Random) -> None:
        self.host = hosts[random.randrange(len(hosts))]
        self._lies = False
        self._liars = enlist(self.host, _drawn(random), lambda: self._lies)

    def lie(self) -> None:
        """Have it lie from now on."""
        self._tell(lies=True)

    def repent(self, faults: Faults) -> None:
        """Have it be honest. Its process begins anew: what it had still to say were lies."""
        self._tell(lies=False)
        if self.host.is_up:
            faults.crash(self.host, down_ms=0)

    def _tell(self, *, lies: bool) -> None:
        self._lies = lies
        for liar in self._liars:
            liar.is_lying = lies


def _drawn(random: Random) -> Make:
    tape, memory = Tape(), Memory()

    def forging(node: NodeMachine, key: SigningKey) -> LyingNode:
        return ForgingNode(node, key, random)

    def replaying(node: NodeMachine, key: SigningKey) -> LyingNode:
        return ReplayingNode(node, key, tape, random)

    def rolling_back(node: NodeMachine, key: SigningKey) -> LyingNode:
        return RollbackNode(node, key, memory, random)

    return random.choice((forging, replaying, rolling_back))
