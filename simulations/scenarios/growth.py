"""How long does it take until everybody sees a node that joins?"""

from overlay.core.facts import NodeAlive
from simulations.checkers.base import Fact
from simulations.machines import Host
from simulations.report import percentile
from simulations.scenario import Cast, Run, Scenario
from simulations.weather import Conditions

JOINS = 8
EACH_MS = 3_000
BAR_MS = 1_000


def play(run: Run) -> None:
    joining = run.nodes[-min(JOINS, len(run.nodes) // 3) :]
    began_ms: dict[str, int] = {}
    seen: dict[tuple[str, str], int] = {}

    def note(host: Host, fact: Fact, now_ms: int) -> None:
        if isinstance(fact, NodeAlive) and fact.is_alive and fact.node in began_ms:
            seen.setdefault((host.name, fact.node), now_ms - began_ms[fact.node])

    run.begin(without=joining)
    run.world.listeners.append(note)
    for host in joining:
        began_ms[host.key.id] = run.world.now_ms
        run.world.start(host)
        run.pass_time(EACH_MS)
    old = {host.name for host in run.nodes if host not in joining}
    times = sorted(ms for (name, _), ms in seen.items() if name in old)
    run.measure("join_p50_ms", percentile(times, 50))
    run.measure("join_p99_ms", percentile(times, 99))
    everybody = len(times) == len(old) * len(joining)
    run.expect("seen by all within 1 s", holds=everybody and percentile(times, 99) < BAR_MS)
    run.calm()


SCENARIO = Scenario(
    name="growth",
    question="how long does it take until everybody sees a node that joins?",
    cast=lambda _: Cast(nodes=50, shape="random", people=8, conditions=Conditions(lost_one_in=100)),
    play=play,
)
