"""All judges of liveness of one run, and the conditions that it waits for."""

from collections.abc import Callable

from simulations.checkers.base import Violation
from simulations.checkers.crashes import CrashesChecker
from simulations.checkers.liveness.conditions import Condition
from simulations.checkers.liveness.deaths import DeathsJudge
from simulations.checkers.liveness.judges import (
    DeliveryJudge,
    Judge,
    RoamingJudge,
)
from simulations.checkers.sight import Sight
from simulations.machines import Host, NodeHost
from simulations.sayings import Sayings
from simulations.world import World

STEP_MS = 50
"""How often it is looked at whether a condition is so, in a small world."""

STEP_A_NODE_MS = 5
STEP_MAX_MS = 1_000
"""What a look costs grows with the square of the nodes: many are looked at less often."""

SHOWN_MAX = 5
"""What is missing is told up to this."""


class Panel:
    """Looks on from the start of a world, and judges from when it is told to."""

    def __init__(
        self,
        world: World,
        sayings: Sayings,
        crashes: CrashesChecker,
        pass_time: Callable[[int], None],
    ) -> None:
        """`pass_time` lets so many milliseconds pass."""
        hosts = list(world.hosts.values())
        self._world = world
        self._pass_time = pass_time
        nodes = sum(isinstance(host, NodeHost) for host in hosts)
        self._step_ms = min(max(STEP_MS, STEP_A_NODE_MS * nodes), STEP_MAX_MS)
        self._crashes = crashes
        self._measured: dict[str, int] = {}
        self._unmet: list[Violation] = []
        self.delivery = DeliveryJudge(sayings, crashes.are_unaffected)
        self.deaths = DeathsJudge(hosts, crashes.graph, self._is_reachable)
        self.roaming = RoamingJudge(crashes.graph)
        world.watch(*self.judges)

    @property
    def judges(self) -> tuple[Judge, ...]:
        return self.delivery, self.deaths, self.roaming

    def begin(self, *judges: Judge) -> None:
        """Have these judge from now on."""
        for judge in judges:
            judge.begin(self._world.now_ms)

    def rest(self) -> None:
        """Nothing is judged that happens from now on: a storm comes."""
        for judge in self.judges:
            judge.rest()

    def wait_for(self, condition: Condition) -> int:
        """Let time pass until a condition is so. Returns how long that took, in milliseconds.

        It is noted as broken, and waited for no longer, when its bound is over.
        """
        world, began_ms = self._world, self._world.now_ms
        bound_ms = condition.bound_ms(self._sight())
        while missing := condition.missing(self._sight()):
            if world.now_ms >= began_ms + bound_ms:
                what = (
                    f"not within {bound_ms} ms: {condition.what}; {'; '.join(missing[:SHOWN_MAX])}"
                )
                self._unmet.append(Violation(condition.id, world.now_ms, what))
                break
            self._pass_time(min(self._step_ms, began_ms + bound_ms - world.now_ms))
        took_ms = world.now_ms - began_ms
        most = max(self._measured.get(f"{condition.id}_ms", 0), took_ms)
        self._measured |= {f"{condition.id}_ms": most, f"{condition.id}_bound_ms": bound_ms}
        return took_ms

    def close(self) -> list[Violation]:
        """Everything that took too long, in order of time, when a run is over."""
        for judge in self.judges:
            judge.close(self._world.now_ms)
        found = [violation for judge in self.judges for violation in judge.violations]
        return sorted([*self._unmet, *found], key=lambda violation: violation.at_ms)

    def numbers(self) -> dict[str, int]:
        """What was measured, for a report."""
        numbers = dict(self._measured)
        for judge in self.judges:
            if judge.times_ms:
                numbers |= judge.numbers()
        return numbers

    def _sight(self) -> Sight:
        return Sight([host for host in self._world.hosts.values() if host.is_honest])

    def _is_reachable(self, host: Host, other: Host, since_ms: int) -> bool:
        """They have been connected, and no rule has stood: nothing but chance was between them.

        Links stay open while nothing passes, so that being connected says nothing of the weather.
        """
        islands = self._crashes.islands()
        is_connected = islands.get(host.name, -1) == islands.get(other.name, -2)
        if not is_connected or not self._world.weather.was_fair(since_ms):
            return False
        return self._crashes.were_connected([host.name, other.name], since_ms)
