"""One bare relay: passes each message on to the next port and the answer back; 0 echoes.

python -m tests.benchmarks.relay PORT [CERTIFICATE KEY]
"""

import ssl
import sys
from contextlib import suppress
from pathlib import Path

import trio
from trio_websocket import ConnectionClosed, WebSocketRequest, open_websocket, serve_websocket

from overlay.transport.tls import dialling_context, presented


async def run(next_port: int, context: ssl.SSLContext | None) -> None:
    """Serve until killed; the first line of output is our own port."""
    async with trio.open_nursery() as nursery:

        async def relay(request: WebSocketRequest) -> None:
            with suppress(ConnectionClosed):
                await _relay(request, next_port, speaks_tls=context is not None)

        server = await nursery.start(
            lambda task_status: serve_websocket(
                relay, "127.0.0.1", 0, ssl_context=context, task_status=task_status
            )
        )
        print(server.port, flush=True)


async def _relay(request: WebSocketRequest, next_port: int, *, speaks_tls: bool) -> None:
    connection = await request.accept()
    while not next_port:
        await connection.send_message(await connection.get_message())
    use_ssl = dialling_context() if speaks_tls else False
    async with open_websocket("127.0.0.1", next_port, "/", use_ssl=use_ssl) as onward:
        while True:
            await onward.send_message(await connection.get_message())
            await connection.send_message(await onward.get_message())


if __name__ == "__main__":
    _pair = [Path(each) for each in sys.argv[2:]]
    trio.run(run, int(sys.argv[1]), presented(*_pair).context if _pair else None)
