"""What happens once for all events of a round, and what any change of knowledge sets in motion.

A round ends with our own statements signed together, what they change told
on, copies sent on their way, and one frame for each link.
"""

from collections.abc import Sequence

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Effect, Report
from overlay.core.endings import Endings
from overlay.core.facts import (
    LagNoticed,
    UnitDropped,
)
from overlay.core.own_statements import OwnStatements
from overlay.core.stages.gossip import Changes
from overlay.core.state.deadlines import HomesDue, LingerDue, LivesDue, SaveDue
from overlay.core.state.links import Link
from overlay.messages.envelopes import (
    BundleAnswer,
    BundleWanted,
    ChainWanted,
    Envelope,
    Receipt,
    UnknownKey,
)
from overlay.messages.ids import ClientId, NodeId
from overlay.messages.records import AccountRecord, Record
from overlay.peering.statements import Verified, is_of
from overlay.wire.signed import Signable


class Rounds:
    """The end of every round, and what knowledge entails."""

    def __init__(self, parts: Assembly, statements: OwnStatements, endings: Endings) -> None:
        self._parts = parts
        self._statements = statements
        self._endings = endings
        self._lives_ms = -limits.REACHABILITY_MS
        self._homes_ms = -limits.HOMES_EVERY_MS

    # The end of a round.

    def finish(self, now_ms: int) -> list[Effect]:
        """Sign, apply, route, and say everything that the round has brought."""
        parts = self._parts
        us = parts.ourselves
        if not us.is_started:
            return parts.reserving.begin() + parts.keeping.flush(now_ms)
        effects: list[Effect] = []
        while True:
            if parts.liveness.is_outdated(now_ms):
                self._statements.sign_record(parts.liveness.our_record(now_ms))
            us.sign_all()
            if not self._has_work():
                break
            effects += self._apply_own(now_ms) + self._route(now_ms)
        for client in parts.delivery.stuck.take_relieved():
            self._release(client, now_ms)
        return effects + parts.reserving.reserve_counters() + parts.keeping.flush(now_ms)

    def _release(self, client: ClientId, now_ms: int) -> None:
        """There is room again: ack what was held back."""
        link = self._parts.links.to_client(client)
        if link is not None and link.received.outstanding:
            self._parts.keeping.owe_ack(link, now_ms)

    def send_from_node(self, values: Sequence[BundleWanted | BundleAnswer]) -> list[Effect]:
        """Sign and route envelopes of the node itself at the end of the round."""
        for value in values:
            self._statements.sign_envelope(value)
        return []

    def ask_again(self, values: Sequence[BundleWanted], now_ms: int) -> list[Effect]:
        """Send questions that were not answered; what was on the way of the last has lost it."""
        for home in dict.fromkeys(self._home_of(value) for value in values):
            if home is not None:
                self._parts.routing.lost_receipts.on_lost(home, now_ms)
        return self.send_from_node(values)

    def send_unkept(self, envelope: Verified[Signable], home: NodeId, now_ms: int) -> list[Effect]:
        """Route an envelope that nobody keeps, once."""
        return self._parts.routing.send_note(envelope.signed, envelope.leaf, home, now_ms)

    def take_note(
        self,
        envelope: Verified[Envelope],
        note: Receipt | ChainWanted | UnknownKey,
        now_ms: int,
    ) -> list[Effect]:
        """Hand what nobody keeps to its recipient here; a receipt settles what we keep.

        Where the recipient's link has no credit nothing is settled, so that the
        message is brought once more: whoever gets it again receipts it again.
        """
        reason, effects = self._parts.receiving.hand_out(envelope, None, now_ms)
        if reason == "busy":
            return [*effects, Report(UnitDropped(leaf=envelope.leaf, reason=reason))]
        if isinstance(note, Receipt):
            return [*self._parts.delivery.on_receipt(note, now_ms), *effects]
        return effects

    def _has_work(self) -> bool:
        return bool(
            self._statements or self._parts.delivery.has_departures or self._parts.routing.has_ended
        )

    def _apply_own(self, now_ms: int) -> list[Effect]:
        records = self._statements.take_records()
        return self.apply(records, None, now_ms) if records else []

    def _route(self, now_ms: int) -> list[Effect]:
        parts = self._parts
        effects: list[Effect] = []
        for outcome in parts.delivery.take_outcomes():
            parts.routing.judge(outcome.key, has_arrived=outcome.has_arrived, now_ms=now_ms)
        for envelope in self._statements.take_envelopes():
            home = self._home_of(envelope.value)
            if home is not None:
                effects += self.send_unkept(envelope, home, now_ms)
        for departure in parts.delivery.take_departures():
            effects += parts.routing.send(
                departure.key, departure.envelope, parts.ourselves.id, now_ms
            )
        for leaf, text in parts.delivery.take_spreads():
            parts.spreading.spread_envelope(text, leaf, None, now_ms, keeper=parts.ourselves.id)
        for ended in parts.routing.take_ended():
            effects += parts.delivery.on_attempt_ended(ended, now_ms)
        return effects

    def _home_of(self, value: Signable) -> NodeId | None:
        if isinstance(value, BundleAnswer):
            return NodeId(value.recipients[0])
        assert isinstance(value, BundleWanted)
        presence = self._parts.directory.presence(value.recipients[0])
        return presence.value.home if presence is not None else None

    # Knowledge.

    def apply(
        self, records: Sequence[Verified[Record]], came_from: Link | None, now_ms: int
    ) -> list[Effect]:
        """Merge verified records, and set in motion what follows."""
        changes = self._parts.gossip.apply(records)
        effects = self.follow(changes, now_ms, came_from)
        if came_from is not None and came_from.is_node:
            # Whoever told us one of two texts does not know yet what both of them prove.
            self._parts.spreading.tell(came_from, changes.found, now_ms)
        return effects

    def follow(self, changes: Changes, now_ms: int, came_from: Link | None = None) -> list[Effect]:
        """What records that newly count, or no longer do, set in motion."""
        parts = self._parts
        effects = changes.facts
        parts.spreading.spread(changes.items, came_from, now_ms)
        for record in changes.records.values():
            if is_of(record, AccountRecord):
                parts.remembered.put(record)
        if changes.is_topology_changed:
            effects += self._follow_topology(now_ms)
        for node in changes.left:
            link = parts.links.to_node(node)
            if link is not None and not parts.members.is_welcome(node):
                effects += self._endings.close(link, "not_a_neighbour", now_ms)
        parts.people.changed(changes.accounts, now_ms)
        for client in changes.presences:
            if parts.attachments.moved_away(client):
                link = parts.links.to_client(client)
                if link is not None:
                    effects += self._endings.close(link, "duplicate_link", now_ms)
            effects += parts.delivery.on_presence(client, now_ms)
        effects += self._follow_proofs(changes, now_ms)
        if parts.gossip.has_unsaved and SaveDue() not in parts.timers:
            parts.timers.set(SaveDue(), now_ms + limits.RECORDS_SAVE_MS)
        return effects

    def _follow_proofs(self, changes: Changes, now_ms: int) -> list[Effect]:
        """Who is disabled here has to begin anew: a client of ours, or ourselves."""
        parts = self._parts
        effects: list[Effect] = []
        for proved in changes.proofs:
            link = parts.links.to_client(ClientId(proved.signer))
            if link is not None and link.incarnation <= proved.incarnation:
                effects += self._endings.close(link, "old_incarnation", now_ms)
            if proved.signer == parts.ourselves.id:
                told_by = parts.ourselves.id
                effects += self._endings.begin_anew(told_by, proved.incarnation, now_ms)
        return effects

    def _follow_topology(self, now_ms: int) -> list[Effect]:
        """At once, but not again within a short while: each look is a search of all nodes."""
        if LivesDue() in self._parts.timers:
            return []
        members = len(self._parts.members)
        wait_ms = max(limits.REACHABILITY_MS, members // limits.REACHABILITY_MEMBERS)
        if now_ms >= self._lives_ms + wait_ms:
            return self.follow_lives(now_ms)
        self._parts.timers.set(LivesDue(), self._lives_ms + wait_ms)
        return []

    def follow_lives(self, now_ms: int) -> list[Effect]:
        """Notice who has come alive or died in our eyes, and what that sets in motion."""
        self._lives_ms = now_ms
        parts = self._parts
        changed, effects = parts.liveness.changed_lives()
        parts.people.changed_homes(changed, now_ms)
        alive = parts.topology.alive()
        for node in changed:
            if node in alive:
                for held in parts.directory.clients_of_home(node):
                    effects += parts.delivery.on_presence(held.value.signer, now_ms)
        parts.healing.follow(changed, now_ms)
        parts.extras.follow(now_ms)
        if changed and HomesDue() not in parts.timers:
            # Soon, or whoever is served here knows no other node should this one die.
            soon_ms = now_ms + limits.REACHABILITY_MS
            self._homes_ms = max(soon_ms, self._homes_ms + limits.HOMES_EVERY_MS)
            parts.timers.set(HomesDue(), self._homes_ms)
        return effects

    # Links.

    def heal(self, now_ms: int) -> list[Effect]:
        """Dial a member that is not alive in our eyes."""
        chosen = self._parts.healing.choose(now_ms)
        if chosen is None:
            return []
        node, address = chosen
        dials = self._parts.keeping.dial(address, node)
        return [*dials, *self._parts.healing.began(node, address)] if dials else []

    def link_further(self, now_ms: int) -> list[Effect]:
        """Keep a link with one more member beyond the file."""
        chosen = self._parts.extras.choose()
        if chosen is None:
            return []
        node, address = chosen
        dials = self._parts.keeping.dial(address, node) if address is not None else []
        facts = self._parts.extras.began(node, address) if dials or address is None else []
        self._parts.extras.follow(now_ms)
        return [*dials, *facts]

    def stretch(self, lag_ms: int, now_ms: int) -> list[Effect]:
        """We were not run for a while: what we did not hear meanwhile is nobody else's fault."""
        parts = self._parts
        parts.keeping.stretch(lag_ms, now_ms)
        for node, until_ms in parts.liveness.stretch(lag_ms, now_ms).items():
            parts.timers.set(LingerDue(node), until_ms)
        if not parts.lateness.is_to_be_told(now_ms):
            return []
        return [Report(LagNoticed(lag_ms, parts.lateness.factor(now_ms)))]
