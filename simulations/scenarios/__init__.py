"""The questions that can be put to a world, one a file."""

from simulations.scenario import Scenario
from simulations.scenarios import (
    broadcast,
    crash,
    crash_half,
    day,
    droppers,
    lost_disk,
    maelstrom,
    mass_crash,
    partition,
    pause,
    silent_dead,
    swarm,
    talk,
)

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
        silent_dead.SCENARIO,
        droppers.SCENARIO,
        broadcast.SCENARIO,
        maelstrom.SCENARIO,
        crash_half.SCENARIO,
        crash_half.RETURN,
        *mass_crash.ALL,
    )
}
