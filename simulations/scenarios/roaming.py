"""Is a client found at its new home within a second of getting there?"""

from simulations.decisions import Stop
from simulations.scenario import Cast, Run, Scenario

MOVING_MS = 60_000
EACH_MS = 5_000
DOWN_MS = 1_000


def play(run: Run) -> None:
    moving_ms = run.length_ms(MOVING_MS)
    run.begin()
    run.workload.talk(every_ms=200, for_ms=moving_ms, channel=run.channel)
    run.liveness.begin(run.liveness.roaming)
    random = run.world.generator("roaming")
    for _ in range(moving_ms // EACH_MS):
        homes = sorted({run.workload.home_of(host) or "" for host in run.people})
        run.faults.befall(Stop(random.choice(homes), DOWN_MS))
        run.pass_time(EACH_MS)
    run.liveness.rest()
    run.calm()


SCENARIO = Scenario(
    name="roaming",
    question="is a client found at its new home within a second of getting there?",
    cast=lambda _: Cast(nodes=30, shape="random", people=30),
    play=play,
)
