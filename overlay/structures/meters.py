"""How much of several things somebody has had: not forgotten yet, and of late."""

from typing import Final

from overlay.structures.allowance import Allowance

_NS: Final = 1_000_000
LATE_MS: Final = 10_000
"""What counts as of late."""


class Had(Allowance):
    """What somebody has had of one thing, and how much of it in this `LATE_MS` and the last."""

    __slots__ = ("before", "now")

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.before = 0


_NOTHING: Final = Had()
"""Of what somebody has never had, as most people of most things."""


class Meter:
    """Somebody's use of `kinds` things, each named by its place.

    Its `allowances`, one for each, are in nanoseconds; whoever counts decides how
    much is too much.
    """

    __slots__ = ("_turned_ms", "allowances", "name", "refused", "whose")

    def __init__(self, whose: int, name: str, kinds: int) -> None:
        self.whose = whose
        self.name = name
        self.allowances = [_NOTHING] * kinds
        self.refused = 0
        """How often more was wanted than there was."""
        self._turned_ms = 0

    def spend(self, kind: int, amount: int, cost_ns: int, now_ms: int) -> None:
        """Count what is had now, which is remembered for `cost_ns`."""
        had = self.allowances[kind]
        if had is _NOTHING:
            had = self.allowances[kind] = Had()
        had.spend(cost_ns, now_ms * _NS)
        if now_ms >= self._turned_ms + LATE_MS:
            self._turn(now_ms)
        had.now += amount

    def a_second(self, kind: int, now_ms: int) -> float:
        """How much of it was had each second of late."""
        if now_ms >= self._turned_ms + LATE_MS:
            self._turn(now_ms)
        had, part = self.allowances[kind], 1 - (now_ms - self._turned_ms) / LATE_MS
        return (had.before * part + had.now) * 1_000 / LATE_MS

    def _turn(self, now_ms: int) -> None:
        is_next = now_ms < self._turned_ms + 2 * LATE_MS
        for had in self.allowances:
            if had is not _NOTHING:
                had.before, had.now = had.now if is_next else 0, 0
        self._turned_ms = self._turned_ms + LATE_MS if is_next else now_ms
