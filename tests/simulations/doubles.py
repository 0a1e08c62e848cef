"""Stand-ins for a simulation's machines, and small worlds to put them into."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from overlay.core.requests import NodeStatus
from overlay.peering.effects import Dial, LinkEffect, Trust
from overlay.peering.events import LinkId, LinkOpened
from simulations.distributions import Fixed
from simulations.machines import Effect, Event, Machine, NodeHost, NodeMachine, Process
from simulations.population import add_nodes
from simulations.weather import Conditions
from simulations.world import World

STILL = Conditions(latency=Fixed(10), jitter=Fixed(0), lost_one_in=0)
"""Every frame takes ten milliseconds."""


class Listening:
    """A machine that does nothing but note what it is told, and when."""

    def __init__(self) -> None:
        self.told: list[tuple[int, Event]] = []

    def handle(self, event: Event, now_ms: int) -> Sequence[Effect]:
        self.told.append((now_ms, event))
        return []

    def next_deadline_ms(self) -> int | None:
        return None

    def snapshot(self) -> NodeStatus:
        raise NotImplementedError


@dataclass(slots=True)
class Pair:
    """Two hosts in a still world, north and south, whose machines listen."""

    world: World
    north: NodeHost
    south: NodeHost
    told_north: list[tuple[int, Event]] = field(default_factory=list)
    told_south: list[tuple[int, Event]] = field(default_factory=list)

    def does(self, host: NodeHost, *effects: LinkEffect) -> None:
        """Have a host's machine want something now."""
        for effect in effects:
            self.world.network.perform(running(host), effect)

    def link(self, *, is_trusted: bool = True) -> LinkId:
        """Have north dial south; both ends' names are equal, and what was told is forgotten."""
        self.does(self.north, Dial(self.south.address))
        self.pass_time(100)
        (_, event) = self.told_north[-1]
        assert isinstance(event, LinkOpened)
        if is_trusted:
            self.does(self.south, Trust(event.link))
        self.told_north.clear()
        self.told_south.clear()
        return event.link

    def pass_time(self, duration_ms: int) -> None:
        self.world.run(self.world.now_ms + duration_ms)


def running(host: NodeHost) -> Process:
    assert host.process is not None
    return host.process


def a_pair(conditions: Conditions = STILL) -> Pair:
    """Both hosts run."""
    world = World(1, conditions)
    north, south = add_nodes(world, 2, [(0, 1)])
    pair = Pair(world, north, south)
    north.disguise, south.disguise = _into(pair.told_north), _into(pair.told_south)
    world.start(north)
    world.start(south)
    return pair


def _into(told: list[tuple[int, Event]]) -> Callable[[NodeMachine], NodeMachine]:
    def disguise(_: NodeMachine) -> NodeMachine:
        machine = Listening()
        machine.told = told
        return machine

    return disguise


Tamper = Callable[[Event, Sequence[Effect]], Sequence[Effect]]


class Tampering:
    """A machine whose effects are not quite what the machine inside wants."""

    def __init__(self, inside: Machine, tamper: Tamper) -> None:
        self._inside = inside
        self._tamper = tamper

    def handle(self, event: Event, now_ms: int) -> Sequence[Effect]:
        return self._tamper(event, self._inside.handle(event, now_ms))

    def next_deadline_ms(self) -> int | None:
        return self._inside.next_deadline_ms()


class TamperingNode(Tampering):
    """The same for a node."""

    def __init__(self, inside: NodeMachine, tamper: Tamper) -> None:
        super().__init__(inside, tamper)
        self._node = inside

    def snapshot(self) -> NodeStatus:
        return self._node.snapshot()
