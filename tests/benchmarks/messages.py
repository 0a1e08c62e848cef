"""Direct messages between two nodes: four processes, everything signed and sealed and receipted."""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks.ceilings import Ceilings, percentile
from tests.benchmarks.processes import Process, two_nodes
from tests.benchmarks.results import Result

_RATE_BAR = 15_000.0
_P50_BAR_RATIO = 1.6
_P99_BAR_MS = 3.0

_WARM_UP = 200
_RUSH = 2_000
_RUSHES = 3
_WINDOW = 128
_AT_REST = 250
_PAUSE_MS = 10


def direct_messages(ceilings: Ceilings) -> list[Result]:
    """Identities in memory first: nothing that this is compared with waits for a disk."""
    results: list[Result] = []
    for is_on_disk in (False, True):
        with TemporaryDirectory() as directory:
            results += _measured(ceilings, Path(directory), is_on_disk)
    return results


def _measured(ceilings: Ceilings, directory: Path, is_on_disk: bool) -> list[Result]:
    name = "direct messages, identities on disk" if is_on_disk else "direct messages"
    with two_nodes(directory) as (family, north, south):
        bob = family.client("bob", at=south, is_on_disk=is_on_disk)
        alice = family.client("alice", at=north, is_on_disk=is_on_disk)
        warm_up(alice, bob)
        return [
            *at_rest(ceilings, name, alice, bob),
            *rush(ceilings, name, alice, bob, [north, south]),
        ]


def warm_up(alice: Process, bob: Process) -> None:
    """What both have to do only once is done after this."""
    send(alice, bob, count=_WARM_UP, window=_WINDOW)


def send(alice: Process, bob: Process, *, count: int, window: int, pause_ms: int = 0) -> float:
    """Alice sends bob so many texts and sees all delivered; returns the seconds that took."""
    answer = alice.ask(send="bob", count=count, window=window, pause_ms=pause_ms)
    return float(str(answer["seconds"]))


def offer(alice: Process, *, per_second: float, seconds: float) -> list[float]:
    """Alice sends bob texts at this rate, come what may; how long each took, in milliseconds.

    From when it was due until it was delivered, or given up.
    """
    count = round(per_second * seconds)
    taken_ms = alice.ask(offer="bob", count=count, per_second=per_second)["taken_ms"]
    assert isinstance(taken_ms, list)
    return taken_ms


def latencies_ms(bob: Process, count: int) -> list[float]:
    """How long each of the last so many messages took, from `send` to bob's hands."""
    answer = bob.ask(collect=count)["latencies_ms"]
    assert isinstance(answer, list)
    return answer[-count:]


def at_rest(ceilings: Ceilings, name: str, alice: Process, bob: Process) -> list[Result]:
    """One message at a time."""
    send(alice, bob, count=_AT_REST, window=1, pause_ms=_PAUSE_MS)
    samples = latencies_ms(bob, _WARM_UP + _AT_REST)[-_AT_REST:]
    return [
        Result(
            name=f"{name}: at rest, p50",
            value=median(samples),
            unit="ms",
            ceiling=ceilings.relay_p50_ms,
            bar=_P50_BAR_RATIO * ceilings.relay_p50_ms,
            is_smaller_better=True,
        ),
        Result(
            name=f"{name}: at rest, p99",
            value=percentile(samples, 0.99),
            unit="ms",
            ceiling=ceilings.relay_p99_ms,
            bar=_P99_BAR_MS,
            is_smaller_better=True,
        ),
    ]


def rush(
    ceilings: Ceilings, name: str, alice: Process, bob: Process, nodes: list[Process]
) -> list[Result]:
    """A window of undelivered messages, always full; the median of a few runs."""
    before = [_cpu_seconds(nodes), _cpu_seconds([alice, bob])]
    seconds = [send(alice, bob, count=_RUSH, window=_WINDOW) for _ in range(_RUSHES)]
    after = [_cpu_seconds(nodes), _cpu_seconds([alice, bob])]
    results = [
        Result(
            name=f"{name}: rate",
            value=_RUSH / median(seconds),
            unit="1/s",
            ceiling=ceilings.framed[32],
            bar=_RATE_BAR,
        )
    ]
    for whose, first, last in zip(("nodes", "clients"), before, after, strict=True):
        if first is not None and last is not None:
            value = (last - first) * 1_000 / (_RUSH * _RUSHES)
            results.append(
                Result(name=f"{name}: CPU of the {whose} per 1,000", value=value, unit="s")
            )
    return results


def _cpu_seconds(processes: list[Process]) -> float | None:
    used = [process.cpu_seconds() for process in processes]
    known = [seconds for seconds in used if seconds is not None]
    return sum(known) if len(known) == len(used) else None
