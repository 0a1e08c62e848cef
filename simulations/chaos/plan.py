"""What befalls real processes, and when: drawn from the seed before any of them is started."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

from simulations.decisions import (
    Crash,
    Cut,
    CutOneWay,
    DiskFate,
    Partition,
    Pause,
    Reset,
    Slow,
    Stop,
    Way,
)
from simulations.partitions import bridged, halves, islands
from simulations.seeds import generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Swallow:
    """What one node sends another is thrown away; then their links are reset, since what came
    after a hole would be another stream."""

    sender: str
    receiver: str
    for_ms: int


Fault = Crash | Stop | Pause | Reset | Cut | CutOneWay | Partition | Slow | Swallow


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault, and how long after the beginning of the storm it comes."""

    at_ms: int
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """How many milliseconds lie between two faults of a kind, on average; 0 is never."""

    crash: int = 9_000
    stop: int = 25_000
    """Orderly: the process is told, and says goodbye."""
    pause: int = 10_000
    reset: int = 10_000
    cut: int = 15_000
    cut_one_way: int = 15_000
    partition: int = 25_000
    slow: int = 15_000
    swallow: int = 15_000
    leave: int = 10_000
    """A person leaves, and comes back with the same identity."""


DOWN_MS_MAX: Final = 8_000
"""How long a node stays down, cut or slow at most."""

AWAY_MS_MAX: Final = 3_000
"""How long a person stays away at most."""

PAUSES_MS: Final = (300, 4_000, 9_000)
"""A hiccup; what nobody may be thought dead for; what everybody is given up for."""

SLOW_MS: Final = (50, 300, 1_200)

NO_DISK_ONE_IN: Final = 3
"""Of the nodes that are killed one comes back with its key and its file and nothing else."""

ENDS: Final = ("crash", "stop", "leave")
CLEAR_SHARE: Final = 4
"""In the first quarter of a storm processes end, and nothing else happens: whoever loses a home
that runs, or is told that what they say has failed, has nothing to blame for it then."""

_WAYS: Final[tuple[Way, ...]] = ("both", "both", "in", "out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Whom something can befall: nodes and people by name, and pairs of neighbours."""

    nodes: Sequence[str]
    links: Sequence[tuple[str, str]]
    people: Sequence[str]


def drawn(seed: int, stage: Stage, for_ms: int, means: Means | None = None) -> tuple[Planned, ...]:
    """Everything that befalls a storm of this length, in order of time.

    Each kind has a generator of its own, so that leaving one out changes no other.
    """
    means = means or Means()
    planned: list[Planned] = []
    for kind, draw in KINDS.items():
        mean_ms: int = getattr(means, kind)
        random = generator(seed, "chaos", kind)
        at_ms = _wait_ms(random, mean_ms) + (0 if kind in ENDS else for_ms // CLEAR_SHARE)
        while mean_ms > 0 and at_ms < for_ms:
            fault = draw(_Drawing(stage, random))
            if fault is not None:
                planned.append(Planned(at_ms, fault))
            at_ms += _wait_ms(random, mean_ms)
    return tuple(sorted(planned, key=lambda each: each.at_ms))


def _wait_ms(random: Random, mean_ms: int) -> int:
    return 1 + random.randrange(2 * mean_ms) if mean_ms > 0 else 0


@dataclass(frozen=True, slots=True)
class _Drawing:
    """Draws one fault; None where there is nothing that it could befall."""

    stage: Stage
    random: Random = field(repr=False)

    def crash(self) -> Fault:
        is_bare = self.random.randrange(NO_DISK_ONE_IN) == 0
        disk: DiskFate = "none" if is_bare else "kept"
        return Crash(host=self._node(), down_ms=self._down_ms(), disk=disk)

    def stop(self) -> Fault:
        return Stop(self._node(), self._down_ms())

    def leave(self) -> Fault | None:
        if not self.stage.people:
            return None
        return Stop(self.random.choice(self.stage.people), 1 + self.random.randrange(AWAY_MS_MAX))

    def pause(self) -> Fault:
        most_ms = self.random.choice(PAUSES_MS)
        return Pause(host=self._node(), for_ms=1 + self.random.randrange(most_ms))

    def cut(self) -> Fault:
        way = self.random.choice(_WAYS)
        return Cut(host=self._node(), way=way, for_ms=self._down_ms())

    def slow(self) -> Fault:
        extra_ms = self.random.choice(SLOW_MS)
        return Slow(host=self._node(), extra_ms=extra_ms, for_ms=self._down_ms())

    def reset(self) -> Fault | None:
        link = self._link()
        return Reset(*link) if link is not None else None

    def cut_one_way(self) -> Fault | None:
        link = self._link()
        if link is None:
            return None
        return CutOneWay(sender=link[0], receiver=link[1], for_ms=self._down_ms())

    def swallow(self) -> Fault | None:
        link = self._link()
        if link is None:
            return None
        return Swallow(sender=link[0], receiver=link[1], for_ms=self._down_ms())

    def partition(self) -> Fault | None:
        nodes = self.stage.nodes
        match self.random.randrange(3):
            case _ if len(nodes) < 2:
                return None
            case 0:
                groups = halves(nodes, self.random)
            case 1:
                groups = islands(nodes, 3, self.random)
            case _:
                groups = bridged(nodes, self.random)
        return Partition(groups, self._down_ms())

    def _node(self) -> str:
        return self.random.choice(self.stage.nodes)

    def _link(self) -> tuple[str, str] | None:
        if not self.stage.links:
            return None
        one, other = self.random.sample(self.random.choice(self.stage.links), 2)
        return one, other

    def _down_ms(self) -> int:
        return 1 + self.random.randrange(DOWN_MS_MAX)


KINDS: Final[dict[str, Callable[[_Drawing], Fault | None]]] = {
    "crash": _Drawing.crash,
    "stop": _Drawing.stop,
    "pause": _Drawing.pause,
    "reset": _Drawing.reset,
    "cut": _Drawing.cut,
    "cut_one_way": _Drawing.cut_one_way,
    "partition": _Drawing.partition,
    "slow": _Drawing.slow,
    "swallow": _Drawing.swallow,
    "leave": _Drawing.leave,
}
"""By the names that `Means` has for them."""
