"""How long does it take until everybody sees a node that joins?"""

from simulations.report import percentile
from simulations.scenario import Cast, Run, Scenario
from simulations.tallies import Sightings
from simulations.weather import Conditions

JOINS = 8
EACH_MS = 3_000
BAR_MS = 1_000


def play(run: Run) -> None:
    count = min(JOINS, len(run.nodes) // 3)
    old, joining = run.nodes[:-count], run.nodes[-count:]
    run.begin(without=joining)
    sightings = Sightings(run)
    for host in joining:
        sightings.began(host, run.world.now_ms)
        run.world.start(host)
        run.pass_time(EACH_MS)
    times_ms = sightings.times_ms(old)
    run.measure("join_p50_ms", percentile(times_ms, 50))
    run.measure("join_p99_ms", percentile(times_ms, 99))
    is_seen = len(times_ms) == len(old) * len(joining)
    run.expect("seen by all within 1 s", holds=is_seen and percentile(times_ms, 99) < BAR_MS)
    run.calm()


SCENARIO = Scenario(
    name="growth",
    question="how long does it take until everybody sees a node that joins?",
    cast=lambda _: Cast(nodes=50, shape="random", people=3, conditions=Conditions(lost_one_in=100)),
    play=play,
)
