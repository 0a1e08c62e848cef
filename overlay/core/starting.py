"""How a run of a node begins: what its disk holds comes back. And what is done once an hour."""

from overlay.core.assembly import Assembly
from overlay.core.banning import Banning
from overlay.core.durable import Durable
from overlay.core.effects import Effect, Report
from overlay.core.facts import NodeStarted, StoreTrouble
from overlay.core.rounds import Rounds
from overlay.core.state.deadlines import SweepDue
from overlay.errors import RemoteError
from overlay.messages.records import Record
from overlay.peering.events import Ticket
from overlay.peering.statements import Verified

_SWEEP_MS = 3_600_000


class Starting:
    """Starts each incarnation of ours once it is durable."""

    def __init__(self, parts: Assembly, durable: Durable, rounds: Rounds, banning: Banning) -> None:
        self._parts = parts
        self._banning = banning
        self._durable: Durable | None = durable
        self._rounds = rounds

    def on_stored(self, ticket: Ticket, now_ms: int) -> list[Effect]:
        """Something is durable: our incarnation, or a block of counters."""
        us = self._parts.ourselves
        if not self._parts.reserving.on_stored(ticket):
            return []
        fact = NodeStarted(
            id=us.id, name=us.settings.name, network=us.settings.network, incarnation=us.incarnation
        )
        self.plan_sweep(now_ms)
        return [Report(fact), *self._restore(now_ms), *self._parts.keeping.dial_neighbours()]

    def on_store_failed(self, ticket: Ticket, reason: str, now_ms: int) -> list[Effect]:
        """The disk said no. Incarnation and counters are offered to it again after a while."""
        self._parts.reserving.on_store_failed(ticket, now_ms)
        return [Report(StoreTrouble(reason=reason))]

    def sweep(self, now_ms: int) -> list[Effect]:
        """Give up what is kept too long, once an hour."""
        self.plan_sweep(now_ms)
        return self._parts.delivery.expire(now_ms)

    def plan_sweep(self, now_ms: int) -> None:
        """Have `sweep` come an hour from now."""
        self._parts.timers.set(SweepDue(), now_ms + _SWEEP_MS)

    def _restore(self, now_ms: int) -> list[Effect]:
        """What we knew before the last stop; every record is verified anew."""
        durable, self._durable = self._durable, None
        if durable is None:
            return self._rounds.follow(self._parts.gossip.revouch(), now_ms)
        effects: list[Effect] = [
            Report(StoreTrouble(reason=f"row {key.table}/{key.key} cannot be read"))
            for key in durable.unreadable
        ]
        effects += self._banning.restore(durable.bans, now_ms)
        records: list[Verified[Record]] = []
        for signed in durable.records:
            try:
                if signed.signer != self._parts.ourselves.id:
                    records.append(self._parts.verification.read_record(signed))
            except RemoteError as error:
                effects.append(Report(StoreTrouble(reason=f"a stored record: {error.code}")))
        effects += self._rounds.follow(self._parts.gossip.revouch(), now_ms)
        return effects + self._rounds.apply(records, None, now_ms)
