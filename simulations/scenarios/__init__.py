"""The questions that can be put to a world, one a file."""

from simulations.scenario import Scenario
from simulations.scenarios import (
    clock_skew,
    crash,
    day,
    droppers,
    equivocator,
    forger,
    key_substitution,
    lost_disk,
    partition,
    pause,
    presence_rollback,
    replayer,
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
        forger.SCENARIO,
        replayer.SCENARIO,
        equivocator.SCENARIO,
        presence_rollback.SCENARIO,
        key_substitution.SCENARIO,
        clock_skew.SCENARIO,
    )
}
