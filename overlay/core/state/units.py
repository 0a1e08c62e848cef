"""Envelopes in transit: where each came from, where it was tried. docs/protocol.md, section 6."""

from collections import OrderedDict
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
    since_ms: int
    number: int = 0
    """The number it came under, for `returned`."""
    tried: dict[NodeId, None] = field(default_factory=dict)
    at: LinkId | None = None


class Units:
    """The units of the last seconds, oldest first, within a bound.

    All are remembered equally long, so their order is all that it takes to
    forget them in time: a timer for each cost a tenth of all transit.
    """

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        # An ordered one gives its oldest entry at once, however many went before.
        self._units: OrderedDict[UnitKey, Unit] = OrderedDict()

    def __len__(self) -> int:
        return len(self._units)

    @property
    def is_full(self) -> bool:
        return len(self._units) >= self._maximum

    def get(self, key: UnitKey) -> Unit | None:
        return self._units.get(key)

    def oldest(self) -> Unit | None:
        return next(iter(self._units.values()), None)

    def add(self, unit: Unit) -> None:
        """The caller has asked for its key, and it was not here."""
        self._units[unit.key] = unit

    def remove(self, key: UnitKey) -> None:
        self._units.pop(key, None)
