"""A sweep whose first seed never ends while its worker lives: of four, on a Dask cluster."""

from pathlib import Path
from threading import Event

import click

from simulations.ledger import Ledger
from simulations.scenario import Options
from simulations.sweeping.cluster import DaskCluster
from simulations.sweeping.outcome import Outcome
from simulations.sweeping.sweep import Sweep
from tests.simulations.seeds_played import an_outcome


def awaited(scenario: str, options: Options) -> Outcome:
    """The scenario is where it tells which seed it plays. Then it waits to be killed."""
    begun = Path(scenario)
    if not (begun.parent / "go_on").exists():
        begun.write_text(str(options.seed))
        Event().wait()
    return an_outcome("talk", options)


@click.command()
@click.argument("begun")
@click.option("--dask", required=True)
@click.option("--ledger", required=True, type=click.Path(path_type=Path))
def sweep(begun: str, dask: str, ledger: Path) -> None:
    played = Sweep(
        begun,
        Options(),
        Ledger(ledger),
        commit="abc",
        options_said="",
        tell=lambda _: None,
    )
    played.run((1, 2, 4, 5), DaskCluster(dask, awaited))


if __name__ == "__main__":
    sweep()
