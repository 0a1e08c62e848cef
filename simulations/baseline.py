"""Accepted numbers of a set of scenarios, and how others differ from them beyond noise."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Literal

from simulations.encoding import Unreadable, read, written

FORMAT = 1

UNCOMPARED = ("wall_ms", "events_per_second", "begin_cpu_us", "rest_cpu_us", "best_cpu_us")
"""They tell of the machine that measured them."""

LESS_IS_BETTER = (
    "declined",
    "failed",
    "undelivered",
    "violations",
    "latency_p50_ms",
    "latency_p99_ms",
    "latency_max_ms",
    "beginning_ms",
    "bytes_sent",
    "outbox_bytes_most",
    "events",
)
MORE_IS_BETTER = ("accepted", "delivered", "told_delivered", "channel_shown")

NOISE_DEVIATIONS = 2
"""Means of so many runs differ by chance by less than this many of their deviations, mostly."""

Judgement = Literal["better", "worse", "differs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A scenario with the seeds that are played, and each number for each of them, in order."""

    scenario: str
    seeds: tuple[int, ...]
    nodes: int | None = None
    length_ms: int | None = None
    numbers: dict[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a file of accepted numbers holds."""

    commit: str
    series: tuple[Series, ...]

    def save(self, path: Path) -> None:
        """Write it. Raises OSError."""
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"format": FORMAT, "baseline": written(self)}
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


USUAL = Baseline(
    commit="",
    series=tuple(
        Series(
            scenario=scenario, seeds=tuple(range(1, count + 1)), nodes=nodes, length_ms=length_ms
        )
        for scenario, count, nodes, length_ms in (
            ("talk", 4, None, None),
            ("crash", 3, None, None),
            ("pause", 3, None, None),
            ("partition", 4, 6, 6_000),
            ("lost-disk", 3, None, None),
            ("swarm", 3, 8, 30_000),
            ("rolling", 2, None, None),
            ("half", 2, None, None),
            ("bridge", 3, None, None),
            ("killed", 3, 12, None),
            ("silenced", 3, 16, None),
            ("roaming", 3, 8, 4_000),
            ("lossy", 3, 6, 10_000),
            ("broadcast", 3, 16, None),
        )
    ),
)
"""What a new baseline is of: each kind of fault, death and bound, as small as tells something, in
some two and a half minutes of one core."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A number that is not what it was, beyond noise."""

    number: str
    before: float
    now: float
    noise: float
    judgement: Judgement


def load(path: Path) -> Baseline:
    """Read a baseline. Raises Unreadable, which says what is wrong with the file and where."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Unreadable(f"cannot read it: {error.strerror}") from error
    except ValueError as error:
        raise Unreadable(f"not JSON: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise Unreadable(f"not a baseline of format {FORMAT}")
    return read(Baseline, content.get("baseline"), "baseline")


def differences(
    before: Mapping[str, Sequence[int]], now: Mapping[str, Sequence[int]]
) -> list[Difference]:
    """What differs beyond noise; a number that only one of them has is left out."""
    return [
        difference
        for name in before
        if name in now and name not in UNCOMPARED
        if (difference := _difference(name, before[name], now[name])) is not None
    ]


def noise_of(values: Sequence[int]) -> float:
    """How much the mean of as many other runs may differ by chance. At least one unit."""
    if len(values) < 2:
        return 1.0
    return max(NOISE_DEVIATIONS * stdev(values) * sqrt(2 / len(values)), 1.0)


def _difference(name: str, before: Sequence[int], now: Sequence[int]) -> Difference | None:
    mean_before, mean_now, noise = fmean(before), fmean(now), noise_of(before)
    if abs(mean_now - mean_before) <= noise:
        return None
    judgement: Judgement = "differs"
    if name in LESS_IS_BETTER:
        judgement = "worse" if mean_now > mean_before else "better"
    elif name in MORE_IS_BETTER:
        judgement = "better" if mean_now > mean_before else "worse"
    return Difference(
        number=name, before=mean_before, now=mean_now, noise=noise, judgement=judgement
    )
