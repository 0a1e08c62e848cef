"""Do messages, and their receipts, find a way around nodes that pass nothing on?"""

from simulations.crossings import (
    Talk,
    chosen,
    connected,
    figures,
    homes_of,
    links_of,
    pairs_of,
)
from simulations.liars.base import corrupt
from simulations.liars.dropper import Dropper
from simulations.scenario import Cast, Run, Scenario

TALK_MS = 2_000
LISTEN_MS = 90_000
"""Twelve attempts, and what the last of them takes."""

BARS = ((10, 6, 990), (20, 12, 970))
"""So many percent of the nodes drop; in so many attempts so many of a thousand arrive."""


def play(run: Run) -> None:
    run.begin()
    random = run.world.generator("droppers")
    order = chosen(run, BARS[-1][0], random)
    links, homes = links_of(run), homes_of(run)
    between = connected(links, order)
    pairs = [
        (one, other)
        for one, other in pairs_of(run)
        if between(homes[one.name].name, homes[other.name].name)
    ]
    talk = Talk(run, pairs)
    talk.warm()
    for percent, attempts, bar in BARS:
        for host in order[: len(run.nodes) * percent // 100]:
            if not isinstance(host.node, Dropper):
                corrupt(host, Dropper)
        crossings = talk.write(TALK_MS, LISTEN_MS)
        first = figures(crossings, between, attempts_max=1)
        arrived = figures(crossings, between, attempts_max=attempts)
        arrived.note(run, f"dropping_{percent}_percent")
        run.measure(f"dropping_{percent}_percent_at_once", first.delivered)
        holds = arrived.delivered * 1_000 >= arrived.sent * bar
        run.expect(f"{bar / 10} % delivered in {attempts} attempts", holds=holds)
        is_told = arrived.told * 1_000 >= arrived.sent * bar
        run.expect(f"{bar / 10} % told delivered in {attempts} attempts", holds=is_told)


SCENARIO = Scenario(
    name="droppers",
    question="do messages find a way around nodes that ack everything and pass nothing on?",
    cast=lambda _: Cast(nodes=60, shape="random", people=20),
    play=play,
)
