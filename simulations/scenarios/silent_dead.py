"""Do messages still arrive, and soon, while a tenth of the nodes is dead and nobody knows yet?"""

from simulations.crossings import (
    Talk,
    chosen,
    connected,
    figures,
    homes_of,
    links_of,
    pairs_of,
)
from simulations.scenario import Cast, Run, Scenario

DEAD_PERCENT = 10
TALK_MS = 2_500
"""Shorter than any node needs to call a silent neighbour dead."""
LISTEN_MS = 5_000


def play(run: Run) -> None:
    run.begin()
    links = links_of(run)
    dead = chosen(run, DEAD_PERCENT, run.world.generator("dead"))
    between, homes = connected(links, dead), homes_of(run)
    pairs = [
        (one, other)
        for one, other in pairs_of(run)
        if between(homes[one.name].name, homes[other.name].name)
    ]
    talk = Talk(run, pairs)
    talk.warm()
    before = figures(talk.write(TALK_MS, LISTEN_MS), connected(links, []))
    for host in dead:
        run.faults.crash(host, down_ms=None, is_silent=True)
    after = figures(talk.write(TALK_MS, LISTEN_MS), between)
    before.note(run, "before")
    after.note(run, "after")
    run.expect("99.9 % delivered", holds=after.delivered * 1_000 >= after.sent * 999)
    run.expect("p50 within 1.1 of before", holds=after.p50_ms * 10 <= before.p50_ms * 11)
    run.expect("p99 within a second", holds=after.p99_ms <= 1_000)
    run.expect("stretch within 1.2", holds=after.stretch_percent <= 120)


SCENARIO = Scenario(
    name="silent_dead",
    question="do messages arrive while a tenth of the nodes is dead and nobody knows yet?",
    cast=lambda _: Cast(nodes=60, shape="random", people=50),
    play=play,
)
