"""Does anything break in a world of which everything is drawn from the seed?"""

from collections.abc import Sequence
from random import Random

from simulations.distributions import Distribution, Fixed, HeavyTail, LogNormal, Mostly, Uniform
from simulations.liars.adversaries import ADVERSARIES, Adversary, drawn_adversary
from simulations.liars.drawn import DrawnLiar
from simulations.plan import StormPlan
from simulations.scenario import Cast, Run, Scenario
from simulations.shapes import DRAWN
from simulations.upheavals import KINDS, Upheaval
from simulations.weather import Conditions

STORM_MS_MAX = 90_000
WHOLE_MS = 120_000
"""What is left of it after the calm is quiet: what comes too late or twice then is seen."""

NODES_MAX = 50
LARGE_ONE_IN = 20
"""Most worlds are small, so that many can be had."""

LIAR_ONE_IN = 8
ADVERSARY_ONE_IN = 8
ADVERSARY_MS_MAX = 5_000
"""Whoever comes to do harm is there by then."""
UPHEAVAL_ONE_IN = 8
"""Each of these is drawn apart from all others, so that worlds without it stay as they were."""

_TAIL = HeavyTail(least_ms=1, alpha=1.5, most_ms=2_000)


def cast(random: Random) -> Cast:
    nodes = random.randint(13, NODES_MAX) if random.randrange(LARGE_ONE_IN) == 0 else 0
    nodes = nodes or random.randint(3, 12)
    return Cast(
        nodes=nodes,
        shape=random.choice(DRAWN),
        people=random.randint(2, min(2 * nodes, 30)),
        clients_each=random.choice((1, 1, 2)),
        conditions=Conditions(
            latency=_latency(random),
            jitter=random.choice((Mostly(random.randint(0, 60)), _TAIL)),
            lost_one_in=random.choice((0, 20, 200, 2_000)),
            reset_one_in=random.choice((0, 0, 0, 2_000)),
            bytes_per_ms=random.choice((100, 1_250, 12_500)),
        ),
        extra_links=random.choice((0, 2)),
    )


def _latency(random: Random) -> Distribution:
    return random.choice(
        (
            Fixed(random.randint(1, 80)),
            Uniform(random.randint(1, 5), random.randint(5, 150)),
            LogNormal(random.randint(5, 60), 0.5),
        )
    )


def play(run: Run) -> None:
    random = run.world.generator("swarm")
    upheaval = _upheaval(run)
    run.world.sometimes.update(dict.fromkeys([*KINDS, *ADVERSARIES], 0))
    adversaries = _adversaries(run)
    storm_ms = run.length_ms(random.randint(STORM_MS_MAX // 3, STORM_MS_MAX))
    run.begin(without=upheaval.joiners if upheaval is not None else ())
    if upheaval is not None:
        upheaval.begin(storm_ms)
    for adversary in adversaries:
        adversary.lie(min(ADVERSARY_MS_MAX, storm_ms))
    run.workload.talk(every_ms=random.randint(50, 1_000), for_ms=storm_ms, channel=run.channel)
    run.faults.storm(_storm(random), [*run.nodes, *run.people], for_ms=storm_ms)
    run.pass_time(storm_ms)
    for adversary in adversaries:
        adversary.repent(run.faults)
    run.calm()
    if run.options.length_ms is None:
        run.pass_time(max(0, WHOLE_MS - run.world.now_ms))


def _adversaries(run: Run) -> Sequence[Adversary]:
    """In some worlds a node lies while the storm lasts, in some a crowd or a guest does."""
    adversaries: list[Adversary] = []
    random = run.world.generator("liar")
    if random.randrange(LIAR_ONE_IN) == 0:
        adversaries.append(DrawnLiar(run, random, run.world.generator("liar's habit")))
    random = run.world.generator("adversary")
    if random.randrange(ADVERSARY_ONE_IN) == 0:
        adversaries.append(drawn_adversary(run, random))
    return adversaries


def _upheaval(run: Run) -> Upheaval | None:
    """In some worlds something befalls many at once."""
    random = run.world.generator("upheaval")
    return Upheaval(run, random) if random.randrange(UPHEAVAL_ONE_IN) == 0 else None


def _storm(random: Random) -> StormPlan:
    """Most kinds of fault are left out each time, so that the others are seen alone."""

    def every_ms(one_in: int = 2) -> int:
        drawn_ms = random.randint(1_000, 20_000)
        return drawn_ms if random.randrange(one_in) == 0 else 0

    return StormPlan(
        crash_every_ms=every_ms(),
        stop_every_ms=every_ms(),
        crash_in_commit_every_ms=every_ms(3),
        refuse_every_ms=every_ms(4),
        reset_every_ms=every_ms(),
        cut_every_ms=every_ms(3),
        cut_one_way_every_ms=every_ms(4),
        partition_every_ms=every_ms(4),
        slow_every_ms=every_ms(4),
        clog_every_ms=every_ms(6),
        lose_every_ms=every_ms(4),
        meddle_every_ms=every_ms(4),
        pause_every_ms=every_ms(3),
        jump_every_ms=every_ms(6),
        skew_every_ms=every_ms(4),
        wall_clock_every_ms=every_ms(4),
        down_ms_max=random.randint(500, 20_000),
        pause_ms_max=random.choice((500, 2_000, 10_000)),
        silent_one_in=random.choice((1, 4, 1_000)),
        gone_one_in=random.choice((0, 5)),
        bad_disk_one_in=random.choice((0, 0, 4)),
    )


SCENARIO = Scenario(
    name="swarm",
    question="does anything break in a world of which everything is drawn from the seed?",
    cast=cast,
    play=play,
)
