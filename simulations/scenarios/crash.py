"""Does anything get lost, or come twice, while nodes die and come back under people's feet?"""

from simulations.plan import StormPlan
from simulations.scenario import Cast, Run, Scenario

STORM_MS = 40_000
STORM = StormPlan(
    crash_every_ms=5_000, reset_every_ms=4_000, gone_one_in=8, crash_in_commit_every_ms=8_000
)


def play(run: Run) -> None:
    storm_ms = run.length_ms(STORM_MS)
    run.begin()
    run.workload.talk(every_ms=200, for_ms=storm_ms, channel=run.channel)
    run.faults.storm(STORM, [*run.nodes, *run.people], for_ms=storm_ms)
    run.pass_time(storm_ms)
    run.calm()


SCENARIO = Scenario(
    name="crash",
    question="is anything lost, or shown twice, while nodes and clients die and come back?",
    cast=lambda _: Cast(nodes=5, shape="ring", people=8),
    play=play,
)
