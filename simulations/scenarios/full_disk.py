"""Does mail reach somebody whose disk was full for so long that attempts were given up?"""

from simulations.decisions import RefuseCommits
from simulations.scenario import Cast, Run, Scenario

FULL_MS = 150_000
"""Twelve attempts take less."""

WRITING_MS = 20_000
REFUSED = 1_000_000


def play(run: Run) -> None:
    full, *writers = run.people
    run.begin()
    for writer in writers:
        run.workload.say(writer, full)
    run.pass_time(3_000)
    run.faults.befall(RefuseCommits(full.name, REFUSED))
    run.workload.talk(every_ms=200, for_ms=WRITING_MS, channel=run.channel)
    run.pass_time(FULL_MS)
    rested = run.world.sometimes["envelope stalled as resting"]
    run.expect("mail rested meanwhile", holds=rested > 0)
    run.calm()


SCENARIO = Scenario(
    name="full_disk",
    question="does mail reach somebody whose disk was full until attempts were given up?",
    cast=lambda _: Cast(nodes=4, shape="ring", people=4),
    play=play,
)
