"""A disk of a world: rows that become durable a while after they were handed over."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import assert_never

from overlay.peering.effects import Forget, Load, Persist, StoreEffect
from overlay.peering.events import Loaded, Stored, StoreFailed
from overlay.peering.rows import Row, RowKey
from overlay.structures.columns import Column
from simulations.calendar import Calendar
from simulations.decisions import CommitMoment

COMMIT_MS_MAX = 20
"""A commit takes from one millisecond to this: a hurried disk, and a busy one."""

ANSWER_MS_MAX = 3
"""What is durable is told within this: a machine may die in between."""

Answer = Stored | StoreFailed | Loaded
Then = Callable[[Answer], None]
Share = Callable[[Row], tuple[RowKey, Row]]
"""Gives a row and its key, as others hold them too if they do."""


@dataclass(frozen=True, slots=True)
class _Crash:
    moment: CommitMoment
    crash: Callable[[], None]


class Disk:
    """Performs what it is asked in that order; a crash forgets what was not yet durable."""

    def __init__(self, random: Random, share: Share | None = None) -> None:
        self.refusals = 0
        """How many of the next commits it refuses."""
        self.losses = 0
        """How often rows that were durable were lost, rolled back, torn or corrupted."""
        self._random = random
        self._share = share or with_key
        self._rows: MutableMapping[RowKey, Row] = {}
        self._copy: dict[RowKey, Row] | None = None
        self._crash: _Crash | None = None
        self._free_ms = 0
        self._run = 0

    def __len__(self) -> int:
        return len(self._rows)

    def hold(self, rows: Sequence[Row], shared: Mapping[RowKey, Row] | None = None) -> None:
        """Hold these from the beginning, and what many hold."""
        self._rows = Column.of(shared) if shared is not None else {}
        self._write(rows)

    def rows(self) -> list[Row]:
        """Everything that is durable, in an order that tells nothing."""
        return [self._rows[key] for key in sorted(self._rows)]

    def perform(self, effect: StoreEffect, calendar: Calendar, then: Then) -> None:
        """Do what was asked, and call `then` with the answer a moment after it is durable."""
        done_ms = max(self._free_ms, calendar.now_ms) + 1 + self._random.randrange(COMMIT_MS_MAX)
        self._free_ms = done_ms
        run = self._run
        answer_ms = done_ms + self._random.randrange(ANSWER_MS_MAX + 1)

        def commit() -> None:
            if self._run == run:
                self._commit(effect, lambda answer: calendar.plan(answer_ms, lambda: then(answer)))

        calendar.plan(done_ms, commit)

    def plan_crash(self, moment: CommitMoment, crash: Callable[[], None]) -> None:
        """Have the machine die at its next commit."""
        self._crash = _Crash(moment, crash)

    def mend(self) -> None:
        """Nothing more goes wrong with the next commits."""
        self.refusals = 0
        self._crash = None

    def crash(self) -> None:
        """Forget what was asked and is not durable."""
        self._run += 1
        self._free_ms = 0
        self._crash = None

    # What it does wrong while no machine runs.

    def copy(self) -> None:
        """Remember what is durable now: that is what an old disk holds."""
        self._copy = dict(self._rows)

    def roll_back(self) -> bool:
        """Be as it was when it was copied; whether it ever was."""
        if self._copy is None:
            return False
        self._lose(dict(self._copy))
        return True

    def wipe(self) -> None:
        """Lose everything."""
        self._lose({})

    def lose_row(self, number: int) -> None:
        """Lose one of the rows, counted round and round."""
        if self._rows:
            key = self._key(number)
            self._lose({other: row for other, row in self._rows.items() if other != key})

    def corrupt_row(self, number: int) -> None:
        """Change one of the rows: its checksum tells, so that for its reader it is missing.

        As in the store that ships, `overlay/storage/sqlite.py`.
        """
        self.lose_row(number)

    def _key(self, number: int) -> RowKey:
        keys = sorted(self._rows)
        return keys[number % len(keys)]

    def _lose(self, rows: dict[RowKey, Row]) -> None:
        self.losses += rows != self._rows
        self._rows = rows

    # Commits.

    def _commit(self, effect: StoreEffect, tell: Then) -> None:
        crash, self._crash = self._crash, None
        if crash is None:
            tell(self._perform(effect))
            return
        if crash.moment == "after":
            tell(self._perform(effect))
        elif crash.moment == "torn" and isinstance(effect, Persist) and len(effect.rows) > 1:
            self._write(effect.rows[: len(effect.rows) // 2])
            self.losses += 1
        crash.crash()

    def _perform(self, effect: StoreEffect) -> Answer:
        if self.refusals > 0:
            self.refusals -= 1
            return StoreFailed(effect.ticket, "the disk is full")
        match effect:
            case Persist(rows, ticket):
                self._write(rows)
                return Stored(ticket)
            case Forget(keys, ticket):
                for key in keys:
                    self._rows.pop(key, None)
                return Stored(ticket)
            case Load(keys, ticket):
                return Loaded(ticket, [self._rows[key] for key in keys if key in self._rows])
            case _:
                assert_never(effect)

    def _write(self, rows: Sequence[Row]) -> None:
        self._rows.update(map(self._share, rows))


def with_key(row: Row) -> tuple[RowKey, Row]:
    """A row, and what names it."""
    return RowKey(row.table, row.key), row
