"""What this machine can do at most: the figures that all others are measured against."""

import math
import subprocess
import sys
from collections.abc import Awaitable, Callable
from statistics import median
from time import perf_counter

import trio
from trio_websocket import WebSocketConnection, WebSocketRequest, open_websocket, serve_websocket

from overlay.crypto.keys import PublicKeys, SigningKey
from tests.benchmarks.results import Result

MESSAGE_BYTES = 256
_BUFFER = 262_144


def rate(step: Callable[[], object], seconds: float = 0.5) -> float:
    """How often a second `step` runs; the best of three, since noise only slows."""
    best = 0.0
    for _ in range(3):
        count, start = 0, perf_counter()
        while (spent := perf_counter() - start) < seconds / 3:
            for _ in range(16):
                step()
            count += 16
        best = max(best, count / spent)
    return best


def verifications() -> Result:
    """Ed25519 verifications a second, one core."""
    key = SigningKey.from_seed(bytes(32))
    keys = PublicKeys(1)
    message = bytes(64)
    signature = key.sign(message)
    value = rate(lambda: keys.verify(key.id, message, signature))
    return Result(name="ceiling: Ed25519 verifications", value=value, unit="1/s")


def frames(batch: int) -> Result:
    """Raw trio-websocket frames a second, one way over loopback, in messages of 256 bytes."""
    seconds = trio.run(_frames_seconds, batch, 20_000 // batch)
    value = (20_000 // batch) * batch / seconds
    return Result(name=f"ceiling: raw trio-websocket, {batch} a frame", value=value, unit="1/s")


async def _frames_seconds(batch: int, count: int) -> float:
    data = "x" * MESSAGE_BYTES * batch
    done = trio.Event()
    spent: list[float] = []

    async def receive(request: WebSocketRequest) -> None:
        connection = await request.accept()
        await connection.get_message()
        start = perf_counter()
        for _ in range(count):
            await connection.get_message()
        spent.append(perf_counter() - start)
        done.set()

    async def send(connection: WebSocketConnection) -> None:
        for _ in range(count + 1):
            await connection.send_message(data)
        await done.wait()

    await _served(receive, send)
    return spent[0]


async def _served(
    handler: Callable[[WebSocketRequest], Awaitable[None]],
    client: Callable[[WebSocketConnection], Awaitable[None]],
) -> None:
    async with trio.open_nursery() as nursery:
        server = await nursery.start(
            lambda task_status: serve_websocket(
                handler,
                "127.0.0.1",
                0,
                ssl_context=None,
                receive_buffer_size=_BUFFER,
                task_status=task_status,
            )
        )
        async with open_websocket(
            "127.0.0.1", server.port, "/", use_ssl=False, receive_buffer_size=_BUFFER
        ) as connection:
            await client(connection)
        nursery.cancel_scope.cancel()


def relay_latency() -> tuple[Result, Result]:
    """A bare relay over three trio-websocket links in four processes: p50 and p99."""
    processes: list[subprocess.Popen[str]] = []
    try:
        port = 0
        for _ in range(3):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.benchmarks.relay", str(port)],
                stdout=subprocess.PIPE,
                text=True,
            )
            processes.append(process)
            assert process.stdout is not None
            port = int(process.stdout.readline())
        samples = trio.run(_round_trips, port, 400)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    one_way = sorted(sample / 2 * 1_000 for sample in samples)
    p99 = one_way[math.ceil(len(one_way) * 0.99) - 1]
    name = "ceiling: bare relay over three links"
    return (
        Result(name=f"{name}, p50", value=median(one_way), unit="ms"),
        Result(name=f"{name}, p99", value=p99, unit="ms"),
    )


async def _round_trips(port: int, count: int) -> list[float]:
    samples: list[float] = []
    async with open_websocket(
        "127.0.0.1", port, "/", use_ssl=False, receive_buffer_size=_BUFFER
    ) as connection:
        for number in range(count + 20):
            start = perf_counter()
            await connection.send_message("x" * MESSAGE_BYTES)
            await connection.get_message()
            if number >= 20:
                samples.append(perf_counter() - start)
            await trio.sleep(0.002)
    return samples
