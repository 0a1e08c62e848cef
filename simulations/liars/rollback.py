"""A node that tells of others what they said before, as if it were what they say now."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from overlay.crypto.encoding import encode
from overlay.crypto.keys import SigningKey
from overlay.messages.gossip import Push
from overlay.messages.ids import ClientId, Incarnation, NodeId
from overlay.messages.links import Welcome
from overlay.messages.records import AccountRecord, NodeRecord, Presence, Slot
from overlay.messages.signed import RECORD_KINDS, Signed
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.outgoing import in_portions
from overlay.peering.records import Subject, subject_of
from overlay.peering.statements import Signer
from simulations.liars.base import LyingNode
from simulations.liars.forging import SALT_BYTES, said_in, signed_in
from simulations.machines import NodeMachine
from simulations.population import NETWORK

VERSIONS_KEPT_MAX = 16
"""Of each subject so many old records are remembered."""
AHEAD = 1_000
STRANGERS_AT_ONCE = 8
"""So many presences of clients that it makes up it lets everybody park at once."""

Record = NodeRecord | Presence | Slot | AccountRecord


@dataclass(slots=True)
class Memory:
    """What a liar keeps over its own restarts: the past."""

    records: dict[Subject, dict[Signed, Record]] = field(default_factory=dict)
    told: int = 0
    """How many old records it has told."""
    claims: int = 0
    """How often it has claimed that somebody is with it still."""
    strangers: int = 0


class RollbackNode(LyingNode):
    """Pushes old records, welcomes with them, and goes on serving who has left.

    Everything that it signs itself is its own to sign: its slots.
    """

    turn_every_ms = 60

    def __init__(
        self, inside: NodeMachine, key: SigningKey, memory: Memory, random: Random
    ) -> None:
        super().__init__(inside, key)
        self.memory = memory
        self._random = random
        self._signer = Signer(key, NETWORK)

    def _remember(self, message: Message) -> None:
        for signed in signed_in(message):
            value = said_in(signed) if signed.kind in RECORD_KINDS else None
            if not isinstance(value, Record):
                continue
            kept = self.memory.records.setdefault(subject_of(value), {})
            kept[signed] = value
            if len(kept) > VERSIONS_KEPT_MAX:
                del kept[next(iter(kept))]

    def on_overheard(self, link: LinkId, message: Message) -> None:
        self._remember(message)

    def on_meant(self, link: LinkId, message: Message) -> None:
        self._remember(message)

    def on_said(self, link: LinkId, message: Message) -> Sequence[Message]:
        """Who comes anew is told an old record of itself."""
        if isinstance(message, Welcome) and message.record is not None and link in self.peers:
            old = self._old_of(self.peers[link].key)
            if old is not None:
                self.memory.told += 1
                return (replace(message, record=old),)
        return (message,)

    def turn(self) -> None:
        links = [link for link, peer in self.served.items() if peer.role == "node"]
        if not links:
            return
        link = links[self._random.randrange(len(links))]
        portions = in_portions([*self._old_ones(), *self._claim(), *self._strangers()])
        self.speak(link, Push(next(portions, ())))

    def _old_ones(self) -> list[Signed]:
        """Something that is not the newest, of everybody who has ever changed."""
        old = [
            signed
            for subject in list(self.memory.records)
            if (signed := self._old(subject)) is not None
        ]
        self.memory.told += len(old)
        return old

    def _old(self, subject: Subject) -> Signed | None:
        kept = self.memory.records.get(subject, {})
        newest = max((value.order for value in kept.values()), default=None)
        old = [signed for signed, value in kept.items() if value.order != newest]
        return old[self._random.randrange(len(old))] if old else None

    def _old_of(self, key: str) -> Signed | None:
        return self._old(Subject("presence", key)) or self._old(Subject("node", key))

    def _claim(self) -> list[Signed]:
        """A slot of ours for somebody who was here before, with the presence of then."""
        incarnation = self.snapshot().incarnation
        served = [
            (signed, value)
            for kept in self.memory.records.values()
            for signed, value in kept.items()
            if isinstance(value, Presence)
            and (value.home, value.home_incarnation) == (self.key.id, incarnation)
        ]
        if not served:
            return []
        presence, value = served[self._random.randrange(len(served))]
        self.memory.claims += 1
        slot = self._slot(incarnation, self._random.randrange(8), value)
        account = self.memory.records.get(Subject("account", value.account), {})
        return [presence, slot, *list(account)[:1]]

    def _slot(self, incarnation: Incarnation, slot: int, presence: Presence) -> Signed:
        return self._signer.sign_one(
            Slot(
                signer=NodeId(self.key.id),
                salt=encode(self._random.randbytes(SALT_BYTES)),
                incarnation=incarnation,
                version=AHEAD + self.memory.claims,
                slot=slot,
                client=presence.signer,
                presence=presence.order,
            )
        ).signed

    def _strangers(self) -> list[Signed]:
        """Presences of nobody, to be parked until what is parked of others is dropped."""
        presences = [value for kept in self.memory.records.values() for value in kept.values()]
        model = next((value for value in presences if isinstance(value, Presence)), None)
        if model is None:
            return []
        self.memory.strangers += STRANGERS_AT_ONCE
        return [self._stranger(model) for _ in range(STRANGERS_AT_ONCE)]

    def _stranger(self, model: Presence) -> Signed:
        key = SigningKey.generate(self._random)
        presence = replace(model, signer=ClientId(key.id))
        return Signer(key, NETWORK).sign_one(presence).signed
