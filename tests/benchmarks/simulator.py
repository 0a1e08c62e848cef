"""How fast simulated overlays run, beside a bare loop that does what no simulator can do without.

Run as `python -m tests.benchmarks.simulator --nodes 1000 --seconds 30` it measures one size.
"""

import argparse
import heapq
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from time import process_time

from overlay.crypto.encoding import encode
from overlay.messages.links import Heartbeat
from overlay.wire.codec import decode_frame, encode_frame
from simulations.playing import play
from simulations.scenario import Options
from tests.benchmarks.ceilings import Ceilings
from tests.benchmarks.results import Result, show

_SIZES = {12: 60, 50: 60, 200: 20, 1_000: 10}
"""Nodes, and how many virtual seconds of them are measured. A world of 200 is whole after
some twenty seconds of our own; one of 1,000 begins converged."""

_BARE_NODES = 1_000
_BARE_EVENTS = 100_000
_BARS = {1_000: 30_000.0}
_REAL_TIME_BARS = {50: 30.0}

_HALF_NODES = 300
_HALF_SECONDS_MAX = 90.0
"""Every change is tested with this run: what it takes is waited for each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """One world at rest: events a second of CPU time, and virtual seconds in each."""

    begin_seconds: float
    rate: float
    best_rate: float
    real_time: float


def simulator(_: Ceilings) -> list[Result]:
    """Every checker looks on; the storm is that of `day`, pauses of processes."""
    bare = bare_rate()
    results = [Result(name="ceiling: bare loop, 1,000 nodes", value=bare, unit="1/s")]
    for nodes, seconds in _SIZES.items():
        results += _results(nodes, speed(nodes, seconds), bare)
    return [*results, *half_dies(bare)]


def half_dies(bare: float) -> list[Result]:
    """A whole run by the clock on the wall: 300 nodes, half of which die at once."""
    result = play("crash_half", Options(nodes=_HALF_NODES))
    assert not result.broken, f"{result.broken[0]}"
    seconds = result.wall_ms / 1_000
    of = f"crash_half of {_HALF_NODES} nodes"
    return [
        Result(
            name=f"{of}, from start to end on the wall",
            value=seconds,
            unit="s",
            bar=_HALF_SECONDS_MAX,
            is_smaller_better=True,
        ),
        Result(
            name=f"{of}, events on the wall",
            value=result.run.world.trace.events / seconds,
            unit="1/s",
            ceiling=bare,
        ),
    ]


def bare_rate() -> float:
    """Heartbeats of 1,000 nodes: a heap, strict decoding, a table, encoding, a digest.

    With roots: those without have a way of their own through the codec.
    """
    return max(_bare_rate() for _ in range(3))


def _bare_rate() -> float:
    random, digest = Random(1), sha256()
    heard_ms = dict.fromkeys(range(_BARE_NODES), 0)
    first = encode_frame(Heartbeat(root=encode(bytes(32))))
    waiting = [(random.randrange(1_000), node, first) for node in heard_ms]
    heapq.heapify(waiting)
    start = process_time()
    for _ in range(_BARE_EVENTS):
        now_ms, node, frame = heapq.heappop(waiting)
        (message,) = decode_frame(frame)
        heard_ms[node] = now_ms
        digest.update(b"%d %d %b" % (now_ms, node, frame))
        answer = encode_frame(message)
        heapq.heappush(waiting, (now_ms + 800 + int(random.random() * 400), node, answer))
    return _BARE_EVENTS / (process_time() - start)


def speed(nodes: int, seconds: int) -> Speed:
    """The rate of so many virtual seconds, and of the best part of them: noise only slows."""
    result = play("speed", Options(nodes=nodes, length_ms=seconds * 1_000))
    assert not result.broken, f"{result.broken[0]}"
    numbers = result.numbers()
    return Speed(
        begin_seconds=numbers["begin_cpu_us"] / 1e6,
        rate=numbers["rest_events"] * 1e6 / numbers["rest_cpu_us"],
        best_rate=numbers["best_events"] * 1e6 / numbers["best_cpu_us"],
        real_time=numbers["rest_virtual_us"] / numbers["rest_cpu_us"],
    )


def _results(nodes: int, measured: Speed, bare: float) -> list[Result]:
    of = f"simulated overlay of {nodes:,} nodes"
    return [
        Result(
            name=f"{of}, events",
            value=measured.rate,
            unit="1/s",
            ceiling=bare,
            bar=_BARS.get(nodes),
        ),
        Result(name=f"{of}, events, best part", value=measured.best_rate, unit="1/s", ceiling=bare),
        Result(
            name=f"{of}, faster than real time",
            value=measured.real_time,
            unit="times",
            bar=_REAL_TIME_BARS.get(nodes),
        ),
        Result(name=f"{of}, until all is known", value=measured.begin_seconds, unit="s"),
    ]


def main() -> None:
    """Print the table of one size."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.simulator")
    parser.add_argument("--nodes", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=60, help="virtual ones")
    parser.add_argument("--half", action="store_true", help="300 nodes, half of which die")
    arguments = parser.parse_args()
    bare = bare_rate()
    ceiling = Result(name="ceiling: bare loop, 1,000 nodes", value=bare, unit="1/s")
    if arguments.half:
        show([ceiling, *half_dies(bare)])
    else:
        measured = speed(arguments.nodes, arguments.seconds)
        show([ceiling, *_results(arguments.nodes, measured, bare)])


if __name__ == "__main__":
    main()
