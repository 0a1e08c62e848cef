"""What does it cost when processes stand still for a while, and go on as if nothing had been?"""

from simulations.plan import StormPlan
from simulations.scenario import Cast, Run, Scenario

STORM_MS = 60_000
STORM = StormPlan(pause_every_ms=2_500, pause_ms_max=8_000, jump_every_ms=20_000)


def play(run: Run) -> None:
    storm_ms = run.length_ms(STORM_MS)
    run.begin()
    run.workload.talk(every_ms=200, for_ms=storm_ms, channel=run.channel)
    run.faults.storm(STORM, [*run.nodes, *run.people], for_ms=storm_ms)
    run.pass_time(storm_ms)
    run.calm()


SCENARIO = Scenario(
    name="pause",
    question="is anything lost, or shown twice, while processes are paused and clocks jump?",
    cast=lambda _: Cast(nodes=6, shape="ring", people=8),
    play=play,
)
