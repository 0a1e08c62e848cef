"""Rows are kept beside the pump: in order, many at once, every request answered."""

import threading
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

import trio
from trio.testing import wait_all_tasks_blocked

from overlay.errors import StoreError
from overlay.peering.effects import Forget, Load, Persist
from overlay.peering.events import Loaded, Stored, StoreEvent, StoreFailed, Ticket
from overlay.peering.rows import Row, RowKey
from overlay.runtime.inbox import Inbox
from overlay.runtime.persistence import Persistence, RowDamaged
from overlay.storage.memory import MemoryStore

PIN_KEY = RowKey("pins", "north")
OTHER_KEY = RowKey("pins", "south")


def pin(value: bytes, key: RowKey = PIN_KEY) -> Row:
    return Row(table=key.table, key=key.key, value=value)


class SlowDisk(MemoryStore):
    """A store whose commits wait for the test, and which remembers each of them."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        super().__init__(rows)
        self.commits: list[tuple[list[Row], list[RowKey]]] = []
        self.damaged: list[RowKey] = []
        self.refusals: list[str] = []
        self._began = threading.Semaphore(0)
        self._may_end = threading.Semaphore(0)

    def apply(self, writes: Sequence[Row], deletes: Sequence[RowKey]) -> None:
        self._began.release()
        self._may_end.acquire()
        self.commits.append((list(writes), list(deletes)))
        if self.refusals:
            raise StoreError(self.refusals.pop())
        super().apply(writes, deletes)

    def read(self, keys: Iterable[RowKey]) -> list[Row]:
        if self.refusals:
            raise StoreError(self.refusals.pop())
        return super().read(keys)

    def take_damaged(self) -> list[RowKey]:
        damaged, self.damaged = self.damaged, []
        return damaged

    async def commit_begins(self) -> None:
        await trio.to_thread.run_sync(self._began.acquire)

    def let_commits_end(self, count: int = 1) -> None:
        for _ in range(count):
            self._may_end.release()


class Kept:
    """A persistence, what it was asked and what it answered."""

    def __init__(self, disk: SlowDisk) -> None:
        self.disk = disk
        self.inbox = Inbox[StoreEvent]()
        self.reported: list[RowDamaged] = []
        self.persistence = Persistence(disk, self.inbox, self.reported.append)

    async def answers(self, count: int) -> list[StoreEvent]:
        events: list[StoreEvent] = []
        while len(events) < count:
            await self.inbox.wait()
            events += self.inbox.take(9)
        return events


@asynccontextmanager
async def kept(*rows: Row) -> AsyncIterator[Kept]:
    """A persistence that runs for as long as the block lasts."""
    running = Kept(SlowDisk(rows))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(running.persistence.run)
        try:
            yield running
        finally:
            # Else a failed test would wait for ever for a commit that nobody ends.
            running.disk.let_commits_end(9)
        nursery.cancel_scope.cancel()


async def test_a_row_is_told_stored_once_its_commit_has_ended() -> None:
    async with kept() as north:
        north.persistence.perform(Persist([pin(b"1")], Ticket(1)))
        await north.disk.commit_begins()
        assert len(north.inbox) == 0

        north.disk.let_commits_end()

        assert await north.answers(1) == [Stored(Ticket(1))]
        assert north.disk.read_all() == [pin(b"1")]


async def test_what_is_asked_while_a_commit_runs_goes_into_the_next_one_together() -> None:
    async with kept() as north:
        north.persistence.perform(Persist([pin(b"1")], Ticket(1)))
        await north.disk.commit_begins()
        north.persistence.perform(Persist([pin(b"2")], Ticket(2)))
        north.persistence.perform(Persist([pin(b"3", OTHER_KEY)], Ticket(3)))
        north.persistence.perform(Forget([RowKey("pins", "west")], Ticket(4)))

        north.disk.let_commits_end(2)

        assert await north.answers(4) == [Stored(Ticket(number)) for number in (1, 2, 3, 4)]
        assert north.disk.commits == [
            ([pin(b"1")], []),
            ([pin(b"2"), pin(b"3", OTHER_KEY)], [RowKey("pins", "west")]),
        ]


async def test_the_last_word_on_a_row_counts_within_one_commit() -> None:
    async with kept() as north:
        north.persistence.perform(Persist([pin(b"1"), pin(b"1", OTHER_KEY)], Ticket(1)))
        north.persistence.perform(Forget([PIN_KEY, OTHER_KEY], Ticket(2)))
        north.persistence.perform(Persist([pin(b"2")], Ticket(3)))

        north.disk.let_commits_end()

        assert await north.answers(3) == [Stored(Ticket(number)) for number in (1, 2, 3)]
        assert north.disk.commits == [([pin(b"2")], [OTHER_KEY])]


async def test_a_load_sees_what_was_asked_before_it_and_nothing_later() -> None:
    async with kept(pin(b"0")) as north:
        north.persistence.perform(Load([PIN_KEY], Ticket(1)))
        north.persistence.perform(Persist([pin(b"1")], Ticket(2)))
        north.persistence.perform(Load([PIN_KEY], Ticket(3)))
        north.persistence.perform(Forget([PIN_KEY], Ticket(4)))

        north.disk.let_commits_end(2)

        assert await north.answers(4) == [
            Loaded(Ticket(1), [pin(b"0")]),
            Stored(Ticket(2)),
            Loaded(Ticket(3), [pin(b"1")]),
            Stored(Ticket(4)),
        ]


async def test_a_load_of_other_rows_does_not_cut_a_commit_in_two() -> None:
    async with kept(pin(b"0", OTHER_KEY)) as north:
        north.persistence.perform(Persist([pin(b"1")], Ticket(1)))
        north.persistence.perform(Load([OTHER_KEY], Ticket(2)))
        north.persistence.perform(Forget([OTHER_KEY], Ticket(3)))

        north.disk.let_commits_end()

        assert await north.answers(3) == [
            Loaded(Ticket(2), [pin(b"0", OTHER_KEY)]),
            Stored(Ticket(1)),
            Stored(Ticket(3)),
        ]
        assert north.disk.commits == [([pin(b"1")], [OTHER_KEY])]


async def test_when_the_disk_says_no_everything_in_that_commit_has_failed_and_only_that() -> None:
    async with kept() as north:
        north.disk.refusals = ["the disk is full"]
        north.persistence.perform(Persist([pin(b"1")], Ticket(1)))
        north.persistence.perform(Forget([OTHER_KEY], Ticket(2)))
        await north.disk.commit_begins()
        north.persistence.perform(Persist([pin(b"2")], Ticket(3)))

        north.disk.let_commits_end(2)

        assert await north.answers(3) == [
            StoreFailed(Ticket(1), "the disk is full"),
            StoreFailed(Ticket(2), "the disk is full"),
            Stored(Ticket(3)),
        ]


async def test_a_load_that_the_disk_refuses_has_failed() -> None:
    async with kept() as north:
        north.disk.refusals = ["it is damaged"]
        north.persistence.perform(Load([PIN_KEY], Ticket(1)))

        assert await north.answers(1) == [StoreFailed(Ticket(1), "it is damaged")]


async def test_damaged_rows_are_reported() -> None:
    async with kept() as north:
        north.disk.damaged = [PIN_KEY]
        north.persistence.perform(Load([PIN_KEY], Ticket(1)))

        assert await north.answers(1) == [Loaded(Ticket(1), [])]
        await wait_all_tasks_blocked()
        assert north.reported == [RowDamaged("pins", "north")]


async def test_a_commit_that_has_begun_is_finished_when_the_node_is_cancelled() -> None:
    async with kept() as north:
        north.persistence.perform(Persist([pin(b"1")], Ticket(1)))
        await north.disk.commit_begins()
        north.disk.let_commits_end()

    assert north.disk.read_all() == [pin(b"1")]


async def test_whoever_waits_for_the_disk_goes_on_once_all_is_answered() -> None:
    async with kept() as north, trio.open_nursery() as nursery:
        await north.persistence.wait_idle()
        north.persistence.perform(Persist([pin(b"1")], Ticket(1)))
        await north.disk.commit_begins()
        north.persistence.perform(Persist([pin(b"2")], Ticket(2)))
        nursery.start_soon(north.persistence.wait_idle)

        north.disk.let_commits_end()
        await north.answers(1)
        await north.disk.commit_begins()
        assert len(nursery.child_tasks) == 1

        north.disk.let_commits_end()
