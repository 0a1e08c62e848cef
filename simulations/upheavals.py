"""What befalls many at once, for a world of which everything is drawn from the seed."""

from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from simulations.crossings import connected, homes_of, links_of
from simulations.machines import Host, NodeHost
from simulations.scenario import Run

KINDS = ("mass crash", "restart storm", "rush", "joins")
DOWN_MS_MAX = 20_000
RUSH_EVERY_MS = (5, 40)
RUSH_MS = (1_000, 5_000)
JOINERS_PART = 3
"""At most one in so many nodes joins later."""


class Upheaval:
    """One of `KINDS`, drawn: most of the nodes die at once, and come back; all people start anew
    at once; everybody talks at once; some nodes join an overlay that runs already."""

    def __init__(self, run: Run, random: Random) -> None:
        self._run = run
        self._random = random
        self._kind = random.choice(KINDS)
        self.joiners: list[NodeHost] = self._joiners() if self._kind == "joins" else []
        """Nodes that are not to begin with the others."""

    def begin(self, storm_ms: int) -> None:
        """Have it happen some time within the storm."""
        self._run.world.sometimes[self._kind] += 1
        if self._kind == "joins":
            for host in self.joiners:
                self._after(storm_ms, partial(self._run.world.start, host))
        else:
            happen = {
                "mass crash": self._crash_nodes,
                "restart storm": self._restart_people,
                "rush": self._rush,
            }
            self._after(storm_ms, happen[self._kind])

    def _after(self, within_ms: int, happen: Callable[[], object]) -> None:
        self._run.after(self._random.randrange(within_ms), happen)

    def _crash_nodes(self) -> None:
        """Ten to ninety-five in a hundred of them, as guarantees of healing are stated for."""
        percent = self._random.randint(10, 95)
        count = max(2, len(self._run.nodes) * percent // 100)
        self._crash(self._random.sample(self._run.nodes, count))

    def _restart_people(self) -> None:
        self._crash(self._run.people)

    def _crash(self, hosts: Sequence[Host]) -> None:
        is_silent = self._random.randrange(4) == 0
        down_ms_max = self._random.choice((1, 1_000, DOWN_MS_MAX))
        for host in hosts:
            down_ms = self._random.randrange(down_ms_max)
            if host.is_up:
                self._run.faults.crash(host, down_ms=down_ms, is_silent=is_silent)

    def _rush(self) -> None:
        every_ms, for_ms = self._random.randint(*RUSH_EVERY_MS), self._random.randint(*RUSH_MS)
        self._run.workload.talk(every_ms=every_ms, for_ms=for_ms, channel=self._run.channel)

    def _joiners(self) -> list[NodeHost]:
        """Nobody's first home, and none that holds the others together."""
        homes, links = homes_of(self._run).values(), links_of(self._run)
        free = [host for host in self._run.nodes if host not in homes]
        joiners: list[NodeHost] = []
        for host in self._random.sample(free, len(free)):
            between = connected(links, [*joiners, host])
            old = [each for each in self._run.nodes if each not in (*joiners, host)]
            is_whole = all(between(old[0].name, each.name) is not None for each in old)
            if is_whole and len(joiners) < len(self._run.nodes) // JOINERS_PART:
                joiners.append(host)
        return joiners
