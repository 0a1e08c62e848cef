"""What is going to happen in a world, in buckets of one virtual millisecond."""

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

Happening = Callable[[], None]


@dataclass(slots=True)
class _Bucket:
    happenings: deque[Happening] = field(default_factory=deque)
    rounds: deque[Happening] = field(default_factory=deque)


class Calendar:
    """The virtual clock. Gives what was planned in order of time; of one time, as it was planned.

    What was planned as the end of a round comes after everything else of its
    millisecond: so whatever reaches a machine at one time is one round to it.
    """

    def __init__(self) -> None:
        self.now_ms = 0
        self._buckets: dict[int, _Bucket] = {}
        self._times: list[int] = []

    def plan(self, at_ms: int, happening: Happening) -> None:
        """Have `happening` called at `at_ms`, which must not be past."""
        self._bucket(at_ms).happenings.append(happening)

    def plan_round(self, at_ms: int, happening: Happening) -> None:
        """The same, after everything else that comes up in that millisecond."""
        self._bucket(at_ms).rounds.append(happening)

    def next_ms(self) -> int | None:
        """The time of what comes next, or None when nothing is planned."""
        while self._times:
            bucket = self._buckets[self._times[0]]
            if bucket.happenings or bucket.rounds:
                return self._times[0]
            del self._buckets[heapq.heappop(self._times)]
        return None

    def take(self) -> Happening:
        """What comes next, to be called at once. Its time is now; ask `next_ms` before."""
        self.now_ms = self._times[0]
        bucket = self._buckets[self.now_ms]
        return (bucket.happenings or bucket.rounds).popleft()

    def pass_to(self, now_ms: int) -> None:
        """Let time pass in which nothing is planned."""
        self.now_ms = max(self.now_ms, now_ms)

    def _bucket(self, at_ms: int) -> _Bucket:
        bucket = self._buckets.get(at_ms)
        if bucket is None:
            bucket = self._buckets[at_ms] = _Bucket()
            heapq.heappush(self._times, at_ms)
        return bucket
