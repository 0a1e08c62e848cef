"""Machines with two faces: they sign two texts where only one may be."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from overlay.crypto.encoding import encode
from overlay.crypto.keys import SigningKey
from overlay.messages.clients import Submit
from overlay.messages.envelopes import ChannelMessage
from overlay.messages.gossip import Equivocation, Push
from overlay.messages.links import Refusal
from overlay.messages.records import NodeRecord
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.statements import Signer
from overlay.wire.signed import read_text
from simulations.liars.base import Liar, LyingNode
from simulations.liars.forging import SALT_BYTES, said_in, signed_in
from simulations.machines import Machine, NodeMachine
from simulations.population import NETWORK

AHEAD = 1_000
"""Versions by which its lie is above what it said before: nobody may miss it as old."""


class TwoFacedNode(LyingNode):
    """Tells one half of its neighbours another record of itself than the other, and hears no proof.

    It does so once, as soon as it lies.
    """

    turn_every_ms = 50

    def __init__(self, inside: NodeMachine, key: SigningKey, random: Random) -> None:
        super().__init__(inside, key)
        self._random = random
        self._signer = Signer(key, NETWORK)
        self._own: NodeRecord | None = None
        self.lied_ms: int | None = None
        self.lied: NodeRecord | None = None
        """One of the two records, once it has lied."""

    def on_meant(self, link: LinkId, message: Message) -> None:
        for signed in signed_in(message):
            value = said_in(signed) if signed.signer == self.key.id else None
            own = self._own
            if isinstance(value, NodeRecord) and (own is None or value.order > own.order):
                self._own = value

    def on_received(self, link: LinkId, message: Message) -> Sequence[Message]:
        """What it is told of its own offence it does not want to know."""
        return () if isinstance(message, Equivocation) else (message,)

    def turn(self) -> None:
        links = [link for link, peer in self.served.items() if peer.role == "node"]
        if self.lied_ms is not None or self._own is None or len(links) < 2:
            return
        said = replace(self._own, version=self._own.version + AHEAD)
        faces = [self._signed(replace(said, salt=self._salt())) for _ in range(2)]
        for place, link in enumerate(links):
            self.speak(link, Push((faces[place % 2],)))
        self.lied_ms, self.lied = self.now_ms, said

    def _signed(self, record: NodeRecord) -> Signed:
        return self._signer.sign_one(record).signed

    def _salt(self) -> str:
        return encode(self._random.randbytes(SALT_BYTES))


class TwoTonguedClient(Liar):
    """Submits with each public message another one under the same counter."""

    def __init__(self, inside: Machine, key: SigningKey) -> None:
        super().__init__(inside, key)
        self._signer = Signer(key, NETWORK)
        self.lies = 0
        self.caught = 0
        """How many of its lies were refused as what they are."""

    def on_said(self, link: LinkId, message: Message) -> Sequence[Message]:
        if isinstance(message, Submit):
            value = read_text(message.envelope)
            if isinstance(value, ChannelMessage):
                other = self._signer.sign_one(replace(value, text=f"not {value.text}"))
                self.speak(link, Submit(number=0, envelope=other.signed))
                self.lies += 1
        return (message,)

    def at_end(self) -> None:
        caught = (each for each in self.refused if isinstance(each, Refusal))
        self.caught = sum(each.code == "replayed" for each in caught)
