"""What is there to see when nodes die, an overlay is cut in two, and faults rain down on it?"""

from simulations.decisions import Partition
from simulations.partitions import halves
from simulations.plan import StormPlan
from simulations.scenario import Cast, Run, Scenario

BEFORE_MS = 6_000
"""Homes tell clients of other homes every five seconds: who has not been told has nowhere to go."""
DYING_MS = 12_000
DEAD_ONE_IN = 4
DOWN_MS = 7_000
PARTED_MS = 8_000
HEALING_MS = 6_000
STORM_MS = 12_000
STORM = StormPlan(
    crash_every_ms=2_500,
    reset_every_ms=1_500,
    cut_every_ms=3_000,
    slow_every_ms=6_000,
    pause_every_ms=4_000,
    down_ms_max=5_000,
    pause_ms_max=2_000,
)
TALK_EVERY_MS = 120


def play(run: Run) -> None:
    storm_ms = run.length_ms(STORM_MS)
    random = run.world.generator("pictured")
    dying = random.sample(run.nodes, len(run.nodes) // DEAD_ONE_IN)
    run.begin()
    talk_ms = BEFORE_MS + DYING_MS + PARTED_MS + HEALING_MS + storm_ms
    run.workload.talk(every_ms=TALK_EVERY_MS, for_ms=talk_ms, channel=run.channel)
    run.pass_time(BEFORE_MS)
    for number, host in enumerate(dying):
        # Every third falls silent, and the first never comes back.
        down_ms = None if number == 0 else DOWN_MS
        run.faults.crash(host, down_ms=down_ms, is_silent=number % 3 == 1)
    run.pass_time(DYING_MS)
    names = [host.name for host in (*run.nodes, *run.people)]
    run.faults.befall(Partition(halves(names, random), PARTED_MS))
    run.pass_time(PARTED_MS + HEALING_MS)
    run.faults.storm(STORM, [*run.nodes, *run.people], for_ms=storm_ms)
    run.pass_time(storm_ms)
    run.calm()


SCENARIO = Scenario(
    name="pictured",
    question="what is there to see when nodes die, an overlay is cut in two, and faults rain down?",
    cast=lambda _: Cast(nodes=24, shape="random", people=16),
    play=play,
)
