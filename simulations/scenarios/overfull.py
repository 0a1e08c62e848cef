"""Is everybody told what becomes of mail for somebody who never comes back?"""

from functools import partial

from overlay import limits
from simulations.bystanders import Bystanders
from simulations.decisions import JumpClock
from simulations.scenario import Cast, Run, Scenario

MESSAGES = limits.MAILBOX_ENVELOPES_MAX + 100
WRITING_MS = 30_000


def play(run: Run) -> None:
    gone, writer, *others = run.people
    bystanders = Bystanders(run, others)
    run.begin()
    run.workload.say(writer, gone)
    run.pass_time(3_000)
    run.faults.crash(gone, down_ms=None)
    bystanders.talk(WRITING_MS)
    for number in range(MESSAGES):
        run.after(WRITING_MS * number // MESSAGES, partial(run.workload.say, writer, gone))
    run.pass_time(WRITING_MS + 5_000)
    bystanders.judge()
    run.faults.befall(JumpClock(run.workload.home_of(writer) or "", limits.MAILBOX_MS))
    run.pass_time(5_000)
    sometimes = run.world.sometimes
    run.expect("quota is told", holds=sometimes["something refused as quota"] > 0)
    run.expect("expiry is told", holds=sometimes["envelope stalled as expired"] > 0)
    run.calm()


SCENARIO = Scenario(
    name="overfull",
    question="is everybody told what becomes of mail for somebody who never comes back?",
    cast=lambda _: Cast(nodes=3, shape="ring", people=6),
    play=play,
)
