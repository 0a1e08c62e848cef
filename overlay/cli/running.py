"""Runs what a command does on trio, until it is done or a signal says that it is over."""

import signal
from collections.abc import Awaitable, Callable

import trio

from overlay.cli.options import Reach
from overlay.cli.output import say
from overlay.sdk import Client
from overlay.sdk.addresses import read_addresses


def run_async(work: Callable[[], Awaitable[int]]) -> int:
    """The exit code of `work`. SIGINT and SIGTERM cancel it, so that it leaves in order."""
    return trio.run(_until_signal, work)


def tell_detour(client: Client, reach: Reach) -> None:
    """Say so where none of the nodes asked for serves us, but one that was met before."""
    home = client.status.address
    asked = read_addresses(reach.addresses, allows_plain=reach.allows_plain)
    if home is not None and home not in asked:
        say(f"{', '.join(reach.addresses)}: no answer; attached at {home} instead")


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
