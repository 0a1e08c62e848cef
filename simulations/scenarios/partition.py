"""Is an overlay whole again after it was in halves, and then in islands?"""

from simulations.decisions import Partition
from simulations.partitions import halves, islands
from simulations.scenario import Cast, Run, Scenario

PARTED_MS = 30_000
"""Longer than it takes to give each other up."""

WHOLE_MS = 20_000
ISLANDS = 4


def play(run: Run) -> None:
    parted_ms = run.length_ms(PARTED_MS)
    random = run.world.generator("partition")
    names = [host.name for host in (*run.nodes, *run.people)]
    run.begin()
    run.workload.talk(every_ms=250, for_ms=2 * (parted_ms + WHOLE_MS), channel=run.channel)
    for groups in (halves(names, random), islands(names, ISLANDS, random)):
        run.faults.befall(Partition(groups, parted_ms))
        run.pass_time(parted_ms + WHOLE_MS)
    run.calm()
    run.wait_until(run.is_settled, "everybody is known everywhere again", WHOLE_MS)


SCENARIO = Scenario(
    name="partition",
    question="is an overlay whole again after it was in halves, and then in islands?",
    cast=lambda _: Cast(nodes=12, shape="random", people=12),
    play=play,
)
