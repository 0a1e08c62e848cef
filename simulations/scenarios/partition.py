"""Is an overlay whole again after it was in halves, and then in islands?"""

from simulations.checkers.liveness.conditions import Agreement, OneComponent
from simulations.decisions import Partition
from simulations.partitions import halves, islands
from simulations.scenario import Cast, Run, Scenario

PARTED_MS = 30_000
"""Longer than it takes to give each other up."""
HEALED_MS = 15_000
"""L5."""

ISLANDS = 4


def play(run: Run) -> None:
    parted_ms = run.length_ms(PARTED_MS)
    random = run.world.generator("partition")
    names = [host.name for host in (*run.nodes, *run.people)]
    run.begin()
    for groups in (halves(names, random), islands(names, ISLANDS, random)):
        run.workload.talk(every_ms=250, for_ms=parted_ms, channel=run.channel)
        run.faults.befall(Partition(groups, parted_ms))
        run.pass_time(parted_ms)
        began_ms = run.world.now_ms
        run.liveness.wait_for(OneComponent())
        run.liveness.wait_for(Agreement())
        run.measure_most("healed_ms", run.world.now_ms - began_ms)
        run.wait_until(run.is_all_accepted_delivered, "nothing missed", HEALED_MS, checker="L5")
        run.measure_most("L5_ms", run.world.now_ms - began_ms)
    run.calm()
    run.wait_until(run.is_settled, "everybody is known again", HEALED_MS)


SCENARIO = Scenario(
    name="partition",
    question="is an overlay whole again after it was in halves, and then in islands?",
    cast=lambda _: Cast(nodes=12, shape="random", people=12),
    play=play,
)
