"""How well frames travel between the hosts of a world: latencies, losses, and what is cut."""

from dataclasses import dataclass
from random import Random

from simulations.distributions import Distribution, Mostly, Uniform
from simulations.rules import Clogged, Delayed, Held, Lossy, Passed, Rule, Verdict

RESEND_MS = 200
"""What a lost packet costs at least: the shortest time after which TCP sends again."""

_PASSED = Passed()

USUAL_LATENCY = Uniform(1, 40)
USUAL_JITTER = Mostly(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How the links of a world are. Latencies are one way.

    Each link has a latency of its own, each frame takes some jitter more. One
    of `lost_one_in` frames is lost once and so comes a resend later; one of
    `reset_one_in` ends its link, as where a box on the way has forgotten it.
    0 is never.
    """

    latency: Distribution = USUAL_LATENCY
    jitter: Distribution = USUAL_JITTER
    lost_one_in: int = 400
    reset_one_in: int = 0
    bytes_per_ms: int = 12_500


class Weather:
    """The conditions, and rules that come and go: of those the first that answers counts."""

    def __init__(self, conditions: Conditions, random: Random) -> None:
        self.conditions = conditions
        self.resends = 0
        self.breaks = 0
        self._random = random
        self._rules: list[Rule] = []
        self._lifted_ms: int | None = None
        """When a rule was last lifted."""
        self.changes = 0
        """How often rules have come or gone."""

    def was_fair(self, since_ms: int) -> bool:
        """Whether no rule has stood since then."""
        return not self._rules and (self._lifted_ms is None or self._lifted_ms <= since_ms)

    def add(self, rule: Rule) -> None:
        self.changes += 1
        self._rules.append(rule)

    def lift(self, rule: Rule, now_ms: int) -> None:
        """The rule stands no longer. Nothing happens if it did not."""
        self.changes += 1
        self._lifted_ms = now_ms
        self._rules = [other for other in self._rules if other is not rule]

    def is_cut(self, sender: str, receiver: str) -> bool:
        """Whether nothing passes now."""
        return bool(self._rules) and isinstance(self._verdict(sender, receiver), Held)

    def link_latency_ms(self) -> int:
        """The latency of a link that is being opened."""
        return self.conditions.latency.draw(self._random)

    def travel_ms(self, latency_ms: int, sender: str, receiver: str) -> int:
        """How long one frame takes on a link of this latency. At least 1."""
        conditions = self.conditions
        extra_ms = conditions.jitter.draw(self._random)
        lost_one_in = conditions.lost_one_in
        if self._rules:
            match self._verdict(sender, receiver):
                case Delayed(delay_ms):
                    extra_ms += delay_ms
                case Lossy(lost_one_in=one_in):
                    lost_one_in = one_in
                case _:
                    pass
        if lost_one_in and self._is_one_in(lost_one_in):
            self.resends += 1
            extra_ms += RESEND_MS + 2 * latency_ms
        return max(latency_ms + extra_ms, 1)

    def is_broken(self, sender: str, receiver: str) -> bool:
        """Whether this frame is one that ends its link."""
        reset_one_in = self.conditions.reset_one_in
        if self._rules:
            verdict = self._verdict(sender, receiver)
            reset_one_in = verdict.reset_one_in if isinstance(verdict, Lossy) else reset_one_in
        if not reset_one_in:
            return False
        is_broken = self._is_one_in(reset_one_in)
        self.breaks += is_broken
        return is_broken

    def writing_ms(self, size_bytes: int, sender: str, receiver: str) -> int:
        """How long a link is busy with one frame."""
        bytes_per_ms = self.conditions.bytes_per_ms
        if self._rules:
            verdict = self._verdict(sender, receiver)
            bytes_per_ms = verdict.bytes_per_ms if isinstance(verdict, Clogged) else bytes_per_ms
        return size_bytes // bytes_per_ms

    def _verdict(self, sender: str, receiver: str) -> Verdict:
        for rule in self._rules:
            verdict = rule(sender, receiver)
            if verdict is not None:
                return verdict
        return _PASSED

    def _is_one_in(self, count: int) -> bool:
        return self._random.random() * count < 1
