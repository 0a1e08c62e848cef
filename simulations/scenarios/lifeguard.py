"""How many living nodes do overloaded ones take for dead, minding their own lag or not?"""

from dataclasses import replace

from overlay.core.facts import LinkLost
from simulations.drowsing import Drowsy
from simulations.scenario import SETTLE_MS_MAX, Cast, Run, Scenario
from simulations.tallies import FactTally

OVERLOAD_MS = 180_000
DROWSY_ONE_IN = 3
FEWER = 50
"""Source: Dadgar, Phillips, Currey, Lifeguard, DSN-W 2018."""


def blamed(run: Run, *, minds_own_lag: bool) -> int:
    """Links that were given up as silent while every node ran, some of them hardly."""
    for host in run.nodes:
        host.settings = replace(host.settings, minds_own_lag=minds_own_lag)
        run.faults.crash(host, down_ms=1)
    run.pass_time(1_000)
    run.wait_until(run.is_settled, "everybody is known again", SETTLE_MS_MAX)
    random = run.world.generator("drowsy")
    for host in random.sample(run.nodes, len(run.nodes) // DROWSY_ONE_IN):
        assert host.process is not None
        host.is_honest = False
        host.process.machine = Drowsy(host.process.machine, random, run.world.now_ms)  # type: ignore[arg-type]  # a node's
    silent = FactTally(run, lambda _, fact: isinstance(fact, LinkLost) and fact.reason == "silent")
    run.pass_time(run.length_ms(OVERLOAD_MS))
    return silent.count


def play(run: Run) -> None:
    run.begin()
    without, with_it = [blamed(run, minds_own_lag=minds) for minds in (False, True)]
    run.measure("blamed_without", without)
    run.measure("blamed", with_it)
    run.expect("50 times fewer", holds=FEWER * with_it <= without and without > FEWER)


SCENARIO = Scenario(
    name="lifeguard",
    question="how many living nodes do overloaded ones take for dead, minding their lag or not?",
    cast=lambda _: Cast(nodes=24, shape="random", people=4),
    play=play,
)
