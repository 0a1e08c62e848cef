"""Does anybody notice when every node is killed once, one after the other?"""

from simulations.scenario import Cast, Run, Scenario

DOWN_MS = 2_000
EACH_MS = 5_000


def play(run: Run) -> None:
    run.begin()
    run.workload.talk(every_ms=200, for_ms=EACH_MS * len(run.nodes), channel=run.channel)
    run.liveness.begin(run.liveness.deaths)
    for host in run.nodes:
        run.faults.crash(host, down_ms=DOWN_MS)
        run.pass_time(EACH_MS)
    run.liveness.rest()
    run.calm()


SCENARIO = Scenario(
    name="rolling",
    question="is anything lost when every node is killed once, one after the other?",
    cast=lambda _: Cast(nodes=10, shape="random", people=12),
    play=play,
)
