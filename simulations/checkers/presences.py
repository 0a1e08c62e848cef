"""S7: while a node holds a presence of a client it applies no lower one.

A presence is held while it counts, and while it is parked, until it is
dropped: parking is bounded, and what was dropped may come anew.
"""

from overlay.core.facts import RecordApplied, RecordDropped, RecordParked
from overlay.messages.ids import Order
from simulations.checkers.base import Checker, Fact
from simulations.machines import Host


class PresencesChecker(Checker):
    """Knows the presence of each client that each run of a node holds."""

    id = "S7"
    facts = (RecordApplied, RecordParked, RecordDropped)
    branches = (
        "parked presence dropped",
        "parked presence superseded",
        "parked presence counts later",
    )

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[tuple[str, int, str], Order] = {}
        self._parked: set[tuple[str, int, str]] = set()

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        assert isinstance(fact, RecordApplied | RecordParked | RecordDropped)
        if fact.kind != "presence":
            return
        # What a node had not saved when it died it no longer holds.
        key = (host.name, host.starts, fact.signer)
        if isinstance(fact, RecordDropped):
            self.sometimes("parked presence dropped")
            self._held.pop(key, None)
            self._parked.discard(key)
            return
        held = self._held.get(key)
        if held is not None and fact.order < held:
            self.broken(now_ms, f"{host.name} holds {tuple(held)} and applied {fact!r}")
        self._note_parking(key, fact, held)
        self._held[key] = fact.order

    def _note_parking(
        self, key: tuple[str, int, str], fact: RecordApplied | RecordParked, held: Order | None
    ) -> None:
        if key in self._parked and held is not None:
            if fact.order > held:
                self.sometimes("parked presence superseded")
            elif isinstance(fact, RecordApplied):
                self.sometimes("parked presence counts later")
        if isinstance(fact, RecordParked):
            self._parked.add(key)
        else:
            self._parked.discard(key)
