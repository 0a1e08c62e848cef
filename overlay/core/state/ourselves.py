"""Who this node is in this run: its key, incarnation, counters, and what it has yet to sign."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from overlay import limits
from overlay.core.settings import Settings
from overlay.crypto.encoding import encode
from overlay.crypto.keys import SigningKey
from overlay.messages.ids import Counter, Incarnation, NodeId
from overlay.messages.records import NodeRecord
from overlay.peering.events import Ticket
from overlay.peering.own_records import OwnRecords
from overlay.peering.statements import Signer, Verified
from overlay.structures.blocks import CounterBlock
from overlay.wire.signed import Signable

StatementT = TypeVar("StatementT")


@dataclass(slots=True)
class _Unsigned:
    value: Signable
    then: Callable[[Verified[Signable]], None]


class Ourselves:
    """Our identity. Statements are signed together at the end of a round."""

    def __init__(
        self,
        key: SigningKey,
        settings: Settings,
        random: Random,
        *,
        last_incarnation: Incarnation,
        last_counter: Counter,
    ) -> None:
        self.key = key
        self.id = NodeId(key.id)
        self.settings = settings
        self.random = random
        self.incarnation = Incarnation(last_incarnation + 1)
        self.is_started = False
        self.is_stopping = False
        self._signer = Signer(key, settings.network)
        self.counters = CounterBlock(limits.COUNTER_BLOCK, last_counter)
        self._version = 0
        self._records = OwnRecords(self.incarnation)
        self._ticket = 0
        self._unsigned: list[_Unsigned] = []

    def next_version(self) -> int:
        """Orders our own records within this incarnation."""
        self._version += 1
        return self._version

    def next_counter(self) -> Counter | None:
        """Numbers our own envelopes; None while no counter is reserved on the disk."""
        counter = self.counters.take()
        return Counter(counter) if counter is not None else None

    def next_ticket(self) -> Ticket:
        self._ticket += 1
        return Ticket(self._ticket)

    def salt(self) -> str:
        return encode(self.random.randbytes(16))

    def raise_incarnation(self, above: Incarnation) -> None:
        """Take an incarnation above `above`; the caller makes it durable before using it."""
        self.incarnation = Incarnation(max(self.incarnation, above) + 1)
        self._version = 0
        self._records = OwnRecords(self.incarnation)
        self._unsigned.clear()

    def is_of_another_run(self, record: Verified[NodeRecord]) -> bool:
        """Whether a record of ours shows that our incarnation, or a higher one, was used."""
        return self._records.is_of_another_run(record.value.order, record.leaf)

    def sign_later(self, value: Signable, then: Callable[[Verified[Signable]], None]) -> None:
        """Sign `value` at the end of this round, with its siblings, then call `then`."""
        self._unsigned.append(_Unsigned(value, then))

    def sign_now(self, values: Sequence[StatementT]) -> list[Verified[StatementT]]:
        """Sign at once, where there is no round to wait for."""
        verified = self._signer.sign(values)  # type: ignore[arg-type]  # as `sign_one`
        for statement in verified:
            self._remember(statement)
        return verified  # type: ignore[return-value]  # as `sign_one`

    def sign_all(self) -> None:
        """Sign what waits, as few signatures as batches allow."""
        if not self._unsigned:
            return
        waiting, self._unsigned = self._unsigned, []
        verified = self._signer.sign([unsigned.value for unsigned in waiting])
        for unsigned, statement in zip(waiting, verified, strict=True):
            self._remember(statement)
            unsigned.then(statement)

    def _remember(self, statement: Verified[Signable]) -> None:
        if isinstance(statement.value, NodeRecord):
            self._records.add(statement.value.version, statement.leaf)
