"""Serves what comes to a port: a defect that one connection meets ends that connection alone."""

from collections.abc import Awaitable, Callable

import trio

from overlay.errors import LinkError
from overlay.runtime.defects import ConnectionFailed
from overlay.transport.websocket import remote_address_of

Serve = Callable[[trio.SocketStream], Awaitable[None]]


async def accept(
    listeners: list[trio.SocketListener],
    serve: Serve,
    report: Callable[[ConnectionFailed], None],
    *,
    until: trio.CancelScope,
) -> None:
    """Serve every connection until `until` is cancelled; those that were accepted go on."""

    async def contained(stream: trio.SocketStream) -> None:
        try:
            remote_address = remote_address_of(stream)
        except LinkError:
            remote_address = "somebody who has gone"
        try:
            await serve(stream)
        except Exception as defect:
            report(ConnectionFailed.by(defect, remote_address))

    async with trio.open_nursery() as carrying:
        with until:
            await trio.serve_listeners(contained, listeners, handler_nursery=carrying)
