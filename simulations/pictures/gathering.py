"""Plays the runs that figures are made of, and keeps what the figures show."""

from collections.abc import Sequence
from dataclasses import dataclass

from simulations.broadcasts import Broadcasts
from simulations.large import LargeLedger
from simulations.pictures.camera import Camera
from simulations.pictures.film import Film
from simulations.playing import rare_collections
from simulations.report import Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS
from simulations.scenarios.mass_crash import SHARES
from simulations.shapes import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """What broadcasts cost in one overlay."""

    nodes: int
    links: int
    messages: tuple[tuple[int, int], ...]
    """Of each message, how often it was sent in full, and announced. None of a world played
    elsewhere."""
    payloads_permille: int
    """For each node, on a tree that was found,"""
    control_permille: int
    """and what controls the tree: messages one at a time,"""
    busy_permille: int
    """and a hundred a second."""
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How many of those who live got what was said just after a mass crash, in thousandths."""

    percent: int
    nodes: int
    in_the_end_permille: int
    soon_permille: int
    """Within five seconds."""
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Converged:
    """How long it took until all nodes knew the same."""

    shape: Shape
    nodes: int
    known_ms: int | None
    """From nothing; None where it never came to that."""
    noticed_ms: int
    """After the last node has died."""
    command: str


def filmed(run: Run) -> tuple[Film, Result]:
    """Play a run with a camera on it."""
    camera = Camera(run)
    result = _played(run)
    return camera.film(result), result


def copies(nodes: int, seed: int) -> tuple[Copies, Result]:
    """Play `broadcast`."""
    run = Run(SCENARIOS["broadcast"], Options(seed=seed, nodes=nodes))
    broadcasts = Broadcasts()
    run.world.watch(broadcasts)
    result = _played(run)
    found = Copies(
        nodes=nodes,
        links=len(run.opening.population.edges),
        messages=tuple((each.payloads, each.announcements) for each in broadcasts.all()),
        payloads_permille=run.measured["payloads_per_node_permille"],
        control_permille=run.measured["control_per_node_permille"],
        busy_permille=run.measured["busy_control_per_node_permille"],
        command=result.command,
    )
    return found, result


def reached(percent: int, nodes: int, seed: int) -> tuple[Reached, Result]:
    """Play one mass crash."""
    result = _played(Run(SCENARIOS[f"mass_crash_{percent}"], Options(seed=seed, nodes=nodes)))
    measured = result.run.measured
    found = Reached(
        percent=percent,
        nodes=nodes,
        in_the_end_permille=measured["reliability_permille"],
        soon_permille=measured["reliability_soon_permille"],
        command=result.command,
    )
    return found, result


def converged(shape: Shape, nodes: int, seed: int) -> tuple[Converged, Result]:
    """Play `convergence`."""
    run = Run(SCENARIOS["convergence"], Options(seed=seed, nodes=nodes, shape=shape))
    result = _played(run)
    found = Converged(
        shape=shape,
        nodes=nodes,
        known_ms=run.measured.get("known_ms"),
        noticed_ms=run.measured["noticed_ms"],
        command=result.command,
    )
    return found, result


def copies_of_large(ledger: LargeLedger) -> list[Copies]:
    """What the ledger of large worlds tells of broadcasts, the smaller first."""
    return sorted(
        (
            Copies(
                nodes=part.nodes,
                links=0,
                messages=(),
                payloads_permille=played.numbers["payloads_per_node_permille"],
                control_permille=played.numbers["control_per_node_permille"],
                busy_permille=played.numbers["busy_control_per_node_permille"],
                command=f"python -m simulations large --nodes {part.nodes} --only {part.scenario}",
            )
            for part, played in ledger.played.items()
            if part.scenario == "broadcast" and "payloads_per_node_permille" in played.numbers
        ),
        key=lambda each: each.nodes,
    )


def reached_of_large(ledger: LargeLedger) -> list[Reached]:
    """What it tells of mass crashes, by size and share."""
    names = {f"mass_crash_{percent}": percent for percent in SHARES}
    return sorted(
        (
            Reached(
                percent=names[part.scenario],
                nodes=part.nodes,
                in_the_end_permille=played.numbers["reliability_permille"],
                soon_permille=played.numbers["reliability_soon_permille"],
                command=f"python -m simulations large --nodes {part.nodes} --only {part.scenario}",
            )
            for part, played in ledger.played.items()
            if part.scenario in names and "reliability_permille" in played.numbers
        ),
        key=lambda each: (each.nodes, each.percent),
    )


def commands(found: Sequence[Copies] | Sequence[Reached] | Sequence[Converged]) -> tuple[str, ...]:
    """The lines that have these again, each once."""
    return tuple(dict.fromkeys(each.command for each in found))


def _played(run: Run) -> Result:
    with rare_collections():
        run.play()
    return Result(run, wall_ms=0)
