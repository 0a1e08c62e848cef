"""Which runs and figures make a report, and in which order they are played and drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from simulations.large import LargeLedger
from simulations.pictures.agreement import agreement_picture
from simulations.pictures.broadcasting import copies_picture
from simulations.pictures.converging import convergence_picture
from simulations.pictures.delivery import delivery_picture
from simulations.pictures.drawing import Picture
from simulations.pictures.film import Film
from simulations.pictures.gathering import (
    converged,
    copies,
    copies_of_large,
    filmed,
    reached,
    reached_of_large,
)
from simulations.pictures.graphs import graph_picture
from simulations.pictures.layout import places
from simulations.pictures.reliability import reliability_picture
from simulations.pictures.timeline import timeline_json
from simulations.recording import Recording
from simulations.report import HOLDS, Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS
from simulations.scenarios.mass_crash import SHARES
from simulations.shapes import Shape

TIMELINE = "timeline"
OF_A_FILM: dict[str, Callable[[Film], Picture]] = {
    "graph": graph_picture,
    "delivery": delivery_picture,
    "agreement": agreement_picture,
}

FOUND_MAX = 20
"""Violations that a page lists."""

FoundT = TypeVar("FoundT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large the runs are. The usual ones take some two minutes of one core."""

    film: int | None = None
    """Nodes of the film; None leaves them to its scenario."""
    copies: tuple[int, ...] = (25, 50, 100)
    reliability: int = 100
    shares: tuple[int, ...] = SHARES
    shapes: tuple[Shape, ...] = ("line", "ring", "star", "tree", "grid", "random")
    convergence: tuple[int, ...] = (4, 8, 16, 32)
    seeds: int = 3
    """Runs of each size and shape."""


@dataclass(slots=True)
class Gathered:
    """What a report has so far."""

    pictures: list[Picture] = field(default_factory=list)
    timeline: str | None = None
    exit_code: int = HOLDS
    broken: list[str] = field(default_factory=list)
    film: Film | None = None

    def note(self, result: Result) -> None:
        """Keep how a run has ended: the worst counts, and 1 is worse than 2."""
        if result.exit_code != HOLDS:
            codes = [code for code in (self.exit_code, result.exit_code) if code != HOLDS]
            self.exit_code = min(codes)
            lines = [f"{result.command}: {violation}" for violation in result.broken]
            self.broken += lines[: max(FOUND_MAX - len(self.broken), 0)]


Step = tuple[str, Callable[[Gathered], None]]
"""Something to do, and what it is called while it is done."""


def steps(only: Sequence[str], seed: int, ledger: LargeLedger, sizes: Sizes) -> list[Step]:
    """All that it takes to have these figures, in order."""
    found: list[Step] = []
    of_film = [name for name in (*OF_A_FILM, TIMELINE) if name in only]
    if of_film:
        options = Options(seed=seed, nodes=sizes.film)
        found += film_steps("pictured", options, None, of_film)
    if "copies" in only:
        found += _copies_steps(seed, ledger, sizes)
    if "reliability" in only:
        found += _reliability_steps(seed, ledger, sizes)
    if "convergence" in only:
        found += _convergence_steps(seed, sizes)
    return found


def film_steps(
    scenario: str, options: Options, recording: Recording | None, names: Sequence[str]
) -> list[Step]:
    """Take a film of one run, then make of it what is wanted."""

    def take(gathered: Gathered) -> None:
        run = Run(SCENARIOS[scenario], options, None, recording)
        gathered.film, result = filmed(run)
        gathered.note(result)

    def draw(name: str) -> Callable[[Gathered], None]:
        return lambda gathered: gathered.pictures.append(OF_A_FILM[name](_film(gathered)))

    def tell(gathered: Gathered) -> None:
        film = _film(gathered)
        gathered.timeline = timeline_json(film, places(film))

    drawn = [(f"drawing {name}", draw(name)) for name in OF_A_FILM if name in names]
    told = [("writing the timeline", tell)] if TIMELINE in names else []
    return [(f"playing {scenario}", take), *drawn, *told]


def _film(gathered: Gathered) -> Film:
    assert gathered.film is not None, "the film is taken first"
    return gathered.film


def _copies_steps(seed: int, ledger: LargeLedger, sizes: Sizes) -> list[Step]:
    plays = [
        (f"playing broadcast, {nodes} nodes", partial(copies, nodes, seed))
        for nodes in sizes.copies
    ]
    return _steps("copies", plays, lambda found: copies_picture(found, copies_of_large(ledger)))


def _reliability_steps(seed: int, ledger: LargeLedger, sizes: Sizes) -> list[Step]:
    plays = [
        (f"playing a crash of {percent} %", partial(reached, percent, sizes.reliability, seed))
        for percent in sizes.shares
    ]
    large = reached_of_large(ledger)
    return _steps("reliability", plays, lambda found: reliability_picture(found, large))


def _convergence_steps(seed: int, sizes: Sizes) -> list[Step]:
    plays = [
        (f"playing a {shape} of {nodes}", partial(converged, shape, nodes, seed + later))
        for shape in sizes.shapes
        for nodes in sizes.convergence
        for later in range(sizes.seeds)
    ]
    return _steps("convergence", plays, convergence_picture)


def _steps(
    name: str,
    plays: Sequence[tuple[str, Callable[[], tuple[FoundT, Result]]]],
    draw: Callable[[Sequence[FoundT]], Picture],
) -> list[Step]:
    """Play several runs, then draw what they have shown."""
    kept: list[FoundT] = []

    def play(gathered: Gathered, play_one: Callable[[], tuple[FoundT, Result]]) -> None:
        found, result = play_one()
        kept.append(found)
        gathered.note(result)

    def draw_all(gathered: Gathered) -> None:
        gathered.pictures.append(draw(kept))

    played = [(what, partial(play, play_one=play_one)) for what, play_one in plays]
    return [*played, (f"drawing {name}", draw_all)]
