"""Plays runs for the command line: how long each took, and where its recording goes."""

import time  # noqa: TID251  # how fast a world runs is measured out here, never inside
from collections.abc import Callable
from pathlib import Path

import click

from simulations.encoding import Unreadable
from simulations.recording import Recording, load
from simulations.report import Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS


def play(
    scenario: str,
    options: Options,
    *,
    recording: Recording | None = None,
    tell: Callable[[str], None] | None = None,
) -> Result:
    """One run, from its seed or from a recording, and how it ended."""
    run = Run(SCENARIOS[scenario], options, tell, recording)
    began = time.perf_counter()
    run.play()
    return Result(run, round((time.perf_counter() - began) * 1_000))


def replay(recording: Recording, tell: Callable[[str], None] | None = None) -> Result:
    """A recorded run once more."""
    options = Options(seed=recording.seed, length_ms=recording.length_ms)
    return play(recording.scenario, options, recording=recording, tell=tell)


def recording_at(path: Path) -> Recording:
    """What a file holds. Raises click.ClickException with what is wrong and how to mend it."""
    try:
        recording = load(path)
    except Unreadable as error:
        raise click.UsageError(
            f"{path}: {error}\nA recording is what `run --record FILE` and `sweep` write."
        ) from error
    if recording.scenario not in SCENARIOS:
        raise click.UsageError(
            f"{path}: scenario {recording.scenario!r} is not known here;"
            " `python -m simulations list` shows those that are."
        )
    return recording


def save(recording: Recording, path: Path) -> None:
    """Write a recording. Raises click.ClickException where that cannot be done."""
    try:
        recording.save(path)
    except OSError as error:
        raise click.UsageError(f"{path}: cannot write it: {error.strerror}") from error
