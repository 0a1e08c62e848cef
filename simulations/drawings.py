"""Which fault it is that befalls a host, a link or everybody: drawn from a generator."""

from collections.abc import Callable
from random import Random

from simulations import decisions
from simulations.decisions import CommitMoment, DiskFate, Fault, Meddling, Way
from simulations.machines import ClientHost, Host
from simulations.partitions import bridged, halves, islands
from simulations.plan import StormPlan

YEAR_MS = 365 * 24 * 3_600_000
MEDDLED_FRAMES_MAX = 5
REFUSALS_MAX = 3
CLOG_BYTES_PER_MS = (2, 10, 50)
SLOW_MS = (100, 600, 1_500)
LOST_ONE_IN = (2, 5, 20)
BROKEN_ONE_IN = (0, 100, 1_000)
SKEWS_PPM = (200, 2_000, 50_000)
JUMPS_MS = (100, 2_000, 30_000, 3_600_000)

_FATES: tuple[DiskFate, ...] = ("old", "none", "row_lost", "row_corrupted")
_MOMENTS: tuple[CommitMoment, ...] = ("before", "after", "torn")
_MEDDLINGS: tuple[Meddling, ...] = ("duplicate", "reorder", "corrupt", "swallow")
_WAYS: tuple[Way, ...] = ("both", "both", "in", "out")


class Drawings:
    """Draws one fault at a time, as rough as the plan says."""

    def __init__(self, random: Random, plan: StormPlan) -> None:
        self.random = random
        self._plan = plan

    # At a host.

    def crash(self, host: Host) -> Fault:
        is_gone = isinstance(host, ClientHost) and self._is_one_in(self._plan.gone_one_in)
        is_spoilt = self._is_one_in(self._plan.bad_disk_one_in)
        return decisions.Crash(
            host=host.name,
            down_ms=None if is_gone else self._down_ms(),
            is_silent=self._is_one_in(self._plan.silent_one_in),
            disk=self.random.choice(_FATES) if is_spoilt else "kept",
            row=self.random.randrange(1_000) if is_spoilt else 0,
        )

    def stop(self, host: Host) -> Fault:
        return decisions.Stop(host.name, self._down_ms())

    def crash_in_commit(self, host: Host) -> Fault:
        moment = self.random.choice(_MOMENTS)
        if moment == "torn" and not self._plan.bad_disk_one_in:
            moment = "before"
        return decisions.CrashInCommit(host=host.name, down_ms=self._down_ms(), moment=moment)

    def refuse(self, host: Host) -> Fault:
        return decisions.RefuseCommits(host.name, 1 + self.random.randrange(REFUSALS_MAX))

    def cut(self, host: Host) -> Fault:
        way = self.random.choice(_WAYS)
        return decisions.Cut(host=host.name, way=way, for_ms=self._down_ms())

    def slow(self, host: Host) -> Fault:
        extra_ms = self.random.choice(SLOW_MS)
        return decisions.Slow(host=host.name, extra_ms=extra_ms, for_ms=self._down_ms())

    def clog(self, host: Host) -> Fault:
        bytes_per_ms = self.random.choice(CLOG_BYTES_PER_MS)
        return decisions.Clog(host=host.name, bytes_per_ms=bytes_per_ms, for_ms=self._down_ms())

    def lose(self, host: Host) -> Fault:
        return decisions.Lose(
            host=host.name,
            lost_one_in=self.random.choice(LOST_ONE_IN),
            reset_one_in=self.random.choice(BROKEN_ONE_IN),
            for_ms=self._down_ms(),
        )

    def pause(self, host: Host) -> Fault:
        return decisions.Pause(
            host=host.name,
            for_ms=1 + self.random.randrange(self._plan.pause_ms_max),
            wakes_first=self._is_one_in(2),
        )

    def jump(self, host: Host) -> Fault:
        return decisions.JumpClock(host.name, self.random.choice(JUMPS_MS))

    def skew(self, host: Host) -> Fault:
        most = self.random.choice(SKEWS_PPM)
        return decisions.SkewClock(host.name, self.random.randint(-most, most))

    def wall_clock(self, host: Host) -> Fault:
        return decisions.SetWallClock(host.name, self.random.randint(-10, 10) * YEAR_MS)

    # At a link, both of whose hosts stand by name.

    def reset(self, link: tuple[str, str]) -> Fault:
        return decisions.Reset(*link)

    def cut_one_way(self, link: tuple[str, str]) -> Fault:
        sender, receiver = self.random.sample(link, 2)
        return decisions.CutOneWay(sender=sender, receiver=receiver, for_ms=self._down_ms())

    def meddle(self, link: tuple[str, str]) -> Fault:
        sender, receiver = self.random.sample(link, 2)
        return decisions.Meddle(
            sender=sender,
            receiver=receiver,
            what=self.random.choice(_MEDDLINGS),
            frames=1 + self.random.randrange(MEDDLED_FRAMES_MAX),
            place=self.random.randrange(100_000),
        )

    # For everybody.

    def partition(self, names: list[str]) -> Fault:
        match self.random.randrange(3):
            case 0:
                groups = halves(names, self.random)
            case 1:
                groups = islands(names, 3 + self.random.randrange(3), self.random)
            case _:
                groups = bridged(names, self.random)
        return decisions.Partition(groups, self._down_ms())

    def _down_ms(self) -> int:
        return 1 + self.random.randrange(self._plan.down_ms_max)

    def _is_one_in(self, count: int) -> bool:
        return count > 0 and self.random.randrange(count) == 0


AT_A_HOST: dict[str, Callable[[Drawings, Host], Fault]] = {
    "crash": Drawings.crash,
    "stop": Drawings.stop,
    "crash_in_commit": Drawings.crash_in_commit,
    "refuse": Drawings.refuse,
    "cut": Drawings.cut,
    "slow": Drawings.slow,
    "clog": Drawings.clog,
    "lose": Drawings.lose,
    "pause": Drawings.pause,
    "jump": Drawings.jump,
    "skew": Drawings.skew,
    "wall_clock": Drawings.wall_clock,
}
"""By the name that a plan has for each, as below."""

AT_A_LINK: dict[str, Callable[[Drawings, tuple[str, str]], Fault]] = {
    "reset": Drawings.reset,
    "cut_one_way": Drawings.cut_one_way,
    "meddle": Drawings.meddle,
}

FOR_EVERYBODY: dict[str, Callable[[Drawings, list[str]], Fault]] = {
    "partition": Drawings.partition,
}
