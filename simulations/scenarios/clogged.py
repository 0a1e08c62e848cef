"""Does anybody else notice when more is said on a channel than a slow node can take?"""

from functools import partial

from simulations.bystanders import Bystanders
from simulations.decisions import Slow
from simulations.scenario import Cast, Run, Scenario

SLOW_MS = 1_000
TALK_MS = 7_000
MESSAGES = 560
CHARACTERS = 30_000
"""Within a round trip more is said than the credit of a link between nodes."""


def play(run: Run) -> None:
    *speakers, _, alice, bob = run.people
    bystanders = Bystanders(run, [alice, bob])
    run.begin()
    bystanders.talk(TALK_MS)
    run.faults.befall(Slow(host=run.nodes[-1].name, extra_ms=SLOW_MS, for_ms=TALK_MS + 5_000))
    for number in range(MESSAGES):
        speaker = speakers[number % len(speakers)]
        say = partial(run.workload.say_in, speaker, run.channel, filling=CHARACTERS)
        run.after(TALK_MS * number // MESSAGES, say)
    run.pass_time(TALK_MS + 5_000)
    bystanders.judge()
    run.expect("it is told that something was shed", holds=run.world.sometimes["SpreadShed"] > 0)
    run.calm()


SCENARIO = Scenario(
    name="clogged",
    question="does anybody else notice when more is said on a channel than a slow node can take?",
    cast=lambda _: Cast(nodes=3, shape="line", people=5),
    play=play,
)
