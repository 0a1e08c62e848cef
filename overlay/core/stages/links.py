"""Whose link? Opening, keeping and losing links: dials, heartbeats, silence, acks.

docs/protocol.md, sections 1.3, 1.4, 10.1, 10.2 and 10.4.
"""

from enum import Enum, auto

from overlay import limits
from overlay.core.effects import Effect, Report
from overlay.core.facts import NeighbourUnreachable
from overlay.core.state.deadlines import (
    AckDue,
    AnswerDue,
    AttachDue,
    Deadline,
    HandshakeDue,
    HeartbeatDue,
    RedialDue,
    SilenceDue,
    SpareDue,
)
from overlay.core.state.lateness import Lateness
from overlay.core.state.links import Link, Links, Phase
from overlay.core.state.members import Members
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.topology import Topology
from overlay.messages.ids import Address, NodeId
from overlay.messages.links import Ack, Heartbeat
from overlay.peering.effects import Dial, Send
from overlay.peering.events import DialReason
from overlay.structures.backoff import Backoff
from overlay.structures.timers import Timers


class DialState(Enum):
    """Where a neighbour's address stands."""

    IDLE = auto()
    DIALLING = auto()
    LINKED = auto()


class LinkKeeping:
    """Dials neighbours, keeps links warm, and notices silence."""

    def __init__(
        self,
        ourselves: Ourselves,
        links: Links,
        members: Members,
        topology: Topology,
        timers: Timers[Deadline],
        lateness: Lateness,
    ) -> None:
        self._ourselves = ourselves
        self._links = links
        self._members = members
        self._topology = topology
        self._timers = timers
        self._lateness = lateness
        self._dials: dict[Address, DialState] = {}
        self._expected: dict[Address, NodeId] = {}
        """Whom we dial at addresses that our file does not name."""
        self._backoffs: dict[Address, Backoff] = {}
        self._troubles: dict[Address, str] = {}
        self._anew_ms = 0
        """From when on back-offs may begin anew."""

    # Dials.

    def dial_neighbours(self) -> list[Effect]:
        """Dial every neighbour of the file that has an address and no link."""
        return [
            effect
            for entry in self._members.neighbours
            if entry.address is not None
            for effect in self.redial(entry.address)
        ]

    def redial(self, address: Address) -> list[Effect]:
        """Dial an address if the file still names it, and does not block it."""
        neighbour = self._members.neighbour_at(address)
        return self.dial(address) if neighbour is not None and not neighbour.is_blocked else []

    def dial(self, address: Address, member: NodeId | None = None) -> list[Effect]:
        """Dial an address unless it is being dialled or linked.

        Beyond the file it is a member's, and nobody but that member is accepted there.
        """
        node = self._members.expected_at(address) or member
        if node == self._ourselves.id or self._ourselves.is_stopping:
            return []
        if node is not None and self._members.is_blocked(node):
            return []
        has_link = node is not None and self._links.to_node(node) is not None
        if has_link or self._dials.get(address) in (DialState.DIALLING, DialState.LINKED):
            return []
        self._dials[address] = DialState.DIALLING
        if member is not None and self._members.neighbour_at(address) is None:
            self._expected[address] = member
        self._timers.cancel(RedialDue(address))
        return [Dial(address)]

    def probe(self, node: NodeId) -> list[Effect]:
        """Dial a node whose link was reset at once, to learn whether it lives."""
        addresses = self._members.addresses_of(node) or self._topology.addresses_of(node)[:1]
        return [effect for address in addresses for effect in self.dial(address, node)]

    def expected_at(self, address: Address) -> NodeId | None:
        """The key that must answer a dial of ours, if one is known."""
        return self._members.expected_at(address) or self._expected.get(address)

    def is_finding_out(self, address: Address) -> bool:
        """Whether a dial to an address is under way, or its handshake."""
        return self._dials.get(address, DialState.IDLE) is not DialState.IDLE

    def on_dialled(self, address: Address) -> None:
        """The dial became a link."""
        self._dials[address] = DialState.LINKED

    def on_established(self, link: Link, now_ms: int) -> None:
        """A handshake succeeded: the next dial need not wait.

        Who was alone dials all its neighbours soon: what kept them away was most likely the same.
        """
        if link.dialled is not None:
            self._backoffs.pop(link.dialled, None)
            self._troubles.pop(link.dialled, None)
        was_alone = len(self._links.by_node()) == 1
        if was_alone and now_ms >= self._anew_ms:
            self._anew_ms = now_ms + limits.REDIAL_ANEW_MS
            self._backoffs.clear()
            for entry in self._members.neighbours:
                if entry.address is not None and RedialDue(entry.address) in self._timers:
                    self._plan_redial(entry.address, now_ms)

    def on_dial_over(self, address: Address, now_ms: int, trouble: str | None) -> list[Effect]:
        """A dial failed, or its link is gone: dial again later, if it is still a neighbour's."""
        self._dials[address] = DialState.IDLE
        self._expected.pop(address, None)
        if self._members.neighbour_at(address) is None:
            self._dials.pop(address)
            return []
        self._plan_redial(address, now_ms)
        return self._tell_trouble(address, trouble)

    def on_link_lost(self, node: NodeId, now_ms: int) -> None:
        """A neighbour's link is gone, whoever dialled it: somebody has to dial again."""
        for address in self._members.addresses_of(node):
            if not self.is_finding_out(address) and RedialDue(address) not in self._timers:
                self._plan_redial(address, now_ms)

    def on_sign_of_life(self, node: NodeId) -> None:
        """A neighbour that we could not reach has reached us: its back-off is over."""
        for address in self._members.addresses_of(node):
            self._backoffs.pop(address, None)
            self._troubles.pop(address, None)
            self._timers.cancel(RedialDue(address))

    def trouble_at(self, address: Address) -> str:
        """Why there is no link to an address; empty when nothing went wrong."""
        return self._troubles.get(address, "")

    def _plan_redial(self, address: Address, now_ms: int) -> None:
        backoff = self._backoffs.get(address)
        if backoff is None:
            backoff = Backoff(limits.REDIAL_FIRST_MS, limits.REDIAL_MAX_MS)
            self._backoffs[address] = backoff
        wait_ms = backoff.next_ms(self._ourselves.random)
        self._timers.set(RedialDue(address), now_ms + wait_ms)

    def _tell_trouble(self, address: Address, trouble: str | None) -> list[Effect]:
        if trouble is None or self._troubles.get(address) == trouble:
            return []
        self._troubles[address] = trouble
        return [Report(NeighbourUnreachable(address=address, reason=trouble))]

    # Heartbeats, silence.

    def on_welcoming(self, link: Link) -> None:
        """We listened and said welcome: for the other end the link may serve from now on.

        It listens for silence, then, even while we have not been run to read its welcome.
        """
        self._timers.set(HeartbeatDue(link.id), link.said_ms + limits.HEARTBEAT_NODE_MS)

    def on_opened(self, link: Link, now_ms: int) -> None:
        """The link serves: keep it warm, and listen for its silence."""
        link.serves_since_ms = now_ms
        # A handshake has one to two round trips.
        link.unanswered.round_trip.suppose((now_ms - link.opened_ms) // 2)
        self._plan_heartbeat(link)
        self._timers.set(SilenceDue(link.id), now_ms + self._silence_ms(link))

    def on_heard(self, link: Link, now_ms: int) -> None:
        """Something came on a link."""
        link.heard_ms = now_ms
        if link.is_suspected:
            link.is_suspected = False
            self._timers.set(SilenceDue(link.id), now_ms + self._silence_ms(link))

    def on_heartbeat_due(self, link: Link, now_ms: int, root: str | None) -> None:
        """Say that we live, unless something was said meanwhile; and our root, if it is new."""
        quiet_ms = int(link.their_heartbeat_ms * (1 - limits.HEARTBEAT_JITTER))
        is_new = link.is_node and root != link.exchange.told_root
        if is_new or now_ms >= link.said_ms + quiet_ms:
            self._links.say(link, Heartbeat(root=root if is_new else None))
            if is_new:
                link.exchange.told_root = root
            link.said_ms = now_ms
        self._plan_heartbeat(link)

    def is_silent(self, link: Link, now_ms: int) -> bool:
        """Judge a silence that is due: suspect first; True when the link is to be dropped.

        While we are late ourselves, both take as many times as long.
        """
        factor = self._lateness.factor(now_ms)
        if not link.is_suspected and now_ms >= link.heard_ms + factor * self._silence_ms(link):
            link.is_suspected, link.suspected_ms = True, now_ms
        if link.is_suspected:
            ends_ms = link.suspected_ms + factor * limits.SUSPECT_MS
        else:
            ends_ms = link.heard_ms + factor * self._silence_ms(link)
        if now_ms >= ends_ms:
            return True
        self._timers.set(SilenceDue(link.id), ends_ms)
        return False

    def stretch(self, lag_ms: int, now_ms: int) -> None:
        """We were not run for a while: what came meanwhile waits, and nobody was silent for it."""
        factor = self._lateness.factor(now_ms)
        for link in self._links:
            if link.phase is Phase.OPEN:
                heard_ms = now_ms + limits.LAG_MS - factor * self._silence_ms(link)
                link.heard_ms = max(link.heard_ms + lag_ms, heard_ms)
                suspected_ms = now_ms + limits.LAG_MS - factor * limits.SUSPECT_MS
                link.suspected_ms = max(link.suspected_ms + lag_ms, suspected_ms)
                self._delay_attach(link, now_ms)
            else:
                link.handshake_due_ms += lag_ms
                self._timers.set(HandshakeDue(link.id), link.handshake_due_ms)

    def _delay_attach(self, link: Link, now_ms: int) -> None:
        """What a client said to attach may have come while we were not run."""
        if AttachDue(link.id) in self._timers:
            self._timers.set(AttachDue(link.id), now_ms + limits.ATTACH_MS)

    def forget(self, link: Link) -> None:
        """The link is gone."""
        for due in (HandshakeDue, AttachDue, HeartbeatDue, SilenceDue, AckDue, AnswerDue, SpareDue):
            self._timers.cancel(due(link.id))

    def _plan_heartbeat(self, link: Link) -> None:
        jitter = 1 + limits.HEARTBEAT_JITTER * (2 * self._ourselves.random.random() - 1)
        at_ms = link.said_ms + int(link.their_heartbeat_ms * jitter)
        self._timers.set(HeartbeatDue(link.id), at_ms)

    def _silence_ms(self, link: Link) -> int:
        return limits.SILENT_HEARTBEATS * link.our_heartbeat_ms

    # Rounds.

    def owe_ack(self, link: Link, now_ms: int) -> None:
        """Something numbered came: ack it with the next frame, at latest after the delay."""
        if not link.is_ack_due:
            link.is_ack_due = True
            self._timers.set(AckDue(link.id), now_ms + limits.ACK_DELAY_MS)

    def on_ack_due(self, link: Link) -> None:
        """The delay is over: ack in a frame of its own."""
        if link.is_ack_due:
            self._links.say(link)

    def flush(self, now_ms: int) -> list[Effect]:
        """One round's words of every link, as few frames."""
        speaking = self._links.take_speaking()
        return [effect for link in speaking for effect in self.flush_link(link, now_ms)]

    def flush_link(self, link: Link, now_ms: int) -> list[Effect]:
        """The words of one link, its acks with them."""
        effects: list[Effect] = []
        if link.is_ack_due:
            link.outgoing.put(Ack(link.received.ack()))
            link.is_ack_due = False
            self._timers.cancel(AckDue(link.id))
        for frame in link.outgoing.flush():
            link.said_ms = now_ms
            link.queued_bytes += len(frame)
            effects.append(Send(link.id, frame))
        return effects


DIAL_TROUBLES: dict[DialReason, str] = {
    "refused": "nobody listens there",
    "turned_away": "it takes no link now",
    "timed_out": "no answer",
    "unreachable": "there is no way to that host",
    "not_overlay": "what listens there is no overlay node",
    "without_tls": "it goes without TLS to another machine: write wss://, or run with --insecure",
    "bad_address": "nobody can be dialled at such an address: its host or port cannot be",
}
