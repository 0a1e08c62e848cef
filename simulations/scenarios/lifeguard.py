"""How many links to living nodes are given up where many are overloaded, minding it or not?"""

from dataclasses import replace

from overlay.core.facts import LinkLost
from simulations.drowsing import overload
from simulations.scenario import Cast, Run, Scenario
from simulations.tallies import FactTally

OVERLOAD_MS = 180_000
AGAIN_MS = 10_000
FEWER = 50
"""Source: Dadgar, Phillips, Currey, Lifeguard, DSN-W 2018."""


def play(run: Run) -> None:
    run.begin()
    for name, minds_own_lag in (("blamed_without", False), ("blamed", True)):
        for host in run.nodes:
            host.settings = replace(host.settings, minds_own_lag=minds_own_lag)
            run.faults.crash(host, down_ms=1)
        run.pass_time(AGAIN_MS)
        for host in run.nodes[::2]:
            overload(host, run.world.generator("drowsy", host.name), run.world.now_ms)
        silent = FactTally(run, lambda fact: isinstance(fact, LinkLost) and fact.reason == "silent")
        run.pass_time(run.length_ms(OVERLOAD_MS))
        run.measure(name, silent.count)
    without, minding = run.measured["blamed_without"], run.measured["blamed"]
    run.expect("50 times fewer", holds=FEWER * minding <= without and without >= FEWER)


SCENARIO = Scenario(
    name="lifeguard",
    question="how many links to living nodes are given up where many are overloaded?",
    cast=lambda _: Cast(nodes=24, shape="random", people=4),
    play=play,
)
