"""What every checker is: shown what happens, it notes what must not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, get_args

from overlay.client.facts import Fact as ClientFact
from overlay.core.facts import Fact as NodeFact
from overlay.peering.rows import Row
from simulations.machines import Host

Fact = NodeFact | ClientFact
FACTS = tuple(dict.fromkeys(fact.__name__ for fact in (*get_args(NodeFact), *get_args(ClientFact))))
"""The names of everything that a machine can state."""

VIOLATIONS_MAX = 100
"""What one checker notes of one run; whoever mends the first will run again."""


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant did not hold."""

    checker: str
    at_ms: int
    detail: str

    def __str__(self) -> str:
        return f"{self.checker} at {self.at_ms} ms: {self.detail}"


class Checker:
    """Overrides what it wants to be shown; the rest costs nothing."""

    id: ClassVar[str]

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def on_end(self, host: Host, now_ms: int) -> None:
        """The machine of a host is no more."""

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        """The machine of a host states a fact."""

    def on_frame(self, host: Host, data: bytes, now_ms: int) -> None:
        """The machine of a host sends a frame."""

    def on_rows(self, host: Host, rows: Sequence[Row], now_ms: int) -> None:
        """The machine of a host persists rows."""

    def look(self, hosts: Sequence[Host], now_ms: int) -> None:
        """Called every few virtual seconds, and at the end of a run."""

    def broken(self, now_ms: int, detail: str) -> None:
        """Note that the invariant does not hold."""
        if len(self.violations) < VIOLATIONS_MAX:
            self.violations.append(Violation(self.id, now_ms, detail))
