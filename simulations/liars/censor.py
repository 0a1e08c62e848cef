"""A home that silences one of its clients: it takes everything, and nothing comes of it."""

from collections.abc import Sequence

from overlay.crypto.keys import SigningKey
from overlay.messages.clients import Deliver, Submit
from overlay.messages.ids import ClientId
from overlay.messages.links import Ack
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from simulations.liars.base import LyingNode
from simulations.machines import NodeMachine


class Censor(LyingNode):
    """Acks what a client says and keeps it to itself, and so with what others say to it.

    To everybody, that client included, it looks like a home that serves it.
    """

    def __init__(self, inside: NodeMachine, key: SigningKey, victim: ClientId) -> None:
        super().__init__(inside, key)
        self._victim = victim
        self._acks: dict[LinkId, int] = {}
        self.silenced = 0
        """Envelopes of the client, and for it, that went no further."""

    def on_received(self, link: LinkId, message: Message) -> Sequence[Message]:
        if not isinstance(message, Submit) or message.envelope.signer != self._victim:
            return (message,)
        self.silenced += 1
        self._acks[link] = message.number
        return ()

    def on_said(self, link: LinkId, message: Message) -> Sequence[Message]:
        is_victims = link in self.peers and self.peers[link].key == self._victim
        if is_victims and isinstance(message, Deliver):
            self.silenced += 1
            return ()
        return (message,)

    def at_end(self) -> None:
        for link, number in self._acks.items():
            self.speak(link, Ack(number))
        self._acks.clear()
