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
"""Turns of the event loop: about as many as a link takes from our answer until it has proved
itself, where its peer is quick."""


class Turnstile:
    """Lets a crowd through a few at a time, while the event loop turns for those before them.

    What everybody needs while a link is being opened would leave holes of 7 KiB in
    memory for each of a crowd that did so in step. Nobody can hold it up: turns pass
    whatever those do who went through, and where there is nothing to do, at once.
    """

    def __init__(self) -> None:
        self._passing = trio.Semaphore(PASSING_AT_ONCE)

    async def go_through(self) -> None:
        """Return when it is our turn, first come, first served."""
        async with self._passing:
            for _ in range(PASSING_TURNS):
                await trio.lowlevel.checkpoint()
