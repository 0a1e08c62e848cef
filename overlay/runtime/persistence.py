"""Keeps and fetches rows beside the pump, many requests in one commit."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, assert_never

import trio

from overlay.errors import StoreError
from overlay.peering.effects import Forget, Load, Persist, StoreEffect
from overlay.peering.events import Loaded, Stored, StoreEvent, StoreFailed, Ticket
from overlay.peering.rows import Row, RowKey
from overlay.runtime.doorbell import Doorbell
from overlay.runtime.machine import Sink
from overlay.storage.contract import Store


@dataclass(frozen=True, slots=True)
class RowDamaged:
    """A row on the disk is not what was written there; it counts as missing."""

    level: ClassVar[str] = "error"
    table: str
    name: str


class Persistence:
    """Performs the store effects of one machine, in order, and answers each.

    What is asked for while a commit runs goes into the next one together.
    """

    def __init__(
        self, store: Store, inbox: Sink[StoreEvent], report: Callable[[RowDamaged], None]
    ) -> None:
        self._store = store
        self._inbox = inbox
        self._report = report
        self._asked: deque[StoreEffect] = deque()
        self._bell = Doorbell()
        self._idle = trio.Event()
        self._idle.set()
        # Of our own, so that nobody else's slow calls delay a commit.
        self._thread = trio.CapacityLimiter(1)

    def perform(self, effect: StoreEffect) -> None:
        """Begin what `effect` asks."""
        self._asked.append(effect)
        if self._idle.is_set():
            self._idle = trio.Event()
        self._bell.ring()

    @property
    def is_idle(self) -> bool:
        """Whether everything that was asked for is done."""
        return self._idle.is_set()

    async def wait_idle(self) -> None:
        """Return when everything that was asked for is done."""
        await self._idle.wait()

    async def run(self) -> None:
        """Work until cancelled. A commit that has begun is finished first."""
        while True:
            await self._bell.wait()
            await self._work()

    async def _work(self) -> None:
        asked, self._asked = self._asked, deque()
        work = _Work(self._store)
        await trio.to_thread.run_sync(work.do, asked, limiter=self._thread)
        self._tell(work)

    def _tell(self, work: "_Work") -> None:
        for answer in work.answers:
            self._inbox.put_nowait(answer)
        for damaged in work.damaged:
            self._report(RowDamaged(damaged.table, damaged.key))
        if not self._asked:
            self._idle.set()


class _Work:
    """One batch of effects, done in a thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pending: dict[RowKey, Row | None] = {}
        self._tickets: list[Ticket] = []
        self.answers: list[StoreEvent] = []
        self.damaged: list[RowKey] = []

    def do(self, asked: deque[StoreEffect]) -> None:
        for effect in asked:
            match effect:
                case Persist(rows, ticket):
                    self._gather({RowKey(row.table, row.key): row for row in rows}, ticket)
                case Forget(keys, ticket):
                    self._gather(dict.fromkeys(keys), ticket)
                case Load():
                    self._load(effect)
                case _:
                    assert_never(effect)
        self._commit()
        self.damaged = self._store.take_damaged()

    def _gather(self, changes: dict[RowKey, Row | None], ticket: Ticket) -> None:
        self._pending.update(changes)
        self._tickets.append(ticket)

    def _load(self, effect: Load) -> None:
        # What was asked before must be seen. Other rows are as the disk has them,
        # so most loads need not wait for, or cut in two, a commit.
        if any(key in self._pending for key in effect.keys):
            self._commit()
        try:
            rows = self._store.read(effect.keys)
        except StoreError as error:
            self.answers.append(StoreFailed(effect.ticket, str(error)))
        else:
            self.answers.append(Loaded(effect.ticket, rows))

    def _commit(self) -> None:
        writes = [row for row in self._pending.values() if row is not None]
        deletes = [key for key, row in self._pending.items() if row is None]
        tickets, self._tickets = self._tickets, []
        self._pending = {}
        if not tickets:
            return
        try:
            self._store.apply(writes, deletes)
        except StoreError as error:
            self.answers += [StoreFailed(ticket, str(error)) for ticket in tickets]
        else:
            self.answers += [Stored(ticket) for ticket in tickets]
