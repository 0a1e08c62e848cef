"""Does everything arrive while nodes and people come and go all the time?"""

from simulations.plan import StormPlan
from simulations.scenario import Cast, Run, Scenario

STORM_MS = 60_000
STORM = StormPlan(stop_every_ms=2_000, crash_every_ms=4_000, down_ms_max=10_000, silent_one_in=8)


def play(run: Run) -> None:
    storm_ms = run.length_ms(STORM_MS)
    run.begin()
    run.workload.talk(every_ms=200, for_ms=storm_ms, channel=run.channel)
    run.faults.storm(STORM, [*run.nodes, *run.people], for_ms=storm_ms)
    run.pass_time(storm_ms)
    run.calm()


SCENARIO = Scenario(
    name="churn",
    question="does everything arrive while nodes and people come and go all the time?",
    cast=lambda _: Cast(nodes=20, shape="random", people=16, extra_links=2),
    play=play,
)
