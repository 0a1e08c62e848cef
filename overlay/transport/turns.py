"""Letting others have their turn first."""

import trio
from trio.testing import wait_all_tasks_blocked


async def let_others(patience_ms: int) -> None:
    """Return when no other task can do anything, or after `patience_ms` at the latest."""
    with trio.move_on_after(patience_ms / 1000):
        await wait_all_tasks_blocked()
