"""How late this node was run: what it missed meanwhile is nobody else's silence.

docs/protocol.md, section 10.4.
"""

from collections.abc import Callable

from overlay import limits


class Lateness:
    """Finds out when the node was not run for a while, and remembers how often of late.

    The factor grows by one each time and shrinks by one for every
    `LAG_DECAY_MS` in time, between 1 and `LAG_SCORE_MAX`. Source: A. Dadgar,
    J. Phillips, J. Currey, Lifeguard, DSN-W 2018, local health multiplier.
    """

    def __init__(self, *, is_minded: bool) -> None:
        self._is_minded = is_minded
        self._seen_ms: int | None = None
        self._score = 0
        self._scored_ms = 0
        self._told_ms: int | None = None

    def note(self, now_ms: int, due_at: Callable[[], int | None]) -> int:
        """The node is run now, and wanted to be at `due_at()`: how long it was kept waiting.

        0 when that is too little to matter. No time is counted twice. It is not asked
        when it was due where it was run a moment ago.
        """
        seen_ms, self._seen_ms = self._seen_ms, now_ms
        if seen_ms is None or now_ms - seen_ms < limits.LAG_MS or not self._is_minded:
            return 0
        due_ms = due_at()
        if due_ms is None:
            return 0
        lag_ms = now_ms - max(due_ms, seen_ms)
        if lag_ms < limits.LAG_MS:
            return 0
        # What it had in time before it was kept waiting is what it may forget now.
        self._score = min(self._score_at(now_ms - lag_ms) + 1, limits.LAG_SCORE_MAX)
        self._scored_ms = now_ms
        return lag_ms

    def factor(self, now_ms: int) -> int:
        """By how much we wait longer than usual before we blame others."""
        return max(self._score_at(now_ms), 1)

    def is_to_be_told(self, now_ms: int) -> bool:
        """Whether it is time again to say so."""
        if self._told_ms is not None and now_ms - self._told_ms < limits.LAG_TELL_MS:
            return False
        self._told_ms = now_ms
        return True

    def _score_at(self, at_ms: int) -> int:
        return max(self._score - (at_ms - self._scored_ms) // limits.LAG_DECAY_MS, 0)
