"""Does an overlay find together when half of it dies at once? And when that half comes back?"""

from collections.abc import Sequence

from simulations.checkers.liveness.conditions import Agreement, OneComponent
from simulations.crossings import chosen
from simulations.machines import NodeHost
from simulations.scenario import Cast, Run, Scenario

NOTICED_MS = 1_000
"""By then every death is known to those who had a link with it."""

TALK_MS = 5_000
DOWN_MS = 6_000
LATE_MS = 2_000
"""The last of them comes back so much later than the first."""

BACK_MS = 30_000
"""By then the last back-off of those who dialled in vain is over."""


def play_death(run: Run) -> None:
    run.begin()
    half = chosen(run, 50, run.world.generator("half"))
    run.workload.talk(every_ms=500, for_ms=TALK_MS, channel=run.channel)
    for host in half:
        run.faults.crash(host, down_ms=None)
    _heal(run, half)
    run.pass_time(TALK_MS)
    run.calm()


def play_return(run: Run) -> None:
    run.begin()
    random = run.world.generator("half")
    half = chosen(run, 50, random)
    run.workload.talk(every_ms=500, for_ms=DOWN_MS, channel=run.channel)
    for host in half:
        run.faults.crash(host, down_ms=DOWN_MS + random.randrange(LATE_MS))
    _heal(run, half)
    run.pass_time(DOWN_MS + LATE_MS)
    run.wait_until(run.is_settled, "everybody is known everywhere again", BACK_MS)
    run.measure("back_healed_ms", run.liveness.wait_for(OneComponent()))
    run.measure("back_agreed_ms", run.liveness.wait_for(Agreement()))
    run.calm()


def _heal(run: Run, half: Sequence[NodeHost]) -> None:
    run.pass_time(NOTICED_MS)
    run.measure("healed_ms", NOTICED_MS + run.liveness.wait_for(OneComponent(len(half))))
    run.measure("agreed_ms", run.liveness.wait_for(Agreement()))


SCENARIO = Scenario(
    name="crash_half",
    question="does an overlay find together when half of it dies at once?",
    cast=lambda _: Cast(nodes=300, shape="even", people=8, is_converged=True),
    play=play_death,
)

RETURN = Scenario(
    name="crash_half_back",
    question="does it find together again when the half that died at once comes back?",
    cast=lambda _: Cast(nodes=40, shape="even", people=8, is_converged=True),
    play=play_return,
)
