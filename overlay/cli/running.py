"""Runs what a command does on trio, until it is done or a signal says that it is over."""

import signal
from collections.abc import Awaitable, Callable

import trio


def run_async(work: Callable[[], Awaitable[int]]) -> int:
    """The exit code of `work`. SIGINT and SIGTERM cancel it, so that it leaves in order."""
    return trio.run(_until_signal, work)


async def _until_signal(work: Callable[[], Awaitable[int]]) -> int:
    code = 0
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:

            async def end_on_signal() -> None:
                nonlocal code
                number = await anext(signals)
                code = 128 + number
                nursery.cancel_scope.cancel()

            nursery.start_soon(end_on_signal)
            code = await work()
            nursery.cancel_scope.cancel()
    return code
