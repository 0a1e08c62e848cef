"""What must be durable before it is used: our incarnation, and blocks of our counters.

docs/protocol.md, sections 2.5 and 7.2.
"""

from overlay import limits
from overlay.core.durable import counter_row, incarnation_row
from overlay.core.effects import Effect
from overlay.core.state.deadlines import Deadline, StoreDue
from overlay.core.state.ourselves import Ourselves
from overlay.peering.effects import Persist
from overlay.peering.events import Ticket
from overlay.peering.rows import Row
from overlay.structures.timers import Timers


class Reserving:
    """Asks the disk for our incarnation and for counters, and again after it said no."""

    def __init__(self, ourselves: Ourselves, timers: Timers[Deadline]) -> None:
        self._ourselves = ourselves
        self._timers = timers
        self._start_ticket: Ticket | None = None
        self._ceilings: dict[Ticket, int] = {}

    def begin(self) -> list[Effect]:
        """Make our incarnation durable before anything is said in it."""
        us = self._ourselves
        if self._start_ticket is not None or us.is_stopping or self._is_disk_resting:
            return []
        self._start_ticket = us.next_ticket()
        rows = [incarnation_row(us.incarnation)]
        ceiling = us.counters.ceiling_wanted()
        if ceiling is not None:
            self._ceilings[self._start_ticket] = ceiling
            rows.append(counter_row(ceiling))
        return [Persist(tuple(rows), self._start_ticket)]

    def assume(self) -> tuple[Row, ...]:
        """Serve at once, with a block of counters: the disk holds these rows already."""
        us = self._ourselves
        ceiling = us.counters.ceiling_wanted()
        assert ceiling is not None
        us.counters.reserved(ceiling)
        us.is_started = True
        return incarnation_row(us.incarnation), counter_row(ceiling)

    def begin_anew(self) -> None:
        """Our incarnation has changed: it has to be made durable."""
        self._start_ticket = None

    def reserve_counters(self) -> list[Effect]:
        """Renew the block of counters when it runs low."""
        counters = self._ourselves.counters
        if not counters.is_low or self._is_disk_resting:
            return []
        ceiling = counters.ceiling_wanted()
        assert ceiling is not None
        ticket = self._ourselves.next_ticket()
        self._ceilings[ticket] = ceiling
        return [Persist((counter_row(ceiling),), ticket)]

    def on_stored(self, ticket: Ticket) -> bool:
        """Something is durable; True when that is our incarnation, which serves from now on."""
        us = self._ourselves
        if ticket in self._ceilings:
            us.counters.reserved(self._ceilings.pop(ticket))
        if ticket != self._start_ticket or us.is_started:
            return False
        us.is_started = True
        return True

    def on_store_failed(self, ticket: Ticket, now_ms: int) -> None:
        """The disk said no: it is asked again after a while."""
        self._timers.set(StoreDue(), now_ms + limits.STORE_RETRY_MS)
        if ticket in self._ceilings:
            del self._ceilings[ticket]
            self._ourselves.counters.not_reserved()
        if ticket == self._start_ticket:
            self._start_ticket = None

    @property
    def _is_disk_resting(self) -> bool:
        return StoreDue() in self._timers
