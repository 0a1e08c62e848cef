"""Does anything break when machines come back with an old disk, without one, or with a bad row?"""

from simulations.plan import StormPlan
from simulations.scenario import Cast, Run, Scenario

STORM_MS = 60_000
STORM = StormPlan(crash_every_ms=4_000, crash_in_commit_every_ms=20_000, bad_disk_one_in=2)


def play(run: Run) -> None:
    storm_ms = run.length_ms(STORM_MS)
    run.begin()
    run.workload.talk(every_ms=250, for_ms=storm_ms, channel=run.channel)
    run.pass_time(storm_ms // 4)
    run.faults.storm(STORM, [*run.nodes, *run.people], for_ms=storm_ms * 3 // 4)
    run.pass_time(storm_ms - storm_ms // 4)
    run.calm()


SCENARIO = Scenario(
    name="lost-disk",
    question="does anything break when machines come back with an old disk, a bad one, or none?",
    cast=lambda _: Cast(nodes=6, shape="ring", people=8),
    play=play,
)
