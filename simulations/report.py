"""What a run has shown: whether everything held, its numbers, and how to have it again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from simulations.checkers.base import Violation
from simulations.recording import Recording
from simulations.sayings import Saying
from simulations.scenario import Run

HOLDS, UNSAFE, UNMET, USAGE = 0, 1, 2, 3
"""Exit codes: all holds, a safety invariant broke, a liveness bound broke, wrong usage."""

SHOWN_MAX = 20
"""Violations that a report lists; the number of all of them stands beside."""


@dataclass(frozen=True, slots=True)
class Result:
    """A run that is over, and how long it took on the wall."""

    run: Run
    wall_ms: int

    @property
    def digest(self) -> str | None:
        """None where the seals drew randomness of their own: it would mean nothing."""
        is_determined = not self.run.options.is_sealed_as_shipped
        return self.run.world.trace.digest if is_determined else None

    @property
    def broken(self) -> list[Violation]:
        """Everything that did not hold, safety first."""
        return [*self.run.violations, *self.run.unmet]

    @property
    def exit_code(self) -> int:
        if self.run.violations:
            return UNSAFE
        return UNMET if self.run.unmet else HOLDS

    @property
    def failed(self) -> tuple[str, ...]:
        """The ids of the checkers that found something, each once."""
        return tuple(sorted(dict.fromkeys(violation.checker for violation in self.broken)))

    @property
    def recording(self) -> Recording:
        """What it takes to have this run again."""
        run = self.run
        return Recording(
            scenario=run.scenario.name,
            seed=run.options.seed,
            length_ms=run.options.length_ms,
            opening=run.opening,
            begun_ms=run.director.begun_ms,
            decisions=tuple(run.director.decided),
            digest=self.digest or "",
            checkers=self.failed,
            violations=tuple(str(violation) for violation in self.broken[:SHOWN_MAX]),
        )

    @property
    def command(self) -> str:
        """The line that has this run again."""
        run, options = self.run, self.run.options
        minutes = f" --minutes {options.length_ms / 60_000:.10g}" if options.length_ms else ""
        shipped = " --shipped-suite" if options.is_sealed_as_shipped else ""
        return (
            f"python -m simulations run {run.scenario.name} --seed {options.seed}"
            f" --nodes {len(run.nodes)} --shape {run.opening.shape}{minutes}{shipped}"
        )

    def as_json(self) -> str:
        """One object; its keys are stable."""
        run = self.run
        return json.dumps(
            {
                "scenario": run.scenario.name,
                "seed": run.options.seed,
                "nodes": len(run.nodes),
                "shape": run.opening.shape,
                "clients": len(run.people),
                "holds": self.exit_code == HOLDS,
                "digest": self.digest,
                "violations": [str(violation) for violation in self.broken[:SHOWN_MAX]],
                "violations_count": len(self.broken),
                "numbers": self.numbers(),
                "sometimes": {what: n for what, n in self._sometimes() if n},
                "never": [what for what, n in self._sometimes() if not n],
                "command": self.command,
            },
            indent=2,
        )

    def as_text(self) -> str:
        """For a person; the command that has it again is not in it."""
        run, numbers = self.run, self.numbers()
        lines = [
            f"{run.scenario.name}: {run.scenario.question}",
            f"{len(run.nodes)} nodes ({run.opening.shape}), {len(run.people)} clients,"
            f" seed {run.options.seed}",
            "",
            *(f"  {name:<24}{value!s:>12}" for name, value in numbers.items()),
            "",
            "  " + ", ".join(f"{n} {what}" for what, n in self._sometimes() if n),
            "  never: " + ", ".join(what for what, n in self._sometimes() if not n),
            "",
            *(str(violation) for violation in self.broken[:SHOWN_MAX]),
            f"holds: {'yes' if self.exit_code == HOLDS else 'NO'}",
            f"digest: {self.digest or 'none, the seals drew randomness of their own'}",
        ]
        return "\n".join(lines)

    def _sometimes(self) -> list[tuple[str, int]]:
        return sorted(self.run.world.sometimes.items())

    def numbers(self) -> dict[str, int]:
        """Counts, virtual milliseconds, and the simulator's own speed."""
        world, sealed = self.run.world, [s for s in self.run.sayings if s.channel is None]
        public = [saying for saying in self.run.sayings if saying.channel is not None]
        delivered = sorted(_latencies(sealed))
        return {
            "sent": len(sealed),
            "declined": sum(saying.declined is not None for saying in sealed),
            "queued": sum(saying.is_queued for saying in sealed),
            "accepted": sum(saying.accepted_ms is not None for saying in sealed),
            "delivered": len(delivered),
            "told_delivered": sum(saying.told_delivered_ms is not None for saying in sealed),
            "failed": sum(saying.failed is not None for saying in sealed),
            "latency_p50_ms": percentile(delivered, 50),
            "latency_p99_ms": percentile(delivered, 99),
            "latency_max_ms": delivered[-1] if delivered else 0,
            "channel_sent": len(public),
            "channel_shown": sum(len(saying.shown) for saying in public),
            "undelivered": len(self.run.workload.undelivered()),
            "violations": len(self.broken),
            "beginning_ms": self.run.director.begun_ms,
            **self.run.liveness.numbers(),
            **self.run.measured,
            "bytes_sent": world.network.bytes_sent,
            "outbox_bytes_most": world.network.queued_bytes_most,
            "events": world.trace.events,
            "virtual_ms": world.now_ms,
            "wall_ms": self.wall_ms,
            "events_per_second": world.trace.events * 1000 // max(self.wall_ms, 1),
        }


def _latencies(sayings: Sequence[Saying]) -> list[int]:
    """From a person's asking until the other person was shown it."""
    return [s.delivered_ms - s.said_ms for s in sayings if s.delivered_ms is not None]


def percentile(ordered: Sequence[int], percent: int) -> int:
    """The smallest value that so many percent do not exceed; 0 of nothing."""
    if not ordered:
        return 0
    return ordered[max(-(-len(ordered) * percent // 100) - 1, 0)]
