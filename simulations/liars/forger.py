"""A node that makes things up in the names of others, and changes what passes through it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import TypeVar

from overlay.crypto.encoding import encode
from overlay.crypto.keys import SigningKey
from overlay.messages.clients import Deliver
from overlay.messages.gossip import Equivocation, Push
from overlay.messages.ids import NodeId
from overlay.messages.links import Heartbeat, Hello, Refusal
from overlay.messages.routing import Relay, Returned, Spread
from overlay.messages.signed import RECORD_KINDS, Signed
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.wire.signed import read_introduction, write_introduction
from simulations.liars.base import LyingNode
from simulations.liars.forging import Heard, Pen
from simulations.machines import NodeMachine

TAMPERED_ONE_IN = 2
"""Of what passes through it, this is changed."""
MASKED_ONE_IN = 3
"""Of its handshakes, this are held in another's name."""
BUDGET = 16

_T = TypeVar("_T")


class ForgingNode(LyingNode):
    """Between its lies it does what it should, so that others go on talking to it."""

    turn_every_ms = 50

    def __init__(self, inside: NodeMachine, key: SigningKey, random: Random) -> None:
        super().__init__(inside, key)
        self._random = random
        self._pen = Pen(key, random)
        self._material = Heard()
        self.forged: Counter[str] = Counter()
        """How much it made up, by kind."""
        self.told: Counter[str] = Counter()
        """The codes that it was refused with."""
        self.masks = 0
        """Handshakes in another's name."""

    @property
    def salts(self) -> list[str]:
        """One for each text that it made up, which stands in no other."""
        return self._pen.salts

    @property
    def _texts(self) -> dict[str, list[Signed]]:
        return self._material.texts

    def on_overheard(self, link: LinkId, message: Message) -> None:
        self._material.note(message)

    def on_received(self, link: LinkId, message: Message) -> Sequence[Message]:
        if isinstance(message, Refusal):
            self.told[message.code] += 1
        return (message,)

    def on_said(self, link: LinkId, message: Message) -> Sequence[Message]:
        match message:
            case Hello(text) if self._draws(MASKED_ONE_IN) and self.served:
                self.masks += 1
                mask = self._one_of([peer.key for peer in self.served.values()])
                return (Hello(write_introduction(replace(read_introduction(text), key=mask))),)
            case Relay() | Returned() | Spread() | Deliver() if self._draws(TAMPERED_ONE_IN):
                return (replace(message, envelope=self._forge(message.envelope)),)
            case _:
                return (message,)

    def turn(self) -> None:
        """One forgery for somebody who listens."""
        if not self.served or not self._texts:
            return
        link = self._one_of(list(self.served))
        if self.served[link].role == "client":
            self._tell_client(link)
        else:
            self._tell_node(link)

    def _tell_node(self, link: LinkId) -> None:
        kind = self._one_of([kind for kind in self._texts if kind != "bundle"])
        heard = self._one_of(self._texts[kind])
        forgery = self._forge(heard)
        if kind == "channel":
            self.speak(link, Spread(number=0, envelope=forgery))
        elif kind not in RECORD_KINDS:
            self.speak(link, self._relayed(forgery, NodeId(self.served[link].key)))
        elif self._draws(2):
            self.speak(link, Push((forgery,)))
        else:
            self.speak(link, Equivocation(heard, forgery))
        self.speak(link, Heartbeat(root=encode(self._random.randbytes(32))))

    def _tell_client(self, link: LinkId) -> None:
        envelopes = [kind for kind in self._texts if kind not in (*RECORD_KINDS, "bundle")]
        if envelopes:
            heard = self._one_of(self._texts[self._one_of(envelopes)])
            keeper = NodeId(self.key.id)
            self.speak(link, Deliver(number=0, envelope=self._forge(heard), keeper=keeper))

    def _relayed(self, forgery: Signed, home: NodeId) -> Relay:
        """For the neighbour itself, or for somebody behind it."""
        homes = [NodeId(signed.signer) for signed in self._texts.get("node", ())]
        return Relay(
            number=0,
            envelope=forgery,
            keeper=NodeId(self.key.id),
            home=home if self._draws(2) or not homes else self._one_of(homes),
            attempt=self._random.getrandbits(40),
            budget=BUDGET,
        )

    def _forge(self, heard: Signed) -> Signed:
        forgery = self._pen.forge(heard)
        self.forged[forgery.kind] += 1
        return forgery

    def _draws(self, one_in: int) -> bool:
        return self._random.randrange(one_in) == 0

    def _one_of(self, choices: Sequence[_T]) -> _T:
        return choices[self._random.randrange(len(choices))]
