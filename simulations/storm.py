"""What befalls a world by chance, as often as a plan says, drawn from the seed."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from random import Random

from simulations.decisions import CopyDisk, Fault
from simulations.drawings import AT_A_HOST, AT_A_LINK, FOR_EVERYBODY, Drawings
from simulations.machines import Host
from simulations.plan import StormPlan
from simulations.world import World


class Storm:
    """Draws faults while it lasts; who takes them decides what becomes of them."""

    def __init__(
        self,
        world: World,
        random: Random,
        plan: StormPlan,
        hosts: Sequence[Host],
        take: Callable[[Fault], None],
    ) -> None:
        self._world = world
        self._random = random
        self._plan = plan
        self._hosts = hosts
        self._take = take
        self._drawings = Drawings(random, plan)
        self._ends_ms = 0

    def begin(self, for_ms: int) -> None:
        """Let faults befall the hosts from now on, for so long or until `end`."""
        self._ends_ms = self._world.now_ms + for_ms
        if self._plan.bad_disk_one_in:
            for host in self._hosts:
                self._take(CopyDisk(host.name))
        for field in fields(self._plan):
            if field.name.endswith("_every_ms"):
                name = field.name.removesuffix("_every_ms")
                self._every(getattr(self._plan, field.name), name)

    def end(self) -> None:
        """No more."""
        self._ends_ms = self._world.now_ms

    def _every(self, mean_ms: int, name: str) -> None:
        if mean_ms > 0:
            at_ms = self._world.now_ms + 1 + self._random.randrange(2 * mean_ms)
            self._world.calendar.plan_first(at_ms, partial(self._happen, mean_ms, name))

    def _happen(self, mean_ms: int, name: str) -> None:
        if self._world.now_ms < self._ends_ms:
            fault = self._drawn(name)
            if fault is not None:
                self._take(fault)
            self._every(mean_ms, name)

    def _drawn(self, name: str) -> Fault | None:
        """None where there is nothing that it could befall."""
        if name in FOR_EVERYBODY:
            return FOR_EVERYBODY[name](self._drawings, [host.name for host in self._hosts])
        if name in AT_A_LINK:
            links = self._world.network.open_links()
            if not links:
                return None
            link = links[self._random.randrange(len(links))]
            return AT_A_LINK[name](self._drawings, (link.host, link.other.host))
        up = [host for host in self._hosts if host.is_up]
        return AT_A_HOST[name](self._drawings, self._random.choice(up)) if up else None
