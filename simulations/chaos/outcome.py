"""What came of one run: whether everything held, and its numbers."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from simulations.chaos.court import Court
from simulations.checkers.base import Violation
from simulations.report import HOLDS, SHOWN_MAX, UNMET, UNSAFE, percentile

CUTS: Final = ("reset", "cut", "one-way cut", "partition", "swallow")
"""The kinds of faults that keep links from carrying anything."""

NAMES: Final = ("kill", "start without a disk", "stop", "pause", *CUTS, "slow", "leave")
"""Everything that can befall processes, people and links, as it is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What makes a run, together with the machine that it runs on."""

    seed: int = 1
    nodes: int = 7
    people: int = 20
    length_ms: int = 120_000
    """How long the storm is. The calm is as long as it takes, within its bounds."""
    shape: str = "random"

    @property
    def command(self) -> str:
        """The line that plays it again. What people say and what befalls them is the same then;
        what comes of it is up to the machine."""
        return (
            f"python -m simulations chaos --seed {self.seed} --nodes {self.nodes}"
            f" --people {self.people} --minutes {self.length_ms / 60_000:.10g}"
            f" --shape {self.shape}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A run that is over. `violations` are of safety, `unmet` of liveness."""

    options: Options
    numbers: dict[str, int]
    befallen: dict[str, int]
    violations: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    sometimes: dict[str, int] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """As of the other commands."""
        if self.violations:
            return UNSAFE
        return UNMET if self.unmet else HOLDS

    def as_json(self) -> str:
        """One object; its keys are stable."""
        options, broken = self.options, [*self.violations, *self.unmet]
        return json.dumps(
            {
                "seed": options.seed,
                "nodes": options.nodes,
                "clients": options.people,
                "shape": options.shape,
                "storm_ms": options.length_ms,
                "holds": self.exit_code == HOLDS,
                "violations": broken[:SHOWN_MAX],
                "violations_count": len(broken),
                "numbers": self.numbers,
                "befallen": self.befallen,
                "sometimes": self.sometimes,
                "command": options.command,
            },
            indent=2,
        )

    def as_text(self) -> str:
        """For a person; the command that has it again is not in it."""
        options = self.options
        return "\n".join(
            [
                f"chaos: {options.nodes} node processes ({options.shape}),"
                f" {options.people} clients, seed {options.seed}",
                "",
                *(f"  {name:<24}{value:>12}" for name, value in self.numbers.items()),
                "",
                "  " + ", ".join(f"{n} × {what}" for what, n in self.befallen.items() if n),
                "",
                *[*self.violations, *self.unmet][:SHOWN_MAX],
                f"holds: {'yes' if self.exit_code == HOLDS else 'NO'}",
            ]
        )


def outcome_of(options: Options, court: Court, unmet: list[Violation], storm_ms: int) -> Outcome:
    """What a court has seen. `storm_ms` is when the storm was over."""
    violations, tally = court.violations, court.tally
    befallen = {name: tally.befallen[name] for name in NAMES}
    sayings = [saying for saying in court.account.sayings if saying.channel is None]
    public = [saying for saying in court.account.sayings if saying.channel is not None]
    taken = sorted(s.delivered_ms - s.said_ms for s in sayings if s.delivered_ms is not None)
    late = [s.delivered_ms for s in sayings if s.delivered_ms is not None and s.said_ms < storm_ms]
    declined = Counter(f"declined: {s.declined}" for s in sayings if s.declined is not None)
    sometimes = court.sometimes | declined
    return Outcome(
        options=options,
        numbers={
            "sent": len(sayings),
            "declined": sum(saying.declined is not None for saying in sayings),
            "accepted": sum(saying.is_accepted for saying in sayings),
            "delivered": len(taken),
            "shown_twice": sum(v.checker == "S2" for v in violations),
            "lost": len(court.account.undelivered()),
            "channel_sent": len(public),
            "channel_shown": sum(len(saying.shown) for saying in public),
            "kills": befallen["kill"],
            "stops": befallen["stop"],
            "pauses": befallen["pause"],
            "cuts": sum(befallen[name] for name in CUTS),
            "latency_p50_ms": percentile(taken, 50),
            "latency_p99_ms": percentile(taken, 99),
            "latency_max_ms": taken[-1] if taken else 0,
            "delivery_gap_ms": tally.deliveries.most_ms,
            "without_home_ms": tally.without_home_ms,
            "attach_max_ms": max(tally.attach_times_ms, default=0),
            "calm_ms": max([0, *(at_ms - storm_ms for at_ms in late)]),
        },
        befallen=befallen,
        violations=tuple(map(str, violations)),
        unmet=tuple(map(str, unmet)),
        sometimes={what: count for what, count in sorted(sometimes.items()) if count},
    )
