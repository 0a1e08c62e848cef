"""Letting others have their turn first."""

import trio

# Its public home, trio.testing, imports pytest where there is one: 100 ms at every start, and
# objects that each full collection of garbage has to look at.
from trio._core import wait_all_tasks_blocked  # type: ignore[attr-defined]  # see above


async def let_others(patience_ms: int) -> None:
    """Return when no other task can do anything, or after `patience_ms` at the latest."""
    with trio.move_on_after(patience_ms / 1000):
        await wait_all_tasks_blocked()
