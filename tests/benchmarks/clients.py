"""One client in a process of its own: sends when told to, and notes how long what arrives took.

    python -m tests.benchmarks.clients NAME ADDRESS IDENTITY SAMPLES

IDENTITY is a directory, or empty for one in memory only; SAMPLES a file, or
empty. Each line of its input is an order, each line of its output an answer:

    {"send": "bob", "count": 3, "window": 2, "pause_ms": 0}   {"seconds": 0.1}
    {"offer": "bob", "count": 3, "per_second": 20.5}          {"taken_ms": [1.0, …]}
    {"collect": 3}                                            {"latencies_ms": [1.0, …]}
"""

import json
import sys
from pathlib import Path
from time import perf_counter, perf_counter_ns

import trio

from overlay.sdk import Client, Identity, Person, connect
from tests.benchmarks.ceilings import MESSAGE_BYTES
from tests.benchmarks.sampling import sampled

_GIVE_UP_S = 10.0


class Program:
    """Carries out orders until its input ends."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._latencies_ms: list[float] = []
        self._arrived = trio.Event()

    async def receive(self) -> None:
        """Note what arrives: its text begins with when it was sent, by the clock of all of us."""
        async for message in self._client:
            taken_ns = perf_counter_ns() - int(message.text.partition(" ")[0])
            self._latencies_ms.append(taken_ns / 1e6)
            self._arrived.set()

    async def serve(self) -> None:
        while line := await trio.to_thread.run_sync(sys.stdin.readline):
            order = json.loads(line)
            if "send" in order:
                _say(seconds=await self._send(**order))
            elif "offer" in order:
                _say(taken_ms=await self._offer(**order))
            else:
                _say(latencies_ms=await self._collect(order["collect"]))

    async def _send(self, send: str, count: int, window: int, pause_ms: int) -> float:
        """Send so many texts, so many at once, each until it is delivered; returns the seconds."""
        person = await self._wait_online(send)
        numbers = iter(range(count))

        async def work() -> None:
            for _ in numbers:
                handle = await self._client.send(person, _timed_text())
                await handle.delivered()
                await trio.sleep(pause_ms / 1_000)

        start = perf_counter()
        async with trio.open_nursery() as nursery:
            for _ in range(window):
                nursery.start_soon(work)
        return perf_counter() - start

    async def _offer(self, offer: str, count: int, per_second: float) -> list[float]:
        """Send so many texts at this rate, whatever has become of those before.

        How long each took from when it was due until it was delivered; one that is not has
        taken as long as it was waited for.
        """
        person = await self._wait_online(offer)
        taken_ms: list[float] = []

        async def one(due: float) -> None:
            with trio.move_on_at(due + _GIVE_UP_S):
                handle = await self._client.send(person, _timed_text())
                await handle.delivered()
            taken_ms.append((trio.current_time() - due) * 1_000)

        start = trio.current_time()
        async with trio.open_nursery() as nursery:
            for number in range(count):
                due = start + number / per_second
                await trio.sleep_until(due)
                nursery.start_soon(one, due)
        return taken_ms

    async def _collect(self, count: int) -> list[float]:
        """The latencies of so many messages that have arrived, once they have."""
        while len(self._latencies_ms) < count:
            self._arrived = trio.Event()
            await self._arrived.wait()
        latencies_ms, self._latencies_ms = self._latencies_ms, []
        return latencies_ms

    async def _wait_online(self, name: str) -> Person:
        changes = self._client.changes()
        while True:
            for person in self._client.people():
                if person.name == name and person.is_online:
                    return person
            await anext(changes)


def _timed_text() -> str:
    return f"{perf_counter_ns()} ".ljust(MESSAGE_BYTES, "x")


def _say(**answer: object) -> None:
    print(json.dumps(answer), flush=True)


async def _run(name: str, address: str, directory: str) -> None:
    make = Identity.create(directory, name=name) if directory else Identity.temporary(name)
    with make as identity:
        start = perf_counter()
        async with connect(address, identity) as client:
            _say(attach_ms=(perf_counter() - start) * 1_000)
            program = Program(client)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(program.receive)
                await program.serve()
                nursery.cancel_scope.cancel()


if __name__ == "__main__":
    _, _name, _address, _directory, _samples = sys.argv
    with sampled(Path(_samples) if _samples else None):
        trio.run(_run, _name, _address, _directory)
