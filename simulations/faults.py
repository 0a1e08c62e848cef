"""Breaks what a scenario or the seed chooses, and mends it again."""

from collections.abc import Sequence

from simulations.decisions import Crash, Fault, Reset
from simulations.director import Director
from simulations.interpreter import FAULTS, Interpreter
from simulations.machines import Host
from simulations.plan import StormPlan
from simulations.storm import Storm
from simulations.world import World


class Faults:
    """The verbs of scenarios for what befalls a world."""

    def __init__(self, world: World, director: Director) -> None:
        self._world = world
        self._director = director
        self._interpreter = Interpreter(world)
        self._random = world.generator("faults")
        self._storms: list[Storm] = []

    def storm(self, plan: StormPlan, hosts: Sequence[Host], *, for_ms: int) -> None:
        """Let faults befall these hosts from now on, for so long or until `end`."""
        self._world.sometimes.update(dict.fromkeys(FAULTS, 0))
        storm = Storm(self._world, self._random, plan, hosts, self.befall)
        self._storms.append(storm)
        storm.begin(for_ms)

    def befall(self, fault: Fault) -> None:
        """Have something befall the world now."""
        taken = self._director.take(fault)
        if taken is not None:
            self.perform(taken)

    def crash(self, host: Host, *, down_ms: int | None, is_silent: bool = False) -> None:
        """Kill a machine, and start it again from its disk after `down_ms`; never for None."""
        self.befall(Crash(host=host.name, down_ms=down_ms, is_silent=is_silent))

    def reset_one(self) -> None:
        """Break one of the open links."""
        links = self._world.network.open_links()
        if links:
            link = links[self._random.randrange(len(links))]
            self.befall(Reset(link.host, link.other.host))

    def end(self) -> None:
        """Let the calm begin: everything is mended, and every host runs that is not gone."""
        for storm in self._storms:
            storm.end()
        self._storms.clear()
        self._interpreter.end()

    def tally(self) -> None:
        """Count what frames have suffered by now."""
        self._interpreter.tally()

    def perform(self, fault: Fault) -> None:
        """Have happen what is decided."""
        self._interpreter.perform(fault)
