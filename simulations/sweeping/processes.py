"""Plays seeds on several processes of this machine."""

import multiprocessing
import signal
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from simulations.scenario import Options
from simulations.sweeping.outcome import Outcome, PlaySeed, play_seed


class LocalProcesses:
    """So many processes, which are replaced when one dies."""

    def __init__(self, jobs: int, play_one: PlaySeed = play_seed) -> None:
        self._jobs = jobs
        self._play_one = play_one

    def play(self, scenario: str, parts: Iterator[Options]) -> Generator[Outcome | int]:
        """Outcomes as they come; the seed alone where it ends its process, twice."""
        suspects: list[Options] = []
        yield from self._play_all(scenario, parts, self._jobs, suspects)
        for suspect in suspects:
            # One at a time: so it is known whose process dies.
            died: list[Options] = []
            yield from self._play_all(scenario, iter([suspect]), 1, died)
            if died:
                yield suspect.seed

    def _play_all(
        self, scenario: str, parts: Iterator[Options], jobs: int, suspects: list[Options]
    ) -> Generator[Outcome]:
        """Plays; `suspects` gets what was being played when some process died."""
        is_over = False
        while not is_over:
            context = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(jobs, context, initializer=_leave_interrupts_to_the_parent)
            pending: dict[Future[Outcome], Options] = {}
            try:
                yield from self._play_in(pool, pending, scenario, parts, 2 * jobs)
                is_over = True
            except BrokenProcessPool:
                suspects += pending.values()
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                if not is_over:
                    _end_processes()

    def _play_in(
        self,
        pool: ProcessPoolExecutor,
        pending: dict[Future[Outcome], Options],
        scenario: str,
        parts: Iterator[Options],
        pending_max: int,
    ) -> Generator[Outcome]:
        """Until all were played. Raises `BrokenProcessPool`; then those pending were not."""
        while True:
            while len(pending) < pending_max and (options := next(parts, None)) is not None:
                # Noted first: a pool that is broken refuses it.
                future: Future[Outcome] = Future()
                pending[future] = options
                submitted = pool.submit(self._play_one, scenario, options)
                del pending[future]
                pending[submitted] = options
            if not pending:
                return
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=lambda each: pending[each].seed):
                outcome = future.result()
                del pending[future]
                yield outcome


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_processes() -> None:
    """Of the pool that was just given up: a run can be long, and nobody waits for it."""
    for child in multiprocessing.active_children():
        child.terminate()
