"""Does anybody else notice when all write to somebody whose client stands still?"""

from functools import partial

from simulations.bystanders import Bystanders
from simulations.decisions import Pause
from simulations.scenario import Cast, Run, Scenario

STILL_MS = 20_000
"""Shorter than a home waits for a client that says nothing."""

MESSAGES = 560
"""More than the credit of a client's link."""

BYSTANDERS = 4


def play(run: Run) -> None:
    still, *writers = run.people[:-BYSTANDERS]
    bystanders = Bystanders(run, run.people[-BYSTANDERS:])
    run.begin()
    run.faults.befall(Pause(host=still.name, for_ms=STILL_MS))
    bystanders.talk(STILL_MS)
    run.workload.talk(every_ms=250, for_ms=STILL_MS, channel=run.channel)
    for number in range(MESSAGES):
        say = partial(run.workload.say, writers[number % len(writers)], still)
        run.after(STILL_MS * number // MESSAGES, say)
    run.pass_time(STILL_MS + 5_000)
    bystanders.judge()
    run.expect("busy is told", holds=run.world.sometimes["envelope stalled as busy"] > 0)
    run.calm()


SCENARIO = Scenario(
    name="standstill",
    question="does anybody else notice when all write to somebody whose client stands still?",
    cast=lambda _: Cast(nodes=4, shape="ring", people=9),
    play=play,
)
