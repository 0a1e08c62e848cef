"""One bare relay: passes each message on to the next port and the answer back; 0 echoes."""

import sys
from contextlib import suppress

import trio
from trio_websocket import ConnectionClosed, WebSocketRequest, open_websocket, serve_websocket


async def run(next_port: int) -> None:
    """Serve until killed; the first line of output is our own port."""
    async with trio.open_nursery() as nursery:

        async def relay(request: WebSocketRequest) -> None:
            with suppress(ConnectionClosed):
                await _relay(request, next_port)

        server = await nursery.start(
            lambda task_status: serve_websocket(
                relay, "127.0.0.1", 0, ssl_context=None, task_status=task_status
            )
        )
        print(server.port, flush=True)


async def _relay(request: WebSocketRequest, next_port: int) -> None:
    connection = await request.accept()
    while not next_port:
        await connection.send_message(await connection.get_message())
    async with open_websocket("127.0.0.1", next_port, "/", use_ssl=False) as onward:
        while True:
            await onward.send_message(await connection.get_message())
            await connection.send_message(await onward.get_message())


if __name__ == "__main__":
    trio.run(run, int(sys.argv[1]))
