"""Telling news on: pushed along a tree of links, announced on all others.

docs/protocol.md, sections 5.5 and 6.5. Source: Leitão, Pereira, Rodrigues,
"Epidemic broadcast trees", SRDS 2007 (Plumtree).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

from overlay import limits
from overlay.core.effects import Effect, Report
from overlay.core.facts import Grafted, SpreadShed
from overlay.core.state.deadlines import AnnounceDue, Deadline, MissingDue
from overlay.core.state.holdings import Holdings, Item
from overlay.core.state.links import Link, Links
from overlay.messages.gossip import Announce, Equivocation, Prune, Push, Request
from overlay.messages.ids import LeafHash, NodeId
from overlay.messages.routing import Spread
from overlay.messages.signed import Signed
from overlay.peering.events import LinkId
from overlay.peering.outgoing import in_portions
from overlay.structures.bounded import BoundedDict
from overlay.structures.timers import Timers


@dataclass(frozen=True, slots=True)
class _Told:
    """An envelope that went along the tree, where receipts for it go, and when it was said.

    The last as far as is known here; nothing answers for an envelope of a channel.
    """

    envelope: Signed
    keeper: NodeId | None
    said_ms: int

    def age_ms(self, now_ms: int) -> int | None:
        age_ms = now_ms - self.said_ms
        return age_ms if age_ms >= limits.SPREADS_LATE_MS else None


@dataclass(slots=True)
class _Missing:
    """Something that was announced and has not come."""

    due_ms: int
    first: LinkId
    """Whoever announced it first has its place in the table."""
    announcers: list[LinkId] = field(default_factory=list)


class Spreading:
    """Which links are of the tree, what has yet to be announced, and what is missing.

    Every link begins as one of the tree. One over which only known things come
    is pruned from it; one that announced what came no other way is grafted.
    """

    def __init__(
        self,
        links: Links,
        holdings: Holdings,
        has_read: Callable[[LeafHash], bool],
        timers: Timers[Deadline],
        random: Random,
    ) -> None:
        self._links = links
        self._holdings = holdings
        self._has_read = has_read
        self._timers = timers
        self._random = random
        self._missing: dict[LeafHash, _Missing] = {}
        self._told: BoundedDict[LeafHash, _Told] = BoundedDict(limits.SPREADS_KEPT_MAX)
        self._told_bytes = 0

    # Telling on.

    def spread(
        self, items: Sequence[tuple[LeafHash, Item]], came_from: Link | None, now_ms: int
    ) -> None:
        """Tell of what newly counts on every link but the one it came from."""
        if not items:
            return
        pushes = list(_pushes([item for _, item in items]))
        for link in self._links.nodes():
            if link is came_from:
                continue
            if link.exchange.is_eager:
                self._links.say(link, *pushes)
            else:
                self._announce_later(link, [leaf for leaf, _ in items], now_ms)

    def tell(self, link: Link, items: Sequence[tuple[LeafHash, Item]], now_ms: int) -> None:
        """Tell of what newly counts on one link."""
        if items and link.exchange.is_eager:
            self._links.say(link, *_pushes([item for _, item in items]))
        elif items:
            self._announce_later(link, [leaf for leaf, _ in items], now_ms)

    def spread_envelope(
        self,
        envelope: Signed,
        leaf: LeafHash,
        came_from: Link | None,
        now_ms: int,
        *,
        keeper: NodeId | None = None,
        age_ms: int = 0,
    ) -> None:
        """Send an envelope along the tree, and hold it for those who will ask."""
        told = _Told(envelope, keeper, now_ms - age_ms)
        self._hold(leaf, told)
        for link in self._links.nodes():
            if link is came_from:
                continue
            if link.exchange.is_eager and link.has_room(envelope.size_bytes):
                self._send(link, leaf, told, now_ms)
            else:
                # Where there is no credit now, there is when they ask for it.
                self._announce_later(link, [leaf], now_ms)

    def announce_kept(self, link: Link, now_ms: int) -> None:
        """Once on each link, when its two ends know each other's records: what was said of late.

        They may have been apart while it was said.
        """
        if link.exchange.has_announced_kept or not link.is_exchanged:
            return
        link.exchange.has_announced_kept = True
        since_ms = now_ms - limits.SPREADS_TOLD_MS
        # Sealed ones their keepers bring themselves.
        leaves = [
            leaf
            for leaf, told in self._told.items()
            if told.keeper is None and told.said_ms >= since_ms
        ]
        if leaves:
            self._links.say(link, Announce(tuple(leaves[-limits.ANNOUNCED_LEAVES_MAX :])))

    def on_announce_due(self) -> None:
        """What has gathered for each link is announced to it."""
        for link in self._links.nodes():
            waiting, link.exchange.to_announce = link.exchange.to_announce, {}
            leaves = [leaf for leaf in waiting if leaf in self._holdings or leaf in self._told]
            for start in range(0, len(leaves), limits.ANNOUNCED_LEAVES_MAX):
                portion = leaves[start : start + limits.ANNOUNCED_LEAVES_MAX]
                self._links.say(link, Announce(tuple(portion)))

    def on_request(self, link: Link, request: Request, now_ms: int) -> list[Effect]:
        """Who announced is asked: give it, and push on this link from now on."""
        link.exchange.is_eager = True
        items = [item for leaf in request.leaves if (item := self._holdings.item(leaf)) is not None]
        self._links.say(link, *_pushes(items))
        effects: list[Effect] = []
        for leaf in request.leaves:
            told = self._told.get(leaf)
            if told is None:
                continue
            if link.has_room(told.envelope.size_bytes):
                self._send(link, leaf, told, now_ms)
            else:
                effects.append(Report(SpreadShed(leaf=leaf, node=link.node)))
        return effects

    def on_prune(self, link: Link) -> None:
        """The other end knows already what we push: only announce it from now on."""
        link.exchange.is_eager = False

    # Hearing of.

    def on_arrived(self, link: Link, leaf: LeafHash) -> None:
        """Something has come on a link: it is not missing, and that end knows it."""
        self._missing.pop(leaf, None)
        link.exchange.to_announce.pop(leaf, None)

    def on_pushed(self, link: Link, *, has_news: bool) -> None:
        """Of what was pushed something was new, or all was known.

        Where news of two nodes meets on a ring, each node would prune another
        link, and some be cut off until they graft. So a link goes after a few
        vain pushes in a row, how many is chance, and never our last one.
        """
        exchange = link.exchange
        exchange.vain_pushes = 0 if has_news else exchange.vain_pushes + 1
        is_vain = exchange.vain_pushes >= limits.PRUNE_AFTER_PUSHES
        if not is_vain or not link.is_exchanged or self._random.random() < limits.PRUNE_PATIENCE:
            return
        if any(other.exchange.is_eager for other in self._links.nodes() if other is not link):
            exchange.vain_pushes = 0
            exchange.is_eager = False
            self._links.say(link, Prune())

    def on_announce(self, link: Link, announce: Announce, now_ms: int) -> None:
        """Wait whether what we lack comes another way."""
        is_crowded = len(self._missing) + len(announce.leaves) > limits.MISSING_LINK_MAX
        own = sum(each.first == link.id for each in self._missing.values()) if is_crowded else 0
        for leaf in announce.leaves:
            if leaf in self._holdings or leaf in self._told or self._has_read(leaf):
                link.exchange.to_announce.pop(leaf, None)
                continue
            missing = self._missing.get(leaf)
            if missing is None:
                if len(self._missing) >= limits.MISSING_MAX or own >= limits.MISSING_LINK_MAX:
                    continue
                own += is_crowded
                missing = _Missing(now_ms + _patience_ms(link), link.id)
                self._missing[leaf] = missing
            is_known = link.id in missing.announcers
            if not is_known and len(missing.announcers) < limits.ANNOUNCERS_MAX:
                missing.announcers.append(link.id)
        self._plan_missing()

    def on_missing_due(self, now_ms: int) -> list[Effect]:
        """Ask those who announced what has not come, one after the other."""
        asked: dict[LinkId, list[LeafHash]] = {}
        for leaf, missing in list(self._missing.items()):
            if missing.due_ms > now_ms:
                continue
            link = self._next_announcer(missing)
            if link is None:
                # The comparison of roots will find it.
                del self._missing[leaf]
                continue
            missing.due_ms = now_ms + _patience_ms(link)
            asked.setdefault(link.id, []).append(leaf)
        effects: list[Effect] = []
        for link_id, leaves in asked.items():
            effects += self._graft(link_id, leaves)
        self._plan_missing()
        return effects

    def _graft(self, link_id: LinkId, leaves: list[LeafHash]) -> list[Effect]:
        link = self._links.get(link_id)
        assert link is not None
        link.exchange.is_eager = True
        for start in range(0, len(leaves), limits.DELTA_RECORDS_MAX):
            portion = tuple(leaves[start : start + limits.DELTA_RECORDS_MAX])
            self._links.say(link, Request(portion, grafts=True))
        return [Report(Grafted(node=link.node, missing=len(leaves)))]

    def _next_announcer(self, missing: _Missing) -> Link | None:
        while missing.announcers:
            link = self._links.get(missing.announcers.pop(0))
            if link is not None:
                return link
        return None

    def _plan_missing(self) -> None:
        self._timers.cancel(MissingDue())
        if self._missing:
            due_ms = min(missing.due_ms for missing in self._missing.values())
            self._timers.set(MissingDue(), due_ms)

    def _announce_later(self, link: Link, leaves: Sequence[LeafHash], now_ms: int) -> None:
        waiting = link.exchange.to_announce
        if len(waiting) + len(leaves) <= limits.MISSING_MAX:
            waiting.update(dict.fromkeys(leaves))
        if AnnounceDue() not in self._timers:
            self._timers.set(AnnounceDue(), now_ms + limits.ANNOUNCE_MS)

    def _send(self, link: Link, leaf: LeafHash, told: _Told, now_ms: int) -> None:
        number = link.unanswered.take_number(leaf, told.envelope.size_bytes)
        spread = Spread(
            number=number,
            envelope=told.envelope,
            keeper=told.keeper,
            age_ms=told.age_ms(now_ms),
        )
        self._links.say(link, spread)

    def _hold(self, leaf: LeafHash, told: _Told) -> None:
        if leaf in self._told:
            return
        self._told_bytes += told.envelope.size_bytes
        pushed_out = self._told.put(leaf, told)
        if pushed_out is not None:
            self._told_bytes -= pushed_out[1].envelope.size_bytes
        while self._told_bytes > limits.SPREADS_KEPT_BYTES:
            oldest = self._told.pop(next(iter(self._told)))
            assert oldest is not None
            self._told_bytes -= oldest.envelope.size_bytes


def _patience_ms(link: Link) -> int:
    """How long what was announced on a link may take another way."""
    wait_ms = limits.GRAFT_ROUND_TRIPS * (link.unanswered.round_trip.smoothed_ms or 0)
    return min(max(wait_ms, limits.GRAFT_MIN_MS), limits.GRAFT_MAX_MS)


def _pushes(items: Sequence[Item]) -> Iterator[Push | Equivocation]:
    for portion in in_portions(item for item in items if isinstance(item, Signed)):
        yield Push(portion)
    yield from (item for item in items if isinstance(item, Equivocation))
