"""Where does it go? One unit at a time, from hop to hop. docs/protocol.md, section 6."""

from collections.abc import Iterator

from overlay import limits
from overlay.core.effects import Effect, Report
from overlay.core.facts import UnitDropped
from overlay.core.ranking import NextHops
from overlay.core.state.deadlines import AnswerDue, Deadline, UnitsDue
from overlay.core.state.links import Link, Links
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.topology import Topology
from overlay.core.state.units import Ended, Unit, Units
from overlay.core.state.ways import LostReceipts, Retries
from overlay.messages.ids import LeafHash, NodeId
from overlay.messages.routing import (
    ATTEMPTS_COUNTED,
    Relay,
    Returned,
    ReturnReason,
    UnitKey,
    is_later,
)
from overlay.messages.signed import Signed
from overlay.peering.events import LinkId
from overlay.structures.recent import Recent
from overlay.structures.sizes import Size
from overlay.structures.timers import Timers


class Routing:
    """Passes units on to the next hop, and back where they came from: depth first.

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
        self._seen = Recent(limits.SEEN_MAX, limits.SEEN_MS)
        self._retries = Retries()
        self._next_hops = NextHops(links, topology, self._units)
        self.lost_receipts = LostReceipts(self._next_hops.ways)
        self._ended: list[Ended] = []
        self._is_forgetting_due = False

    def sizes(self) -> Iterator[Size]:
        """How full its tables are; of what was seen there are two generations."""
        yield Size("seen", len(self._seen), 2 * limits.SEEN_MAX)
        yield from self._units.sizes()
        yield from self._next_hops.sizes()
        yield from self.lost_receipts.sizes()

    def __len__(self) -> int:
        return len(self._units)

    @property
    def has_ended(self) -> bool:
        return bool(self._ended)

    def take_ended(self) -> list[Ended]:
        """Our own units that could not be brought to their home, with the reason."""
        ended, self._ended = self._ended, []
        return ended

    # Units come and go.

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
        # Whoever made our own unit up beforehand must not stop it.
        self._seen.take(key, now_ms)
        return self._take_in(unit, now_ms)

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
            tried=(NodeId(link.peer),),
        )
        if is_later(key):
            self._next_hops.came(key, relay.keeper, link, now_ms)
        if relay.home == self._ourselves.id:
            return unit, []
        if not self._seen.take(key, now_ms):
            known = self._units.get(key)
            if known is not None:
                # It has been there already, so it need not be sent there.
                known.tried += (link.node,)
            return None, self.give_back(unit, "no_way")
        return None, self._take_in(unit, now_ms)

    def _take_in(self, unit: Unit, now_ms: int) -> list[Effect]:
        has_room, displaced = self._units.make_room(unit.came_from, now_ms)
        if not has_room:
            return self.give_back(unit, "busy")
        self._units.add(unit)
        if not self._is_forgetting_due:
            self._is_forgetting_due = True
            self._timers.set(UnitsDue(), unit.since_ms + limits.UNIT_MS)
        effects = self._pass_on(unit, now_ms)
        if displaced is not None and displaced.envelope is not None:
            effects += self.give_back(displaced, "busy")
        return effects

    def forget_old(self, now_ms: int) -> list[Effect]:
        """The time of some is over; what is held of them goes back."""
        effects: list[Effect] = []
        for unit in self._units.take_old(now_ms):
            if unit.envelope is not None:
                effects += self.give_back(unit, "no_way")
        self._seen.turn(now_ms)
        next_ms = self._units.next_old_ms()
        self._is_forgetting_due = next_ms is not None
        if next_ms is not None:
            self._timers.set(UnitsDue(), next_ms)
        return effects

    def give_back(
        self, unit: Unit, reason: ReturnReason, retry_after_ms: int | None = None
    ) -> list[Effect]:
        """Nobody ahead takes it: back to where it came from, or to its keeper here."""
        envelope = unit.end()
        if reason == "busy":
            retry_after_ms = min(retry_after_ms or limits.BUSY_RETRY_MS, limits.BUSY_RETRY_MAX_MS)
        if unit.came_from is None:
            ended = Ended(
                key=unit.key,
                reason=reason,
                retry_after_ms=retry_after_ms,
                has_left=bool(unit.tried),
            )
            self._ended.append(ended)
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
                budget=unit.budget,
                retry_after_ms=retry_after_ms,
            ),
        )
        return []

    # Answers, and their absence.

    def on_acked(self, link: Link, key: UnitKey) -> None:
        """The next hop holds it: its text need not stay here."""
        unit = self._units.get(key)
        if unit is None:
            return
        if link.id in unit.silent:
            unit.silent = _without(unit.silent, link)
            unit.out += (link.id,)
        unit.envelope = None

    def has_forgotten(self, link: Link, key: UnitKey) -> bool:
        """Whether this link has a unit whose text is not here: it alone says what that is."""
        unit = self._units.get(key)
        return unit is not None and unit.envelope is None and link.id in unit.out

    def on_returned(
        self, link: Link, returned: Returned, key: UnitKey, now_ms: int
    ) -> list[Effect]:
        """What we had passed on is ours again: try elsewhere, or pass it back."""
        unit = self._units.get(key)
        if unit is None or link.id not in (*unit.out, *unit.silent):
            return [Report(UnitDropped(leaf=key.leaf, reason="returned too late"))]
        _withdraw(unit, link)
        unit.budget = min(unit.budget, returned.budget)
        if unit.is_over or unit.out:
            return [Report(UnitDropped(leaf=key.leaf, reason="another copy is under way"))]
        unit.envelope = unit.envelope or returned.envelope
        if returned.reason == "no_way":
            return self._pass_on(unit, now_ms)
        return self.give_back(unit, returned.reason, returned.retry_after_ms)

    def text_refused(self, link: Link, key: UnitKey) -> Unit | None:
        """A unit that this link has just refused, if its text is still here."""
        unit = self._units.get(key)
        if unit is None or unit.envelope is None or link.id not in (*unit.out, *unit.silent):
            return None
        _withdraw(unit, link)
        return unit if not unit.out else None

    def on_refused(self, link: Link, unit: Unit, code: str, now_ms: int) -> list[Effect]:
        """The next hop does not take it: no room, or its home's no, is the keeper's to know."""
        if code == "busy":
            return self.give_back(unit, "busy")
        if link.peer == unit.key.home:
            return self.give_back(unit, "not_here")
        return self._pass_on(unit, now_ms)

    def on_link_lost(self, link: Link, now_ms: int) -> list[Effect]:
        """What was sent on it and not acked goes another way."""
        effects: list[Effect] = []
        for item in link.unanswered.items():
            unit = self._units.get(item) if isinstance(item, UnitKey) else None
            if unit is None or link.id not in (*unit.out, *unit.silent):
                continue
            _withdraw(unit, link)
            if unit.envelope is not None and not unit.out:
                effects += self._pass_on(unit, now_ms)
        return effects

    def on_answer_due(self, link: Link, now_ms: int) -> list[Effect]:
        """What was not answered in time goes another way, too; the link is the last from now on."""
        effects: list[Effect] = []
        for item in link.unanswered.take_late(now_ms):
            link.is_quiet = True
            unit = self._units.get(item) if isinstance(item, UnitKey) else None
            if unit is None or link.id not in unit.out:
                continue
            unit.out = _without(unit.out, link)
            unit.silent += (link.id,)
            if unit.envelope is not None and not unit.out and self._retries.take():
                effects += self._pass_on(unit, now_ms)
        link.is_answer_due = False
        self._expect_answer(link)
        return effects

    def _expect_answer(self, link: Link) -> None:
        """One deadline for each link: that of its oldest unit."""
        late_at_ms = link.unanswered.late_at_ms()
        if late_at_ms is not None:
            link.is_answer_due = True
            self._timers.set(AnswerDue(link.id), late_at_ms)

    def judge(self, key: UnitKey, *, has_arrived: bool, now_ms: int) -> None:
        """A receipt came for an attempt of ours, or none in time: the next ones go accordingly."""
        self._next_hops.judge(key, has_arrived=has_arrived, now_ms=now_ms)

    def send_note(
        self, envelope: Signed, leaf: LeafHash, home: NodeId, now_ms: int
    ) -> list[Effect]:
        """Send what nobody keeps, once."""
        # Drawn, since another home may have been given the same one before.
        series = self._ourselves.random.getrandbits(limits.ATTEMPT_SERIES_BITS)
        key = UnitKey(leaf, home, series * ATTEMPTS_COUNTED)
        effects = self.send(key, envelope, self._ourselves.id, now_ms)
        unit = self._units.get(key)
        if unit is not None and unit.tried:
            self.lost_receipts.sent(home, unit.tried[-1])
        return effects

    def _pass_on(self, unit: Unit, now_ms: int) -> list[Effect]:
        envelope = unit.envelope
        assert envelope is not None
        if unit.budget <= 0:
            return self.give_back(unit, "no_way")
        size_bytes = envelope.size_bytes
        link, is_crowded = self._next_hops.best(unit, size_bytes, now_ms)
        if link is None:
            return self.give_back(unit, "busy" if is_crowded else "no_way")
        if len(unit.tried) == (unit.came_from is not None):
            self._retries.earn()
        key = unit.key
        if is_later(key):
            self._next_hops.went(key, link.node)
        unit.tried += (NodeId(link.peer),)
        unit.out += (link.id,)
        unit.budget -= 1
        number = link.unanswered.take_number(key, size_bytes, now_ms, is_awaited=True)
        if not link.is_answer_due:
            self._expect_answer(link)
        self._links.say(
            link,
            Relay(
                number=number,
                envelope=envelope,
                keeper=unit.keeper,
                home=key.home,
                attempt=key.attempt,
                budget=unit.budget,
            ),
        )
        return []


def _without(links: tuple[LinkId, ...], link: Link) -> tuple[LinkId, ...]:
    return tuple(each for each in links if each != link.id)


def _withdraw(unit: Unit, link: Link) -> None:
    """Nothing more will be heard of the copy on this link."""
    unit.out, unit.silent = _without(unit.out, link), _without(unit.silent, link)
