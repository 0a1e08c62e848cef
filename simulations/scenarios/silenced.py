"""Is a node that fell silent known to be dead everywhere, in time?"""

from simulations.scenario import Cast, Run, Scenario

VICTIMS = 3
BETWEEN_MS = 12_000
"""Longer than anybody needs to give it up."""


def play(run: Run) -> None:
    victims = run.world.generator("victims").sample(run.nodes, min(VICTIMS, len(run.nodes) // 4))
    run.begin()
    run.pass_time(BETWEEN_MS)
    run.liveness.begin(run.liveness.deaths)
    for host in victims:
        run.faults.crash(host, down_ms=None, is_silent=True)
        run.pass_time(BETWEEN_MS)
    run.liveness.rest()
    run.calm()


SCENARIO = Scenario(
    name="silenced",
    question="is a node that fell silent known to be dead everywhere, in time?",
    cast=lambda _: Cast(nodes=50, shape="random", people=16),
    play=play,
)
