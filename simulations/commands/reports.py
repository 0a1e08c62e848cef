"""`report`: writes a page of figures and a timeline, of the standard runs or of a recorded one."""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from simulations.commands.files import recording_at
from simulations.commands.large import LEDGER
from simulations.commands.sweeps import INTERRUPTED
from simulations.commit import commit
from simulations.encoding import Unreadable
from simulations.large import LargeLedger
from simulations.pictures.names import OF_MANY_RUNS, OF_ONE_RUN
from simulations.report import HOLDS
from simulations.scenario import Options

if TYPE_CHECKING:
    from simulations.pictures.standard import Gathered, Step
    from simulations.recording import Recording

NEEDED = ("matplotlib", "networkx")
"""Nothing else imports them, and this only once somebody wants a report."""

DIFFERS = 1
"""Exit code where what was played was not the recorded run, though it held."""


@click.command("report")
@click.argument("directory", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--only",
    type=click.Choice([*OF_ONE_RUN, *OF_MANY_RUNS]),
    multiple=True,
    help="Leave out everything else; can be said again.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="What determines the runs.")
@click.option("--trace", type=click.Path(path_type=Path), help="Show the run in this recording.")
@click.option("--ledger", type=click.Path(path_type=Path), default=LEDGER, show_default=True)
def write_report(
    directory: Path, only: Sequence[str], seed: int, trace: Path | None, ledger: Path
) -> int:
    """Write DIR/index.html, which opens from the disk, with figures as PNG and SVG beside it.

    The exit code is that of the worst of its runs.
    """
    _require(NEEDED)
    if trace is not None and any(name in OF_MANY_RUNS for name in only):
        raise click.UsageError(f"of a recorded run there are {', '.join(OF_ONE_RUN)} only")
    recording = recording_at(trace) if trace is not None else None
    large = _opened(ledger)
    _make_writable(directory)
    try:
        gathered = _gathered(_steps(only, seed, recording, large))
    except KeyboardInterrupt:
        return INTERRUPTED
    is_same = recording is None or _is_same(gathered, recording)
    arguments = f"--trace {trace}" if trace is not None else f"--seed {seed}"
    try:
        path = _save(gathered, recording, arguments, directory, is_same=is_same)
    except OSError as error:
        raise click.UsageError(f"{directory}: cannot write there: {error.strerror}") from error
    for line in gathered.broken:
        click.echo(line)
    if not is_same:
        click.echo("NOT the run that was recorded: another commit, or the file was changed.")
    click.echo(f"{path}: {path.stat().st_size / 1_000_000:.1f} MB")
    names = "".join(f" --only {name}" for name in only)
    click.echo(f"python -m simulations report {directory} {arguments}{names}")
    return gathered.exit_code if is_same or gathered.exit_code != HOLDS else DIFFERS


def _require(modules: Sequence[str]) -> None:
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise click.UsageError(
            f"figures need {' and '.join(missing)}, which the extra `simulations` brings:"
            " `pip install -e '.[simulations]'`, or `make setup`."
        )


def _opened(ledger: Path) -> LargeLedger:
    try:
        return LargeLedger(ledger)
    except Unreadable as error:
        raise click.UsageError(f"{ledger}: {error}") from error


def _make_writable(directory: Path) -> None:
    """Find out before anything is played."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise click.UsageError(f"{directory}: cannot write there: {error.strerror}") from error


def _steps(
    only: Sequence[str], seed: int, recording: "Recording | None", ledger: LargeLedger
) -> "list[Step]":
    from simulations.pictures.standard import Sizes, film_steps, steps

    if recording is None:
        return steps(only or (*OF_ONE_RUN, *OF_MANY_RUNS), seed, ledger, Sizes())
    options = Options(seed=recording.seed, length_ms=recording.length_ms)
    return film_steps(recording.scenario, options, recording, only or OF_ONE_RUN)


def _gathered(steps: "Sequence[Step]") -> "Gathered":
    from simulations.pictures.standard import Gathered

    gathered = Gathered()
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn())
    progress = Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    )
    with progress:
        task = progress.add_task("", total=len(steps))
        for what, do in steps:
            progress.update(task, description=what)
            do(gathered)
            progress.advance(task)
    return gathered


def _is_same(gathered: "Gathered", recording: "Recording") -> bool:
    return gathered.film is not None and gathered.film.digest == recording.digest


def _save(
    gathered: "Gathered",
    recording: "Recording | None",
    arguments: str,
    directory: Path,
    *,
    is_same: bool,
) -> Path:
    from simulations.pictures.page import Page, save

    film = gathered.film
    told = ""
    if film is not None:
        told = (
            f"The run: `{film.scenario}`, {len(film.nodes)} nodes and {len(film.people)} clients,"
            f" {(film.end_ms - film.begun_ms) / 1_000:.0f} virtual seconds; {film.question}"
        )
    if not is_same:
        told += " NOT the run that was recorded: another commit, or the file was changed."
    subject = "a simulated overlay"
    if recording is not None:
        subject = f"a recorded run of {recording.scenario}"
    page = Page(
        title=f"What becomes of {subject}",
        introduction=told,
        command=f"python -m simulations report DIR {arguments}",
        commit=commit(),
        broken=tuple(gathered.broken),
        pictures=gathered.pictures,
        timeline=gathered.timeline,
        is_of_trace=recording is not None,
    )
    return save(page, directory)
