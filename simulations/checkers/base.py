"""What every checker is: shown what happens, it notes what must not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, get_args

from overlay.client.facts import Fact as ClientFact
from overlay.core.facts import Fact as NodeFact
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.rows import Row
from simulations.checkers.sight import Sight
from simulations.machines import Event, Host

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


HOOKS = (
    "on_standing",
    "on_end",
    "on_event",
    "on_round",
    "on_heard",
    "on_frame",
    "on_said",
    "on_close",
    "on_rows",
    "on_fact",
    "look",
)
"""What a checker can ask to be shown, by overriding it."""


class Checker:
    """Overrides what it wants to be shown; the rest costs nothing."""

    id: ClassVar[str]
    is_of_safety: ClassVar[bool] = True
    events: ClassVar[tuple[type, ...]] = ()
    """The types of events that it is shown; none named is all."""
    facts: ClassVar[tuple[type, ...]] = ()
    """The types of facts that it is shown; none named is all."""
    branches: ClassVar[tuple[str, ...]] = ()
    """What it counts by `sometimes`: a run tells which of them it never reached."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []
        self._sometimes: Counter[str] = Counter()

    @classmethod
    def hooks(cls) -> list[str]:
        """What it overrides."""
        return [hook for hook in HOOKS if getattr(cls, hook) is not getattr(Checker, hook)]

    def count_in(self, sometimes: Counter[str]) -> None:
        """Count from now on in a world's own counts, from 0 where it never comes to it."""
        self._sometimes = sometimes
        for branch in self.branches:
            sometimes[branch] += 0

    def on_standing(self, host: Host, link: LinkId, peer: str) -> None:
        """A link to the node of this id has stood since before the world began."""

    def on_end(self, host: Host, now_ms: int) -> None:
        """The machine of a host is no more."""

    def on_event(self, host: Host, event: Event, now_ms: int) -> None:
        """The machine of a host is about to be handed an event other than a frame."""

    def on_round(self, host: Host, now_ms: int) -> None:
        """The machine of a host was woken, and what it wants done was shown."""

    def on_heard(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        """The machine of a host is about to be handed messages beside records and heartbeats."""

    def on_frame(self, host: Host, link: LinkId, data: bytes, now_ms: int) -> None:
        """The machine of a host sends a frame."""

    def on_said(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        """In a frame that it sends stand these messages beside records and heartbeats."""

    def on_close(self, host: Host, link: LinkId, code: str, now_ms: int) -> None:
        """The machine of a host closes a link."""

    def on_rows(self, host: Host, rows: Sequence[Row], now_ms: int) -> None:
        """The machine of a host persists rows."""

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        """The machine of a host states a fact."""

    def look(self, sight: Sight, now_ms: int) -> None:
        """Called every few virtual seconds, and at the end of a run."""

    def broken(self, now_ms: int, detail: str) -> None:
        """Note that the invariant does not hold."""
        if len(self.violations) < VIOLATIONS_MAX:
            self.violations.append(Violation(self.id, now_ms, detail))

    def sometimes(self, branch: str) -> None:
        """Count something rare that a sweep ought to reach now and then."""
        assert branch in self.branches, f"{branch} is not among the branches of {self.id}"
        self._sometimes[branch] += 1
