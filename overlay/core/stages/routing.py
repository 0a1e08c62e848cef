"""Where does it go? One unit at a time, from hop to hop. docs/protocol.md, section 6."""

from hashlib import sha256

from overlay import limits
from overlay.core.effects import Effect, Report
from overlay.core.facts import UnitDropped
from overlay.core.state.deadlines import Deadline, UnitsDue
from overlay.core.state.links import Link, Links
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.topology import Topology
from overlay.core.state.units import Unit, Units
from overlay.messages.ids import LeafHash, NodeId
from overlay.messages.routing import Relay, Returned, ReturnReason, UnitKey
from overlay.messages.signed import Signed
from overlay.structures.timers import Timers


class Routing:
    """Passes units on to the next hop, and back where they came from.

    Our own units that come back are collected in `ended`, for their keeper.
    """

    def __init__(
        self,
        ourselves: Ourselves,
        links: Links,
        topology: Topology,
        timers: Timers[Deadline],
    ) -> None:
        self._ourselves = ourselves
        self._links = links
        self._topology = topology
        self._timers = timers
        self._units = Units(limits.UNITS_MAX)
        self._ended: list[tuple[UnitKey, ReturnReason]] = []

    def __len__(self) -> int:
        return len(self._units)

    @property
    def has_ended(self) -> bool:
        return bool(self._ended)

    def take_ended(self) -> list[tuple[UnitKey, ReturnReason]]:
        """Our own units that could not be brought to their home, with the reason."""
        ended, self._ended = self._ended, []
        return ended

    def send(self, key: UnitKey, envelope: Signed, keeper: NodeId, now_ms: int) -> list[Effect]:
        """Send a unit of our own. What cannot be sent comes back through `take_ended`."""
        distance = self._topology.distances_to(key.home).get(self._ourselves.id, 0)
        unit = Unit(
            key=key,
            envelope=envelope,
            keeper=keeper,
            budget=min(limits.BUDGET_PER_HOP * distance + limits.BUDGET_BASE, limits.BUDGET_MAX),
            came_from=None,
            since_ms=now_ms,
        )
        # Whoever made our own unit up beforehand must neither stop it nor give it an old place.
        self._units.remove(key)
        if self._units.is_full:
            return self.give_back(unit, "busy")
        self._remember(unit)
        return self._pass_on(unit)

    def on_relay(
        self, link: Link, relay: Relay, leaf: LeafHash, now_ms: int
    ) -> tuple[Unit | None, list[Effect]]:
        """A unit has come. Returns it where its home is here; otherwise it is passed on."""
        key = UnitKey(leaf, relay.home, relay.attempt)
        unit = Unit(
            key=key,
            envelope=relay.envelope,
            keeper=relay.keeper,
            budget=min(relay.budget, limits.BUDGET_MAX),
            came_from=link.id,
            since_ms=now_ms,
            number=relay.number,
        )
        if self._units.get(key) is not None:
            return None, self.give_back(unit, "no_way")
        if self._units.is_full:
            return None, self.give_back(unit, "busy")
        unit.tried[link.node] = None
        if relay.home == self._ourselves.id:
            return unit, []
        self._remember(unit)
        return None, self._pass_on(unit)

    def on_returned(self, link: Link, returned: Returned, leaf: LeafHash) -> list[Effect]:
        """What we had passed on is ours again: try elsewhere, or pass it back."""
        link.unanswered.answered(returned.number)
        key = UnitKey(leaf, returned.home, returned.attempt)
        unit = self._units.get(key)
        if unit is None or unit.at != link.id:
            return [Report(UnitDropped(leaf=leaf, reason="returned too late"))]
        unit.envelope, unit.at = unit.envelope or returned.envelope, None
        if returned.reason == "no_way":
            return self._pass_on(unit)
        return self.give_back(unit, returned.reason)

    def on_acked(self, key: UnitKey) -> None:
        """The next hop holds it: its text need not stay here."""
        unit = self._units.get(key)
        if unit is not None:
            unit.envelope = None

    def on_refused(self, key: UnitKey) -> list[Effect]:
        """The next hop has no room for it; here that is the keeper's to know."""
        unit = self._units.get(key)
        if unit is None or unit.envelope is None:
            return []
        unit.at = None
        return self.give_back(unit, "busy")

    def on_link_lost(self, link: Link) -> list[Effect]:
        """What was sent on it and not acked goes another way."""
        effects: list[Effect] = []
        for item in link.unanswered.items():
            if not isinstance(item, UnitKey):
                continue
            unit = self._units.get(item)
            if unit is not None and unit.at == link.id and unit.envelope is not None:
                unit.at = None
                effects += self._pass_on(unit)
        return effects

    def give_back(self, unit: Unit, reason: ReturnReason) -> list[Effect]:
        """Nobody ahead takes it: back to where it came from, or to its keeper here."""
        envelope, unit.envelope = unit.envelope, None
        if unit.came_from is None:
            self._units.remove(unit.key)
            self._ended.append((unit.key, reason))
            return []
        link = self._links.get(unit.came_from)
        if link is None or envelope is None:
            return [Report(UnitDropped(leaf=unit.key.leaf, reason=reason))]
        self._links.say(
            link,
            Returned(
                number=unit.number,
                reason=reason,
                envelope=envelope,
                keeper=unit.keeper,
                home=unit.key.home,
                attempt=unit.key.attempt,
            ),
        )
        return []

    def forget_old(self, now_ms: int) -> None:
        """The time of some is over; those after them have a little left."""
        while (oldest := self._units.oldest()) is not None:
            until_ms = oldest.since_ms + limits.UNIT_MS
            if until_ms > now_ms:
                self._timers.set(UnitsDue(), until_ms)
                return
            self._units.remove(oldest.key)

    def _remember(self, unit: Unit) -> None:
        self._units.add(unit)
        if UnitsDue() not in self._timers:
            self._timers.set(UnitsDue(), unit.since_ms + limits.UNIT_MS)

    def _pass_on(self, unit: Unit) -> list[Effect]:
        assert unit.envelope is not None
        link = self._next_hop(unit)
        if link is None or unit.budget <= 0:
            return self.give_back(unit, "no_way")
        size_bytes = unit.envelope.size_bytes
        if not link.has_room(size_bytes):
            return self.give_back(unit, "busy")
        unit.tried[link.node] = None
        unit.at = link.id
        unit.budget -= 1
        number = link.unanswered.take_number(unit.key, size_bytes)
        self._links.say(
            link,
            Relay(
                number=number,
                envelope=unit.envelope,
                keeper=unit.keeper,
                home=unit.key.home,
                attempt=unit.key.attempt,
                budget=unit.budget,
            ),
        )
        return []

    def _next_hop(self, unit: Unit) -> Link | None:
        distances = self._topology.distances_to(unit.key.home)
        ranked = [
            ((link.is_suspected, distances[node]), link)
            for node, link in self._links.by_node()
            if node in distances and node not in unit.tried
        ]
        if not ranked:
            return None
        nearest = min(rank for rank, _ in ranked)
        equal = [link for rank, link in ranked if rank == nearest]
        if len(equal) == 1:
            return equal[0]
        return min(equal, key=lambda link: _mix(unit.key, link.node))


def _mix(key: UnitKey, node: NodeId) -> bytes:
    return sha256(f"{key.leaf}{key.home}{key.attempt}{node}".encode()).digest()
