"""What befalls a world and what its people do, as values: a run is made of these and its seed.

Hosts stand by name. A decision about a host that is gone or down does nothing,
so that any part of a list of decisions is a list of decisions.
"""

from dataclasses import dataclass
from typing import Literal, get_args

DiskFate = Literal["kept", "old", "none", "row_lost", "row_corrupted"]
"""What a machine finds when it comes back: its disk, an older copy, nothing, or a bad row."""

Way = Literal["both", "in", "out"]
CommitMoment = Literal["before", "torn", "after"]
Meddling = Literal["duplicate", "reorder", "corrupt", "swallow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A machine dies and comes back after `down_ms`, or never."""

    host: str
    down_ms: int | None
    is_silent: bool = False
    """The whole host is gone: its links are not even reset."""
    disk: DiskFate = "kept"
    row: int = 0
    """Which row is the bad one, counted round and round."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A machine is told to stop, says goodbye, and comes back."""

    host: str
    down_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashInCommit:
    """A machine dies at its next commit: before it, in the middle, or before it is told of it."""

    host: str
    down_ms: int
    moment: CommitMoment


@dataclass(frozen=True, slots=True)
class RefuseCommits:
    """A disk refuses the next commits."""

    host: str
    commits: int


@dataclass(frozen=True, slots=True)
class CopyDisk:
    """What is durable on a disk now is what an old disk will hold."""

    host: str


@dataclass(frozen=True, slots=True)
class Reset:
    """Every link between two hosts is reset."""

    one: str
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Nothing gets to a host, from it, or both; what is held comes later, in order."""

    host: str
    way: Way
    for_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOneWay:
    """Nothing gets from one host to another; the other way it does."""

    sender: str
    receiver: str
    for_ms: int


@dataclass(frozen=True, slots=True)
class Partition:
    """Only hosts that share a group reach each other. Who is in no group reaches nobody."""

    groups: tuple[tuple[str, ...], ...]
    for_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """Everything gets to a host and from it late."""

    host: str
    extra_ms: int
    for_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clog:
    """The links of a host take so few bytes that frames queue up behind each other."""

    host: str
    bytes_per_ms: int
    for_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lose:
    """Of the frames to a host and from it some come a resend later, and some end their link."""

    host: str
    lost_one_in: int
    reset_one_in: int
    for_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Meddle:
    """A box on the way changes the next frames that one host sends another."""

    sender: str
    receiver: str
    what: Meddling
    frames: int
    place: int
    """Which byte is changed, counted round and round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A process is stopped and goes on later: what came meanwhile comes at once."""

    host: str
    for_ms: int
    wakes_first: bool = False
    """Whether the machine is woken before it is handed what waited, or after."""


@dataclass(frozen=True, slots=True)
class JumpClock:
    """The monotonic clock of a host jumps forward, as after a suspend."""

    host: str
    by_ms: int


@dataclass(frozen=True, slots=True)
class SkewClock:
    """The monotonic clock of a host goes too fast or too slow by so many millionths."""

    host: str
    ppm: int


@dataclass(frozen=True, slots=True)
class SetWallClock:
    """The wall clock of a person is off by so much, which shows in what they send only."""

    host: str
    offset_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A person says something: to the person of another host, or on a channel."""

    speaker: str
    listener: str | None
    channel: str | None
    filling: int
    """How much is added to the text, in characters."""


Fault = (
    Crash
    | Stop
    | CrashInCommit
    | RefuseCommits
    | CopyDisk
    | Reset
    | Cut
    | CutOneWay
    | Partition
    | Slow
    | Clog
    | Lose
    | Meddle
    | Pause
    | JumpClock
    | SkewClock
    | SetWallClock
)
Decision = Fault | Say

DECISIONS: dict[str, type[Decision]] = {kind.__name__: kind for kind in get_args(Decision)}


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, and when it was made."""

    at_ms: int
    decision: Decision
    turn: int | None = None
    """The scenario itself took it, between two stretches of time, as its so-manieth; else None."""
