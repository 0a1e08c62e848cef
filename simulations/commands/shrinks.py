"""`shrink` a recorded failing run to a smaller one that fails in the same way."""

import time  # noqa: TID251  # the time of whoever waits, never that of a world
from pathlib import Path

import click

from simulations.commands.files import recording_at, save
from simulations.decisions import Decided
from simulations.playing import replay
from simulations.recording import Recording
from simulations.report import HOLDS, Result
from simulations.shrinking import Enough, Shrinker

LISTED_MAX = 40
"""Decisions that are printed of what is left."""

INTERRUPTED = 130


@click.command("shrink")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="Where to; usually FILE.min.json.")
@click.option("--checker", help="Whose violation must remain; usually of the first that is listed.")
@click.option(
    "--seconds", type=click.FloatRange(min=0), default=120, show_default=True, help="Stop after."
)
def shrink_file(file: Path, output: Path | None, checker: str | None, seconds: float) -> int:
    """Leave out of the failing run in FILE what its failure does not need.

    Decisions first, then people, nodes and time. Ctrl-C keeps what was found.
    """
    ends = time.monotonic() + seconds
    recording = recording_at(file)
    first = replay(recording)
    checker = _judge(file, first, checker)
    click.echo(f"{checker} must go on failing.", err=True)

    def attempt(candidate: Recording) -> Recording | None:
        if time.monotonic() >= ends:
            raise Enough
        # What comes after the failure is nothing that it needs.
        result = replay(candidate, ends_at=checker)
        return result.recording if checker in result.failed else None

    shrinker = Shrinker(first.recording, attempt, lambda line: click.echo(line, err=True))
    before = shrinker.size
    code = first.exit_code
    try:
        shrinker.shrink()
        ended = "nothing more can be left out"
    except Enough:
        ended = f"{seconds:g} s are over"
    except KeyboardInterrupt:
        ended, code = "interrupted", INTERRUPTED
    path = output or file.with_name(f"{file.name.removesuffix('.json')}.min.json")
    best = replay(shrinker.best).recording
    save(best, path)
    click.echo(f"{before}\n{shrinker.size}, after {shrinker.attempts} attempts: {ended}\n")
    click.echo(_as_text(best))
    click.echo(f"python -m simulations replay {path}")
    return code


def _judge(file: Path, result: Result, checker: str | None) -> str:
    if result.exit_code == HOLDS:
        raise click.UsageError(
            f"{file}: this run holds, so there is nothing to shrink. It was recorded with"
            " another commit if it failed then."
        )
    if checker is not None and checker not in result.failed:
        raise click.UsageError(
            f"{file}: {checker} finds nothing in this run; {', '.join(result.failed)} did."
        )
    return checker or result.broken[0].checker


def _as_text(recording: Recording) -> str:
    decisions = recording.decisions
    lines = [_line(each, recording.begun_ms) for each in decisions[:LISTED_MAX]]
    if len(decisions) > LISTED_MAX:
        lines.append(f"  and {len(decisions) - LISTED_MAX} more")
    edges = ", ".join(f"{one} to {other}" for one, other in recording.opening.population.edges)
    return "\n".join([f"links: {edges or 'none'}", *lines, "", *recording.violations, ""])


def _line(each: Decided, begun_ms: int) -> str:
    return f"  {each.at_ms - begun_ms:>8} ms  {each.decision}"
