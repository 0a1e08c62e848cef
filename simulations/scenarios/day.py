"""Does any node think another dead that runs, on a bad day without a single crash?"""

from overlay.core.facts import NodeAlive
from simulations.checkers.base import VIOLATIONS_MAX, Fact, Violation
from simulations.distributions import LogNormal, Mostly
from simulations.machines import Host
from simulations.plan import StormPlan
from simulations.scenario import Cast, Run, Scenario
from simulations.weather import Conditions

HOUR_MS = 3_600_000
"""One seed is one hour; so a day is 24 seeds, which a sweep plays in any order and resumes."""

STORM = StormPlan(pause_every_ms=10_000, pause_ms_max=2_000)
CONDITIONS = Conditions(latency=LogNormal(20, 0.5), jitter=Mostly(30), lost_one_in=20)


def play(run: Run) -> None:
    hour_ms = run.length_ms(HOUR_MS)
    names = {host.key.id: host for host in run.nodes}
    run.measure("false_deaths", 0)

    def note(host: Host, fact: Fact, now_ms: int) -> None:
        if isinstance(fact, NodeAlive) and not fact.is_alive and names[fact.node].is_up:
            detail = f"{host.name} says that {names[fact.node].name} is dead, and it runs"
            run.unmet.append(Violation("L3", now_ms, detail))
            run.measure("false_deaths", run.measured["false_deaths"] + 1)
            del run.unmet[VIOLATIONS_MAX:]

    run.begin()
    run.world.listeners.append(note)
    run.workload.talk(every_ms=10_000, for_ms=hour_ms, channel=run.channel)
    run.faults.storm(STORM, run.nodes, for_ms=hour_ms)
    run.pass_time(hour_ms)
    run.calm()


SCENARIO = Scenario(
    name="day",
    question="does any node think another dead that runs, in an hour of loss and pauses?",
    cast=lambda _: Cast(nodes=50, shape="random", people=10, conditions=CONDITIONS),
    play=play,
)
