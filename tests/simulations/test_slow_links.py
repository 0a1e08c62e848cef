"""More is said than a link carries: it waits where it is kept."""

from dataclasses import replace
from functools import partial
from random import Random

from overlay import limits
from simulations.liars.drawn import DrawnLiar
from simulations.scenario import DELIVERY_MS_MAX, Cast, Options, Run, Scenario
from simulations.weather import Conditions

MESSAGES = 800
TALK_MS = 4_000


def play(run: Run) -> None:
    run.begin()
    alice, bob = run.people
    for number in range(MESSAGES):
        say = partial(run.workload.say, alice, bob)
        run.after(TALK_MS * number // MESSAGES, say)
    run.pass_time(TALK_MS)
    run.calm(DELIVERY_MS_MAX)


SLOW = Scenario(
    name="slow_links",
    question="what becomes of more than a link carries?",
    cast=lambda _: Cast(nodes=3, shape="line", people=2, conditions=Conditions(bytes_per_ms=100)),
    play=play,
)


def test_what_a_slow_link_cannot_carry_does_not_queue_on_it() -> None:
    """Seed 6387 of swarm: queues of 10 s, in which copies waited that had been made again."""
    run = Run(SLOW, Options(seed=1))

    run.play()

    assert [str(each) for each in run.violations] == []
    assert run.world.network.queued_bytes_most < 2 * limits.WINDOW_FIRST_BYTES


BYTES_PER_MS = 20
SLOWER = Cast(nodes=3, shape="line", people=2, conditions=Conditions(bytes_per_ms=BYTES_PER_MS))
OF_STATEMENTS = 0
"""A seed for which a liar lies of statements, not of what it passes on."""
ROLLS_BACK = 3
"""A seed for which one of three nodes pushes old records, more than its links carry."""


def test_a_liar_that_has_become_honest_has_no_lies_left_to_say() -> None:
    """Seed 8527 of swarm: what waited on its links kept everybody waiting for a minute."""
    run = Run(replace(SLOW, cast=lambda _: SLOWER, play=lie_and_repent), Options(seed=1))

    run.play()

    assert [str(each) for each in (*run.violations, *run.unmet)] == []
    assert run.measured["waiting_lies_bytes"] > 10_000 * BYTES_PER_MS


def lie_and_repent(run: Run) -> None:
    liar = DrawnLiar(run, Random(ROLLS_BACK), Random(OF_STATEMENTS))
    run.begin()
    liar.lie(0)
    run.pass_time(TALK_MS)
    run.measure("waiting_lies_bytes", waiting_at(run, liar))
    liar.repent(run.faults)
    run.expect("no lie waits to be written", holds=waiting_at(run, liar) == 0)
    run.calm(DELIVERY_MS_MAX)


def waiting_at(run: Run, liar: DrawnLiar) -> int:
    ends = [end for dialled in run.world.network.open_links() for end in (dialled, dialled.other)]
    return sum(end.queued_bytes for end in ends if end.is_open and end.host == liar.host.name)
