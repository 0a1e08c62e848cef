"""The simulator's command line: `python -m simulations list`, `run SCENARIO`, and what follows."""

import sys
from collections.abc import Sequence

import click

from simulations.commands.chaos import play_chaos
from simulations.commands.compares import compare_numbers
from simulations.commands.large import play_large
from simulations.commands.numbers import print_numbers
from simulations.commands.reports import write_report
from simulations.commands.runs import replay_file, run_scenario
from simulations.commands.shrinks import shrink_file
from simulations.commands.sweeps import sweep_seeds
from simulations.report import HOLDS, USAGE
from simulations.scenario import Unplayable
from simulations.scenarios import SCENARIOS

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
        click.echo(f"{scenario.name:<20}{scenario.question}")


commands.add_command(run_scenario)
commands.add_command(replay_file)
commands.add_command(shrink_file)
commands.add_command(sweep_seeds)
commands.add_command(compare_numbers)
commands.add_command(play_large)
commands.add_command(print_numbers)
commands.add_command(write_report)
commands.add_command(play_chaos)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, by default the process's own; returns the exit code."""
    try:
        return int(commands(arguments, standalone_mode=False) or HOLDS)
    except click.ClickException as error:
        error.show()
        return USAGE
    except Unplayable as error:
        click.echo(f"Error: {error}", err=True)
        return USAGE
    except click.Abort:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
