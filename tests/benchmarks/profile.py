"""`python -m tests.benchmarks.profile`: where the time of direct messages goes, process by process.

The run is that of `messages.py`, with each process sampled: figures in
microseconds of CPU time for one message, receipts and acks included. With
`--at-rest` one message is under way at a time, else a window of them.
"""

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tests.benchmarks.ceilings import take_ceilings
from tests.benchmarks.messages import send
from tests.benchmarks.processes import Process, two_nodes
from tests.benchmarks.results import show

_WARM_UP = 200
_FUNCTIONS = 25
_NAMES = ("alice", "north", "south", "bob")


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What alice sends."""

    count: int
    window: int
    pause_ms: int


_RUSH = Load(count=10_000, window=128, pause_ms=0)
_AT_REST = Load(count=1_000, window=1, pause_ms=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One process: what a message costs it, and the shares of packages and functions in that."""

    microseconds: float
    packages: Counter[str]
    own: Counter[str]
    with_callees: Counter[str]
    count: int

    def of(self, samples: int) -> str:
        """What so many samples are of one message."""
        return f"{self.microseconds * samples / self.count:.1f}"


def main() -> None:
    """Print it all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.profile", description=__doc__)
    parser.add_argument("--at-rest", action="store_true", help="one message at a time")
    load = _AT_REST if parser.parse_args().at_rest else _RUSH
    show(take_ceilings().results())
    with TemporaryDirectory() as directory:
        profiles = _profiles(Path(directory), load)
    console = Console(width=None if Console().is_terminal else 120)
    console.print(_packages(profiles))
    for name, profile in profiles.items():
        console.print(_functions(f"{name}: own time", profile, profile.own))
        console.print(_functions(f"{name}: with callees", profile, profile.with_callees))


def _profiles(directory: Path, load: Load) -> dict[str, Profile]:
    with two_nodes(directory, samples=directory) as (family, north, south):
        bob = family.client("bob", at=south, is_on_disk=False)
        alice = family.client("alice", at=north, is_on_disk=False)
        processes = dict(zip(_NAMES, (alice, north, south, bob), strict=True))
        send(alice, bob, count=_WARM_UP, window=_RUSH.window)
        before = _cpu_seconds(processes)
        send(alice, bob, count=load.count, window=load.window, pause_ms=load.pause_ms)
        after = _cpu_seconds(processes)
    return {
        name: _profile(directory / f"{name}.json", (after[name] - before[name]) / load.count)
        for name in _NAMES
    }


def _cpu_seconds(processes: dict[str, Process]) -> dict[str, float]:
    return {name: process.cpu_seconds() or 0.0 for name, process in processes.items()}


def _profile(file: Path, seconds: float) -> Profile:
    samples = json.loads(file.read_text(encoding="utf-8"))
    own: Counter[str] = Counter(samples["own"])
    packages: Counter[str] = Counter()
    for place, count in own.items():
        packages[_package(place)] += count
    return Profile(
        microseconds=seconds * 1e6,
        packages=packages,
        own=own,
        with_callees=Counter(samples["with_callees"]),
        count=samples["count"],
    )


def _package(place: str) -> str:
    parts = place.partition(":")[0].split(".")
    return ".".join(parts[:2]) if parts[0] == "overlay" else parts[0]


def _packages(profiles: dict[str, Profile]) -> Table:
    table = Table("µs a message, by package", *profiles)
    table.add_row("all", *(f"{profile.microseconds:.0f}" for profile in profiles.values()))
    total: Counter[str] = Counter()
    for profile in profiles.values():
        total += profile.packages
    for package, _ in total.most_common():
        row = (profile.of(profile.packages[package]) for profile in profiles.values())
        table.add_row(package, *row)
    return table


def _functions(title: str, profile: Profile, counts: Counter[str]) -> Table:
    table = Table("µs", title, title=f"{profile.count} samples")
    for place, count in counts.most_common(_FUNCTIONS):
        table.add_row(profile.of(count), place)
    return table


if __name__ == "__main__":
    main()
