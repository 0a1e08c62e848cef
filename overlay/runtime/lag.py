"""How late a machine is woken: what a busy loop, or a busy machine, costs everybody here."""

from typing import Final

SPAN_SECONDS: Final = 1.0
"""The worst of this and of the last such span is told: who asks once a second misses nothing."""


class Lag:
    """The worst lateness of the last one to two spans."""

    def __init__(self) -> None:
        self._span = 0
        self._worst = 0.0
        self._worst_before = 0.0

    def note(self, at: float, late_seconds: float) -> None:
        """A deadline was kept so late, at a time in seconds."""
        self._move_on(at)
        self._worst = max(self._worst, late_seconds)

    def worst_ms(self, at: float) -> float:
        """The worst of late, in milliseconds."""
        self._move_on(at)
        return round(1_000 * max(self._worst, self._worst_before), 1)

    def _move_on(self, at: float) -> None:
        span = int(at / SPAN_SECONDS)
        if span != self._span:
            self._worst_before = self._worst if span == self._span + 1 else 0.0
            self._span, self._worst = span, 0.0
