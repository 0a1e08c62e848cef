"""Envelopes in transit: where each came from, where it was tried. docs/protocol.md, section 6."""

from dataclasses import dataclass, field

from overlay.messages.ids import NodeId
from overlay.messages.routing import UnitKey
from overlay.messages.signed import Signed
from overlay.peering.events import LinkId


@dataclass(slots=True, kw_only=True)
class Unit:
    """What a node remembers of a unit. `envelope` is None once the next hop has acked it."""

    key: UnitKey
    envelope: Signed | None
    keeper: NodeId
    budget: int
    came_from: LinkId | None
    """None for our own: we are its keeper, or its author."""
    number: int = 0
    """The number it came under, for `returned`."""
    tried: dict[NodeId, None] = field(default_factory=dict)
    at: LinkId | None = None


class Units:
    """The units of the last seconds, within a bound."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._units: dict[UnitKey, Unit] = {}

    def __len__(self) -> int:
        return len(self._units)

    @property
    def is_full(self) -> bool:
        return len(self._units) >= self._maximum

    def get(self, key: UnitKey) -> Unit | None:
        return self._units.get(key)

    def add(self, unit: Unit) -> None:
        self._units[unit.key] = unit

    def remove(self, key: UnitKey) -> None:
        self._units.pop(key, None)
