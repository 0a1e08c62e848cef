"""`chaos`: real processes and real clients under faults, and what people were shown."""

import signal
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from overlay.errors import OverlayError
from simulations.commands.files import check_page, write_page
from simulations.commands.options import SEEDS, length_ms
from simulations.commands.sweeps import INTERRUPTED, LEDGERS
from simulations.commit import commit
from simulations.encoding import Unreadable
from simulations.report import HOLDS, UNMET, UNSAFE

if TYPE_CHECKING:
    from simulations.chaos.ledger import ChaosLedger
    from simulations.chaos.outcome import Options, Outcome

LEDGER = LEDGERS / "chaos.jsonl"
SHAPES = ("demo", "line", "random", "ring", "star", "tree")


@click.command("chaos")
@click.option("--nodes", type=click.IntRange(2, 64), default=7, show_default=True)
@click.option("--people", type=click.IntRange(2, 200), default=20, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="What draws the plan.")
@click.option("--minutes", type=click.FloatRange(0.05, 1_440), default=2, show_default=True)
@click.option("--shape", type=click.Choice(SHAPES), default="random", show_default=True)
@click.option("--logs", type=click.Path(path_type=Path), help="Keep the nodes' logs in there.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
@click.option("--seeds", type=SEEDS, help="One after the other, A..B: what the ledger has not.")
@click.option("--again", is_flag=True, help="With --seeds: also those that the ledger has.")
@click.option("--ledger", type=click.Path(path_type=Path), default=LEDGER, show_default=True)
@click.option("--write", type=click.Path(path_type=Path), help="Write the table into this page.")
def play_chaos(
    nodes: int,
    people: int,
    seed: int,
    minutes: float,
    shape: str,
    logs: Path | None,
    seeds: Sequence[int] | None,
    ledger: Path,
    write: Path | None,
    *,
    is_json: bool,
    again: bool,
) -> int:
    """Start node processes and clients on loopback, and let a storm come over them.

    Processes are killed, stopped, paused and started again, with their disks
    or without; links are cut, slowed, swallowed and reset; people leave and
    come back. Then there is a calm, in which everything has to be delivered.
    What people were shown is judged as in the simulated world. Nothing is
    left of it afterwards, however it ends.
    """
    from simulations.chaos.outcome import Options

    if seeds is None and (again or write is not None):
        raise click.UsageError("--again and --write are for what --seeds plays: say which seeds.")
    if logs is not None:
        _make_folder(logs)
    options = Options(
        seed=seed,
        nodes=nodes,
        people=people,
        length_ms=length_ms(minutes) or 0,
        shape=shape,
    )
    if seeds is not None:
        wanted = [replace(options, seed=each) for each in seeds]
        return _play_many(wanted, ledger, write, logs, again=again)
    outcome = _played(options, logs)
    if outcome is None:
        return INTERRUPTED
    click.echo(outcome.as_json() if is_json else outcome.as_text())
    click.echo(options.command, err=is_json)
    return outcome.exit_code


def _play_many(
    wanted: Sequence["Options"],
    path: Path,
    write: Path | None,
    logs: Path | None,
    *,
    again: bool,
) -> int:
    from simulations.chaos.ledger import WHAT, ChaosLedger, table

    try:
        book = ChaosLedger(path)
    except Unreadable as error:
        raise click.UsageError(f"{path}: {error}") from error
    check_page(write, WHAT)
    missing = [options for options in wanted if again or options not in book.outcomes]
    is_whole = all(_played_into(book, options, logs) for options in missing)
    outcomes = [book.outcomes[options] for options in wanted if options in book.outcomes]
    click.echo(table(outcomes))
    write_page(write, WHAT, table(outcomes))
    first, last = wanted[0], wanted[-1]
    seeds = f"--seeds {first.seed}..{last.seed} --ledger {path}"
    click.echo(first.command.replace(f"--seed {first.seed}", seeds))
    return _exit_code(outcomes) if is_whole else INTERRUPTED


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.UsageError(f"{folder}: no folder for logs: {error.strerror}") from error


def _played_into(book: "ChaosLedger", options: "Options", logs: Path | None) -> bool:
    """Play a run and write down what came of it; False where somebody has ended it."""
    from simulations.chaos.ledger import Line

    outcome = _played(options, logs and logs / f"seed-{options.seed}")
    if outcome is None:
        return False
    click.echo(outcome.as_text(), err=True)
    try:
        book.add(Line(commit(), outcome))
    except OSError as error:
        raise click.UsageError(f"{book.path}: cannot write it: {error.strerror}") from error
    return True


def _played(options: "Options", logs: Path | None) -> "Outcome | None":
    """None where somebody has ended it with Ctrl-C, or told the process to stop."""
    import trio

    from simulations.chaos.playing import play

    async def until_told() -> "Outcome | None":
        outcomes: list[Outcome] = []

        def tell(line: str) -> None:
            click.echo(line, err=True)

        async def to_the_end(scope: trio.CancelScope) -> None:
            outcomes.append(await play(options, tell, logs=logs))
            scope.cancel()

        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        with trio.open_signal_receiver(*signals) as told:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(to_the_end, nursery.cancel_scope)
                await anext(aiter(told))
                nursery.cancel_scope.cancel()
        return outcomes[0] if outcomes else None

    try:
        return trio.run(until_told)
    except* OverlayError as group:
        raise click.ClickException(_first(group)) from group


def _first(group: BaseExceptionGroup[OverlayError]) -> str:
    """What went wrong first: the rest follows from it."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error)


def _exit_code(outcomes: Sequence["Outcome"]) -> int:
    codes = [outcome.exit_code for outcome in outcomes]
    if UNSAFE in codes:
        return UNSAFE
    return UNMET if UNMET in codes else HOLDS
