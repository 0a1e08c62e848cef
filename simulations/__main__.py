"""The simulator's command line: `python -m simulations list`, `run SCENARIO`."""

import sys
import time  # noqa: TID251  # how fast a world runs is measured out here, never inside
from collections.abc import Sequence

import click

from simulations.report import HOLDS, USAGE, Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS
from simulations.shapes import SHAPES, Shape

INTERRUPTED = 130
"""What shells say of a command that Ctrl-C ended."""


@click.group()
def commands() -> None:
    """Puts questions to a simulated overlay of the shipping machines.

    Exit codes: 0 all holds, 1 a safety invariant broke, 2 a liveness bound
    broke, 3 usage.
    """


@commands.command("list")
def list_scenarios() -> None:
    """List the scenarios with their questions."""
    for scenario in SCENARIOS.values():
        click.echo(f"{scenario.name:<14}{scenario.question}")


@commands.command("run")
@click.argument("scenario", type=click.Choice(list(SCENARIOS)))
@click.option("--nodes", type=click.IntRange(1, 500), help="How many nodes.")
@click.option("--seed", type=int, default=1, show_default=True, help="What determines the run.")
@click.option("--shape", type=click.Choice(SHAPES), help="Who is whose neighbour.")
@click.option("--shipped-suite", is_flag=True, help="Seal as clients do; then without a digest.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
@click.option("--trace", "is_traced", is_flag=True, help="Print every event, on stderr.")
def run_scenario(
    scenario: str,
    nodes: int | None,
    seed: int,
    shape: Shape | None,
    *,
    shipped_suite: bool,
    is_json: bool,
    is_traced: bool,
) -> int:
    """Run a scenario once, and judge it."""
    options = Options(seed=seed, nodes=nodes, shape=shape, is_sealed_as_shipped=shipped_suite)
    tell = (lambda line: click.echo(line, err=True)) if is_traced else None
    run = Run(SCENARIOS[scenario], options, tell)
    began = time.perf_counter()
    run.play()
    result = Result(run, round((time.perf_counter() - began) * 1_000))
    click.echo(result.as_json() if is_json else result.as_text())
    click.echo(result.command, err=is_json)
    return result.exit_code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, by default the process's own; returns the exit code."""
    try:
        return int(commands(arguments, standalone_mode=False) or HOLDS)
    except click.ClickException as error:
        error.show()
        return USAGE
    except click.Abort:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
