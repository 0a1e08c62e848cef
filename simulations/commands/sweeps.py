"""`sweep` many seeds of a scenario, with a ledger to resume from."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simulations.commands.options import SEEDS, length_ms, minutes_option, nodes_option
from simulations.commit import commit
from simulations.encoding import Unreadable
from simulations.ledger import Entry, Failed, Ledger, merged, ranges
from simulations.report import HOLDS, UNMET, UNSAFE
from simulations.scenario import Options
from simulations.scenarios import SCENARIOS
from simulations.sweeping.outcome import Outcome
from simulations.sweeping.processes import LocalProcesses
from simulations.sweeping.sweep import Players, Sweep, Unusable

LEDGERS = Path("simulations/ledgers")
INTERRUPTED = 130


@click.command("sweep")
@click.argument("scenario", type=click.Choice(list(SCENARIOS)), metavar="SCENARIO")
@click.option(
    "--seeds",
    type=SEEDS,
    required=True,
    help="From A to B: A..B, both included; several with commas.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes."
)
@click.option(
    "--dask", metavar="ADDRESS", help="Play on the workers of this Dask scheduler instead."
)
@click.option(
    "--dask-wait",
    "dask_seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long that scheduler may take to answer.",
)
@click.option("--resume", is_flag=True, help="Leave out the seeds that the ledger has.")
@click.option(
    "--ledger", type=click.Path(path_type=Path), help=f"Usually {LEDGERS}/SCENARIO.jsonl."
)
@nodes_option
@minutes_option
def sweep_seeds(
    scenario: str,
    seeds: Sequence[int],
    jobs: int,
    ledger: Path | None,
    nodes: int | None,
    minutes: float | None,
    *,
    dask: str | None,
    dask_seconds: float,
    resume: bool,
) -> int:
    """Play a scenario with many seeds; write what was found to a ledger as it is found.

    Each seed that fails is recorded beside the ledger. Ctrl-C keeps what was
    found so far.
    """
    path = ledger or LEDGERS / f"{scenario}.jsonl"
    book = _opened(path)
    said = _said(nodes, minutes)
    known = book.seeds(said) if resume else {}
    missing = [seed for seed in seeds if seed not in known]
    options = Options(nodes=nodes, length_ms=length_ms(minutes))
    is_interrupted = False
    with _progress(scenario, len(seeds), len(seeds) - len(missing)) as progress:

        def tell(outcome: Outcome) -> None:
            progress.advance(progress.task_ids[0])
            if outcome.recording is not None:
                outcome.recording.save(path.parent / f"{scenario}-{outcome.seed}.json")
            if outcome.exit_code != HOLDS:
                line = f"seed {outcome.seed}: {outcome.violation}"
                progress.console.print(line, markup=False, soft_wrap=True)

        sweep = Sweep(scenario, options, book, commit=commit(), options_said=said, tell=tell)
        try:
            sweep.run(missing, _players(jobs, dask, dask_seconds))
        except KeyboardInterrupt:
            is_interrupted = True
        except Unusable as error:
            raise click.UsageError(str(error)) from error
        except OSError as error:
            raise click.UsageError(f"{path}: cannot write it: {error.strerror}") from error
    found = {seed: entry for seed, entry in book.seeds(said).items() if seed in seeds}
    _print(path, scenario, seeds, found)
    where = f"--jobs {jobs}" if dask is None else f"--dask {dask}"
    again = f"--seeds {ranges(seeds)}{said and ' '}{said} {where} --ledger {path}"
    click.echo(f"python -m simulations sweep {scenario} {again} --resume")
    return INTERRUPTED if is_interrupted else _exit_code(found.values())


def _players(jobs: int, dask: str | None, dask_seconds: float) -> Players:
    if dask is None:
        return LocalProcesses(jobs)
    try:
        # An extra, which few need.
        from simulations.sweeping.cluster import DaskCluster
    except ModuleNotFoundError as error:
        raise Unusable(f"--dask needs {error.name}: pip install 'overlay[cluster]'") from error
    return DaskCluster(dask, connect_seconds=dask_seconds)


def _opened(path: Path) -> Ledger:
    try:
        return Ledger(path)
    except Unreadable as error:
        raise click.UsageError(
            f"{path}: {error}\nMend or remove that line, or say --ledger with another file."
        ) from error


def _said(nodes: int | None, minutes: float | None) -> str:
    parts = [f"--nodes {nodes}" if nodes else "", f"--minutes {minutes:.10g}" if minutes else ""]
    return " ".join(part for part in parts if part)


def _progress(scenario: str, total: int, done: int) -> Progress:
    console = Console(file=sys.stderr)
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    progress.add_task(scenario, total=total, completed=done)
    return progress


def _print(path: Path, scenario: str, seeds: Sequence[int], found: dict[int, Entry]) -> None:
    failed = [entry for entry in found.values() if isinstance(entry, Failed)]
    entries = list({id(entry): entry for entry in found.values()}.values())
    sometimes = merged(entries)
    wall_ms = sum(entry.wall_ms for entry in entries)
    count = sum(len(entry.seeds) if not isinstance(entry, Failed) else 1 for entry in entries)
    click.echo(f"{scenario}: {len(found)} of {len(seeds)} seeds played, {len(failed)} failed")
    click.echo(
        f"{sum(entry.events for entry in entries)} events,"
        f" {wall_ms // max(count, 1)} ms of one process for a seed on average"
    )
    click.echo(
        f"{sum(entry.accepted for entry in entries)} messages accepted,"
        f" {sum(entry.lost for entry in entries)} lost,"
        f" {sum(entry.excused for entry in entries)} owed to nobody any more"
    )
    for entry in sorted(failed, key=lambda entry: entry.seed):
        click.echo(f"\n{entry.violation[:400]}")
        click.echo(f"  {entry.command}")
        click.echo(
            f"  python -m simulations shrink {path.parent / f'{scenario}-{entry.seed}.json'}"
        )
    by_checker = Counter(checker for entry in failed for checker in entry.checkers)
    for checker, times in sorted(by_checker.items()):
        click.echo(
            f"{checker}: {ranges([e.seed for e in failed if checker in e.checkers])} ({times})"
        )
    never = [what for what, times in sorted(sometimes.items()) if not times]
    click.echo(f"\nnever: {', '.join(never) or 'nothing, everything was reached'}")


def _exit_code(entries: Iterable[Entry]) -> int:
    codes = [entry.exit_code for entry in entries if isinstance(entry, Failed)]
    if UNSAFE in codes:
        return UNSAFE
    return UNMET if codes else HOLDS
