"""Do messages find a way around nodes that pass most things on, and drop what they choose?"""

from functools import partial

from simulations.crossings import (
    Figures,
    Talk,
    chosen,
    connected,
    figures,
    homes_of,
    links_of,
    pairs_of,
)
from simulations.liars.base import corrupt
from simulations.liars.grey_hole import GreyHole, Picky
from simulations.scenario import Cast, Run, Scenario

TALK_MS = 2_000
LISTEN_MS, PICKY_LISTEN_MS = 40_000, 90_000
"""Six attempts, or twelve, and what the last of them takes."""

GREY_PERCENT, PICKY_PERCENT = 10, 20
ATTEMPTS_MAX, BAR = 6, 990
"""In so many attempts so many of a thousand arrive past nodes that drop half of everything,"""
PICKY_ATTEMPTS_MAX, PICKY_BAR = 12, 970
"""and so many of one person's, past twice as many that drop what this one writes."""


def play(run: Run) -> None:
    talk_ms = run.length_ms(TALK_MS)
    run.begin()
    order = chosen(run, GREY_PERCENT + PICKY_PERCENT, run.world.generator("grey"))
    between, homes = connected(links_of(run), order), homes_of(run)
    pairs = [
        (one, other)
        for one, other in pairs_of(run)
        if (between(homes[one.name].name, homes[other.name].name) or 0) > 1
    ]
    talk = Talk(run, pairs)
    talk.warm()
    grey = len(run.nodes) * GREY_PERCENT // 100
    liars = [corrupt(host, GreyHole) for host in order[:grey]]
    arrived = figures(talk.write(talk_ms, LISTEN_MS), between, attempts_max=ATTEMPTS_MAX)
    arrived.note(run, "grey")
    run.measure("grey_dropped", sum(liar.dropped for liar in liars))
    _expect(run, arrived, BAR, ATTEMPTS_MAX)
    for liar in liars:
        liar.is_lying = False
    far = connected(links_of(run), order[:grey])
    victim, _ = max(pairs, key=lambda pair: far(*(homes[each.name].name for each in pair)) or 0)
    picky = partial(Picky, victim=victim.identity.client)
    choosers = [corrupt(host, picky) for host in order[grey:]]
    talk.pairs = [pair for pair in pairs if pair[0] is victim]
    arrived = figures(
        talk.write(talk_ms, PICKY_LISTEN_MS), between, attempts_max=PICKY_ATTEMPTS_MAX
    )
    arrived.note(run, "victim")
    run.measure("victim_dropped", sum(liar.dropped for liar in choosers))
    _expect(run, arrived, PICKY_BAR, PICKY_ATTEMPTS_MAX)


def _expect(run: Run, arrived: Figures, bar: int, attempts: int) -> None:
    holds = arrived.delivered * 1_000 >= arrived.sent * bar
    run.expect(f"{bar / 10} % delivered in {attempts} attempts", holds=holds)


SCENARIO = Scenario(
    name="grey_holes",
    question="do messages find a way around nodes that drop what they choose?",
    cast=lambda _: Cast(nodes=60, shape="random", people=16),
    play=play,
)
