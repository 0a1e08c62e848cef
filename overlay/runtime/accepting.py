"""Serves what comes to a port, until nothing more is to come."""

from collections.abc import Awaitable, Callable

import trio

Serve = Callable[[trio.SocketStream], Awaitable[None]]


async def accept(
    listeners: list[trio.SocketListener], serve: Serve, *, until: trio.CancelScope
) -> None:
    """Serve every connection until `until` is cancelled; those that were accepted go on."""
    async with trio.open_nursery() as carrying:
        with until:
            await trio.serve_listeners(serve, listeners, handler_nursery=carrying)
