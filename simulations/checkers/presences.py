"""S7: while a node holds a presence of a client it applies no lower one."""

from overlay.core.facts import RecordApplied
from overlay.messages.ids import Order
from simulations.checkers.base import Checker, Fact
from simulations.machines import Host


class PresencesChecker(Checker):
    """Knows the last presence of each client that each run of a node has applied."""

    id = "S7"

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[tuple[str, int, str], Order] = {}

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        if not isinstance(fact, RecordApplied) or fact.kind != "presence":
            return
        # What a node had not saved when it died it no longer holds.
        key = (host.name, host.starts, fact.signer)
        held = self._held.get(key)
        if held is not None and fact.order < held:
            self.broken(now_ms, f"{host.name} holds {tuple(held)} and applied {fact!r}")
        self._held[key] = fact.order
