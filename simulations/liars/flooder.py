"""Whoever is admitted, and says as much as they can: a client, and a member."""

from collections import Counter
from collections.abc import Sequence

from overlay import limits
from overlay.crypto.encoding import encode
from overlay.crypto.keys import SigningKey
from overlay.messages.clients import Attach, Find, Watch
from overlay.messages.envelopes import BundleWanted
from overlay.messages.ids import ClientId, Incarnation, NodeId
from overlay.messages.ids import Counter as EnvelopeCounter
from overlay.messages.links import Refusal
from overlay.messages.routing import ATTEMPTS_COUNTED, Relay
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.statements import Signer
from simulations.liars.base import Liar
from simulations.liars.link_liar import SALT_BYTES, LinkLiar
from simulations.machines import Machine, NodeMachine
from simulations.population import NETWORK

ASKED_EACH_TURN = 10
RELAYED_EACH_TURN = 10
FIRST_REQUEST = 10**9
"""Beyond those of the client inside."""


class FloodingClient(Liar):
    """Attaches, searches and watches without end. What it writes its person says."""

    turn_every_ms = 50

    def __init__(self, inside: Machine, key: SigningKey) -> None:
        super().__init__(inside, key)
        self.codes: Counter[str] = Counter()
        """What it was refused with."""
        self.asked = 0
        self.answered = 0
        """Questions that were answered. Those that nobody has read yet are neither."""
        self._attach: Attach | None = None

    def on_received(self, link: LinkId, message: Message) -> Sequence[Message]:
        request = getattr(message, "request", None)
        if request is None or request < FIRST_REQUEST:
            return (message,)
        if isinstance(message, Refusal):
            self.codes[message.code] += 1
        else:
            self.answered += 1
        return ()

    def on_said(self, link: LinkId, message: Message) -> Sequence[Message]:
        self._attach = message if isinstance(message, Attach) else self._attach
        return (message,)

    def turn(self) -> None:
        for link in self.served:
            for _ in range(ASKED_EACH_TURN):
                self.speak(link, self._question())

    def _question(self) -> Message:
        self.asked += 1
        request = FIRST_REQUEST + self.asked
        if self._attach is not None and self.asked % 2:
            attach = self._attach
            return Attach(
                request=request,
                presence=attach.presence,
                account=attach.account,
                bundle=attach.bundle,
            )
        if self.asked % 4:
            return Find(request=request, name=f"person-{self.asked % 9}")
        return Watch(request=request, accounts=None)


class FloodingNode(LinkLiar):
    """Sends one home questions without end, each as a first attempt with all the budget that a
    relay can have, and tells a new record of its own at each turn."""

    turn_every_ms = 100

    def __init__(
        self, inside: NodeMachine, key: SigningKey, home: NodeId, client: ClientId
    ) -> None:
        super().__init__(inside, key)
        self._home = home
        self._client = client
        self.relayed = 0

    def drops(self, relay: Relay) -> bool:
        return False

    def turn(self) -> None:
        self.claim([link.id for link in self.node.snapshot().links if link.is_exchanged])
        for link, peer in self.served.items():
            if peer.role == "node":
                self.speak(link, *self._relays())

    def _relays(self) -> list[Relay]:
        """Valid questions for a bundle, all of them signed."""
        signed = Signer(self.key, NETWORK).sign([self._wanted() for _ in range(RELAYED_EACH_TURN)])
        return [
            Relay(
                number=0,
                envelope=each.signed,
                keeper=NodeId(self.key.id),
                home=self._home,
                attempt=self.relayed * ATTEMPTS_COUNTED + 1,
                budget=limits.BUDGET_MAX - 1,
            )
            for each in signed
        ]

    def _wanted(self) -> BundleWanted:
        self.relayed += 1
        return BundleWanted(
            signer=NodeId(self.key.id),
            salt=encode(self.relayed.to_bytes(SALT_BYTES, "big")),
            incarnation=Incarnation(1),
            counter=EnvelopeCounter(self.relayed),
            recipients=(self._client,),
        )
