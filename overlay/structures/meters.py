"""How much of several things somebody has had: not forgotten yet, and of late."""

from typing import Final

_NS: Final = 1_000_000
LATE_MS: Final = 10_000
"""What counts as of late."""


class Meter:
    """Somebody's use of `kinds` things, each named by its place.

    `owed_ns` is until when what was had is remembered; whoever counts decides how
    much of that is too much. Source: the generic cell rate algorithm of ITU-T
    I.371, which needs one number for each thing.
    """

    __slots__ = ("_before", "_now", "_turned_ms", "name", "owed_ns", "refused", "whose")

    def __init__(self, whose: int, name: str, kinds: int) -> None:
        self.whose = whose
        self.name = name
        self.owed_ns = [0] * kinds
        self.refused = 0
        """How often more was wanted than there was."""
        self._now = [0] * kinds
        self._before = [0] * kinds
        self._turned_ms = 0

    def spend(self, kind: int, amount: int, cost_ns: int, now_ms: int) -> None:
        """Count what is had now, which is remembered for `cost_ns`."""
        owed_ns, now_ns = self.owed_ns[kind], now_ms * _NS
        self.owed_ns[kind] = (owed_ns if owed_ns > now_ns else now_ns) + cost_ns
        if now_ms >= self._turned_ms + LATE_MS:
            self._turn(now_ms)
        self._now[kind] += amount

    def forgive(self, kind: int, until_ns: int) -> None:
        """Remember nothing for longer than that."""
        if self.owed_ns[kind] > until_ns:
            self.owed_ns[kind] = until_ns

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
