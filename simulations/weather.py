"""How well frames travel between the hosts of a world: latencies, losses, and what is cut."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

RESEND_MS = 200
"""What a lost packet costs at least: the shortest time after which TCP sends again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How the links of a world are. Latencies are one way.

    Each link has a latency of its own between `latency_min_ms` and
    `latency_max_ms`; each frame takes up to `jitter_max_ms` more, mostly much
    less. One of `lost_one_in` frames is lost once and so comes a resend
    later; 0 loses none.
    """

    latency_min_ms: int = 1
    latency_max_ms: int = 40
    jitter_max_ms: int = 12
    lost_one_in: int = 400
    bytes_per_ms: int = 12_500


@dataclass(frozen=True, slots=True)
class Delay:
    """What arrives takes this much longer."""

    extra_ms: int


Verdict = Literal["pass", "hold"] | Delay
"""What becomes of a frame. What is held arrives, in order, when the rule is lifted."""

Rule = Callable[[str, str], Verdict | None]
"""Judges what goes from one host, by name, to another; None leaves it to the next rule."""


class Weather:
    """The conditions, and rules that come and go: of those the first that answers counts."""

    def __init__(self, conditions: Conditions, random: Random) -> None:
        self.conditions = conditions
        self._random = random
        self._rules: list[Rule] = []
        self.changes = 0
        """How often rules have come or gone."""

    @property
    def is_fair(self) -> bool:
        """Whether no rule stands."""
        return not self._rules

    def add(self, rule: Rule) -> None:
        self.changes += 1
        self._rules.append(rule)

    def lift(self, rule: Rule) -> None:
        """The rule stands no longer. Nothing happens if it did not."""
        self.changes += 1
        self._rules = [other for other in self._rules if other is not rule]

    def is_cut(self, sender: str, receiver: str) -> bool:
        """Whether nothing passes now."""
        return bool(self._rules) and self._verdict(sender, receiver) == "hold"

    def link_latency_ms(self) -> int:
        """The latency of a link that is being opened."""
        least, most = self.conditions.latency_min_ms, self.conditions.latency_max_ms
        return least + self._below(most - least + 1)

    def travel_ms(self, latency_ms: int, sender: str, receiver: str) -> int:
        """How long one frame takes on a link of this latency. At least 1."""
        most = self.conditions.jitter_max_ms
        jitter_ms = self._below(most + 1) * self._below(most + 1) // max(most, 1)
        lost_one_in = self.conditions.lost_one_in
        if lost_one_in and self._below(lost_one_in) == 0:
            jitter_ms += RESEND_MS + 2 * latency_ms
        if self._rules:
            verdict = self._verdict(sender, receiver)
            jitter_ms += verdict.extra_ms if isinstance(verdict, Delay) else 0
        return max(latency_ms + jitter_ms, 1)

    def writing_ms(self, size_bytes: int) -> int:
        """How long a link is busy with one frame."""
        return size_bytes // self.conditions.bytes_per_ms

    def _verdict(self, sender: str, receiver: str) -> Verdict:
        for rule in self._rules:
            verdict = rule(sender, receiver)
            if verdict is not None:
                return verdict
        return "pass"

    def _below(self, bound: int) -> int:
        return int(self._random.random() * bound)
