"""What comes of one seed, small enough to come from another process."""

from collections.abc import Callable
from dataclasses import dataclass

from simulations.playing import play
from simulations.recording import Recording
from simulations.report import UNSAFE
from simulations.scenario import Options

DIED = "process"
"""Stands for a checker where the process that played a seed did not survive it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one seed; the recording only where it failed."""

    seed: int
    exit_code: int
    checkers: tuple[str, ...]
    violation: str
    digest: str
    events: int
    wall_ms: int
    sometimes: dict[str, int]
    command: str
    recording: Recording | None
    accepted: int = 0
    lost: int = 0
    excused: int = 0


PlaySeed = Callable[[str, Options], Outcome]
"""What plays one seed of a scenario. It must be a function of a module."""


def play_seed(scenario: str, options: Options) -> Outcome:
    """Play one seed. It comes back from another process, so without the world."""
    result = play(scenario, options)
    broken, run = result.broken, result.run
    sealed = [saying for saying in run.sayings if saying.wanted and saying.is_accepted]
    missing = [saying for saying in sealed if saying.delivered_ms is None]
    owed = [saying for saying in run.workload.undelivered() if saying.is_accepted]
    return Outcome(
        seed=options.seed,
        exit_code=result.exit_code,
        checkers=result.failed,
        violation=str(broken[0]) if broken else "",
        digest=result.digest or "",
        events=result.run.world.trace.events,
        wall_ms=result.wall_ms,
        sometimes=dict(result.run.world.sometimes),
        command=result.command,
        recording=result.recording if broken else None,
        accepted=len(sealed),
        lost=len(owed),
        excused=len(missing) - len(owed),
    )


def death_of(seed: int, command: str) -> Outcome:
    """What stands for a seed that ended the process that played it, again and again."""
    return Outcome(
        seed=seed,
        exit_code=UNSAFE,
        checkers=(DIED,),
        violation="the process that played it died, and so did the one that tried again",
        digest="",
        events=0,
        wall_ms=0,
        sometimes={},
        command=command,
        recording=None,
    )
