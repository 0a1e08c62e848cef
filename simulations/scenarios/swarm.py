"""Does anything break in a world of which everything is drawn from the seed?"""

from random import Random

from simulations.faults import StormPlan
from simulations.scenario import Cast, Run, Scenario
from simulations.shapes import SHAPES
from simulations.weather import Conditions

STORM_MS_MAX = 90_000


def cast(random: Random) -> Cast:
    nodes = random.randint(3, 12)
    return Cast(
        nodes=nodes,
        shape=random.choice(SHAPES),
        people=random.randint(2, 2 * nodes),
        clients_each=random.choice((1, 1, 2)),
        conditions=Conditions(
            latency_min_ms=random.randint(1, 5),
            latency_max_ms=random.randint(5, 150),
            jitter_max_ms=random.randint(0, 60),
            lost_one_in=random.choice((0, 20, 200, 2_000)),
            bytes_per_ms=random.choice((100, 1_250, 12_500)),
        ),
    )


def play(run: Run) -> None:
    random = run.world.generator("swarm")
    storm_ms = random.randint(STORM_MS_MAX // 3, STORM_MS_MAX)
    run.begin()
    run.workload.talk(every_ms=random.randint(50, 1_000), for_ms=storm_ms, channel=run.channel)
    run.faults.storm(_storm(random), [*run.nodes, *run.people], for_ms=storm_ms)
    run.pass_time(storm_ms)
    run.calm()


def _storm(random: Random) -> StormPlan:
    """Each kind of fault is left out now and then, so that the others are seen alone."""

    def every_ms() -> int:
        return random.choice((0, random.randint(1_000, 20_000)))

    return StormPlan(
        crash_every_ms=every_ms(),
        stop_every_ms=every_ms(),
        reset_every_ms=every_ms(),
        cut_every_ms=every_ms(),
        slow_every_ms=every_ms(),
        down_ms_max=random.randint(500, 20_000),
        silent_one_in=random.choice((1, 4, 1_000)),
        gone_one_in=random.choice((0, 5)),
        crash_in_commit_one_in=random.choice((0, 100, 1_000)),
        refused_commit_one_in=random.choice((0, 0, 50)),
    )


SCENARIO = Scenario(
    name="swarm",
    question="does anything break in a world of which everything is drawn from the seed?",
    cast=cast,
    play=play,
)
