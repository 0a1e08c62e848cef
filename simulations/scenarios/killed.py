"""Is a node that was killed known to be dead everywhere, at once?"""

from simulations.scenario import Cast, Run, Scenario

VICTIMS = 4
BETWEEN_MS = 6_000


def play(run: Run) -> None:
    victims = run.world.generator("victims").sample(run.nodes, min(VICTIMS, len(run.nodes) // 4))
    run.begin()
    run.workload.talk(every_ms=250, for_ms=BETWEEN_MS * (len(victims) + 1), channel=run.channel)
    run.pass_time(BETWEEN_MS)
    run.liveness.begin(run.liveness.deaths)
    for host in victims:
        run.faults.crash(host, down_ms=None)
        run.pass_time(BETWEEN_MS)
    run.liveness.rest()
    run.calm()


SCENARIO = Scenario(
    name="killed",
    question="is a node that was killed known to be dead everywhere, at once?",
    cast=lambda _: Cast(nodes=50, shape="random", people=16),
    play=play,
)
