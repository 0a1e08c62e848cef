"""Telling news on: pushed along a tree of links, announced on all others.

docs/protocol.md, sections 5.5 and 6.5. Source: Leitão, Pereira, Rodrigues,
"Epidemic broadcast trees", SRDS 2007 (Plumtree).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from overlay import limits
from overlay.core.effects import Effect, Report
from overlay.core.facts import Grafted, SpreadShed
from overlay.core.state.deadlines import AnnounceDue, Deadline, MissingDue
from overlay.core.state.holdings import Holdings, Item
from overlay.core.state.kept_spreads import KeptSpreads, Told
from overlay.core.state.links import Link, Links
from overlay.core.state.steering import Lag, Lead
from overlay.messages.gossip import Announce, Equivocation, Prune, Push, Request
from overlay.messages.ids import LeafHash, NodeId
from overlay.messages.routing import Spread
from overlay.messages.signed import Signed
from overlay.peering.events import LinkId
from overlay.peering.outgoing import in_portions
from overlay.structures.sizes import Size, fullest
from overlay.structures.timers import Timers


@dataclass(slots=True, kw_only=True)
class _Missing:
    """Something that was announced and has not come."""

    announced_ms: int
    due_ms: int
    first: LinkId
    """Whoever announced it first has its place in the table."""
    announcers: list[LinkId] = field(default_factory=list)
    asked: list[LinkId] = field(default_factory=list)


class Spreading:
    """Which links are of the tree, what has yet to be announced, and what is missing.

    Every link begins as one of the tree. One over which only known things come
    is pruned from it; one that announced what came no other way is grafted.
    """

    def __init__(
        self,
        ourselves: NodeId,
        links: Links,
        holdings: Holdings,
        has_read: Callable[[LeafHash], bool],
        timers: Timers[Deadline],
        count_nodes: Callable[[], int],
    ) -> None:
        self._ourselves = ourselves
        self._links = links
        self._holdings = holdings
        self._has_read = has_read
        self._timers = timers
        self._lead = Lead()
        self._lag = Lag(count_nodes)
        self._missing: dict[LeafHash, _Missing] = {}
        self._told = KeptSpreads()
        self._torn_until_ms = 0
        """Until then a link of the tree that we have lost is not made up for."""

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        missing = self._missing.values()
        of_one_link = max(Counter(each.first for each in missing).values(), default=0)
        yield Size("missing", len(missing), limits.MISSING_MAX)
        yield Size("missing of one link", of_one_link, limits.MISSING_LINK_MAX)
        announcers = fullest(each.announcers for each in missing)
        yield Size("announcers of one", announcers, limits.ANNOUNCERS_MAX)
        yield from self._told.sizes()
        yield from self._lag.sizes()

    # Telling on.

    def spread(
        self, items: Sequence[tuple[LeafHash, Item]], came_from: Link | None, now_ms: int
    ) -> None:
        """Tell of what newly counts on every link but the one it came from."""
        if not items:
            return
        for _, item in items:
            self._lead.on_news(_signer(item), came_from.id if came_from else None, now_ms)
        pushes = list(_pushes([item for _, item in items]))
        for link in self._links.nodes():
            if link is came_from:
                continue
            if link.exchange.is_eager:
                self._links.say(link, *pushes)
            else:
                self._announce_later(link, [leaf for leaf, _ in items], now_ms)
        self._plan_announcing()

    def tell(self, link: Link, items: Sequence[tuple[LeafHash, Item]], now_ms: int) -> None:
        """Tell of what newly counts on one link."""
        if items and link.exchange.is_eager:
            self._links.say(link, *_pushes([item for _, item in items]))
        elif items:
            self._announce_later(link, [leaf for leaf, _ in items], now_ms)
            self._plan_announcing()

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
        told = Told(envelope, keeper, now_ms - age_ms)
        self._told.hold(leaf, told)
        self._lead.on_news(envelope.signer, came_from.id if came_from else None, now_ms)
        for link in self._links.nodes():
            if link is came_from:
                continue
            if link.exchange.is_eager and link.has_room(envelope.size_bytes):
                self._send(link, leaf, told, now_ms)
            else:
                # Where there is no credit now, there is when they ask for it.
                self._announce_later(link, [leaf], now_ms)
        self._plan_announcing()

    def announce_kept(self, link: Link, now_ms: int) -> None:
        """Once on each link, when its two ends know each other's records: what was said of late.

        They may have been apart while it was said.
        """
        if link.exchange.has_announced_kept or not link.is_exchanged:
            return
        link.exchange.has_announced_kept = True
        leaves = self._told.said_since(now_ms - limits.SPREADS_TOLD_MS)
        if leaves:
            self._links.say(link, Announce(tuple(leaves[-limits.ANNOUNCED_LEAVES_MAX :])))

    def on_announce_due(self, now_ms: int) -> None:
        """What has gathered for each link long enough is announced to it."""
        for link in self._links.nodes():
            if not link.exchange.to_announce or now_ms < link.exchange.announce_due_ms:
                continue
            waiting, link.exchange.to_announce = link.exchange.to_announce, {}
            leaves = [leaf for leaf in waiting if leaf in self._holdings or leaf in self._told]
            for start in range(0, len(leaves), limits.ANNOUNCED_LEAVES_MAX):
                portion = leaves[start : start + limits.ANNOUNCED_LEAVES_MAX]
                self._links.say(link, Announce(tuple(portion)))
        self._plan_announcing()

    def on_request(self, link: Link, request: Request, now_ms: int) -> list[Effect]:
        """Who announced is asked: give it, and push on this link from now on."""
        if not link.exchange.is_eager:
            link.exchange.is_eager = True
            link.exchange.torn_until_ms = now_ms + limits.TORN_MS
            self._expect_nowhere_else(link, now_ms)
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

    def on_lost(self, link: Link, now_ms: int) -> list[Effect]:
        """A link with a node is gone. If it was one of the tree, that is torn right here.

        What was to come along it comes no other way, or not before others have mended the tree.
        """
        if not link.exchange.is_eager or self._links.to_node(link.node) is not None:
            return []
        self._torn_until_ms = now_ms + limits.TORN_MS
        for missing in self._missing.values():
            if missing.announcers:
                missing.due_ms = now_ms
        return self.on_missing_due(now_ms)

    # Hearing of.

    def on_arrived(self, link: Link, leaf: LeafHash, now_ms: int) -> None:
        """Something has come on a link: it is not missing, and that end knows it."""
        link.exchange.to_announce.pop(leaf, None)
        missing = self._missing.pop(leaf, None)
        if missing is None:
            asked = self._lag.on_known(leaf, link.id, now_ms)
            # Two that have both asked, and told each other, must not both take it back.
            if asked is not None and self._ourselves < link.node:
                self._take_back(asked, link, now_ms)
        elif link.id in missing.asked:
            self._lag.on_answer(leaf, link.id, missing.announced_ms)
        else:
            self._lag.on_copy(now_ms - missing.announced_ms)
            for asked in missing.asked:
                self._take_back(asked, link, now_ms)

    def _take_back(self, asked: LinkId, came_on: Link, now_ms: int) -> None:
        """What that link was grafted for comes along the tree all the same."""
        link = self._links.get(asked)
        if link is not None and link.exchange.is_eager and came_on.exchange.is_eager:
            self._prune(link, now_ms)

    def on_pushed(
        self, link: Link, pushed: Sequence[Signed], now_ms: int, *, has_news: bool
    ) -> None:
        """Of what was pushed something was new, or all was known.

        A link goes after a few vain pushes in a row of whoever shapes the tree,
        if that one's news comes on another link of it, and never our last one.
        """
        exchange = link.exchange
        if not any(self._lead.shapes(signed.signer) for signed in pushed):
            return
        exchange.vain_pushes = 0 if has_news else exchange.vain_pushes + 1
        is_vain = exchange.vain_pushes >= self._lead.vain_pushes_max
        # A graft and a prune that cross leave the link in the tree at one end alone: the other
        # end is pushed on, though it has said no prune, or has said one in vain.
        is_pushing = exchange.is_eager or now_ms >= exchange.prune_again_ms
        if is_vain and is_pushing and link.is_exchanged and self._can_spare(link):
            self._prune(link, now_ms)

    def _prune(self, link: Link, now_ms: int) -> None:
        link.exchange.vain_pushes = 0
        link.exchange.is_eager = False
        link.exchange.prune_again_ms = now_ms + _answer_ms(link)
        self._links.say(link, Prune())

    def _can_spare(self, link: Link) -> bool:
        if self._lead.came_on is None:
            return any(each.exchange.is_eager for each in self._links.nodes() if each is not link)
        other = self._links.get(self._lead.came_on)
        return other is not None and other is not link and other.exchange.is_eager

    def on_announce(self, link: Link, announce: Announce, now_ms: int) -> None:
        """Wait whether what we lack comes another way."""
        is_crowded = len(self._missing) + len(announce.leaves) > limits.MISSING_LINK_MAX
        own = sum(each.first == link.id for each in self._missing.values()) if is_crowded else 0
        for leaf in announce.leaves:
            if leaf in self._holdings or leaf in self._told or self._has_read(leaf):
                link.exchange.to_announce.pop(leaf, None)
                self._lag.on_copy(0)
                continue
            missing = self._missing.get(leaf)
            if missing is None:
                if len(self._missing) >= limits.MISSING_MAX or own >= limits.MISSING_LINK_MAX:
                    continue
                own += is_crowded
                due_ms = now_ms + self._patience_ms(link, now_ms)
                missing = _Missing(announced_ms=now_ms, due_ms=due_ms, first=link.id)
                self._missing[leaf] = missing
            is_known = link.id in missing.announcers
            if not is_known and len(missing.announcers) < limits.ANNOUNCERS_MAX:
                missing.announcers.append(link.id)
        self._plan_missing()

    def _patience_ms(self, link: Link, now_ms: int) -> int:
        """How long what was announced on a link may take to come another way.

        Who has grafted it may have gathered that before: it pushes only what is newer.
        """
        exchange = link.exchange
        is_grafted = exchange.is_eager and now_ms < exchange.torn_until_ms
        if is_grafted or now_ms < self._torn_until_ms:
            return 0
        patience_ms = max(_answer_ms(link), self._lag.patience_ms)
        return min(patience_ms, limits.GRAFT_MAX_MS)

    def _expect_nowhere_else(self, link: Link, now_ms: int) -> None:
        """The other end lacks what we had: the tree was torn, and this link mends it.

        What it has announced here was kept from us by the same tear.
        """
        for missing in self._missing.values():
            if link.id in missing.announcers:
                missing.announcers.remove(link.id)
                missing.announcers.insert(0, link.id)
                missing.due_ms = now_ms
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
            missing.due_ms = now_ms + _answer_ms(link)
            if not link.exchange.is_eager:
                missing.asked.append(link.id)
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
        if not waiting:
            link.exchange.announce_due_ms = now_ms + self._gathering_ms(link)
        if len(waiting) + len(leaves) <= limits.MISSING_MAX:
            waiting.update(dict.fromkeys(leaves))

    def _gathering_ms(self, link: Link) -> int:
        """One end waits twice as long: what the other announces meanwhile it need not."""
        round_trip_ms = link.unanswered.round_trip.smoothed_ms or 0
        wait_ms = min(max(round_trip_ms, limits.ANNOUNCE_MS), limits.ANNOUNCE_MAX_MS)
        return wait_ms if self._ourselves < link.node else 2 * wait_ms

    def _plan_announcing(self) -> None:
        self._timers.cancel(AnnounceDue())
        due = [
            link.exchange.announce_due_ms
            for link in self._links.nodes()
            if link.exchange.to_announce
        ]
        if due:
            self._timers.set(AnnounceDue(), min(due))

    def _send(self, link: Link, leaf: LeafHash, told: Told, now_ms: int) -> None:
        number = link.unanswered.take_number(leaf, told.envelope.size_bytes, now_ms)
        spread = Spread(
            number=number,
            envelope=told.envelope,
            keeper=told.keeper,
            age_ms=told.age_ms(now_ms),
        )
        self._links.say(link, spread)


def _answer_ms(link: Link) -> int:
    """How long what answers something on a link may take to come: what was announced, or no more
    pushes after a prune."""
    wait_ms = limits.GRAFT_ROUND_TRIPS * (link.unanswered.round_trip.smoothed_ms or 0)
    return min(max(wait_ms, limits.GRAFT_MIN_MS), limits.GRAFT_ROUND_TRIPS_MAX_MS)


def _signer(item: Item) -> str:
    return item.signer if isinstance(item, Signed) else item.first.signer


def _pushes(items: Sequence[Item]) -> Iterator[Push | Equivocation]:
    for portion in in_portions(item for item in items if isinstance(item, Signed)):
        yield Push(portion)
    yield from (item for item in items if isinstance(item, Equivocation))
