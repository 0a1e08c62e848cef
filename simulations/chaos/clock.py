"""The clock of one run: milliseconds since it began, and what people's clocks show."""

import time

import trio

from simulations.chaos.account import Moment


class Clock:
    """Begins at 0 when it is made, inside trio."""

    def __init__(self) -> None:
        self._begun = trio.current_time()

    @property
    def now_ms(self) -> int:
        """Milliseconds since it began."""
        return int((trio.current_time() - self._begun) * 1_000)

    def now(self) -> Moment:
        """The same, and the wall clock, as the SDK reads it."""
        return Moment(self.now_ms, time.time_ns() // 1_000_000)
