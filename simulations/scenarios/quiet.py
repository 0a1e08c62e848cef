"""What does an overlay cost in which nobody says anything and nothing happens?"""

from overlay import limits
from simulations.scenario import Cast, Run, Scenario
from simulations.tallies import Traffic

SETTLE_MS = 2 * limits.SPARE_MS
"""Until trees are pruned, links that only the beginning needed are spared, and all that is told."""

REST_MS = 60_000
MESSAGES_MAX = 260
"""In a hundred seconds, of a link: one heartbeat a second from each end, give or take 20 %."""


def play(run: Run) -> None:
    rest_ms = run.length_ms(REST_MS)
    run.begin()
    run.pass_time(SETTLE_MS)
    traffic = Traffic(run)
    run.pass_time(rest_ms)
    link_seconds = len(run.opening.population.edges) * rest_ms // 1_000
    messages = sum(traffic.messages.values()) * 100 // link_seconds
    run.measure("messages_in_100_link_seconds", messages)
    run.measure("bytes_a_link_second", traffic.size_bytes // link_seconds)
    others = sum(traffic.messages.values()) - traffic.messages["Heartbeat"]
    run.measure("messages_beside_heartbeats", others)
    run.expect("nothing but heartbeats", holds=messages <= MESSAGES_MAX)
    run.calm()


SCENARIO = Scenario(
    name="quiet",
    question="what does an overlay cost in which nobody says anything and nothing happens?",
    cast=lambda _: Cast(nodes=50, shape="random", people=10),
    play=play,
)
