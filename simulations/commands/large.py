"""`large`: plays the large worlds that were not played yet, and prints their table."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from simulations.commands.files import check_page, write_page
from simulations.commands.sweeps import INTERRUPTED, LEDGERS
from simulations.commit import commit
from simulations.encoding import Unreadable
from simulations.large import (
    SCENARIOS_PLAYED,
    SIZES,
    WHAT,
    LargeLedger,
    Played,
    parts,
    play_missing,
    table,
)
from simulations.report import HOLDS, UNMET, UNSAFE

LEDGER = LEDGERS / "large.jsonl"


@click.command("large")
@click.option(
    "--nodes",
    type=click.IntRange(1, 10_000),
    multiple=True,
    default=SIZES,
    show_default=True,
    help="Sizes of worlds; can be said again.",
)
@click.option(
    "--only",
    type=click.Choice(SCENARIOS_PLAYED),
    multiple=True,
    help="Leave out all other scenarios; can be said again.",
)
@click.option("--again", is_flag=True, help="Play also what the ledger has.")
@click.option("--none", "is_none", is_flag=True, help="Play nothing: the table alone.")
@click.option("--ledger", type=click.Path(path_type=Path), default=LEDGER, show_default=True)
@click.option("--write", type=click.Path(path_type=Path), help="Write the table into this page.")
def play_large(
    nodes: Sequence[int],
    only: Sequence[str],
    ledger: Path,
    write: Path | None,
    *,
    again: bool,
    is_none: bool,
) -> int:
    """Play the large worlds that the ledger has not, one after the other.

    Each is written down when it is over; Ctrl-C loses the one under way.
    """
    check_page(write, WHAT)
    is_interrupted = False
    try:
        book = LargeLedger(ledger)
        wanted = [] if is_none else parts(nodes, only or SCENARIOS_PLAYED)
        try:
            play_missing(book, wanted, commit(), _tell, again=again)
        except KeyboardInterrupt:
            is_interrupted = True
        click.echo(table(book))
    except Unreadable as error:
        raise click.UsageError(f"{ledger}: {error}") from error
    except OSError as error:
        raise click.UsageError(f"{error.filename}: {os.strerror(error.errno or 0)}") from error
    write_page(write, WHAT, table(book))
    choice = [*(f"--nodes {size}" for size in nodes), *(f"--only {name}" for name in only)]
    choice += ["--again"] * again + ["--none"] * is_none
    click.echo(f"python -m simulations large {' '.join(choice)} --ledger {ledger}")
    return INTERRUPTED if is_interrupted else _exit_code(book)


def _tell(played: Played) -> None:
    part = played.part
    ending = "holds" if played.exit_code == HOLDS else f"FAILED: {'; '.join(played.violations)}"
    seconds = played.numbers.get("wall_ms", 0) / 1_000
    click.echo(f"{part.scenario}, {part.nodes} nodes: {ending}, {seconds:.0f} s", err=True)


def _exit_code(ledger: LargeLedger) -> int:
    codes = [played.exit_code for played in ledger.played.values() if played.exit_code != HOLDS]
    if UNSAFE in codes:
        return UNSAFE
    return UNMET if codes else HOLDS
