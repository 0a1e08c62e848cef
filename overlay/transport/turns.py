"""Letting others have their turn first."""

from typing import Final

import trio

# Its public home, trio.testing, imports pytest where there is one: 100 ms at every start, and
# objects that each full collection of garbage has to look at.
from trio._core import wait_all_tasks_blocked  # type: ignore[attr-defined]  # see above


async def let_others(patience_ms: int) -> None:
    """Return when no other task can do anything, or after `patience_ms` at the latest."""
    with trio.move_on_after(patience_ms / 1000):
        await wait_all_tasks_blocked()


PASSING_AT_ONCE: Final = 4
PASSING_TURNS: Final = 10
"""Turns of the event loop: some of those that a link takes from our answer until it has proved
itself, where its peer is quick."""

PASSING_MS: Final = 15
"""Where turns are longer than usual there are fewer: it is others' work that makes them so."""


class Turnstile:
    """Lets a crowd through a few in so many turns of the event loop.

    What each needs while a link is opened would leave holes of 7 KiB in memory for
    each of a crowd that did so in step. Nobody can hold it up for long: a pass takes
    no more than `PASSING_MS` and one turn, whatever those do who have gone through.
    """

    def __init__(self) -> None:
        self._passing = trio.Semaphore(PASSING_AT_ONCE)

    async def goes_through(self, deadline: float) -> bool:
        """Wait for our turn, first come, first served; whether it came by `deadline`."""
        with trio.CancelScope(deadline=deadline) as patience:
            async with self._passing:
                with trio.move_on_after(PASSING_MS / 1000):
                    for _ in range(PASSING_TURNS):
                        await trio.lowlevel.checkpoint()
        return not patience.cancelled_caught
