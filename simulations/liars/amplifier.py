"""A neighbour that asks, in few bytes, for answers of many; and counts both."""

from collections.abc import Sequence

from overlay.crypto.keys import SigningKey
from overlay.messages.gossip import (
    Announce,
    Delta,
    Digest,
    DigestWanted,
    EverythingWanted,
    Prune,
    Push,
    Request,
)
from overlay.messages.ids import LeafHash
from overlay.messages.union import Message
from overlay.peering.effects import Send
from overlay.peering.events import LinkId
from overlay.peering.statements import Reader
from simulations.liars.base import LyingNode
from simulations.machines import Effect, Event, NodeMachine
from simulations.population import NETWORK

EVERYTHING_ONE_IN = 256
"""Who asks for everything again while it comes is closed at once."""


class Amplifier(LyingNode):
    """Asks each of its neighbours `questions` every so often, of all kinds in turn."""

    turn_every_ms = 100

    def __init__(self, inside: NodeMachine, key: SigningKey) -> None:
        super().__init__(inside, key)
        self.questions = 64
        self.asked = 0
        self.said_bytes = 0
        self._reader = Reader(NETWORK)
        self._leaf = LeafHash("A" * 43)
        """Of something that its neighbours hold."""

    def handle(self, event: Event, now_ms: int) -> Sequence[Effect]:
        effects = super().handle(event, now_ms)
        self.said_bytes += sum(len(effect.data) for effect in effects if isinstance(effect, Send))
        return effects

    def on_received(self, link: LinkId, message: Message) -> Sequence[Message]:
        # The node inside has asked for nothing.
        return () if isinstance(message, Digest | Delta) else (message,)

    def turn(self) -> None:
        for link, message in reversed(self.overheard):
            if isinstance(message, Push) and link in self.served:
                self._leaf = self._reader.leaf_of(message.records[0])
                break
        for link, peer in self.served.items():
            if peer.role == "node":
                self.speak(link, *(self._question() for _ in range(self.questions)))

    def _question(self) -> Message:
        self.asked += 1
        kinds: Sequence[Message] = (
            DigestWanted(("",)),
            DigestWanted(("",) * 16),
            Request((self._leaf,)),
            Prune(),
            Request((self._leaf,), grafts=True),
            Announce((LeafHash(f"{self.asked:043d}"[:42] + "A"),)),
        )
        if self.asked % EVERYTHING_ONE_IN == 0:
            return EverythingWanted()
        return kinds[self.asked % len(kinds)]
