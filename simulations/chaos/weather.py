"""What becomes of what one host sends another now: the rules that stand, on a real clock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import trio

from simulations.rules import Delayed, Held, Verdict


@dataclass(frozen=True, slots=True)
class Swallowed:
    """It is thrown away, and nobody is told."""


Rule = Callable[[str, str], Verdict | Swallowed | None]
"""Judges what goes from one host, by name, to another; None leaves it to the next rule."""


class Weather:
    """Rules that come and go, of which the first that answers wins. Hosts stand by name."""

    def __init__(self) -> None:
        self.changes = 0
        """How often a rule has come or gone."""
        self._rules: list[Rule] = []
        self._changed = trio.Event()

    @contextmanager
    def with_rule(self, rule: Rule) -> Iterator[None]:
        """Have a rule stand for as long as the block lasts."""
        self._rules.insert(0, rule)
        self._ring()
        try:
            yield
        finally:
            self._rules.remove(rule)
            self._ring()

    def delay_ms(self, sender: str, receiver: str) -> int:
        """What is added to the way of what is sent now."""
        verdict = self._verdict(sender, receiver)
        return verdict.extra_ms if isinstance(verdict, Delayed) else 0

    def is_swallowed(self, sender: str, receiver: str) -> bool:
        """Whether what is sent now gets nowhere, ever."""
        return isinstance(self._verdict(sender, receiver), Swallowed)

    async def wait_passable(self, sender: str, receiver: str) -> None:
        """Return once nothing holds what is sent back any more."""
        while isinstance(self._verdict(sender, receiver), Held):
            await self._changed.wait()

    def _verdict(self, sender: str, receiver: str) -> Verdict | Swallowed | None:
        for rule in self._rules:
            verdict = rule(sender, receiver)
            if verdict is not None:
                return verdict
        return None

    def _ring(self) -> None:
        self.changes += 1
        self._changed.set()
        self._changed = trio.Event()
