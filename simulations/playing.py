"""Plays a run from its seed or from a recording, and measures how long that took on the wall."""

import gc
import time  # noqa: TID251  # how fast a world runs is measured out here, never inside
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from simulations.recording import Recording
from simulations.report import Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS

_COLLECT_EVERY = 100_000
"""New objects beyond those that are gone, instead of 700."""


def play(
    scenario: str,
    options: Options,
    *,
    recording: Recording | None = None,
    tell: Callable[[str], None] | None = None,
    ends_at: str | None = None,
) -> Result:
    """One run, from its seed or from a recording, and how it ended.

    It ends early where the checker `ends_at` finds safety broken.
    """
    run = Run(SCENARIOS[scenario], options, tell, recording)
    run.ends_at = ends_at
    with rare_collections():
        began = time.perf_counter()
        run.play()
        return Result(run, round((time.perf_counter() - began) * 1_000))


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for cyclic garbage less often: there is little in a world, and much to look through.

    Of 200 nodes that get to know each other a quarter of the time went into that.
    """
    usual = gc.get_threshold()
    gc.set_threshold(_COLLECT_EVERY, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def replay(
    recording: Recording,
    tell: Callable[[str], None] | None = None,
    *,
    ends_at: str | None = None,
) -> Result:
    """A recorded run once more."""
    options = Options(seed=recording.seed, length_ms=recording.length_ms)
    return play(recording.scenario, options, recording=recording, tell=tell, ends_at=ends_at)
