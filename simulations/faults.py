"""What befalls a world: crashes, resets, cuts, slow hosts and failing disks, from its seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from simulations.disk import NO_MISHAPS, Mishaps
from simulations.machines import ClientHost, Host
from simulations.weather import Delay, Rule, Verdict
from simulations.world import STOPPING_MS, World

KINDS = ("node", "client")

SLOW_MS = 600
"""What a slow host adds to everything that gets to it or from it."""

FAULTS = (
    *(f"{what} of a {kind}" for what in ("crash", "stop", "cut", "slow") for kind in KINDS),
    "reset of a link",
    "silent crash",
    "crash for good",
    "crash in a commit",
)
"""What a storm can bring, as it is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StormPlan:
    """How often what happens; 0 is never. Waits are drawn evenly around these means."""

    crash_every_ms: int = 0
    stop_every_ms: int = 0
    """Orderly: the machine is told, and says goodbye."""
    reset_every_ms: int = 0
    cut_every_ms: int = 0
    slow_every_ms: int = 0
    down_ms_max: int = 8_000
    """How long a host stays down, cut or slow at most."""
    silent_one_in: int = 4
    """Of the crashes one takes the whole host, so that nothing is reset."""
    gone_one_in: int = 0
    """Of the clients that crash one never comes back."""
    crash_in_commit_one_in: int = 0
    """Of the commits one is when its machine dies: just before, or before it is told."""
    refused_commit_one_in: int = 0


def cut(name: str) -> Rule:
    """Nothing gets to this host or from it."""

    def rule(sender: str, receiver: str) -> Verdict | None:
        return "hold" if name in (sender, receiver) else None

    return rule


def slow(name: str) -> Rule:
    """Everything gets to this host and from it late."""

    def rule(sender: str, receiver: str) -> Verdict | None:
        return Delay(SLOW_MS) if name in (sender, receiver) else None

    return rule


class Faults:
    """Breaks what is chosen, or what the seed chooses, and mends it again."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._random = world.generator("faults")
        self._rules: list[Rule] = []
        self._gone: dict[str, None] = {}
        self._stopping: dict[str, None] = {}
        self._storm_ends_ms = 0

    def storm(self, plan: StormPlan, hosts: Sequence[Host], *, for_ms: int) -> None:
        """Let faults befall these hosts from now on, for so long or until `end`."""
        self._storm_ends_ms = self._world.now_ms + for_ms
        self._world.sometimes.update(dict.fromkeys(FAULTS, 0))
        befall = partial(self._befall_one, plan, hosts)
        self._every(plan.crash_every_ms, lambda: befall("crash", partial(self._crash, plan)))
        self._every(plan.stop_every_ms, lambda: befall("stop", partial(self._stop, plan)))
        self._every(plan.cut_every_ms, lambda: befall("cut", partial(self._rule, plan, cut)))
        self._every(plan.slow_every_ms, lambda: befall("slow", partial(self._rule, plan, slow)))
        self._every(plan.reset_every_ms, self.reset_one)
        for host in hosts:
            host.disk.mishaps = Mishaps(
                refused_one_in=plan.refused_commit_one_in,
                crash_one_in=plan.crash_in_commit_one_in,
                crash=partial(self._crash_in_commit, plan, host),
            )

    def crash(self, host: Host, *, down_ms: int | None, is_silent: bool = False) -> None:
        """Kill a machine, and start it again from its disk after `down_ms`; never for None."""
        self._world.kill(host, is_silent=is_silent)
        if down_ms is None:
            self._gone[host.name] = None
        else:
            self._world.after(down_ms, lambda: self._start(host))

    def reset_one(self) -> None:
        """Break one of the open links."""
        links = self._world.network.open_links()
        if links:
            self._world.sometimes["reset of a link"] += 1
            self._world.network.reset(links[self._random.randrange(len(links))])

    def befall(self, rule: Rule, *, for_ms: int) -> None:
        """Let a rule of the weather stand for a while."""
        self._rules.append(rule)
        self._world.weather.add(rule)
        self._world.after(for_ms, lambda: self._world.lift(rule))

    def end(self) -> None:
        """Let the calm begin: everything is mended, and every host runs that is not gone."""
        self._storm_ends_ms = self._world.now_ms
        for rule in self._rules:
            self._world.lift(rule)
        self._rules.clear()
        for host in self._world.hosts.values():
            host.disk.mishaps = NO_MISHAPS
            if host.name in self._stopping:
                self._world.kill(host)
            self._start(host)
        self._stopping.clear()

    # What the seed chooses.

    def _every(self, mean_ms: int, happening: Callable[[], None]) -> None:
        if mean_ms <= 0:
            return
        wait_ms = 1 + self._random.randrange(2 * mean_ms)

        def happen() -> None:
            if self._world.now_ms < self._storm_ends_ms:
                happening()
                self._every(mean_ms, happening)

        self._world.after(wait_ms, happen)

    def _befall_one(
        self, plan: StormPlan, hosts: Sequence[Host], what: str, befall: Callable[[Host], None]
    ) -> None:
        up = [host for host in hosts if host.is_up]
        if up:
            host = up[self._random.randrange(len(up))]
            kind = KINDS[isinstance(host, ClientHost)]
            self._world.sometimes[f"{what} of a {kind}"] += 1
            befall(host)

    def _crash(self, plan: StormPlan, host: Host) -> None:
        is_silent = self._one_in(plan.silent_one_in)
        is_gone = isinstance(host, ClientHost) and self._one_in(plan.gone_one_in)
        down_ms = None if is_gone else self._draw_down_ms(plan)
        self._world.sometimes["silent crash"] += is_silent
        self._world.sometimes["crash for good"] += is_gone
        self.crash(host, down_ms=down_ms, is_silent=is_silent)

    def _crash_in_commit(self, plan: StormPlan, host: Host) -> None:
        self._world.sometimes["crash in a commit"] += 1
        self.crash(host, down_ms=self._draw_down_ms(plan))

    def _stop(self, plan: StormPlan, host: Host) -> None:
        if host.name in self._stopping:
            return
        self._stopping[host.name] = None
        self._world.stop(host)
        down_ms = STOPPING_MS + self._draw_down_ms(plan)
        self._world.after(down_ms, lambda: self._start(host))

    def _rule(self, plan: StormPlan, make: Callable[[str], Rule], host: Host) -> None:
        self.befall(make(host.name), for_ms=self._draw_down_ms(plan))

    def _draw_down_ms(self, plan: StormPlan) -> int:
        return 1 + self._random.randrange(plan.down_ms_max)

    def _one_in(self, count: int) -> bool:
        return count > 0 and self._random.randrange(count) == 0

    def _start(self, host: Host) -> None:
        if not host.is_up and host.name not in self._gone:
            self._stopping.pop(host.name, None)
            self._world.start(host)
