"""Makes a failing run smaller: fewer decisions, people and nodes, less time, and the same failure.

Source: Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input (2002), for lists.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from simulations.population import Device, Population
from simulations.recording import Recording

ItemT = TypeVar("ItemT")

Attempt = Callable[[Recording], Recording | None]
"""Plays a candidate: what was recorded of it if it fails as it should, else None."""


class Enough(Exception):
    """Raised by an attempt when there is no time for another."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is left."""

    decisions: int
    people: int
    nodes: int
    length_ms: int | None

    def __str__(self) -> str:
        length = "" if self.length_ms is None else f", {self.length_ms} ms"
        return f"{self.decisions} decisions, {self.people} clients, {self.nodes} nodes{length}"


class Shrinker:
    """Keeps the smallest recording that was found to fail. `attempt` may end it with `Enough`."""

    def __init__(
        self, recording: Recording, attempt: Attempt, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.best = recording
        self.attempts = 0
        self._attempt = attempt
        self._tell = tell

    @property
    def size(self) -> Size:
        best = self.best
        population = best.opening.population
        return Size(
            len(best.decisions), len(population.people), len(population.nodes), best.length_ms
        )

    def shrink(self) -> None:
        """Go on until nothing can be left out any more. Raises whatever the attempt raises."""
        # What it needs not even be played for is left out by playing it.
        self._fails()
        before = None
        while before != self.size:
            before = self.size
            self._shrink_decisions()
            self._shrink_people()
            self._shrink_nodes()
            self._shrink_length()

    def _shrink_decisions(self) -> None:
        smallest(self.best.decisions, lambda kept: self._fails(decisions=tuple(kept)))

    def _shrink_people(self) -> None:
        people = self.best.opening.population.people
        smallest(people, lambda kept: self._fails(population=self._with_people(kept)))

    def _shrink_nodes(self) -> None:
        for name in reversed(self.best.opening.population.nodes):
            population = without_node(self.best.opening.population, name)
            if population is not None:
                self._fails(population=population)

    def _shrink_length(self) -> None:
        """To the last decision, and then to ever less."""
        begun_ms = self.best.begun_ms
        lasts_ms = max((each.at_ms - begun_ms for each in self.best.decisions), default=0) + 1
        if self.best.length_ms is None or lasts_ms < self.best.length_ms:
            self._fails(length_ms=max(lasts_ms, 1))
        while (length_ms := (self.best.length_ms or 0) * 3 // 4) > 0:
            kept = tuple(e for e in self.best.decisions if e.at_ms < begun_ms + length_ms)
            if not self._fails(length_ms=length_ms, decisions=kept):
                return

    def _with_people(self, people: Sequence[Device]) -> Population:
        return replace(self.best.opening.population, people=tuple(people))

    def _fails(self, *, population: Population | None = None, **change: object) -> bool:
        candidate = replace(self.best, **change)  # type: ignore[arg-type]  # fields of it, above
        if population is not None:
            opening = replace(candidate.opening, population=population)
            candidate = replace(candidate, opening=opening)
        self.attempts += 1
        found = self._attempt(candidate)
        if found is None:
            return False
        self.best = found
        self._tell(f"attempt {self.attempts}: {self.size}")
        return True


def smallest(items: Sequence[ItemT], fails: Callable[[Sequence[ItemT]], bool]) -> Sequence[ItemT]:
    """A part of the items of which no single one can be left out without it not failing.

    All of them are taken to fail.
    """
    parts = 1
    while items:
        size = -(-len(items) // parts)
        cuts = range(0, len(items), size)
        for start in cuts:
            kept = [*items[:start], *items[start + size :]]
            if fails(kept):
                items, parts = kept, max(parts - 1, 1)
                break
        else:
            if size == 1:
                return items
            parts = min(parts * 2, len(items))
    return items


def without_node(population: Population, name: str) -> Population | None:
    """What is left without a node, whose first neighbour inherits its links and its people.

    So what was connected stays connected. None where no node would be left to inherit.
    """
    neighbours = [
        other if one == name else one for one, other in population.edges if name in (one, other)
    ]
    if not neighbours:
        return None
    heir = neighbours[0]
    moved = [tuple(heir if each == name else each for each in edge) for edge in population.edges]
    edges = dict.fromkeys(tuple(sorted(edge)) for edge in moved if edge[0] != edge[1])
    return Population(
        tuple(node for node in population.nodes if node != name),
        tuple((one, other) for one, other in edges),
        tuple(
            replace(each, home=heir) if each.home == name else each for each in population.people
        ),
    )
