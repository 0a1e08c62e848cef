"""Stand-ins for what a process of a sweep does: each must be a function of a module."""

import os

from simulations.report import HOLDS, UNMET, UNSAFE
from simulations.scenario import Options
from simulations.sweeping.outcome import Outcome


def an_outcome(scenario: str, options: Options) -> Outcome:
    """Every seed that ends in 3 is unsafe, every one that ends in 7 misses a bound."""
    exit_code = {3: UNSAFE, 7: UNMET}.get(options.seed % 10, HOLDS)
    return Outcome(
        seed=options.seed,
        exit_code=exit_code,
        checkers={UNSAFE: ("S2",), UNMET: ("liveness",)}.get(exit_code, ()),
        violation="it broke" if exit_code else "",
        digest=f"digest of {options.seed}",
        events=100,
        wall_ms=10,
        sometimes={"crash": options.seed % 2, "flood": 0},
        command=f"python -m simulations run {scenario} --seed {options.seed}",
        recording=None,
        accepted=10,
        lost=int(exit_code == UNMET),
        excused=2,
    )


def death_at_five(scenario: str, options: Options) -> Outcome:
    """Seed 5 takes its process with it, each time."""
    if options.seed == 5:
        os._exit(9)
    return an_outcome(scenario, options)
