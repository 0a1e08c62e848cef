"""`python -m tests.fuzz`: run targets for a while, one after the other. docs/fuzzing.md."""

import sys
from collections.abc import Sequence
from hashlib import sha1
from pathlib import Path

import click

from simulations.commit import commit
from tests.fuzz.ledger import Entry, add, entries, table
from tests.fuzz.runs import WORK, EngineFailedError, Run, fuzz, keep
from tests.fuzz.targets import NAMES, target

FOUND = 1


@click.group()
def main() -> None:
    """Throw everything at what reads what others wrote."""


@main.command("run")
@click.argument("targets", nargs=-1, type=click.Choice(NAMES))
@click.option("--seconds", type=click.IntRange(1), default=60, show_default=True, help="For each.")
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True)
@click.option("--keep", "is_kept", is_flag=True, help="Keep corpus and ledger in the repository.")
def run(targets: Sequence[str], seconds: int, rounds: int, *, is_kept: bool) -> None:
    """Run TARGETS, or all. Ends with 1 at once if something does not hold."""
    for _ in range(rounds):
        for name in targets or NAMES:
            try:
                came = fuzz(name, f"-max_total_time={seconds}")
            except EngineFailedError as error:
                raise click.ClickException(f"{name} did not run:\n{error}") from error
            click.echo(_line(name, came))
            if is_kept:
                _record(name, seconds, came)
            if came.finding is not None:
                click.echo(_explained(name, came.finding, came.said))
                sys.exit(FOUND)
            if is_kept:
                click.echo(f"{name:<10} {keep(name)} inputs kept")


@main.command("replay")
@click.argument("name", type=click.Choice(NAMES))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def replay(name: str, files: Sequence[Path]) -> None:
    """Judge inputs from FILES in this process, so that a debugger sees what does not hold."""
    judge = target(name)
    for file in files:
        judge(file.read_bytes())
    click.echo(f"{len(files)} held")


@main.command("table")
def show_table() -> None:
    """What the ledger comes to."""
    click.echo(table(entries()))


def _line(name: str, came: Run) -> str:
    return (
        f"{name:<10} {came.executions:>9,} inputs, {came.executions_per_second:>6,} a second, "
        f"{came.coverage:>5,} branches, {came.features:>6,} features, corpus {came.inputs:,}"
    )


def _record(name: str, seconds: int, came: Run) -> None:
    spent = came.executions // max(came.executions_per_second, 1)
    found = sha1(came.finding.read_bytes()).hexdigest() if came.finding else None
    entry = Entry(
        commit=commit(),
        target=name,
        seconds=seconds if found is None else spent,
        executions=came.executions,
        coverage=came.coverage,
        features=came.features,
        inputs=came.inputs,
        finding=found,
    )
    add(entry)


def _explained(name: str, finding: Path, said: str) -> str:
    trouble = said[said.rfind(" === Uncaught") :] if " === Uncaught" in said else said[-2_000:]
    again = f"python -m tests.fuzz replay {name} {finding.relative_to(WORK.parents[1])}"
    return f"{trouble[:4_000]}\n{name}: something does not hold. Play it again: {again}"


if __name__ == "__main__":
    main()
