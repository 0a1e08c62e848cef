"""A node's start, what it takes up at rest, and how long a client takes to be served."""

import subprocess
import sys
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep

from overlay.core.durable import Durable
from overlay.core.effects import Report
from overlay.core.facts import NodeStarted
from overlay.core.node import Node
from overlay.core.settings import Settings
from overlay.crypto.keys import SigningKey
from overlay.messages.ids import Address
from overlay.peering.effects import Persist
from overlay.peering.events import Stored, Wake
from tests.benchmarks.ceilings import Ceilings
from tests.benchmarks.processes import Family
from tests.benchmarks.results import Result

_MEMORY_BAR_MEBIBYTES = 85.0
_STARTS = 5
_ATTACHES = 5
_SETTLE_SECONDS = 1.0
_MACHINES = 200


def starting(_: Ceilings) -> list[Result]:
    """One process after the other, the best of some: noise only slows."""
    with TemporaryDirectory() as directory:
        starts, mebibytes = _starts(Path(directory))
    seconds = {
        "node start, from process to serving": min(starts),
        "node start, an interpreter with the imports": min(_imports() for _ in range(_STARTS)),
        "node start, the core alone": _core_seconds(),
    }
    results = [Result(name=name, value=value * 1_000, unit="ms") for name, value in seconds.items()]
    if mebibytes is not None:
        results.append(
            Result(
                name="memory of an idle node",
                value=mebibytes,
                unit="MiB",
                bar=_MEMORY_BAR_MEBIBYTES,
                is_smaller_better=True,
            )
        )
    return results


def attaching(_: Ceilings) -> list[Result]:
    """From `connect` to being served, people known; the best of some new identities."""
    with TemporaryDirectory() as directory:
        family = Family(Path(directory))
        family.make_node("north")
        try:
            north = family.node("north")
            clients = [
                family.client(f"client {number}", at=north, is_on_disk=False)
                for number in range(_ATTACHES)
            ]
            times_ms = [float(str(client.first["attach_ms"])) for client in clients]
        finally:
            family.close()
    return [Result(name="client attach", value=min(times_ms), unit="ms")]


def _starts(directory: Path) -> tuple[list[float], float | None]:
    """Seconds of some starts of one node, the first one with its database to make."""
    family = Family(directory)
    family.make_node("north")
    seconds: list[float] = []
    mebibytes: float | None = None
    for _ in range(_STARTS):
        try:
            north = family.node("north")
            seconds.append(north.start_seconds)
            if mebibytes is None:
                sleep(_SETTLE_SECONDS)
                mebibytes = north.memory_mebibytes()
        finally:
            family.close()
    return seconds, mebibytes


def _imports() -> float:
    """What is below any start: an interpreter that imports what a node needs, and says so."""
    command = [sys.executable, "-c", "import overlay.cli.node_run; print(flush=True)"]
    start = perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        return perf_counter() - start


def _core_seconds() -> float:
    """From a node's construction to its first serving, its disk as fast as memory."""
    settings = Settings(
        name="north",
        network="overlay",
        admission="listed",
        addresses=(Address("ws://127.0.0.1:7000/overlay"),),
        neighbours=(),
        software="benchmark",
    )
    best = float("inf")
    for _ in range(_MACHINES):
        key = SigningKey.generate(SystemRandom())
        start = process_time()
        _serve(Node(key, settings, Durable(), SystemRandom()))
        best = min(best, process_time() - start)
    return best


def _serve(node: Node) -> None:
    (persist,) = (effect for effect in node.handle(Wake(), 0) if isinstance(effect, Persist))
    effects = [*node.handle(Stored(persist.ticket), 0), *node.handle(Wake(), 0)]
    assert any(isinstance(each, Report) and isinstance(each.fact, NodeStarted) for each in effects)
