"""The questions that can be put to a world, one a file."""

from simulations.scenario import Scenario
from simulations.scenarios import crash, day, lost_disk, partition, pause, swarm, talk

SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        talk.SCENARIO,
        crash.SCENARIO,
        swarm.SCENARIO,
        pause.SCENARIO,
        partition.SCENARIO,
        lost_disk.SCENARIO,
        day.SCENARIO,
    )
}
