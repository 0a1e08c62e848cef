"""Is everything delivered in time over links that are slow, narrow, and lose a frame in twenty?"""

from functools import partial
from itertools import permutations

from simulations.distributions import HeavyTail, LogNormal
from simulations.scenario import Cast, Run, Scenario
from simulations.weather import Conditions

TALK_MS = 60_000
WARM_MS = 15_000
"""Everybody greets everybody first: for that keys are asked for, which takes ways of its own."""

CONDITIONS = Conditions(
    latency=LogNormal(80, 0.5),
    jitter=HeavyTail(least_ms=1, alpha=1.5, most_ms=1_000),
    lost_one_in=20,
    bytes_per_ms=100,
)


def play(run: Run) -> None:
    talk_ms = run.length_ms(TALK_MS)
    run.begin()
    for number, (speaker, listener) in enumerate(permutations(run.people, 2)):
        run.after(100 * number, partial(run.workload.say, speaker, listener))
    run.pass_time(WARM_MS)
    run.liveness.begin(run.liveness.delivery, run.liveness.deaths)
    run.workload.talk(every_ms=200, for_ms=talk_ms, channel=run.channel)
    run.pass_time(talk_ms)
    run.calm()


SCENARIO = Scenario(
    name="lossy",
    question="is everything delivered in time over slow, narrow links that lose a frame in twenty?",
    cast=lambda _: Cast(nodes=20, shape="random", people=6, conditions=CONDITIONS),
    play=play,
)
