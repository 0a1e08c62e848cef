"""Envelopes in transit: where each came from, where it was tried. docs/protocol.md, section 6."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from overlay import limits
from overlay.messages.ids import NodeId
from overlay.messages.routing import ReturnReason, UnitKey
from overlay.messages.signed import Signed
from overlay.peering.events import LinkId
from overlay.structures.sizes import Size

Source = LinkId | None
"""The link that a unit came on; None for our own."""


@dataclass(slots=True, kw_only=True)
class Unit:
    """What a node remembers of a unit.

    The text is here, or at exactly those next hops that have acked a copy:
    `envelope` is None from the first ack on, until that copy comes back.
    """

    key: UnitKey
    envelope: Signed | None
    keeper: NodeId
    budget: int
    came_from: Source
    """None for our own: we are its keeper, or its author."""
    since_ms: int
    number: int = 0
    """The number it came under, for `returned`."""
    tried: tuple[NodeId, ...] = ()
    """To whom it is not sent: whoever had it before, in order; the first is where it came from."""
    out: tuple[LinkId, ...] = ()
    """Links with a copy whose fate is open."""
    silent: tuple[LinkId, ...] = ()
    """Links with a copy that was not answered in time, and may be yet."""
    is_over: bool = False
    """Where it came from has been answered: whatever else becomes of it, that was the answer."""

    @property
    def hops(self) -> tuple[NodeId, ...]:
        """The next hops that it was tried at, in order."""
        return self.tried if self.came_from is None else self.tried[1:]

    def end(self) -> Signed | None:
        """Where it came from is being answered: it is tried nowhere else. Returns its text."""
        envelope, self.envelope, self.is_over = self.envelope, None, True
        return envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A unit of our own that could not be brought to its home."""

    key: UnitKey
    reason: ReturnReason
    retry_after_ms: int | None
    has_left: bool
    """Whether any next hop ever had it."""


class Units:
    """The units of the last seconds, within a bound that all sources share fairly.

    All are remembered equally long, so each source's queue is in the order
    in which they are forgotten: a timer for each cost a tenth of all transit.
    """

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._size = 0
        self._units: dict[UnitKey, Unit] = {}
        self._of_source: dict[Source, deque[Unit]] = {}

    def sizes(self) -> Iterator[Size]:
        """How full its table is."""
        yield Size("units", self._size, self._maximum)

    def __len__(self) -> int:
        return self._size

    def get(self, key: UnitKey) -> Unit | None:
        return self._units.get(key)

    def add(self, unit: Unit) -> None:
        """Remember a unit, instead of any other of its key. The caller has made room."""
        self._units[unit.key] = unit
        queue = self._of_source.get(unit.came_from)
        if queue is None:
            queue = self._of_source[unit.came_from] = deque()
        queue.append(unit)
        self._size += 1

    def make_room(self, source: Source, now_ms: int) -> tuple[bool, Unit | None]:
        """Whether one more unit of this source may be added, and which had to go for it.

        In a full table every source has an equal share. One that has used its
        share up gives up its own oldest, if nobody needs that any more; if
        that is still needed, there is no room. One that has not takes the
        place of the oldest of the source that holds most.
        """
        if self._size < self._maximum:
            return True, None
        own = self._of_source.get(source, ())
        share = self._maximum // (len(self._of_source) + (not own))
        if len(own) < share:
            largest = max(self._of_source, key=lambda each: len(self._of_source[each]))
            return True, self._pop(largest)
        oldest = self._of_source[source][0]
        is_settled = oldest.envelope is None
        if is_settled and now_ms >= oldest.since_ms + limits.UNIT_SETTLED_MS:
            return True, self._pop(source)
        return False, None

    def take_old(self, now_ms: int) -> list[Unit]:
        """Forget, and return, the units whose time is over."""
        old: list[Unit] = []
        for source, queue in list(self._of_source.items()):
            while queue and queue[0].since_ms + limits.UNIT_MS <= now_ms:
                old.append(self._pop(source))
        return old

    def next_old_ms(self) -> int | None:
        """When the oldest unit will be forgotten; None while there is none."""
        oldest = [queue[0].since_ms for queue in self._of_source.values()]
        return min(oldest) + limits.UNIT_MS if oldest else None

    def _pop(self, source: Source) -> Unit:
        queue = self._of_source[source]
        unit = queue.popleft()
        if not queue:
            del self._of_source[source]
        if self._units.get(unit.key) is unit:
            del self._units[unit.key]
        self._size -= 1
        return unit
