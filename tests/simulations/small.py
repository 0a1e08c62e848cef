"""A small scenario in which machines can be exchanged for broken ones before it is played."""

from simulations.machines import Host
from simulations.scenario import DELIVERY_MS_MAX, Cast, Options, Run, Scenario

TALK_MS = 3_000


def play(run: Run) -> None:
    run.begin()
    run.workload.talk(every_ms=100, for_ms=TALK_MS, channel=run.channel)
    run.pass_time(TALK_MS)
    run.calm(DELIVERY_MS_MAX)


SMALL = Scenario(
    name="small",
    question="does anything break?",
    cast=lambda _: Cast(nodes=3, shape="line", people=3),
    play=play,
)


def a_run(*, seed: int = 1) -> Run:
    """Three nodes in a line and three people who talk."""
    return Run(SMALL, Options(seed=seed))


def crash_at(run: Run, host: Host, at_ms: int) -> None:
    """Have a host's machine die, and come back a second later."""
    run.after(at_ms, lambda: run.faults.crash(host, down_ms=1_000))


def broken(run: Run) -> list[str]:
    """The checkers that found something in a run that is over, each once."""
    return sorted({violation.checker for violation in run.violations})
