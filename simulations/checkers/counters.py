"""S4: no counter serves two texts, and no incarnation goes back."""

from overlay.client.facts import Attached
from overlay.core.facts import EnvelopeAccepted, NodeStarted
from overlay.messages.ids import LeafHash
from simulations.checkers.base import Checker, Fact
from simulations.machines import Host


class CountersChecker(Checker):
    """Knows every counter that was ever accepted, and every incarnation of every machine."""

    id = "S4"

    def __init__(self) -> None:
        super().__init__()
        self._leaves: dict[tuple[str, int, int], LeafHash] = {}
        self._incarnations: dict[str, tuple[int, int]] = {}

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        match fact:
            case EnvelopeAccepted():
                self._check_counter(host, fact, now_ms)
            case NodeStarted(incarnation=incarnation) | Attached(incarnation=incarnation):
                self._check_incarnation(host, incarnation, now_ms)
            case _:
                pass

    def _check_counter(self, host: Host, fact: EnvelopeAccepted, now_ms: int) -> None:
        """Every origin here is honest, so its counters are its own wherever they are accepted."""
        key = (fact.origin, fact.incarnation, fact.counter)
        if self._leaves.setdefault(key, fact.leaf) != fact.leaf:
            self.broken(now_ms, f"{host.name} accepted a used counter: {fact!r}")

    def _check_incarnation(self, host: Host, incarnation: int, now_ms: int) -> None:
        """The same run may say it again; a new run takes a higher one."""
        starts, before = self._incarnations.get(host.name, (0, 0))
        is_new_run = host.starts > starts
        if incarnation < before or (is_new_run and incarnation == before):
            self.broken(
                now_ms,
                f"{host.name} has incarnation {incarnation} in run {host.starts}, "
                f"and had {before} in run {starts}",
            )
        self._incarnations[host.name] = (host.starts, incarnation)
