"""`run` a scenario once, and `replay` what was recorded of one."""

from pathlib import Path

import click

from simulations.commands.files import recording_at, save
from simulations.commands.options import length_ms, minutes_option, nodes_option
from simulations.playing import play, replay
from simulations.report import HOLDS
from simulations.scenario import Options
from simulations.scenarios import SCENARIOS
from simulations.shapes import SHAPES, Shape

DIFFERS = 1
"""Exit code of a replay that was not the recorded run."""


@click.command("run")
@click.argument("scenario", type=click.Choice(list(SCENARIOS)), metavar="SCENARIO")
@nodes_option
@click.option("--seed", type=int, default=1, show_default=True, help="What determines the run.")
@click.option("--shape", type=click.Choice(SHAPES), help="Who is whose neighbour.")
@minutes_option
@click.option("--record", type=click.Path(path_type=Path), help="Write the run to this file.")
@click.option("--shipped-suite", is_flag=True, help="Seal as clients do; then without a digest.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
@click.option("--trace", "is_traced", is_flag=True, help="Print every event, on stderr.")
def run_scenario(
    scenario: str,
    nodes: int | None,
    seed: int,
    shape: Shape | None,
    minutes: float | None,
    record: Path | None,
    *,
    shipped_suite: bool,
    is_json: bool,
    is_traced: bool,
) -> int:
    """Run a scenario once, and judge it."""
    options = Options(
        seed=seed,
        nodes=nodes,
        shape=shape,
        length_ms=length_ms(minutes),
        is_sealed_as_shipped=shipped_suite,
    )
    if record is not None and shipped_suite:
        raise click.UsageError(
            "--record and --shipped-suite exclude each other: without a digest"
            " nobody could tell whether a replay is the same run."
        )
    tell = (lambda line: click.echo(line, err=True)) if is_traced else None
    result = play(scenario, options, tell=tell)
    if record is not None:
        save(result.recording, record)
    click.echo(result.as_json() if is_json else result.as_text())
    click.echo(result.command, err=is_json)
    return result.exit_code


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "is_json", is_flag=True, help="Print one JSON object.")
@click.option("--trace", "is_traced", is_flag=True, help="Print every event, on stderr.")
def replay_file(file: Path, *, is_json: bool, is_traced: bool) -> int:
    """Run again what FILE records, and say whether it is the same run byte for byte.

    The exit code is that of the run; 1 where it held but is not the same run.
    """
    recording = recording_at(file)
    tell = (lambda line: click.echo(line, err=True)) if is_traced else None
    result = replay(recording, tell)
    is_same = result.digest == recording.digest
    click.echo(result.as_json() if is_json else result.as_text())
    if is_same:
        click.echo("the same run as recorded, byte for byte", err=is_json)
    else:
        click.echo(f"NOT the run that was recorded: its digest was {recording.digest}", err=is_json)
        click.echo("Another commit, or the file was changed.", err=is_json)
    click.echo(f"python -m simulations replay {file}", err=is_json)
    return result.exit_code if is_same or result.exit_code != HOLDS else DIFFERS
