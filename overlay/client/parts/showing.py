"""In which order people see messages: after their parents, or marked. docs/protocol.md, 9.8."""

from collections.abc import Iterable

from overlay import limits
from overlay.client.durable.rows import (
    heads_key,
    heads_row,
    held_key,
    held_row,
    untaken_key,
    untaken_row,
)
from overlay.client.durable.values import Arrival, Place, UntakenRow
from overlay.client.facts import MessageArrived
from overlay.client.state.deadlines import GapDue
from overlay.client.state.everything import State
from overlay.client.state.order import Held
from overlay.messages.ids import ConversationId


class Showing:
    """Shows each message once, when it is durable and its parents are shown."""

    def __init__(self, state: State) -> None:
        self._desk = state.desk
        self._ledger = state.ledger
        self._ourselves = state.ourselves
        self._people = state.people
        self._own_chains = state.own_chains
        self._their_chains = state.their_chains
        self._order = state.order
        self._last_untaken = 0

    def restore(self, untaken: list[UntakenRow], held: list[Arrival], now_ms: int) -> None:
        """Take up again what was not taken, or waited for parents, when the client stopped."""
        told = {row.arrival.place: None for row in untaken}
        for row in untaken:
            self._last_untaken = row.order
            self._desk.report(self._fact(row.arrival, follows_gap=row.follows_gap))
        for arrival in held:
            # What is kept and what is forgotten are two commits: a crash between them leaves both.
            if arrival.place in told:
                self._ledger.forget(held_key(arrival.place))
        waiting = [arrival for arrival in held if arrival.place not in told]
        self._take(waiting, is_stored=True, now_ms=now_ms)

    def taken(self, places: Iterable[Place]) -> None:
        """Our person has these."""
        for place in places:
            self._ledger.forget(untaken_key(place))

    def flush(self, now_ms: int) -> None:
        """Judge what was opened in this round."""
        self._take(self._order.take_arrived(), is_stored=False, now_ms=now_ms)

    def on_gap_due(self, place: Place) -> None:
        """A parent has not come in its time."""
        held = self._order.held(place)
        if held is not None:
            self._show(held, follows_gap=True)

    def _take(self, arrivals: list[Arrival], *, is_stored: bool, now_ms: int) -> None:
        together = {arrival.place: None for arrival in arrivals}
        judged = [self._judge(arrival, together, is_stored) for arrival in arrivals]
        for held in judged:
            self._order.hold(held)
        for held in judged:
            if not held.missing and self._order.held(held.arrival.place) is held:
                self._show(held, follows_gap=False)
        for held in judged:
            if self._order.held(held.arrival.place) is held:
                self._keep_back(held, now_ms)
        while (longest := self._order.longest_held()) is not None:
            self._show(longest, follows_gap=True)

    def _judge(self, arrival: Arrival, together: dict[Place, None], is_stored: bool) -> Held:
        missing = {
            parent: None
            for parent in arrival.parents
            if parent != arrival.place
            and (parent in together or self._is_to_come(parent, arrival.conversation))
        }
        return Held(arrival=arrival, missing=missing, is_stored=is_stored)

    def _is_to_come(self, parent: Place, conversation: ConversationId) -> bool:
        """Whether a parent is not shown yet, and may be.

        Of a conversation of which nothing was ever seen here the parents are
        from before our time: nobody sends them any more.
        """
        chain, index = parent
        if self._order.held(parent) is not None:
            return True
        theirs = self._their_chains.get(chain)
        if theirs is not None:
            return not theirs.chain.has_opened(index)
        return chain not in self._own_chains and self._order.knows(conversation)

    def _keep_back(self, held: Held, now_ms: int) -> None:
        place = held.arrival.place
        self._desk.timers.set(GapDue(place), now_ms + limits.PARENT_WAIT_MS)
        if not held.is_stored:
            held.is_stored = True
            self._ledger.put(held_row(held.arrival))

    def _show(self, held: Held, *, follows_gap: bool) -> None:
        """Show a message, and with it those that waited for nothing else."""
        showing = [held]
        while showing:
            held = showing.pop(0)
            showing += self._order.release(held)
            self._show_one(held, follows_gap=follows_gap)
            follows_gap = False

    def _show_one(self, held: Held, *, follows_gap: bool) -> None:
        arrival = held.arrival
        self._desk.timers.cancel(GapDue(arrival.place))
        self._note_head(arrival)
        if held.is_stored:
            self._ledger.forget(held_key(arrival.place))
        if self._ourselves.settings.keeps_untaken:
            self._keep_untaken(arrival, follows_gap=follows_gap)
        fact = self._fact(arrival, follows_gap=follows_gap)
        self._ledger.after(lambda _: self._desk.report(fact))

    def _keep_untaken(self, arrival: Arrival, *, follows_gap: bool) -> None:
        self._last_untaken += 1
        row = UntakenRow(order=self._last_untaken, arrival=arrival, follows_gap=follows_gap)
        self._ledger.put(untaken_row(row))

    def _fact(self, arrival: Arrival, *, follows_gap: bool) -> MessageArrived:
        return MessageArrived(
            origin=arrival.origin,
            chain=arrival.chain,
            index=arrival.index,
            conversation=arrival.conversation,
            person=arrival.person,
            name=self._people.name_of(arrival.person),
            is_own=arrival.account == self._ourselves.account,
            text=arrival.text,
            sent_at=arrival.sent_at,
            follows_gap=follows_gap,
        )

    def _note_head(self, arrival: Arrival) -> None:
        before = self._order.heads(arrival.conversation)
        heads = [head for head in before if head not in arrival.parents] + [arrival.place]
        evicted = self._order.set_heads(arrival.conversation, heads)
        self._ledger.put(heads_row(arrival.conversation, self._order.heads(arrival.conversation)))
        if evicted is not None:
            self._ledger.forget(heads_key(evicted))
