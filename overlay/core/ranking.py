"""Which next hop is best for a unit, and how its first hops did. docs/protocol.md, 6.2 and 6.4."""

from collections.abc import Iterator, Mapping
from hashlib import sha256

from overlay import limits
from overlay.core.state.links import Link, Links
from overlay.core.state.topology import Topology
from overlay.core.state.units import Unit, Units
from overlay.core.state.ways import UNKNOWN, Detours, Ways, WaysBack
from overlay.messages.ids import NodeId
from overlay.messages.routing import ATTEMPTS_COUNTED, UnitKey, is_later
from overlay.peering.events import LinkId
from overlay.structures.sizes import Size

# A link's rank is one number, the most important reason in its highest bits: on the fast path
# tuples cost more than everything else together.
_RANK_BITS = 5
_DISTANCE_BITS = 15
_VERDICT = 1 << (_RANK_BITS + _DISTANCE_BITS)
_USED = _VERDICT << 2
_USED_MAX = 63
_DOUBTFUL = _USED << 6
_NO_WAY = _DOUBTFUL << 1 >> _RANK_BITS
"""A distance beyond every other reason."""

_NOTHING: Mapping[NodeId, int] = {}


class NextHops:
    """Ranks our links for a unit, and remembers what ranks them differently the next time."""

    def __init__(self, links: Links, topology: Topology, units: Units) -> None:
        self._links = links
        self._topology = topology
        self._units = units
        self.ways = Ways()
        self._detours = Detours()
        self._ways_back = WaysBack()

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield from self.ways.sizes()
        yield Size("detours", len(self._detours), limits.DETOURS_MAX)
        yield Size("ways back", len(self._ways_back), limits.WAYS_BACK_MAX)

    def best(self, unit: Unit, size_bytes: int, now_ms: int) -> tuple[Link | None, bool]:
        """The best link with room, or None and whether it is only room that is wanting."""
        if unit.key.attempt % ATTEMPTS_COUNTED != 1:
            back = self._way_back(unit, size_bytes, now_ms)
            if back is not None:
                return back, False
        ranked = self._ranked(unit, now_ms)
        if len(ranked) > 1:
            ranked = [each for each in ranked if each[2].has_room(size_bytes)] or ranked[:1]
            best_rank = min(ranked)[0]
            best = [each for each in ranked if each[0] == best_rank]
            ranked = best if len(best) == 1 else [min(best, key=lambda each: _mix(unit, each[2]))]
        if not ranked:
            return None, False
        link = ranked[0][2]
        return (link, False) if link.has_room(size_bytes) else (None, True)

    def went(self, key: UnitKey, hop: NodeId) -> None:
        """A later attempt goes by this hop. First ones are noted when a second one comes."""
        self._detours.went(key.leaf, key.home, hop)

    def came(self, key: UnitKey, keeper: NodeId, link: Link, now_ms: int) -> None:
        """A later attempt has come on this link. Of first ones nothing is noted: most go well."""
        self._ways_back.came(keeper, key.home, link.id, now_ms)

    def judge(self, key: UnitKey, *, has_arrived: bool, now_ms: int) -> None:
        """A receipt came for an attempt of ours, or none in time: remember its first hop."""
        unit = self._units.get(key)
        hops = unit.hops if unit is not None else tuple(self._detours.get(key.leaf, key.home) or ())
        if not hops:
            return
        tell = self.ways.succeeded if has_arrived else self.ways.failed
        tell(key.home, hops[-1], now_ms)

    def _way_back(self, unit: Unit, size_bytes: int, now_ms: int) -> Link | None:
        """For what is no first attempt: where later ones of the other side came from.

        What nobody keeps answers those, as it seems. A later attempt goes there once.
        """
        link_id = self._ways_back.to(unit.key.home, unit.keeper, now_ms)
        link = self._links.get(link_id) if link_id is not None else None
        if link is None or link.peer in unit.tried or link.is_suspected or link.is_quiet:
            return None
        if is_later(unit.key) and self._used(unit.key).get(link.node):
            return None
        return link if link.has_room(size_bytes) else None

    def _ranked(self, unit: Unit, now_ms: int) -> list[tuple[int, LinkId, Link]]:
        """Every link that it can still go to, behind its rank: the lower, the better."""
        key, tried = unit.key, unit.tried
        distances = self._topology.distances_to(key.home)
        used = self._used(key) if is_later(key) else None
        verdicts = self.ways.verdicts(key.home, now_ms) if unit.came_from is None else None
        ranked: list[tuple[int, LinkId, Link]] = []
        for node, link in self._links.by_node():
            if node in tried:
                continue
            rank = distances.get(node, _NO_WAY) << _RANK_BITS
            round_trip = link.unanswered.round_trip
            if round_trip.rank:
                rank += round_trip.rank_at(now_ms)
            if link.is_suspected or link.is_quiet:
                rank += _DOUBTFUL
            # Only who keeps it goes around its home, where the link with that is slow: past it on
            # the way nothing is gained, and mostly it is not come there again.
            if used and (unit.came_from is None or node != key.home):
                rank += _USED * min(used.get(node, 0), _USED_MAX)
            if verdicts:
                rank += _VERDICT * verdicts.get(node, UNKNOWN)
            ranked.append((rank, link.id, link))
        return ranked

    def _used(self, key: UnitKey) -> Mapping[NodeId, int]:
        """How often earlier attempts went by which hop."""
        used = self._detours.get(key.leaf, key.home)
        if used is None:
            earlier = self._units.get(key._replace(attempt=key.attempt - 1))
            if earlier is None:
                return _NOTHING
            used = self._detours.went(key.leaf, key.home, *earlier.hops)
        return used


def _mix(unit: Unit, link: Link) -> bytes:
    key = unit.key
    return sha256(f"{key.leaf}{key.home}{key.attempt}{link.peer}".encode()).digest()
