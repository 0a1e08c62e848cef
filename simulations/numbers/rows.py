"""What a row is: a number, where it is measured, and the bar that it is held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from simulations.shapes import Shape

Numbers = Mapping[str, int]
"""What one run has measured, by name."""

Direction = Literal["at most", "at least"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """Runs of a scenario, one for each seed. None leaves it to the scenario."""

    scenario: str
    seeds: tuple[int, ...] = (1,)
    nodes: int | None = None
    shape: Shape | None = None
    length_ms: int | None = None

    @property
    def commands(self) -> tuple[str, ...]:
        """The lines that have these runs again."""
        nodes = f" --nodes {self.nodes}" if self.nodes else ""
        shape = f" --shape {self.shape}" if self.shape else ""
        minutes = f" --minutes {self.length_ms / 60_000:.10g}" if self.length_ms else ""
        return tuple(
            f"python -m simulations run {self.scenario} --seed {seed}{nodes}{shape}{minutes}"
            for seed in self.seeds
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """All seeds of a scenario that its ledger tells of."""

    scenario: str
    seeds: int
    """From 1: fewer than all of them show less than was promised."""
    counted: str = "seeds"
    """What else a promise is made for so many of."""
    count: int = 0

    @property
    def commands(self) -> tuple[str, ...]:
        """The line that goes on with the ledger."""
        seeds = f"--seeds 1..{self.seeds}"
        return (f"python -m simulations sweep {self.scenario} {seeds} --jobs 2 --resume",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Large:
    """A run of a large world, which `large` plays in a process of its own, and its ledger keeps."""

    scenario: str
    nodes: int

    @property
    def commands(self) -> tuple[str, ...]:
        """The line that plays it, unless the ledger has it."""
        return (f"python -m simulations large --nodes {self.nodes} --only {self.scenario}",)


Source = Play | Swept | Large


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a run; of several runs the worst. Bars are in the same unit."""

    name: str

    def of(self, runs: Sequence[Numbers], direction: Direction) -> float | None:
        """None where no run has measured it."""
        values = [float(run[self.name]) for run in runs if self.name in run]
        if not values:
            return None
        return max(values) if direction == "at most" else min(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """One number for each of another, over all runs together, times `scale`."""

    name: str
    each: str
    scale: float = 1.0

    def of(self, runs: Sequence[Numbers], direction: Direction) -> float | None:
        """None where there is nothing to divide, or nothing to divide it by."""
        counted = [run for run in runs if self.name in run and self.each in run]
        total = sum(run[self.each] for run in counted)
        return sum(run[self.name] for run in counted) * self.scale / total if total else None


@dataclass(frozen=True, slots=True)
class Off:
    """By how many percent a number differs from a reference, either way; of several the worst."""

    name: str
    reference: int

    def of(self, runs: Sequence[Numbers], direction: Direction) -> float | None:
        """None where no run has measured it."""
        values = [
            abs(run[self.name] - self.reference) * 100 / self.reference
            for run in runs
            if self.name in run
        ]
        return max(values, default=None)


Measured = Number | Ratio | Off


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """What a row's runs do not judge, so that its number says less than its goal."""

    judged: str
    """The number that counts what was judged,"""
    of: str
    """in words, in the plural,"""
    reasons: tuple[tuple[str, str], ...]
    """and the numbers that count what was not, each with the reason."""

    def in_words(self, runs: Sequence[Numbers]) -> str:
        """How many of how many were judged, and why the others were not."""
        counts = {name: sum(run.get(name, 0) for run in runs) for name, _ in self.reasons}
        judged = sum(run.get(self.judged, 0) for run in runs)
        if not any(counts.values()):
            return f"all {judged:,} {self.of}"
        reasons = ", ".join(f"{counts[name]:,} {why}" for name, why in self.reasons if counts[name])
        return f"only {judged:,} of {judged + sum(counts.values()):,} {self.of}: {reasons}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A bound or a number to beat. `id` names it on the command line."""

    id: str
    what: str
    reference: str
    """What others reach, or where the bound comes from."""
    goal: str
    """In words, as it is promised."""
    source: Source
    measured: Measured
    bar: float
    direction: Direction = "at most"
    unit: str = "ms"
    left_out: LeftOut | None = None
    """Where not all is judged: what is not stands beside the number."""
    is_large: bool = False
    """Takes minutes: played when asked for, and else told from the ledger of numbers."""
