"""A client that fills mailboxes: of people who are away, and of ids that nobody bears."""

from collections import Counter

from overlay import limits
from overlay.crypto.encoding import encode
from overlay.crypto.keys import SigningKey
from overlay.crypto.sealing import SUITE
from overlay.messages.clients import Submit
from overlay.messages.envelopes import ChainStart, ChatMessage, SealedEnvelope
from overlay.messages.ids import (
    AccountId,
    ChainId,
    ClientId,
    ConversationId,
    Incarnation,
    KeyId,
)
from overlay.messages.ids import Counter as EnvelopeCounter
from overlay.messages.links import Refusal
from overlay.peering.statements import Signer
from simulations.liars.base import Liar
from simulations.machines import Machine
from simulations.population import NETWORK

FIRST_COUNTER = 10**6
"""Beyond those of the client inside."""

SMALL_EACH_TURN, LARGE_EACH_TURN = 64, 6
"""Within its credit in envelopes, and in bytes."""
SMALL_CHARACTERS = 400


class MailboxThief(Liar):
    """Writes to one who is away as many messages as it can, to another as long ones as it can,
    and chain starts to clients that it makes up."""

    turn_every_ms = 50

    def __init__(self, inside: Machine, key: SigningKey, many: AccountId, long: AccountId) -> None:
        super().__init__(inside, key)
        self._many = many
        self._long = long
        self._made = 0
        self.submitted: Counter[str] = Counter()

    @property
    def codes(self) -> Counter[str]:
        """What it was refused with."""
        return Counter(each.code for each in self.refused if isinstance(each, Refusal))

    def turn(self) -> None:
        for link in self.served:
            values: list[SealedEnvelope] = [self._chain_start()]
            values += [self._message(self._many, SMALL_CHARACTERS) for _ in range(SMALL_EACH_TURN)]
            long = limits.BODY_CHARACTERS_MAX
            values += [self._message(self._long, long) for _ in range(LARGE_EACH_TURN)]
            for signed in Signer(self.key, NETWORK).sign(values):
                self.speak(link, Submit(number=0, envelope=signed.signed, keeper=None))

    def _chain_start(self) -> ChainStart:
        self.submitted["chain_start"] += 1
        return ChainStart(
            signer=ClientId(self.key.id),
            salt=self._made_up(16),
            incarnation=Incarnation(1),
            counter=self._counter(),
            recipients=(ClientId(self._made_up(32)),),
            conversation=ConversationId(self._made_up(32)),
            chain=ChainId(self._made_up(32)),
            suite=SUITE,
            key_id=KeyId(self._made_up(16)),
            body="A" * SMALL_CHARACTERS,
        )

    def _message(self, to: AccountId, characters: int) -> ChatMessage:
        self.submitted["message"] += 1
        return ChatMessage(
            signer=ClientId(self.key.id),
            salt=self._made_up(16),
            incarnation=Incarnation(1),
            counter=self._counter(),
            recipients=(to,),
            conversation=ConversationId(self._made_up(32)),
            chain=ChainId(self._made_up(32)),
            index=1,
            suite=SUITE,
            body="A" * characters,
        )

    def _counter(self) -> EnvelopeCounter:
        self._made += 1
        return EnvelopeCounter(FIRST_COUNTER + self._made)

    def _made_up(self, size: int) -> str:
        return encode(self._made.to_bytes(size, "big"))
