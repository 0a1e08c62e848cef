"""Performs what befalls a world, and mends it again. It draws nothing: everything is decided."""

from functools import partial
from typing import assert_never

from simulations.decisions import (
    Clog,
    CopyDisk,
    Crash,
    CrashInCommit,
    Cut,
    CutOneWay,
    DiskFate,
    Fault,
    JumpClock,
    Lose,
    Meddle,
    Meddling,
    Partition,
    Pause,
    RefuseCommits,
    Reset,
    SetWallClock,
    SkewClock,
    Slow,
    Stop,
    Way,
)
from simulations.machines import ClientHost, Host
from simulations.rules import (
    Clogged,
    Delayed,
    Held,
    Lossy,
    Rule,
    Verdict,
    at_host,
    from_host,
    one_way,
    partition,
    to_host,
)
from simulations.world import STOPPING_MS, World

KINDS = ("node", "client")
_OF_A_KIND = ("crash", "stop", "cut", "slow", "clog", "loss", "pause", "clock jump", "clock skew")
_DISKS: dict[DiskFate, str] = {
    "old": "start from an old disk",
    "none": "start without a disk",
    "row_lost": "start without a row",
    "row_corrupted": "start with a corrupted row",
}

RESENT = "frame that came a resend later"
BROKEN = "frame that ended its link"
FRAMES: dict[Meddling, str] = {
    "duplicate": "frame that came twice",
    "reorder": "frame that came after the next",
    "corrupt": "frame that was corrupted",
    "swallow": "frame that was swallowed",
}

FAULTS = (
    *(f"{what} of a {kind}" for what in _OF_A_KIND for kind in KINDS),
    "reset of a link",
    "one-way cut",
    "partition into halves",
    "partition into islands",
    "partition with a bridge",
    "silent crash",
    "crash for good",
    "crash in a commit",
    "torn commit",
    "refused commit",
    "wrong wall clock",
    *_DISKS.values(),
    RESENT,
    BROKEN,
    *FRAMES.values(),
)
"""What a storm can bring, as it is counted."""

_AT_HOST = {"both": at_host, "in": to_host, "out": from_host}


class Interpreter:
    """Knows what stands, who is on their way back and who is gone."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rules: list[Rule] = []
        self._gone: dict[str, None] = {}
        self._stopping: dict[str, None] = {}

    def perform(self, fault: Fault) -> None:
        """Have it happen now. Nothing does where its host is down, or not of this world."""
        self._world.disturbances += not isinstance(fault, Crash | Stop | CrashInCommit)
        match fault:
            case Reset(one, other):
                self._reset(one, other)
            case CutOneWay(sender=sender, receiver=receiver, for_ms=for_ms):
                self._count("one-way cut")
                self._let_stand(one_way(sender, receiver, Held()), for_ms)
            case Partition(groups, for_ms):
                self._count(_kind_of_partition(groups))
                self._let_stand(partition(groups), for_ms)
            case Meddle():
                self._world.network.meddler.take_job(fault)
            case _:
                host = self._world.hosts.get(fault.host)
                if host is not None and host.is_up:
                    self._befall(host, fault)

    def tally(self) -> None:
        """Count what frames have suffered by now."""
        network, sometimes = self._world.network, self._world.sometimes
        counts = {FRAMES[what]: count for what, count in network.meddler.done.items()}
        counts |= {RESENT: network.weather.resends, BROKEN: network.weather.breaks}
        sometimes.update({what: n - sometimes[what] for what, n in counts.items() if n})

    def end(self) -> None:
        """Let the calm begin: everything is mended, and every host runs that is not gone."""
        for rule in self._rules:
            self._world.lift(rule)
        self._rules.clear()
        # A stream that lacks something is not mended by leaving it alone.
        for end in self._world.network.meddler.rest():
            self._world.network.reset(end)
        for host in self._world.hosts.values():
            host.disk.mend()
            self._world.set_clock(host, ppm=0)
            if host.process is not None:
                self._world.resume(host.process)
            if host.name in self._stopping:
                self._world.kill(host)
            self._start(host)
        self._stopping.clear()

    # What befalls one host.

    def _befall(
        self,
        host: Host,
        fault: Crash
        | Stop
        | CrashInCommit
        | RefuseCommits
        | CopyDisk
        | Cut
        | Slow
        | Clog
        | Lose
        | Pause
        | JumpClock
        | SkewClock
        | SetWallClock,
    ) -> None:
        match fault:
            case Crash():
                self._crash(host, fault)
            case Stop(down_ms=down_ms):
                self._stop(host, down_ms)
            case CrashInCommit():
                host.disk.plan_crash(fault.moment, partial(self._crash_in_commit, host, fault))
            case RefuseCommits(commits=commits):
                self._count("refused commit")
                host.disk.refusals += commits
            case CopyDisk():
                host.disk.copy()
            case Cut(way=way, for_ms=for_ms):
                self._let_stand_at(host, "cut", Held(), for_ms, way)
            case Slow(extra_ms=extra_ms, for_ms=for_ms):
                self._let_stand_at(host, "slow", Delayed(extra_ms), for_ms)
            case Clog(bytes_per_ms=bytes_per_ms, for_ms=for_ms):
                self._let_stand_at(host, "clog", Clogged(bytes_per_ms), for_ms)
            case Lose(lost_one_in=lost, reset_one_in=reset, for_ms=for_ms):
                self._let_stand_at(host, "loss", Lossy(lost, reset), for_ms)
            case Pause():
                self._pause(host, fault)
            case JumpClock(by_ms=by_ms):
                self._count_of("clock jump", host)
                self._world.set_clock(host, by_ms=by_ms)
            case SkewClock(ppm=ppm):
                self._count_of("clock skew", host)
                self._world.set_clock(host, ppm=ppm)
            case SetWallClock(offset_ms=offset_ms):
                if isinstance(host, ClientHost):
                    self._count("wrong wall clock")
                    host.wall_offset_ms = offset_ms
            case _:
                assert_never(fault)

    def _crash(self, host: Host, fault: Crash) -> None:
        self._count_of("crash", host)
        self._count("silent crash", fault.is_silent)
        self._count("crash for good", fault.down_ms is None)
        self._world.kill(host, is_silent=fault.is_silent)
        if self._spoil(host, fault.disk, fault.row):
            self._count(_DISKS[fault.disk])
        self._bring_back(host, fault.down_ms)

    def _spoil(self, host: Host, fate: DiskFate, row: int) -> bool:
        losses = host.disk.losses
        match fate:
            case "kept":
                pass
            case "old":
                host.disk.roll_back()
            case "none":
                host.disk.wipe()
            case "row_lost":
                host.disk.lose_row(row)
            case "row_corrupted":
                host.disk.corrupt_row(row)
        return host.disk.losses > losses

    def _crash_in_commit(self, host: Host, fault: CrashInCommit) -> None:
        self._count("crash in a commit")
        self._count("torn commit", fault.moment == "torn")
        self._world.kill(host)
        self._bring_back(host, fault.down_ms)

    def _bring_back(self, host: Host, down_ms: int | None) -> None:
        self._stopping.pop(host.name, None)
        if down_ms is None:
            self._gone[host.name] = None
        else:
            self._world.after(down_ms, lambda: self._start(host))

    def _stop(self, host: Host, down_ms: int) -> None:
        if host.name in self._stopping:
            return
        self._count_of("stop", host)
        self._stopping[host.name] = None
        self._world.stop(host)
        self._world.after(STOPPING_MS + down_ms, lambda: self._start(host))

    def _start(self, host: Host) -> None:
        if not host.is_up and host.name not in self._gone:
            self._stopping.pop(host.name, None)
            self._world.start(host)

    def _pause(self, host: Host, fault: Pause) -> None:
        if self._world.pause(host):
            self._count_of("pause", host)
            process = host.process
            assert process is not None
            resume = partial(self._world.resume, process, wakes_first=fault.wakes_first)
            self._world.after(fault.for_ms, resume)

    # What befalls links.

    def _reset(self, one: str, other: str) -> None:
        for end in self._world.network.open_links():
            if {end.host, end.other.host} == {one, other}:
                self._count("reset of a link")
                self._world.network.reset(end)

    def _let_stand_at(
        self, host: Host, what: str, verdict: Verdict, for_ms: int, way: Way = "both"
    ) -> None:
        self._count_of(what, host)
        self._let_stand(_AT_HOST[way](host.name, verdict), for_ms)

    def _let_stand(self, rule: Rule, for_ms: int) -> None:
        self._rules.append(rule)
        self._world.weather.add(rule)
        self._world.after(for_ms, lambda: self._lift(rule))

    def _lift(self, rule: Rule) -> None:
        self._rules = [other for other in self._rules if other is not rule]
        self._world.lift(rule)

    # Counting.

    def _count_of(self, what: str, host: Host) -> None:
        self._count(f"{what} of a {KINDS[isinstance(host, ClientHost)]}")

    def _count(self, what: str, is_so: bool = True) -> None:
        self._world.sometimes[what] += is_so


def _kind_of_partition(groups: tuple[tuple[str, ...], ...]) -> str:
    names = [name for group in groups for name in group]
    if len(dict.fromkeys(names)) < len(names):
        return "partition with a bridge"
    return "partition into islands" if len(groups) > 2 else "partition into halves"
