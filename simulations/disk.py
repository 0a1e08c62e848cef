"""A disk of a world: rows that become durable a while after they were handed over."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import assert_never

from overlay.peering.effects import Forget, Load, Persist, StoreEffect
from overlay.peering.events import Loaded, Stored, StoreFailed
from overlay.peering.rows import Row, RowKey
from simulations.calendar import Calendar

COMMIT_MS_MAX = 20
"""A commit takes from one millisecond to this: a hurried disk, and a busy one."""

ANSWER_MS_MAX = 3
"""What is durable is told within this: a machine may die in between."""

Answer = Stored | StoreFailed | Loaded
Then = Callable[[Answer], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishaps:
    """What befalls the commits of a disk: of so many one; 0 is never."""

    refused_one_in: int
    crash_one_in: int
    crash: Callable[[], None]
    """Kills the machine: right before a commit, or right after it and before that is told."""


NO_MISHAPS = Mishaps(refused_one_in=0, crash_one_in=0, crash=lambda: None)


class Disk:
    """Performs what it is asked in that order; a crash forgets what was not yet durable."""

    def __init__(self, random: Random) -> None:
        self.mishaps = NO_MISHAPS
        self.losses = 0
        """How often rows of it were lost, rolled back, torn or corrupted."""
        self._random = random
        self._rows: dict[RowKey, Row] = {}
        self._free_ms = 0
        self._run = 0

    def __len__(self) -> int:
        return len(self._rows)

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
                self._strike_crash()
            if self._run == run:
                answer = self._commit(effect)
                calendar.plan(answer_ms, lambda: then(answer))
                self._strike_crash()

        calendar.plan(done_ms, commit)

    def crash(self) -> None:
        """Forget what was asked and is not durable."""
        self._run += 1
        self._free_ms = 0

    def _commit(self, effect: StoreEffect) -> Answer:
        if self._strikes(self.mishaps.refused_one_in):
            return StoreFailed(effect.ticket, "the disk is full")
        match effect:
            case Persist(rows, ticket):
                self._rows |= {RowKey(row.table, row.key): row for row in rows}
                return Stored(ticket)
            case Forget(keys, ticket):
                for key in keys:
                    self._rows.pop(key, None)
                return Stored(ticket)
            case Load(keys, ticket):
                return Loaded(ticket, [self._rows[key] for key in keys if key in self._rows])
            case _:
                assert_never(effect)

    def _strike_crash(self) -> None:
        if self._strikes(self.mishaps.crash_one_in):
            self.mishaps.crash()

    def _strikes(self, one_in: int) -> bool:
        return one_in > 0 and self._random.randrange(one_in) == 0
