"""Plays many seeds of a scenario on several processes, and writes down what came of each."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from hashlib import sha256

from simulations.ledger import PART_SEEDS, Failed, Held, Ledger
from simulations.playing import play
from simulations.recording import Recording
from simulations.report import HOLDS, UNSAFE
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


class Sweep:
    """Plays seeds, and keeps the ledger. `tell` is handed every outcome as it comes."""

    def __init__(
        self,
        scenario: str,
        options: Options,
        ledger: Ledger,
        *,
        commit: str,
        options_said: str,
        tell: Callable[[Outcome], None],
        play_one: PlaySeed = play_seed,
    ) -> None:
        """`play_one` is what a process runs; it must be a function of a module."""
        self._scenario = scenario
        self._options = options
        self._ledger = ledger
        self._commit = commit
        self._options_said = options_said
        self._tell = tell
        self._play_one = play_one
        self._held: list[Outcome] = []

    def run(self, seeds: Sequence[int], jobs: int) -> None:
        """Play them all. However this ends, what was found until then is in the ledger."""
        try:
            suspects = list(self._run_all(iter(seeds), jobs))
            while suspects:
                # One at a time: so it is known whose process dies.
                seed = suspects.pop(0)
                if list(self._run_all(iter([seed]), 1)):
                    self._take(self._death_of(seed))
        finally:
            self._write_held()

    def _run_all(self, seeds: Iterator[int], jobs: int) -> Iterator[int]:
        """Plays; gives the seeds that were being played when some process died."""
        is_over = False
        while not is_over:
            context = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(jobs, context, initializer=_leave_interrupts_to_the_parent)
            pending: dict[Future[Outcome], int] = {}
            try:
                is_over = self._run_in(pool, pending, seeds, 2 * jobs)
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                if not is_over:
                    _end_processes()
            yield from pending.values()

    def _run_in(
        self,
        pool: ProcessPoolExecutor,
        pending: dict[Future[Outcome], int],
        seeds: Iterator[int],
        pending_max: int,
    ) -> bool:
        """Whether all were played; if not, those that are pending were not, and the pool broke."""
        try:
            while True:
                while len(pending) < pending_max and (seed := next(seeds, None)) is not None:
                    options = replace(self._options, seed=seed)
                    # Noted first: a pool that is broken refuses it.
                    future: Future[Outcome] = Future()
                    pending[future] = seed
                    submitted = pool.submit(self._play_one, self._scenario, options)
                    del pending[future]
                    pending[submitted] = seed
                if not pending:
                    return True
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in sorted(done, key=lambda each: pending[each]):
                    outcome = future.result()
                    del pending[future]
                    self._take(outcome)
        except BrokenProcessPool:
            return False

    def _take(self, outcome: Outcome) -> None:
        if outcome.exit_code == HOLDS:
            self._held.append(outcome)
            if len(self._held) >= PART_SEEDS:
                self._write_held()
        else:
            self._ledger.add(self._failed(outcome))
        self._tell(outcome)

    def _write_held(self) -> None:
        held, self._held = sorted(self._held, key=lambda outcome: outcome.seed), []
        if not held:
            return
        sometimes: dict[str, int] = {}
        for outcome in held:
            for what, count in outcome.sometimes.items():
                sometimes[what] = sometimes.get(what, 0) + count
        self._ledger.add(
            Held(
                commit=self._commit,
                options=self._options_said,
                seeds=tuple(outcome.seed for outcome in held),
                digest=sha256(" ".join(each.digest for each in held).encode()).hexdigest(),
                events=sum(outcome.events for outcome in held),
                wall_ms=sum(outcome.wall_ms for outcome in held),
                accepted=sum(outcome.accepted for outcome in held),
                lost=sum(outcome.lost for outcome in held),
                excused=sum(outcome.excused for outcome in held),
                sometimes=dict(sorted(sometimes.items())),
            )
        )

    def _failed(self, outcome: Outcome) -> Failed:
        return Failed(
            commit=self._commit,
            options=self._options_said,
            seed=outcome.seed,
            exit_code=outcome.exit_code,
            checkers=outcome.checkers,
            violation=outcome.violation,
            digest=outcome.digest,
            events=outcome.events,
            wall_ms=outcome.wall_ms,
            command=outcome.command,
            accepted=outcome.accepted,
            lost=outcome.lost,
            excused=outcome.excused,
            sometimes={what: n for what, n in sorted(outcome.sometimes.items()) if n},
        )

    def _death_of(self, seed: int) -> Outcome:
        return Outcome(
            seed=seed,
            exit_code=UNSAFE,
            checkers=(DIED,),
            violation="the process that played it died, and so did the one that tried again",
            digest="",
            events=0,
            wall_ms=0,
            sometimes={},
            command=f"python -m simulations run {self._scenario} --seed {seed}"
            f"{self._options_said and ' '}{self._options_said}",
            recording=None,
        )


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_processes() -> None:
    """Of the pool that was just given up: a run can be long, and nobody waits for it."""
    for child in multiprocessing.active_children():
        child.terminate()
