"""One real node under attack from other processes: what its honest clients notice of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, process_time

import trio
from trio_websocket import ConnectionClosed, HandshakeError

from overlay import limits
from overlay.errors import RemoteError
from overlay.messages.ids import NodeId
from overlay.messages.links import Heartbeat
from overlay.wire.codec import decode_frame
from tests.benchmarks.bombs import BOMBS
from tests.benchmarks.ceilings import Ceilings, percentile
from tests.benchmarks.lagging import read_lags_ms
from tests.benchmarks.messages import send
from tests.benchmarks.processes import Family, Process, endpoint_of
from tests.benchmarks.results import Result
from tests.end_to_end.strangers import Stranger, stranger_at
from tests.support.people import a_client

_LAG_BAR_MS = 50.0
_GOODPUT_BAR = 0.95
_ATTACH_BAR_MS = 1_000.0
_GROWTH_BAR_MEBIBYTES = 64.0
_BOMB_BAR_MS = 1.0

_ECHOES = 400
_ECHO_PAUSE_S = 0.01
_TALK = 100
_TALKERS = 8
_TALK_PAUSE_MS = 400
_ATTACHES = 100
_ATTACHES_IN_CALM = 30
_LIFE_S = 150.0
"""Of each process: a hundred who wait a second each do not come to their end in a minute."""

_ATTACH_PAUSE_S = 0.15
"""So that attaches are spread over some of the rounds in which those who dawdle come again."""

_LAGS = "lags.json"
_FULL_HOUSE_S = 3.0
_GIVE_UP_S = 20.0
_BOMB_RUNS = 9


def spamming(_: Ceilings) -> list[Result]:
    """One client with a valid key floods a person; alice and bob talk at a steady pace."""
    with _one_node() as (family, north, home):
        bob = family.client("bob", at=north, is_on_disk=False)
        alice = family.client("alice", at=north, is_on_disk=False)
        send(alice, bob, count=_TALKERS, window=_TALKERS)
        start = monotonic()
        calm_ms = trio.run(_round_trips_ms, endpoint_of(north), home)
        calm_s = _talk(alice, bob)
        mallory = family.attackers("spam", at=north, home=home)
        before, begin = _count(mallory, "envelopes"), monotonic()
        flood_ms = trio.run(_round_trips_ms, endpoint_of(north), home)
        flood_s = _talk(alice, bob)
        sent, end = _count(mallory, "envelopes") - before, monotonic()
        north.close()
        calm_lags_ms = read_lags_ms(family.directory / _LAGS, start, begin)
        flood_lags_ms = read_lags_ms(family.directory / _LAGS, begin, end)
    return [
        Result(name="spam: envelopes of one client", value=sent / (end - begin), unit="1/s"),
        Result(
            name="spam: the node's loop lag, p99",
            value=percentile(flood_lags_ms, 0.99),
            unit="ms",
            ceiling=percentile(calm_lags_ms, 0.99),
            bar=_LAG_BAR_MS,
            is_smaller_better=True,
        ),
        Result(
            name="spam: others' round trips, p99",
            value=percentile(flood_ms, 0.99),
            unit="ms",
            ceiling=percentile(calm_ms, 0.99),
        ),
        Result(
            name="spam: others' goodput",
            value=calm_s / flood_s,
            unit="of calm",
            bar=_GOODPUT_BAR,
        ),
    ]


def dawdling(_: Ceilings) -> list[Result]:
    """1,000 peers that never finish; honest clients come, and try again when refused."""
    with _one_node() as (family, north, home):
        endpoint = endpoint_of(north)
        calm_ms = trio.run(_attaches_ms, endpoint, home, "calm", _ATTACHES_IN_CALM)
        slow = family.attackers("slow", at=north, home=home)
        trio.run(trio.sleep, _FULL_HOUSE_S)
        start, before = perf_counter(), _count(slow, "connections")
        times_ms = trio.run(_attaches_ms, endpoint, home, "crowded", _ATTACHES)
        again = (_count(slow, "connections") - before) / (perf_counter() - start)
    return [
        Result(name="1,000 slow peers: connections of theirs", value=again, unit="1/s"),
        Result(
            name="1,000 slow peers: honest attach, p99",
            value=percentile(times_ms, 0.99),
            unit="ms",
            ceiling=percentile(calm_ms, 0.99),
            bar=_ATTACH_BAR_MS,
            is_smaller_better=True,
        ),
    ]


def bad_frames(_: Ceilings) -> list[Result]:
    """1,000 senders of frames that are too large, in too many parts, or without end."""
    with _one_node() as (family, north, home):
        trio.run(_attaches_ms, endpoint_of(north), home, "calm", _ATTACHES_IN_CALM)
        before = most = north.memory_mebibytes()
        attackers = family.attackers("frames", at=north, home=home)
        while "finished" not in attackers.ask():
            trio.run(trio.sleep, 0.1)
            most = max(most or 0, north.memory_mebibytes() or 0)
    if before is None or most is None:
        return []
    return [
        Result(
            name="1,000 bad frames: growth of the node",
            value=most - before,
            unit="MiB",
            bar=_GROWTH_BAR_MEBIBYTES,
            is_smaller_better=True,
        )
    ]


def bombs(_: Ceilings) -> list[Result]:
    """What one frame that is hard to parse costs, in CPU time; the best of some."""
    return [
        Result(
            name=f"bomb: {name}",
            value=min(_seconds(frame) for _ in range(_BOMB_RUNS)) * 1_000,
            unit="ms",
            bar=_BOMB_BAR_MS,
            is_smaller_better=True,
        )
        for name, frame in BOMBS.items()
    ]


@contextmanager
def _one_node() -> Iterator[tuple[Family, Process, NodeId]]:
    with TemporaryDirectory() as directory:
        family = Family(Path(directory), life_seconds=_LIFE_S)
        home = family.make_node("north")
        try:
            yield family, family.node("north", lags=family.directory / _LAGS), home
        finally:
            family.close()


def _talk(alice: Process, bob: Process) -> float:
    return send(alice, bob, count=_TALK, window=_TALKERS, pause_ms=_TALK_PAUSE_MS)


def _count(attackers: Process, what: str) -> int:
    return int(str(attackers.ask().get(what, 0)))


async def _round_trips_ms(endpoint: str, home: NodeId) -> list[float]:
    """How long the node takes to answer another client that only asks whether it lives."""
    times_ms: list[float] = []
    async with stranger_at(endpoint) as carol:
        await carol.attaches(a_client(f"carol {perf_counter()}"), home)
        for _ in range(_ECHOES):
            start = perf_counter()
            await carol.says(Heartbeat(wants_echo=True))
            await carol.hears(Heartbeat)
            times_ms.append((perf_counter() - start) * 1_000)
            await trio.sleep(_ECHO_PAUSE_S)
    return times_ms


async def _attaches_ms(endpoint: str, home: NodeId, when: str, count: int) -> list[float]:
    times_ms: list[float] = []
    for number in range(count):
        start = perf_counter()
        with trio.move_on_after(_GIVE_UP_S):
            # Nobody tells us when there is room again.
            while not await _attaches(endpoint, home, f"{when} {number}"):  # noqa: ASYNC110
                await trio.sleep(limits.REDIAL_FIRST_MS / 1_000)
        times_ms.append((perf_counter() - start) * 1_000)
        await trio.sleep(_ATTACH_PAUSE_S)
    return times_ms


async def _attaches(endpoint: str, home: NodeId, name: str) -> bool:
    """Whether the node serves somebody new; who is refused comes again a moment later."""
    stranger: Stranger
    try:
        async with stranger_at(endpoint) as stranger:
            await stranger.attaches(a_client(name), home)
            return True
    except* (OSError, trio.BrokenResourceError, ConnectionClosed, HandshakeError):
        pass
    return False


def _seconds(frame: bytes) -> float:
    start = process_time()
    with suppress(RemoteError):
        decode_frame(frame)
    return process_time() - start


ATTACKS: dict[str, Callable[[Ceilings], list[Result]]] = {
    "spam": spamming,
    "slow": dawdling,
    "frames": bad_frames,
    "bombs": bombs,
}
