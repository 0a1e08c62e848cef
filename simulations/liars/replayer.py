"""Machines that say again what others have said, wherever it might count a second time."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from overlay.crypto.keys import SigningKey
from overlay.messages.clients import Deliver, Submit
from overlay.messages.gossip import Announce, Delta, Equivocation, Push
from overlay.messages.ids import NodeId
from overlay.messages.links import Ack, Heartbeat, Hello, Proof
from overlay.messages.routing import Relay, Returned, Spread
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.outgoing import in_portions
from simulations.liars.base import Liar, LyingNode
from simulations.machines import Machine, NodeMachine

RECORDS_KEPT_MAX = 2_048
WORDS_KEPT_MAX = 2_048
RECORDS_AT_ONCE = 64
"""As many as one message holds."""
WORDS_AT_ONCE = 8
OLD_PROOFS_ONE_IN = 2
"""Of its handshakes, this are held with what somebody else has said in theirs."""

Words = Relay | Spread | Returned | Ack | Heartbeat | Announce | Equivocation
_T = TypeVar("_T")


@dataclass(slots=True)
class Tape:
    """What was overheard and may be played again. Several liars may share one."""

    records: deque[Signed] = field(default_factory=lambda: deque(maxlen=RECORDS_KEPT_MAX))
    words: deque[Words] = field(default_factory=lambda: deque(maxlen=WORDS_KEPT_MAX))
    handshakes: deque[tuple[Hello, Proof]] = field(default_factory=lambda: deque(maxlen=64))
    played: int = 0
    """How many texts, numbers and proofs were said again."""


class ReplayingNode(LyingNode):
    """It is honest beside: what it hears it takes and passes on, once. Then it plays it again."""

    turn_every_ms = 20

    def __init__(self, inside: NodeMachine, key: SigningKey, tape: Tape, random: Random) -> None:
        super().__init__(inside, key)
        self.tape = tape
        self._random = random
        self._hellos: dict[LinkId, Hello] = {}

    def on_received(self, link: LinkId, message: Message) -> Sequence[Message]:
        match message:
            case Push(records) | Delta(records):
                self.tape.records.extend(records)
            case (
                Relay() | Spread() | Returned() | Ack() | Heartbeat() | Announce() | Equivocation()
            ):
                self.tape.words.append(message)
            case Hello():
                self._hellos[link] = message
            case Proof() if link in self._hellos:
                self.tape.handshakes.append((self._hellos.pop(link), message))
            case _:
                pass
        return (message,)

    def on_said(self, link: LinkId, message: Message) -> Sequence[Message]:
        """Now and then a handshake is held with somebody's old words; the rest is its own."""
        if not isinstance(message, Hello) or not self.tape.handshakes:
            return (message,)
        if self._random.randrange(OLD_PROOFS_ONE_IN):
            return (message,)
        hello, proof = self._one_of(self.tape.handshakes)
        self.tape.played += 1
        return (hello, proof)

    def turn(self) -> None:
        """Everything goes to anybody: to who said it, and to who never heard it."""
        links = [link for link, peer in self.served.items() if peer.role == "node"]
        if not links:
            return
        link = self._one_of(links)
        if self.tape.records:
            records = [self._one_of(self.tape.records) for _ in range(RECORDS_AT_ONCE)]
            portion = next(in_portions(records))
            self.speak(link, Push(portion))
            self.tape.played += len(portion)
        if self.tape.words:
            words = [self._one_of(self.tape.words) for _ in range(WORDS_AT_ONCE)]
            self.speak(link, *words)
            self.tape.played += len(words)

    def _one_of(self, choices: Sequence[_T]) -> _T:
        return choices[self._random.randrange(len(choices))]


class ReplayingClient(Liar):
    """Submits again what it has submitted, and what was delivered to it."""

    turn_every_ms = 50

    def __init__(self, inside: Machine, key: SigningKey, tape: Tape, random: Random) -> None:
        super().__init__(inside, key)
        self.tape = tape
        self._random = random
        self._texts: deque[Signed] = deque(maxlen=WORDS_KEPT_MAX)

    def on_received(self, link: LinkId, message: Message) -> Sequence[Message]:
        if isinstance(message, Deliver):
            self._texts.append(message.envelope)
        return (message,)

    def on_said(self, link: LinkId, message: Message) -> Sequence[Message]:
        if isinstance(message, Submit):
            self._texts.append(message.envelope)
        return (message,)

    def turn(self) -> None:
        for link, peer in self.served.items():
            for _ in range(WORDS_AT_ONCE if self._texts else 0):
                signed = self._texts[self._random.randrange(len(self._texts))]
                self.speak(link, Submit(number=0, envelope=signed, keeper=NodeId(peer.key)))
                self.tape.played += 1
