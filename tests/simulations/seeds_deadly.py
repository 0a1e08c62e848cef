"""A sweep of which seed 5 takes its worker with it, each time: on a Dask cluster."""

from pathlib import Path

import click

from simulations.ledger import Ledger
from simulations.scenario import Options
from simulations.sweeping.cluster import DaskCluster
from simulations.sweeping.sweep import Sweep
from tests.simulations.seeds_played import death_at_five


@click.command()
@click.option("--dask", required=True)
@click.option("--ledger", required=True, type=click.Path(path_type=Path))
def sweep(dask: str, ledger: Path) -> None:
    played = Sweep(
        "talk",
        Options(),
        Ledger(ledger),
        commit="abc",
        options_said="",
        tell=lambda _: None,
    )
    played.run(range(5, 6), DaskCluster(dask, death_at_five))


if __name__ == "__main__":
    sweep()
