"""Does anybody else notice when more is said on a channel than a slow node can take?"""

from functools import partial

from simulations.bystanders import Bystanders
from simulations.decisions import Slow
from simulations.scenario import Cast, Run, Scenario

SLOW_MS = 2_000
TALK_MS = 6_000
MESSAGES = 800
CHARACTERS = 10_000
"""So that within a round trip more is said than the credit of a link between nodes."""

BYSTANDERS = 2


def play(run: Run) -> None:
    speakers = run.people[:-BYSTANDERS]
    bystanders = Bystanders(run, run.people[-BYSTANDERS:])
    run.begin()
    bystanders.talk(TALK_MS)
    run.faults.befall(Slow(host=run.nodes[-1].name, extra_ms=SLOW_MS, for_ms=TALK_MS + 5_000))
    for number in range(MESSAGES):
        speaker = speakers[number % len(speakers)]
        say = partial(run.workload.say_in, speaker, run.channel, filling=CHARACTERS)
        run.after(TALK_MS * number // MESSAGES, say)
    run.pass_time(TALK_MS + 10_000)
    bystanders.judge()
    run.expect("it is told that something was shed", holds=run.world.sometimes["SpreadShed"] > 0)
    run.calm()


SCENARIO = Scenario(
    name="clogged",
    question="does anybody else notice when more is said on a channel than a slow node can take?",
    cast=lambda _: Cast(nodes=4, shape="ring", people=7),
    play=play,
)
