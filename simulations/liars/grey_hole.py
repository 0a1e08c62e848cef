"""Nodes that ack everything, pass most of it on, and drop what they choose."""

from hashlib import sha256

from overlay.crypto.keys import SigningKey
from overlay.messages.routing import Relay
from simulations.liars.dropper import Dropper
from simulations.machines import NodeMachine

DROPPED_ONE_IN = 2
"""Often enough to hurt, and seldom enough to be taken for good."""


class GreyHole(Dropper):
    """Drops a share of all, by chance: each attempt at a message fares as it may."""

    def drops(self, relay: Relay) -> bool:
        drawn = sha256(f"{self.key.id}{relay.envelope.signature}{relay.attempt}".encode()).digest()
        return drawn[0] % DROPPED_ONE_IN == 0


class Picky(Dropper):
    """Drops whatever one client has signed, and nothing else."""

    def __init__(self, inside: NodeMachine, key: SigningKey, victim: str) -> None:
        super().__init__(inside, key)
        self._victim = victim

    def drops(self, relay: Relay) -> bool:
        return relay.envelope.signer == self._victim
