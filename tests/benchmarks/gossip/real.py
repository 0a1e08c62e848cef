"""Nodes that are processes on loopback, as the kernel sees them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

import trio

from overlay.core.settings import Neighbour
from overlay.messages.ids import Address
from overlay.sdk import Client, Identity, connect
from simulations.shapes import edges
from tests.benchmarks.gossip.costs import (
    CHANGES,
    MESSAGES,
    PAUSE_MS,
    REST_SECONDS,
    Costs,
    Use,
    costs,
)
from tests.benchmarks.processes import Family, Process
from tests.benchmarks.traffic import link_bytes

LIFE_SECONDS = 600.0
PAUSE_SECONDS = PAUSE_MS / 1_000
MESSAGE_BYTES = 256
CHANNEL = "benchmark"


class _Meter:
    """Reads the counters of some node processes."""

    def __init__(self, nodes: Sequence[Process]) -> None:
        self._nodes = nodes
        self._ports = {
            int(str(node.first["address"]).split(":")[2].split("/")[0]) for node in nodes
        }

    @contextmanager
    def over(self, told: Callable[[Use], None]) -> Iterator[None]:
        """Tell what was used while the block ran."""
        start, octets, cpu_ms = perf_counter(), self._octets(), self._cpu_ms()
        yield
        seconds = perf_counter() - start
        told(Use(self._octets() - octets, self._cpu_ms() - cpu_ms, seconds))

    def _octets(self) -> int:
        octets = link_bytes(self._ports)
        if octets is None:
            raise SystemExit("This system does not say what its TCP connections have carried.")
        return octets

    def _cpu_ms(self) -> float:
        return sum((node.cpu_seconds() or 0.0) * 1_000 for node in self._nodes)


def real(count: int) -> Costs:
    """Processes on loopback, with one person who comes and goes and one who speaks."""
    pairs = edges("random", count, Random(1))
    with TemporaryDirectory() as directory:
        family = Family(Path(directory), life_seconds=LIFE_SECONDS)
        try:
            nodes = _started(family, count, pairs)
            rest, changing, talking = trio.run(_used, nodes)
        finally:
            family.close()
    return costs("processes", count, len(pairs), rest=rest, changing=changing, talking=talking)


def _started(family: Family, count: int, pairs: Sequence[tuple[int, int]]) -> list[Process]:
    """Nodes that name each other by key; the later one of each pair dials."""
    ids = [family.make_node(f"n{number}") for number in range(count)]
    nodes: list[Process] = []
    for number in range(count):
        others = [sum(pair) - number for pair in pairs if number in pair]
        neighbours = [
            Neighbour(
                address=Address(str(nodes[other].first["address"])) if other < number else None,
                id=ids[other],
            )
            for other in others
        ]
        nodes.append(family.node(f"n{number}", *neighbours))
    return nodes


async def _used(nodes: Sequence[Process]) -> list[Use]:
    meter, used = _Meter(nodes), list[Use]()
    first, last = (str(nodes[at].first["address"]) for at in (0, -1))
    with Identity.temporary("alice") as alice, Identity.temporary("bob") as bob:
        async with connect(first, alice) as speaker, connect(last, bob) as listener:
            await _are_acquainted(speaker, listener)
            with meter.over(used.append):
                await trio.sleep(REST_SECONDS)
            with meter.over(used.append):
                await _come_and_go(last)
            with meter.over(used.append):
                await _talk(speaker, listener)
    return used


async def _are_acquainted(speaker: Client, listener: Client) -> None:
    """Until each node has heard of both, and the tree of the channel is made."""
    changes = speaker.changes()
    while not any(person.name == "bob" for person in speaker.people()):
        await anext(changes)
    await listener.join(CHANNEL)
    await _talk(speaker, listener)


async def _come_and_go(address: str) -> None:
    """Each time is one change: to come is one, to go another."""
    with Identity.temporary("carol") as carol:
        for _ in range(CHANGES // 2):
            async with connect(address, carol, watch_people=False):
                await trio.sleep(PAUSE_SECONDS)
            await trio.sleep(PAUSE_SECONDS)
    await trio.sleep(2 * PAUSE_SECONDS)


async def _talk(speaker: Client, listener: Client) -> None:
    for _ in range(MESSAGES):
        await speaker.say(CHANNEL, "x" * MESSAGE_BYTES)
        await anext(listener)
        await trio.sleep(PAUSE_SECONDS)
