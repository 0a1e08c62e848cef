"""A liar for a world of which everything is drawn from the seed."""

from collections.abc import Callable
from random import Random

from overlay.crypto.keys import SigningKey
from overlay.messages.ids import NodeId
from simulations.faults import Faults
from simulations.liars.amplifier import Amplifier
from simulations.liars.base import LyingNode, enlist
from simulations.liars.censor import Censor
from simulations.liars.dropper import Dropper
from simulations.liars.equivocator import TwoFacedNode
from simulations.liars.flooder import FloodingNode
from simulations.liars.forger import ForgingNode
from simulations.liars.grey_hole import GreyHole
from simulations.liars.key_substituter import KeySubstituter
from simulations.liars.link_liar import LinkLiar
from simulations.liars.replayer import ReplayingNode, Tape
from simulations.liars.rollback import Memory, RollbackNode
from simulations.machines import NodeMachine
from simulations.scenario import Run

Make = Callable[[NodeMachine, SigningKey], LyingNode]


class DrawnLiar:
    """One node of a world lies while it is told to, whenever it runs. Its clients are behind it."""

    def __init__(self, run: Run, random: Random, habit: Random) -> None:
        self.host = run.nodes[random.randrange(len(run.nodes))]
        self._lies = False
        make = _of_statements(random)
        if habit.randrange(2) == 0:
            make = _of_passing_on(run, habit)
        self._liars = enlist(self.host, make, lambda: self._lies)

    def lie(self, within_ms: int) -> None:
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


def _of_passing_on(run: Run, random: Random) -> Make:
    """It drops, keeps to itself, asks too much, hides its links, or is of two minds."""
    victim = run.people[random.randrange(len(run.people))].identity.client
    home = NodeId(run.nodes[random.randrange(len(run.nodes))].key.id)

    def hiding(node: NodeMachine, key: SigningKey) -> LyingNode:
        liar = LinkLiar(node, key)
        liar.claim([])
        return liar

    return random.choice(
        (
            Dropper,
            GreyHole,
            hiding,
            Amplifier,
            lambda node, key: TwoFacedNode(node, key, random),
            lambda node, key: KeySubstituter(node, key, random),
            lambda node, key: Censor(node, key, victim),
            lambda node, key: FloodingNode(node, key, home, victim),
        )
    )


def _of_statements(random: Random) -> Make:
    """It makes statements up, plays them again, or tells old ones."""
    tape, memory = Tape(), Memory()

    def forging(node: NodeMachine, key: SigningKey) -> LyingNode:
        return ForgingNode(node, key, random)

    def replaying(node: NodeMachine, key: SigningKey) -> LyingNode:
        return ReplayingNode(node, key, tape, random)

    def rolling_back(node: NodeMachine, key: SigningKey) -> LyingNode:
        return RollbackNode(node, key, memory, random)

    return random.choice((forging, replaying, rolling_back))
