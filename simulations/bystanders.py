"""People whom nothing befalls, and who must not notice what befalls others."""

from collections.abc import Sequence
from functools import partial

from simulations.machines import ClientHost
from simulations.report import percentile
from simulations.sayings import Saying
from simulations.scenario import DELIVERY_MS_MAX, Run

EVERY_MS = 200


class Bystanders:
    """Pairs of people who talk among themselves."""

    def __init__(self, run: Run, people: Sequence[ClientHost]) -> None:
        self._run = run
        couples = list(zip(people[::2], people[1::2], strict=False))
        self._pairs = [pair for couple in couples for pair in (couple, couple[::-1])]
        self._said: list[Saying] = []

    def talk(self, for_ms: int) -> None:
        """Have them talk while so much time passes."""
        for number in range(for_ms // EVERY_MS):
            pair = self._pairs[number % len(self._pairs)]
            self._run.after(number * EVERY_MS, partial(self._say, *pair))

    def judge(self) -> None:
        """Note how long it took; all that they said must be there, in the time that L2 allows."""
        took = [each.delivered_ms - each.said_ms for each in self._said if each.delivered_ms]
        self._run.measure("bystanders_said", len(self._said))
        self._run.measure("bystanders_p99_ms", percentile(sorted(took), 99))
        holds = len(took) == len(self._said) and max(took, default=0) <= DELIVERY_MS_MAX
        self._run.expect("bystanders hear each other in time", holds=holds, checker="L2")

    def _say(self, speaker: ClientHost, listener: ClientHost) -> None:
        self._said.append(self._run.workload.say(speaker, listener))
