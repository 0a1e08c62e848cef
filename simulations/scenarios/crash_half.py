"""Does an overlay find together when half of it dies at once, and again when that comes back?"""

from simulations.checkers.liveness.conditions import Agreement, OneComponent
from simulations.crossings import chosen
from simulations.scenario import Cast, Run, Scenario

DOWN_MS = 10_000
LATE_MS = 5_000
"""The last of them comes back so much later than the first."""

BACK_MS = 30_000
"""By then the last back-off of those who dialled in vain is over."""


def play(run: Run) -> None:
    run.begin()
    random = run.world.generator("half")
    half = chosen(run, 50, random)
    run.workload.talk(every_ms=200, for_ms=DOWN_MS, channel=run.channel)
    for host in half:
        run.faults.crash(host, down_ms=DOWN_MS + random.randrange(LATE_MS))
    run.pass_time(1_000)
    run.measure("half_healed_ms", 1_000 + run.liveness.wait_for(OneComponent(len(half))))
    run.measure("half_agreed_ms", run.liveness.wait_for(Agreement()))
    run.pass_time(DOWN_MS + LATE_MS)
    run.wait_until(run.is_settled, "everybody is known everywhere again", BACK_MS)
    run.measure("whole_healed_ms", run.liveness.wait_for(OneComponent()))
    run.measure("whole_agreed_ms", run.liveness.wait_for(Agreement()))
    run.calm()


SCENARIO = Scenario(
    name="crash_half",
    question="does an overlay find together when half of it dies at once, and comes back?",
    cast=lambda _: Cast(nodes=300, shape="even", people=8, is_converged=True),
    play=play,
)
