"""What is going to happen in a world, in buckets of one virtual millisecond."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

Happening = Callable[[], object]


@dataclass(slots=True)
class _Bucket:
    firsts: list[Happening] = field(default_factory=list)
    happenings: list[Happening] = field(default_factory=list)
    rounds: list[Happening] = field(default_factory=list)


class Calendar:
    """The virtual clock. Gives what was planned in order of time; of one time, as it was planned.

    What was planned as a decision comes before everything else of its
    millisecond. What was planned as the end of a round comes after it: so
    whatever reaches a machine at one time is one round to it.
    """

    def __init__(self) -> None:
        self.now_ms = 0
        self.is_running = False
        """Whether time passes now."""
        self.is_busy = False
        """Whether what happens now is no decision, and so in the middle of a millisecond."""
        self._buckets: dict[int, _Bucket] = {}
        self._times: list[int] = []

    def plan(self, at_ms: int, happening: Happening) -> None:
        """Have `happening` called at `at_ms`, which must not be past."""
        self._bucket(at_ms).happenings.append(happening)

    def plan_first(self, at_ms: int, happening: Happening) -> None:
        """The same for a decision, before everything else of a millisecond that is to come."""
        assert at_ms > self.now_ms, "much of this millisecond has happened already"
        self._bucket(at_ms).firsts.append(happening)

    def plan_round(self, at_ms: int, happening: Happening) -> None:
        """The same, after everything else that comes up in that millisecond."""
        self._bucket(at_ms).rounds.append(happening)

    def next_ms(self) -> int | None:
        """The time of what comes next, or None when nothing is planned."""
        return self._times[0] if self._times else None

    def run(self, until_ms: int) -> None:
        """Let everything happen up to `until_ms`, that included."""
        self.is_running = True
        times, buckets = self._times, self._buckets
        while times and times[0] <= until_ms:
            self.now_ms = now_ms = times[0]
            self._empty(buckets[now_ms])
            heapq.heappop(times)
            del buckets[now_ms]
        self.pass_to(until_ms)
        self.is_running = False

    def _empty(self, bucket: _Bucket) -> None:
        """A loop over a list comes to what is appended meanwhile, too."""
        for decision in bucket.firsts:
            decision()
        self.is_busy = True
        happenings = bucket.happenings
        for happening in happenings:
            happening()
        for end_of_round in bucket.rounds:
            happenings.clear()
            end_of_round()
            for happening in happenings:
                happening()
        self.is_busy = False

    def pass_to(self, now_ms: int) -> None:
        """Let time pass in which nothing is planned."""
        self.now_ms = max(self.now_ms, now_ms)

    def _bucket(self, at_ms: int) -> _Bucket:
        bucket = self._buckets.get(at_ms)
        if bucket is None:
            bucket = self._buckets[at_ms] = _Bucket()
            heapq.heappush(self._times, at_ms)
        return bucket
