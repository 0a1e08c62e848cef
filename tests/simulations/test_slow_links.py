"""More is said than a link carries: it waits where it is kept."""

from functools import partial

from overlay import limits
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
