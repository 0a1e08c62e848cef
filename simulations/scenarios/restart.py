"""How many dials does it take when all nodes are killed at once and come back?"""

from simulations.scenario import SETTLE_MS_MAX, Cast, Run, Scenario

DOWN_MS = 3_000
BACK_MS = 10_000
DIALS_OF_A_LINK = 8
"""An end of a link dials after 250 ms, doubling: five times in ten seconds, and less often what
it may dial to heal. A client tries all homes that it knows once, then one after another, each
after twice the wait."""


def play(run: Run) -> None:
    dials = run.world.network.dials
    run.begin()
    run.workload.talk(every_ms=200, for_ms=DOWN_MS + BACK_MS, channel=run.channel)
    run.pass_time(1_000)
    before, most = dials.total(), 0
    for host in run.nodes:
        run.faults.crash(host, down_ms=DOWN_MS)
    for _ in range((DOWN_MS + BACK_MS) // 1_000):
        a_second_ago = dials.copy()
        run.pass_time(1_000)
        most = max(most, *(dials - a_second_ago).values(), 0)
    run.wait_until(run.is_settled, "everybody is known again", SETTLE_MS_MAX)
    ends = 2 * len(run.opening.population.edges) + len(run.people)
    run.measure("dials", dials.total() - before)
    run.measure("dials_of_a_link_percent", (dials.total() - before) * 100 // ends)
    run.measure("dials_at_one_node_in_a_second_most", most)
    run.expect("the storm is bounded", holds=dials.total() - before <= DIALS_OF_A_LINK * ends)
    run.calm()


SCENARIO = Scenario(
    name="restart",
    question="how many dials does it take when all nodes are killed at once and come back?",
    cast=lambda _: Cast(nodes=20, shape="random", people=40),
    play=play,
)
