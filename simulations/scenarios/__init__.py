"""The questions that can be put to a world, one a file."""

from simulations.scenario import Scenario
from simulations.scenarios import (
    amplification,
    censoring_home,
    clock_skew,
    crash,
    day,
    droppers,
    eclipse,
    equivocator,
    flooders,
    forger,
    grey_holes,
    key_substitution,
    link_liars,
    lost_disk,
    mailbox_theft,
    partition,
    pause,
    presence_rollback,
    replayer,
    silent_dead,
    swarm,
    sybils,
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
        grey_holes.SCENARIO,
        censoring_home.SCENARIO,
        link_liars.SCENARIO,
        eclipse.SCENARIO,
        amplification.SCENARIO,
        flooders.SCENARIO,
        mailbox_theft.SCENARIO,
        sybils.SCENARIO,
        replayer.SCENARIO,
        equivocator.SCENARIO,
        presence_rollback.SCENARIO,
        key_substitution.SCENARIO,
        clock_skew.SCENARIO,
    )
}
