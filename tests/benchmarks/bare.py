"""The least that a crowd can cost: trio-websocket alone at both ends, and as many signatures.

    python -m tests.benchmarks.bare serve CERTIFICATE KEY COUNT
    python -m tests.benchmarks.bare crowd PORT SECURED COUNT

Without TLS where CERTIFICATE, or SECURED, is empty. The server says where it listens, as a node
does; the crowd takes orders as that of `crowds.py` does.
"""

import json
import ssl
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from time import perf_counter

import trio
from trio_websocket import (
    ConnectionClosed,
    WebSocketRequest,
    open_websocket,
    serve_websocket,
)

from overlay.crypto.keys import PublicKeys, SigningKey
from overlay.transport.tls import dialling_context, presented
from overlay.transport.websocket import RECEIVE_BUFFER_BYTES

_ATTACH_BYTES = 3_300
"""What a client says to attach."""

_BY_CLIENT = 3
"""Signatures of a client's key: its proof, its presence, its bundle. Of its account's there is
one; the server signs its own proof and a slot."""

Signed = tuple[str, bytes, bytes]


def _signed(count: int) -> list[list[Signed]]:
    """What each client has signed."""
    random = Random(0)
    everybody: list[list[Signed]] = []
    for _ in range(count):
        client, account = SigningKey.generate(random), SigningKey.generate(random)
        texts = [(client, random.randbytes(64)) for _ in range(_BY_CLIENT)]
        texts.append((account, random.randbytes(64)))
        everybody.append([(key.id, text, key.sign(text)) for key, text in texts])
    return everybody


async def _serve(context: ssl.SSLContext | None, everybody: Iterator[list[Signed]]) -> None:
    own = SigningKey.generate(Random(1))
    keys = PublicKeys(4_096)

    async def greet(request: WebSocketRequest) -> None:
        connection = await request.accept()
        try:
            await connection.get_message()
            for key, text, signature in next(everybody):
                keys.verify(key, text, signature)
            for text in (b"proof", b"slot"):
                own.sign(text)
            await connection.send_message("[]")
            await connection.get_message()
        except ConnectionClosed:
            return

    async with trio.open_nursery() as nursery:
        server = await nursery.start(
            lambda task_status: serve_websocket(
                greet,
                "127.0.0.1",
                0,
                ssl_context=context,
                receive_buffer_size=RECEIVE_BUFFER_BYTES,
                task_status=task_status,
            )
        )
        _say(port=server.port)
        await _wait_for_end()
        nursery.cancel_scope.cancel()


async def _crowd(port: int, context: ssl.SSLContext | None) -> None:
    async def stay(task_status: trio.TaskStatus[None]) -> None:
        async with open_websocket("127.0.0.1", port, "/", use_ssl=context or False) as connection:
            await connection.send_message("x" * _ATTACH_BYTES)
            await connection.get_message()
            task_status.started()
            await trio.sleep_forever()

    async with trio.open_nursery() as staying:
        _say()
        while line := await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True):
            start = perf_counter()
            async with trio.open_nursery() as coming:
                for _ in range(json.loads(line)["attach"]):
                    coming.start_soon(partial(staying.start, lambda task_status: stay(task_status)))
            _say(seconds=perf_counter() - start)
        staying.cancel_scope.cancel()


async def _wait_for_end() -> None:
    while await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True):
        pass


def _say(**answer: object) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    _, _what, _first, _second, _count = sys.argv
    if _what == "serve":
        _context = presented(Path(_first), Path(_second)).context if _first else None
        trio.run(_serve, _context, iter(_signed(int(_count))))
    else:
        trio.run(_crowd, int(_first), dialling_context() if _second else None)
