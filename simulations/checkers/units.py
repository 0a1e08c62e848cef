"""S5: for one attempt at one home nobody uses a directed link twice, and budgets are kept.

What is promised of an attempt of a keeper to bring an envelope to a home, and judged here:

- while a node knows that it has seen it, 10 s at least by its clock, it sends it on once;
- only the keeper makes it: everybody else sends what it was sent;
- a copy arrives with what it may still cost, at most 64; each transmission by
  whoever holds it costs one at least, and none is made when nothing is left.

So a copy makes at most 64 hops, and all copies of a unit together at most one
for each directed link. The most that any unit cost is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from overlay import limits
from overlay.messages.links import Refusal
from overlay.messages.routing import Relay, Returned
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from simulations.checkers.base import Checker
from simulations.checkers.links import Peers
from simulations.checkers.sight import Sight
from simulations.machines import Host, NodeHost

Unit = tuple[str, str, int, str]
"""What its leaf hash names, home, attempt, keeper.

Units as nodes tell them apart have no keeper. Where a client moves on and
submits again, its new home counts attempts from the first anew, and nodes take
its for those of the old home: that is counted, as two keepers of one attempt.
"""


@dataclass(slots=True, kw_only=True)
class _Held:
    """What one run of a node has done with a unit since it first saw it."""

    since_ms: int
    budget: int
    sent_ms: int = -1
    """When it was sent last, by the world's clock."""
    spent: list[int] = field(default_factory=list)
    """The budgets with which it was sent then. In what order is not to be seen."""
    had: int = 0
    """The budget before."""
    sent_to: dict[str, None] = field(default_factory=dict)
    is_again: bool = False
    """Whether it came when it may just have been forgotten: then it is spent from two purses."""
    is_returned: bool = False
    is_doubtful: bool = False
    """Whether its receiver may not have taken it, and so may take it when it comes again."""
    came_under: dict[tuple[LinkId, int], None] = field(default_factory=dict)
    """The links that it came on, and its number there: all, where it is doubtful which counts."""


class UnitsChecker(Checker):
    """Follows every relay from node to node."""

    id = "S5"
    branches = (
        "backtracked to another link",
        "unit came a second time",
        "returned as no_way",
        "returned as busy",
        "returned as not_here",
        "two keepers of one attempt",
    )

    def __init__(self) -> None:
        super().__init__()
        self.transmissions_most = 0
        self._peers = Peers()
        self._held: dict[tuple[str, int, Unit], _Held] = {}
        self._taken: dict[tuple[str, LinkId], dict[int, tuple[str, int, Unit]]] = {}
        """By the link that each came on first, and its number there."""
        self._transmissions: dict[Unit, int] = {}
        self._keepers: dict[tuple[str, str, int], str] = {}

    def on_standing(self, host: Host, link: LinkId, peer: str) -> None:
        self._peers.on_standing(host, link, peer)

    def on_end(self, host: Host, now_ms: int) -> None:
        self._peers.on_end(host)

    def on_heard(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        self._peers.on_heard(host, link, messages)
        if not isinstance(host, NodeHost) or self._peers.has_closed(host, link):
            return
        for message in messages:
            if isinstance(message, Relay):
                self._on_relay(host, link, message, host.clock.reading(now_ms))
            elif isinstance(message, Returned):
                self.sometimes(f"returned as {message.reason}")
                held = self._held.get((host.name, host.starts, _unit(message)))
                if held is not None:
                    held.is_returned = True

    def on_close(self, host: Host, link: LinkId, code: str, now_ms: int) -> None:
        """The rest of a frame for which a link is closed is nothing to its receiver.

        Where in the frame that begins is not to be seen: what came in it and
        was not passed on may have been taken, or not.
        """
        self._peers.on_close(host, link)
        reading_ms = host.clock.reading(now_ms)
        for key in self._taken.get((host.name, link), {}).values():
            held = self._held.get(key)
            if held is not None:
                held.is_doubtful |= held.since_ms == reading_ms and not held.sent_to

    def on_said(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        if not isinstance(host, NodeHost):
            return
        for message in messages:
            if isinstance(message, Relay):
                self._check(host, self._peers.of(host, link), message, now_ms)
            elif isinstance(message, Refusal) and message.number is not None:
                self._on_refused(host, link, message.number)

    def look(self, sight: Sight, now_ms: int) -> None:
        """Forget what every node has forgotten, those too that were not run for a while."""
        until_ms = now_ms - 3 * limits.SEEN_MS
        old = [key for key, held in self._held.items() if held.since_ms < until_ms]
        for key in old:
            for came_under in self._held.pop(key).came_under:
                self._take_back(key[0], *came_under)
            self._transmissions.pop(key[2], None)
            self._keepers.pop(key[2][:3], None)

    def _on_relay(self, host: Host, link: LinkId, relay: Relay, reading_ms: int) -> None:
        key = (host.name, host.starts, _unit(relay))
        before = self._remembered(key, reading_ms)
        if before is not None and not before.is_doubtful:
            self.sometimes("unit came a second time")
            # Where a box has doubled a frame, its second half is refused by the same number.
            self._take_back(host.name, link, relay.number)
            return
        # It may come again later than everybody surely remembers it: who was not run for a while
        # has not forgotten it yet, and goes on with what it had.
        earlier = self._held.get(key)
        is_doubtful = earlier is not None
        budget = max(min(relay.budget, limits.BUDGET_MAX), earlier.budget if earlier else 0)
        came_under = {**(before.came_under if before else {}), (link, relay.number): None}
        self._held[key] = _Held(
            since_ms=reading_ms,
            budget=budget,
            came_under=came_under,
            is_doubtful=is_doubtful,
            is_again=is_doubtful,
        )
        self._taken.setdefault((host.name, link), {})[relay.number] = key

    def _on_refused(self, host: Host, link: LinkId, number: int) -> None:
        """What a node refuses it does not hold."""
        key = self._take_back(host.name, link, number)
        held = self._held.get(key) if key is not None else None
        if key is None or held is None or (link, number) not in held.came_under:
            return
        del held.came_under[link, number]
        if not held.came_under:
            del self._held[key]

    def _take_back(self, host: str, link: LinkId, number: int) -> tuple[str, int, Unit] | None:
        taken = self._taken.get((host, link), {})
        key = taken.pop(number, None)
        if not taken:
            self._taken.pop((host, link), None)
        return key

    def _check(self, host: NodeHost, to: str, relay: Relay, now_ms: int) -> None:
        unit = _unit(relay)
        key = (host.name, host.starts, unit)
        held = self._held.get(key)
        if held is None:
            if relay.keeper != host.key.id:
                self.broken(now_ms, f"{host.name} sends {to} a unit that it was not sent")
            since_ms = host.clock.reading(now_ms)
            held = self._held[key] = _Held(since_ms=since_ms, budget=limits.BUDGET_MAX)
            self._note_keeper(unit)
        if to in held.sent_to:
            self.broken(
                now_ms,
                f"{host.name} sends {to} attempt {relay.attempt} at {relay.home} a second time",
            )
        if held.sent_ms != now_ms:
            held.sent_ms, held.spent, held.had = now_ms, [], held.budget
        is_spent_twice = relay.budget in held.spent and not held.is_again
        if not 0 <= relay.budget < held.had or is_spent_twice:
            self.broken(now_ms, f"{host.name} sends with budget {relay.budget}, having {held.had}")
        held.spent.append(relay.budget)
        if held.sent_to and held.is_returned:
            self.sometimes("backtracked to another link")
        held.budget = min(held.budget, relay.budget)
        held.sent_to[to], held.is_doubtful = None, False
        self._transmissions[unit] = self._transmissions.get(unit, 0) + 1
        self.transmissions_most = max(self.transmissions_most, self._transmissions[unit])

    def _note_keeper(self, unit: Unit) -> None:
        text, home, number, keeper = unit
        if self._keepers.setdefault((text, home, number), keeper) != keeper:
            self.sometimes("two keepers of one attempt")

    def _remembered(self, key: tuple[str, int, Unit], reading_ms: int) -> _Held | None:
        held = self._held.get(key)
        return held if held is not None and reading_ms < held.since_ms + limits.SEEN_MS else None


def _unit(message: Relay | Returned) -> Unit:
    envelope = message.envelope
    # On the way nobody compares what stands outside a text with it: another kind or signer there
    # makes another unit, until somebody does.
    named = f"{envelope.kind} {envelope.signer} {envelope.signed}"
    return named, message.home, message.attempt, message.keeper
