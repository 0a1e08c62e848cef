"""How long does it take until all nodes know the same, from nothing and after one has died?"""

from collections.abc import Callable

from simulations.checkers.liveness.bounds import agreement_ms, death_ms
from simulations.checkers.liveness.conditions import graph_of
from simulations.checkers.sight import Sight
from simulations.scenario import Cast, Run, Scenario, Unplayable

LOOK_EVERY_MS = 10
PATIENCE_MS = 120_000
"""Nothing takes so long that is going to come at all."""
REST_MS = 2_000


def play(run: Run) -> None:
    if len(run.nodes) < 2:
        raise Unplayable("`convergence` asks others of a death: it needs two nodes, --nodes 2")
    is_known = _watch(run, len(run.nodes))
    run.begin()
    known_ms = run.measured.get("known_ms")
    run.pass_time(REST_MS)
    graph = graph_of(Sight(run.nodes))
    run.expect("all know the same in time", holds=_is_within(known_ms, agreement_ms(graph)))
    dies = run.nodes[-1]
    run.faults.crash(dies, down_ms=None)
    began_ms, bound_ms = run.world.now_ms, death_ms(graph, is_silent=False)
    while not is_known(len(run.nodes) - 1) and run.world.now_ms < began_ms + PATIENCE_MS:
        run.pass_time(LOOK_EVERY_MS)
    noticed_ms = run.world.now_ms - began_ms
    run.measure("noticed_ms", noticed_ms)
    run.expect("all know of the death in time", holds=_is_within(noticed_ms, bound_ms))


def _watch(run: Run, nodes: int) -> Callable[[int], bool]:
    """Measure when all nodes first know the same; returns whether so many do now."""

    def is_known(alive: int) -> bool:
        glances = [glance for host in run.nodes if (glance := host.glance()) is not None]
        roots = {glance.root for glance in glances}
        does_see = all(glance.alive == alive for glance in glances)
        return len(glances) == alive and len(roots) == 1 and does_see

    def look() -> None:
        if is_known(nodes):
            run.measure("known_ms", run.world.now_ms)
        elif run.world.now_ms < PATIENCE_MS:
            run.after(LOOK_EVERY_MS, look)

    run.after(LOOK_EVERY_MS, look)
    return is_known


def _is_within(took_ms: int | None, bound_ms: int) -> bool:
    return took_ms is not None and took_ms <= bound_ms


SCENARIO = Scenario(
    name="convergence",
    question="how long until all nodes know the same, from nothing and after one has died?",
    cast=lambda _: Cast(nodes=16, shape="random", people=1),
    play=play,
)
