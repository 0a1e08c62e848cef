"""How fast does the simulator play an overlay in which hardly anything happens?

The only scenario that reads a clock: that of the process, so that others on the machine count
as little as can be. What it reads changes nothing that happens.
"""

from time import process_time_ns  # noqa: TID251  # what is asked here is how fast a world runs

from simulations.scenario import Cast, Run, Scenario
from simulations.scenarios.day import CONDITIONS, STORM

REST_MS = 60_000
PARTS = 4
TALK_EVERY_MS = 10_000
EXCHANGED_MS = 10_000
"""What nodes tell each other at the beginning is over by then."""


def play(run: Run) -> None:
    """Everything in microseconds of CPU time; the best part tells of a machine less busy."""
    rest_ms = run.length_ms(REST_MS)
    began_us = _now_us()
    run.begin()
    run.measure("begin_cpu_us", _now_us() - began_us)
    run.pass_time(EXCHANGED_MS)
    run.workload.talk(every_ms=TALK_EVERY_MS, for_ms=rest_ms, channel=run.channel)
    run.faults.storm(STORM, run.nodes, for_ms=rest_ms)
    parts = [_pass_part(run, rest_ms // PARTS) for _ in range(PARTS)]
    best_events, best_us = max(parts, key=lambda part: part[0] / part[1])
    run.measure("rest_virtual_us", rest_ms // PARTS * PARTS * 1_000)
    run.measure("rest_events", sum(events for events, _ in parts))
    run.measure("rest_cpu_us", sum(spent_us for _, spent_us in parts))
    run.measure("best_events", best_events)
    run.measure("best_cpu_us", best_us)


def _pass_part(run: Run, part_ms: int) -> tuple[int, int]:
    """How many events there were, and how long they took."""
    before, began_us = run.world.trace.events, _now_us()
    run.pass_time(part_ms)
    return run.world.trace.events - before, max(_now_us() - began_us, 1)


def _now_us() -> int:
    return process_time_ns() // 1_000


SCENARIO = Scenario(
    name="speed",
    question="how fast does the simulator play an overlay in which hardly anything happens?",
    cast=lambda _: Cast(nodes=50, shape="random", people=10, conditions=CONDITIONS),
    play=play,
)
