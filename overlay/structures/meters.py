"""How much of several things somebody has had: not forgotten yet, and of late."""

from typing import Final

from overlay.structures.allowance import Allowance

_NS: Final = 1_000_000
LATE_MS: Final = 10_000
"""What counts as of late."""


class Meter:
    """Somebody's use of `kinds` things, each named by its place.

    Its `allowances`, one for each, are in nanoseconds; whoever counts decides how
    much is too much.
    """

    __slots__ = ("_before", "_now", "_turned_ms", "allowances", "name", "refused", "whose")

    def __init__(self, whose: int, name: str, kinds: int) -> None:
        self.whose = whose
        self.name = name
        self.allowances = [Allowance() for _ in range(kinds)]
        self.refused = 0
        """How often more was wanted than there was."""
        self._now = [0] * kinds
        self._before = [0] * kinds
        self._turned_ms = 0

    def spend(self, kind: int, amount: int, cost_ns: int, now_ms: int) -> None:
        """Count what is had now, which is remembered for `cost_ns`."""
        self.allowances[kind].spend(cost_ns, now_ms * _NS)
        if now_ms >= self._turned_ms + LATE_MS:
            self._turn(now_ms)
        self._now[kind] += amount

    def a_second(self, kind: int, now_ms: int) -> float:
        """How much of it was had each second of late."""
        if now_ms >= self._turned_ms + LATE_MS:
            self._turn(now_ms)
        part = 1 - (now_ms - self._turned_ms) / LATE_MS
        return (self._before[kind] * part + self._now[kind]) * 1_000 / LATE_MS

    def _turn(self, now_ms: int) -> None:
        is_next = now_ms < self._turned_ms + 2 * LATE_MS
        kinds = len(self._now)
        self._before = self._now if is_next else [0] * kinds
        self._now = [0] * kinds
        self._turned_ms = self._turned_ms + LATE_MS if is_next else now_ms
