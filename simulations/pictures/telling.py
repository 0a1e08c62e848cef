"""What befell a world, in words that fit beside a picture."""

from typing import assert_never

from simulations.decisions import (
    Clog,
    CopyDisk,
    Crash,
    CrashInCommit,
    Cut,
    CutOneWay,
    Fault,
    JumpClock,
    Lose,
    Meddle,
    Partition,
    Pause,
    RefuseCommits,
    Reset,
    SetWallClock,
    SkewClock,
    Slow,
    Stop,
)

_DISKS = {
    "kept": "",
    "old": ", its disk an old copy",
    "none": ", its disk gone",
    "row_lost": ", a row of its disk lost",
    "row_corrupted": ", a row of its disk corrupted",
}
_WAYS = {"both": "", "in": " (nothing gets in)", "out": " (nothing gets out)"}
_MEDDLING = {
    "duplicate": "duplicates",
    "reorder": "reorders",
    "corrupt": "corrupts",
    "swallow": "swallows",
}

FAMILIES = ("crash", "cut", "slow", "other")
"""Kinds of faults that pictures tell apart."""


def seconds(ms: int) -> str:
    """With one digit after the point, or two below a second."""
    return f"{ms / 1_000:.2f} s" if ms < 1_000 else f"{ms / 1_000:.1f} s"


def family(fault: Fault) -> str:
    """Which of `FAMILIES` a fault is of."""
    match fault:
        case Crash() | CrashInCommit() | Stop():
            return "crash"
        case Reset() | Cut() | CutOneWay() | Partition():
            return "cut"
        case Slow() | Clog() | Lose() | Pause():
            return "slow"
        case _:
            return "other"


def lasts_ms(fault: Fault) -> int:
    """How long it is meant to last; 0 for what is over at once, or never."""
    match fault:
        case Crash(down_ms=down_ms):
            return down_ms or 0
        case CrashInCommit(down_ms=down_ms) | Stop(down_ms=down_ms):
            return down_ms
        case Cut() | CutOneWay() | Partition() | Slow() | Clog() | Lose() | Pause():
            return fault.for_ms
        case _:
            return 0


def hosts_of(fault: Fault) -> tuple[str, ...]:
    """Whom it befalls; nobody by name where it is a partition."""
    match fault:
        case Reset(one, other):
            return one, other
        case CutOneWay() | Meddle():
            return fault.sender, fault.receiver
        case Partition():
            return ()
        case _:
            return (fault.host,)


def told(fault: Fault) -> str:
    """One sentence without its full stop."""
    match fault:
        case Crash():
            return _crash(fault)
        case CrashInCommit():
            return f"{fault.host} dies in its next commit, back after {seconds(fault.down_ms)}"
        case Stop(host, down_ms):
            return f"{host} is told to stop, back after {seconds(down_ms)}"
        case RefuseCommits(host, commits):
            return f"the disk of {host} refuses {commits} commits"
        case CopyDisk(host):
            return f"the disk of {host} is copied"
        case Reset(one, other):
            return f"links between {one} and {other} are reset"
        case Partition(groups, for_ms):
            return f"partition into {len(groups)} groups for {seconds(for_ms)}"
        case Meddle():
            what = _MEDDLING[fault.what]
            return f"a box {what} {fault.frames} frames from {fault.sender} to {fault.receiver}"
        case JumpClock(host, by_ms):
            return f"the clock of {host} jumps by {seconds(by_ms)}"
        case SkewClock(host, ppm):
            return f"the clock of {host} is off by {ppm} millionths"
        case SetWallClock(host, offset_ms):
            return f"the wall clock of {host} is off by {seconds(offset_ms)}"
        case Cut() | CutOneWay() | Slow() | Clog() | Lose() | Pause():
            return _lasting(fault)
        case _:
            assert_never(fault)


def _crash(fault: Crash) -> str:
    how = "falls silent" if fault.is_silent else "dies"
    disk = _DISKS[fault.disk]
    back = "for good" if fault.down_ms is None else f"back after {seconds(fault.down_ms)}"
    return f"{fault.host} {how}, {back}{disk}"


def _lasting(fault: Cut | CutOneWay | Slow | Clog | Lose | Pause) -> str:
    match fault:
        case Cut():
            what = f"{fault.host} is cut off{_WAYS[fault.way]}"
        case CutOneWay():
            what = f"nothing gets from {fault.sender} to {fault.receiver}"
        case Slow():
            what = f"everything to and from {fault.host} is {seconds(fault.extra_ms)} late"
        case Clog():
            what = f"the links of {fault.host} take {fault.bytes_per_ms} bytes a millisecond"
        case Lose():
            what = f"{fault.host} loses frames, one in {fault.lost_one_in}"
        case Pause():
            what = f"{fault.host} stands still"
        case _:
            assert_never(fault)
    return f"{what} for {seconds(fault.for_ms)}"
