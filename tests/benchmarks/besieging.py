"""Many who never come to the point, or come without end: what honest clients wait for meanwhile."""

from time import monotonic, perf_counter

import trio

from overlay.messages.ids import NodeId
from tests.benchmarks.ceilings import Ceilings, percentile
from tests.benchmarks.honest import LAGS, attach_times_ms, count_of, one_node
from tests.benchmarks.lagging import read_lags_ms
from tests.benchmarks.leaving import Leavings
from tests.benchmarks.processes import Process, address_of
from tests.benchmarks.results import Result

_ATTACH_BAR_MS = 1_000.0
_LAG_BAR_MS = 50.0
_GROWTH_BAR_MEBIBYTES = 64.0

_ATTACHES = 100
_ATTACHES_IN_CALM = 30
_FULL_HOUSE_S = 3.0
_LOOK_S = 0.05


def dawdling(_: Ceilings) -> list[Result]:
    """1,000 peers that never finish; honest clients come, and try again when refused."""
    return _besieged("1,000 slow peers", "slow", "connections", speaks_tls=False)


def half_shaking(_: Ceilings) -> list[Result]:
    """1,000 that begin to speak TLS; the honest ones come over TLS, too."""
    return _besieged("1,000 half TLS handshakes", "half", "connections", speaks_tls=True)


def storming(_: Ceilings) -> list[Result]:
    """Somebody new attaches and leaves, as fast as one process can, sixteen at a time."""
    return _besieged("storm", "storm", "attaches", speaks_tls=False)


def _besieged(name: str, what: str, counted: str, *, speaks_tls: bool) -> list[Result]:
    with one_node(speaks_tls=speaks_tls) as (family, north, home):
        address, start = address_of(north), monotonic()
        calm_ms = trio.run(attach_times_ms, address, home, "calm", _ATTACHES_IN_CALM)
        leavings = Leavings(north, family.directory / LAGS)
        memory, begin = north.memory_mebibytes() or 0.0, monotonic()
        attackers = family.attackers(what, at=north, home=home)
        trio.run(trio.sleep, _FULL_HOUSE_S)
        first, before = perf_counter(), count_of(attackers, counted)
        times_ms, most = trio.run(_watched, north, address, home)
        rate = (count_of(attackers, counted) - before) / (perf_counter() - first)
        end = monotonic()
        attackers.close()
        leavings.count()
        north.close()
        lags = family.directory / LAGS
        left = leavings.results(name)
        calm_lag_ms = percentile(read_lags_ms(lags, start, begin), 0.99)
        lag_ms = percentile(read_lags_ms(lags, begin, end), 0.99)
    return [
        Result(name=f"{name}: {counted} of theirs", value=rate, unit="1/s"),
        _at_most(
            f"{name}: honest attach, p99",
            percentile(times_ms, 0.99),
            "ms",
            _ATTACH_BAR_MS,
            percentile(calm_ms, 0.99),
        ),
        _at_most(f"{name}: the node's loop lag, p99", lag_ms, "ms", _LAG_BAR_MS, calm_lag_ms),
        _at_most(f"{name}: growth of the node", most - memory, "MiB", _GROWTH_BAR_MEBIBYTES),
        *left,
    ]


def _at_most(name: str, value: float, unit: str, bar: float, calm: float | None = None) -> Result:
    return Result(name=name, value=value, unit=unit, ceiling=calm, bar=bar, is_smaller_better=True)


async def _watched(north: Process, address: str, home: NodeId) -> tuple[list[float], float]:
    """How long honest clients take, and how large the node becomes meanwhile."""
    most = 0.0

    async def look() -> None:
        nonlocal most
        while True:
            most = max(most, north.memory_mebibytes() or 0.0)
            await trio.sleep(_LOOK_S)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(look)
        times_ms = await attach_times_ms(address, home, "crowded", _ATTACHES)
        nursery.cancel_scope.cancel()
    return times_ms, most
