"""Waiting for what other processes do, with a failsafe that no test measures."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
import trio

FAILSAFE_SECONDS = 60.0
"""Whoever waits this long waits for something that does not come."""

_LOOK_EVERY_SECONDS = 0.02


@contextmanager
def failsafe(what: str) -> Iterator[None]:
    """Fail the test, saying what did not come, instead of waiting for ever."""
    with trio.move_on_after(FAILSAFE_SECONDS) as patience:
        yield
    if patience.cancelled_caught:
        pytest.fail(f"waited {FAILSAFE_SECONDS:.0f} s in vain: {what}")


async def wait_until(what: str, holds: Callable[[], Awaitable[bool]]) -> None:
    """Return once `holds` does, for what another process would have to be asked about."""
    with failsafe(what):
        while not await holds():  # noqa: ASYNC110  # other processes tell us nothing unasked
            await trio.sleep(_LOOK_EVERY_SECONDS)
