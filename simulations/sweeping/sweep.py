"""A sweep over seeds: whoever plays them, the ledger has what came of each."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from typing import Protocol

from simulations.ledger import PART_SEEDS, Failed, Held, Ledger
from simulations.report import HOLDS
from simulations.scenario import Options
from simulations.sweeping.outcome import Outcome, death_of


class Unusable(Exception):
    """Nobody can play here: says why, and how to mend it."""


class Players(Protocol):
    """Processes that play seeds, here or elsewhere."""

    def play(self, scenario: str, parts: Iterator[Options]) -> Generator[Outcome | int]:
        """Outcomes as they come; the seed alone where whatever played it did not survive it.

        Raises `Unusable` where none can be had.
        """
        ...


class Sweep:
    """Has seeds played, and keeps the ledger. `tell` is handed every outcome as it comes."""

    def __init__(
        self,
        scenario: str,
        options: Options,
        ledger: Ledger,
        *,
        commit: str,
        options_said: str,
        tell: Callable[[Outcome], None],
    ) -> None:
        self._scenario = scenario
        self._options = options
        self._ledger = ledger
        self._commit = commit
        self._options_said = options_said
        self._tell = tell
        self._held: list[Outcome] = []

    def run(self, seeds: Sequence[int], players: Players) -> None:
        """Play them all. However this ends, what was found until then is in the ledger."""
        parts = (replace(self._options, seed=seed) for seed in seeds)
        try:
            with closing(players.play(self._scenario, parts)) as outcomes:
                for each in outcomes:
                    if isinstance(each, int):
                        self._take(death_of(each, self._command(each)))
                    else:
                        self._take(each)
        finally:
            self._write_held()

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

    def _command(self, seed: int) -> str:
        said = f" {self._options_said}" if self._options_said else ""
        return f"python -m simulations run {self._scenario} --seed {seed}{said}"
