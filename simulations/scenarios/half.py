"""Is what is left one overlay again when half of the nodes dies at once, for good?"""

from overlay.limits import HOMES_EVERY_MS
from simulations.checkers.liveness.conditions import Agreement, OneComponent
from simulations.scenario import Cast, Run, Scenario

TALK_MS = 20_000
NOTICED_MS = 1_000
"""By then everybody knows who is dead: until then nobody sees that anything is torn."""


def play(run: Run) -> None:
    talk_ms = run.length_ms(TALK_MS)
    run.begin()
    run.workload.talk(every_ms=200, for_ms=talk_ms, channel=run.channel)
    run.pass_time(HOMES_EVERY_MS)
    for host in run.world.generator("half").sample(run.nodes, len(run.nodes) // 2):
        run.faults.crash(host, down_ms=None)
    run.pass_time(NOTICED_MS)
    run.liveness.wait_for(OneComponent())
    run.liveness.wait_for(Agreement())
    run.pass_time(talk_ms - HOMES_EVERY_MS)
    run.calm()


SCENARIO = Scenario(
    name="half",
    question="is what is left one overlay again when half of the nodes dies at once, for good?",
    cast=lambda _: Cast(nodes=20, shape="random", people=16),
    play=play,
)
