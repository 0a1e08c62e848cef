"""What this machine can do at most: the figures that all others are measured against."""

import math
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time

import trio
from trio_websocket import WebSocketConnection, WebSocketRequest, open_websocket, serve_websocket

from overlay.crypto.keys import PublicKeys, SigningKey
from overlay.transport.tls import dialling_context, presented
from tests.benchmarks.results import Result
from tests.support.certificates import Files

MESSAGE_BYTES = 256
BATCHES = (1, 16, 32)
_BUFFER = 262_144
_FRAMED_MESSAGES = 20_000
_ROUND_TRIPS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """Taken once, at the start of a run. Rates are a second, times milliseconds."""

    verifications: float
    framed: dict[int, float]
    """Messages of 256 bytes over one raw link, by how many share a frame."""
    relay_p50_ms: float
    relay_p99_ms: float

    def results(self) -> list[Result]:
        relay = "ceiling: bare relay over three trio-websocket links"
        return [
            Result(name="ceiling: Ed25519 verifications", value=self.verifications, unit="1/s"),
            *(
                Result(
                    name=f"ceiling: raw trio-websocket, {batch} a frame", value=value, unit="1/s"
                )
                for batch, value in self.framed.items()
            ),
            Result(name=f"{relay}, p50", value=self.relay_p50_ms, unit="ms"),
            Result(name=f"{relay}, p99", value=self.relay_p99_ms, unit="ms"),
        ]


def take_ceilings() -> Ceilings:
    """Some six seconds."""
    latencies = relay_latencies_ms()
    return Ceilings(
        verifications=verifications(),
        framed={batch: frames(batch) for batch in BATCHES},
        relay_p50_ms=median(latencies),
        relay_p99_ms=percentile(latencies, 0.99),
    )


def rate(step: Callable[[], object], seconds: float = 0.5) -> float:
    """How often `step` runs in a second of CPU time; the best of three, since noise only slows."""
    best = 0.0
    for _ in range(3):
        count, start = 0, process_time()
        while (spent := process_time() - start) < seconds / 3:
            for _ in range(16):
                step()
            count += 16
        best = max(best, count / spent)
    return best


def percentile(samples: Sequence[float], part: float) -> float:
    """The smallest sample that at least this part of them does not exceed."""
    return sorted(samples)[math.ceil(len(samples) * part) - 1]


def verifications() -> float:
    """Ed25519 verifications a second, one core."""
    key = SigningKey.from_seed(bytes(32))
    keys = PublicKeys(1)
    message = bytes(64)
    signature = key.sign(message)
    return rate(lambda: keys.verify(key.id, message, signature))


def frames(batch: int, tls: Files | None = None) -> float:
    """Messages of 256 bytes in a second of CPU time, both ends of one raw link in one process."""
    count = _FRAMED_MESSAGES // batch
    return count * batch / min(trio.run(_frames_seconds, batch, count, tls) for _ in range(3))


async def _frames_seconds(batch: int, count: int, tls: Files | None) -> float:
    data = "x" * MESSAGE_BYTES * batch
    done = trio.Event()
    spent: list[float] = []

    async def receive(request: WebSocketRequest) -> None:
        connection = await request.accept()
        await connection.get_message()
        start = process_time()
        for _ in range(count):
            await connection.get_message()
        spent.append(process_time() - start)
        done.set()

    async def send(connection: WebSocketConnection) -> None:
        for _ in range(count + 1):
            await connection.send_message(data)
        await done.wait()

    await _served(receive, send, tls)
    return spent[0]


async def _served(
    handler: Callable[[WebSocketRequest], Awaitable[None]],
    client: Callable[[WebSocketConnection], Awaitable[None]],
    tls: Files | None,
) -> None:
    context = presented(tls.certificate, tls.key).context if tls is not None else None
    async with trio.open_nursery() as nursery:
        server = await nursery.start(
            lambda task_status: serve_websocket(
                handler,
                "127.0.0.1",
                0,
                ssl_context=context,
                receive_buffer_size=_BUFFER,
                task_status=task_status,
            )
        )
        async with open_websocket(
            "127.0.0.1",
            server.port,
            "/",
            use_ssl=dialling_context() if tls is not None else False,
            receive_buffer_size=_BUFFER,
        ) as connection:
            await client(connection)
        nursery.cancel_scope.cancel()


def relay_latencies_ms(tls: Files | None = None) -> list[float]:
    """One way over three trio-websocket links between four processes that do nothing else."""
    processes: list[subprocess.Popen[str]] = []
    pair = [str(tls.certificate), str(tls.key)] if tls is not None else []
    try:
        port = 0
        for _ in range(3):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.benchmarks.relay", str(port), *pair],
                stdout=subprocess.PIPE,
                text=True,
            )
            processes.append(process)
            assert process.stdout is not None
            port = int(process.stdout.readline())
        return trio.run(_round_trips_ms, port, _ROUND_TRIPS, tls is not None)
    finally:
        for process in processes:
            process.kill()
            process.communicate()


async def _round_trips_ms(port: int, count: int, speaks_tls: bool) -> list[float]:
    """Half of each round trip, which is three links long either way."""
    samples: list[float] = []
    async with open_websocket(
        "127.0.0.1",
        port,
        "/",
        use_ssl=dialling_context() if speaks_tls else False,
        receive_buffer_size=_BUFFER,
    ) as connection:
        for number in range(count + 20):
            start = perf_counter()
            await connection.send_message("x" * MESSAGE_BYTES)
            await connection.get_message()
            if number >= 20:
                samples.append((perf_counter() - start) * 1_000 / 2)
            await trio.sleep(0.002)
    return samples
