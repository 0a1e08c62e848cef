"""Nodes of a simulated world: the machines alone, without sockets and without a kernel."""

from collections.abc import Iterator, Sequence
from time import process_time_ns

from overlay.core.effects import Effect
from overlay.core.requests import NodeStatus
from overlay.peering.effects import Send
from overlay.peering.events import LinkClosed, LinkId, LinkOpened
from simulations.decisions import Crash
from simulations.machines import Event, NodeMachine
from simulations.scenario import Cast, Options, Run, Scenario
from tests.benchmarks.gossip.costs import (
    CHANGES,
    MESSAGES,
    PAUSE_MS,
    REST_SECONDS,
    Costs,
    Use,
    costs,
)

_PEOPLE = 3
_SETTLE_MS = 15_000


class _Total:
    """What all nodes of a world have used."""

    def __init__(self) -> None:
        self.octets = 0
        self.nanoseconds = 0


class _Metered:
    """Wraps a node, and counts what it says to other nodes and how long it thinks."""

    def __init__(self, node: NodeMachine, total: _Total) -> None:
        self._node = node
        self._total = total
        self._clients: set[LinkId] = set()

    def next_deadline_ms(self) -> int | None:
        return self._node.next_deadline_ms()

    def snapshot(self) -> NodeStatus:
        return self._node.snapshot()

    def handle(self, event: Event, now_ms: int) -> Sequence[Effect]:
        if isinstance(event, LinkOpened) and event.remote_address.startswith("10.1."):
            self._clients.add(event.link)
        elif isinstance(event, LinkClosed):
            self._clients.discard(event.link)
        start = process_time_ns()
        effects = self._node.handle(event, now_ms)
        self._total.nanoseconds += process_time_ns() - start
        for effect in effects:
            if isinstance(effect, Send) and effect.link not in self._clients:
                self._total.octets += len(effect.data)
        return effects  # type: ignore[return-value]  # a node's effects


def simulated(count: int) -> Costs:
    """A world of so many nodes, with people who come and go and who speak."""
    used: list[Use] = []
    total = _Total()
    scenario = Scenario(
        name="costs",
        question="what does gossip cost?",
        cast=lambda _: Cast(nodes=count, shape="random", people=_PEOPLE),
        play=lambda run: used.extend(_played(run, total)),
    )
    run = Run(scenario, Options(seed=1))
    _meter(run, total)
    run.play()
    assert not run.violations
    assert not run.unmet
    links = len(run.opening.population.edges)
    rest, changing, talking = used
    return costs("simulated", count, links, rest=rest, changing=changing, talking=talking)


def _meter(run: Run, total: _Total) -> None:
    """Where nodes run from the first, they are wrapped before the first client comes."""

    def wrap() -> None:
        for host in run.nodes:
            assert host.process is not None
            assert host.node is not None
            host.process.machine = _Metered(host.node, total)

    if run.opening.is_converged:
        run.after(1, wrap)
        return
    for host in run.nodes:
        host.disguise = lambda node: _Metered(node, total)


def _played(run: Run, total: _Total) -> Iterator[Use]:
    run.begin()
    _talk(run)
    run.pass_time(_SETTLE_MS)
    resting = _Meter(run, total)
    run.pass_time(REST_SECONDS * 1_000)
    yield resting.read()
    changing = _Meter(run, total)
    _come_and_go(run)
    yield changing.read()
    talking = _Meter(run, total)
    _talk(run)
    yield talking.read()


class _Meter:
    """Says what was used since it was made."""

    def __init__(self, run: Run, total: _Total) -> None:
        self._run, self._total = run, total
        self._octets, self._nanoseconds = total.octets, total.nanoseconds
        self._began_ms = run.world.now_ms

    def read(self) -> Use:
        return Use(
            octets=self._total.octets - self._octets,
            cpu_ms=(self._total.nanoseconds - self._nanoseconds) / 1e6,
            seconds=(self._run.world.now_ms - self._began_ms) / 1_000,
        )


def _come_and_go(run: Run) -> None:
    *_, carol = run.people
    for _ in range(CHANGES // 2):
        run.faults.befall(Crash(host=carol.name, down_ms=PAUSE_MS))
        run.pass_time(2 * PAUSE_MS)
    run.pass_time(2 * PAUSE_MS)


def _talk(run: Run) -> None:
    alice, *_ = run.people
    for _ in range(MESSAGES):
        run.workload.say_in(alice, run.channel)
        run.pass_time(PAUSE_MS)
