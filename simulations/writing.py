"""What an end of a link has yet to write: one frame after the other."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from simulations.calendar import Calendar, Happening


@dataclass(frozen=True, slots=True)
class _Write:
    size_bytes: int
    written: Happening


class WriteQueue:
    """Writes each frame as fast as its link takes it when its turn comes.

    `takes_ms` says how long that is for so many bytes, as things are now.
    """

    def __init__(self, calendar: Calendar, takes_ms: Callable[[int], int]) -> None:
        self._calendar = calendar
        self._takes_ms = takes_ms
        self._waiting: deque[_Write] = deque()
        self._begun = 0
        self._ends_ms = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, size_bytes: int, written: Happening) -> None:
        """Write so much after all that waits, and have `written` happen then."""
        self._waiting.append(_Write(size_bytes, written))
        if len(self._waiting) == 1:
            self._begin()

    def begin_anew(self) -> None:
        """The link may take more than it did: so it does of what is being written, then."""
        if self._waiting and self._needed_until_ms() < self._ends_ms:
            self._begin()

    def clear(self) -> None:
        """Write nothing of what waits."""
        self._waiting.clear()

    def _needed_until_ms(self) -> int:
        return self._calendar.now_ms + self._takes_ms(self._waiting[0].size_bytes)

    def _begin(self) -> None:
        self._begun += 1
        self._ends_ms = self._needed_until_ms()
        self._calendar.plan(self._ends_ms, partial(self._end, self._begun))

    def _end(self, begun: int) -> None:
        if begun != self._begun or not self._waiting:
            return
        self._waiting.popleft().written()
        if self._waiting:
            self._begin()
