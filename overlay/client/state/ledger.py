"""What waits for the disk, and what may be done once it is there.

One commit at a time: what comes up while one is under way goes into the next,
so a row never overtakes an older value of itself, also not when the disk says
no and is asked again.
"""

from collections.abc import Callable

from overlay import limits
from overlay.client.effects import Effect
from overlay.client.facts import ClientStoreFailed
from overlay.client.state.deadlines import Moment
from overlay.client.state.desk import Desk
from overlay.peering.effects import Forget, Persist
from overlay.peering.events import Ticket
from overlay.peering.rows import Row, RowKey

Then = Callable[[int], None]
"""What follows once a row is durable; gets the time."""


class Ledger:
    """Rows on their way to the disk, the newest of each key."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._rows: dict[RowKey, Row | None] = {}
        self._then: list[Then] = []
        self._committing_rows: dict[RowKey, Row | None] = {}
        self._committing_then: list[Then] = []
        self._tickets: dict[Ticket, None] = {}
        self._has_failed = False
        self._retry_ms = 0

    def put(self, row: Row, then: Then | None = None) -> None:
        """Keep `row` with the next commit, and call `then` once it is durable."""
        self._rows[RowKey(row.table, row.key)] = row
        if then is not None:
            self._then.append(then)

    def forget(self, key: RowKey, then: Then | None = None) -> None:
        """Delete a row with the next commit, and call `then` once it is gone."""
        self._rows[key] = None
        if then is not None:
            self._then.append(then)

    def after(self, then: Then) -> None:
        """Call `then` once what was put here in this event is durable."""
        assert self._rows, "there is nothing to wait for"
        self._then.append(then)

    def hurry(self) -> None:
        """Let the disk have no rest: there will be no later."""
        self._retry_ms = 0

    def flush(self, now_ms: int) -> list[Effect]:
        """Begin a commit of what waits, unless one is under way or the disk needs a rest."""
        if self._tickets or now_ms < self._retry_ms or not self._rows:
            return []
        self._committing_rows, self._rows = self._rows, {}
        self._committing_then, self._then = self._then, []
        kept = [row for row in self._committing_rows.values() if row is not None]
        gone = [key for key, row in self._committing_rows.items() if row is None]
        effects: list[Effect] = []
        if kept:
            effects.append(Persist(kept, self._take_ticket()))
        if gone:
            effects.append(Forget(gone, self._take_ticket()))
        return effects

    def on_stored(self, ticket: Ticket, now_ms: int) -> None:
        """A part of the commit is durable; with the last one, what waited for it follows."""
        self._answered(ticket, now_ms)

    def on_failed(self, ticket: Ticket, reason: str, now_ms: int) -> None:
        """The disk said no: it is asked again a little later, for all of the commit."""
        if ticket in self._tickets:
            self._desk.report(ClientStoreFailed(reason))
            self._has_failed = True
            self._answered(ticket, now_ms)

    def _answered(self, ticket: Ticket, now_ms: int) -> None:
        if ticket not in self._tickets:
            return
        del self._tickets[ticket]
        if self._tickets:
            return
        if self._has_failed:
            self._again(now_ms)
            return
        follows, self._committing_then = self._committing_then, []
        for then in follows:
            then(now_ms)

    def _again(self, now_ms: int) -> None:
        self._rows = {**self._committing_rows, **self._rows}
        self._then = [*self._committing_then, *self._then]
        self._has_failed = False
        self._retry_ms = now_ms + limits.STORE_RETRY_MS
        self._desk.timers.set(Moment.STORE, self._retry_ms)

    def _take_ticket(self) -> Ticket:
        ticket = self._desk.next_ticket()
        self._tickets[ticket] = None
        return ticket
