"""What each message of another node sets in motion, and the handshake of every link."""

from typing import assert_never

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.banning import Banning
from overlay.core.effects import Answer, Effect, Report
from overlay.core.endings import Endings
from overlay.core.events import NeighboursChanged
from overlay.core.facts import (
    LinkEstablished,
    NeighbourKeyChanged,
    RefusedByPeer,
)
from overlay.core.knowledge import KnowledgeMessages
from overlay.core.relays import RelayMessages
from overlay.core.requests import Carried, Declined, KeepApart
from overlay.core.rounds import Rounds
from overlay.core.sharing import Sharing
from overlay.core.stages.links import DIAL_TROUBLES
from overlay.core.state.deadlines import (
    AckDue,
    AnswerDue,
    ApartDue,
    AttachDue,
    HandshakeDue,
    HeartbeatDue,
    LingerDue,
    LinkDue,
    SilenceDue,
    SpareDue,
)
from overlay.core.state.links import Link, Phase
from overlay.errors import (
    HandshakeTimeout,
    NotAttached,
    OwnKey,
    RemoteError,
    TooManyLinks,
    Unexpected,
    WrongPeer,
)
from overlay.messages.ids import Address, Incarnation, NodeId
from overlay.messages.links import Refusal, Spare, Welcome
from overlay.messages.records import NodeRecord
from overlay.messages.routing import Relay, Returned
from overlay.messages.signed import Signed
from overlay.messages.union import Message, NodeMessage
from overlay.peering.effects import Trust
from overlay.peering.events import DialReason, Ticket
from overlay.peering.refusals import refusal_of
from overlay.peering.statements import is_of


class PeerMessages:
    """From hello to goodbye, with nodes; and with clients until they are proved."""

    def __init__(
        self,
        parts: Assembly,
        rounds: Rounds,
        endings: Endings,
        sharing: Sharing,
        banning: Banning,
    ) -> None:
        self.banning = banning
        self._parts = parts
        self._rounds = rounds
        self._endings = endings
        self.relays = RelayMessages(parts, rounds, endings)
        self._knowledge = KnowledgeMessages(parts, rounds, endings, self.relays, sharing)

    # Until a link is open.

    def on_handshake(self, link: Link, message: Message, now_ms: int) -> list[Effect]:
        """One message of a link that is not open yet."""
        if isinstance(message, Welcome) and link.peer:
            return self._on_welcome(link, message, now_ms)
        if not self._parts.sessions.on_handshake(link, message):
            return []
        self.banning.check_id(link.peer, now_ms)
        if link.dialled is not None:
            return [
                *self._parts.sessions.pin(link),
                *self._vouch(link, now_ms),
                *self.admit(now_ms),
            ]
        return [Trust(link.id, is_node=link.is_node), *self._receive(link, now_ms)]

    def _receive(self, link: Link, now_ms: int) -> list[Effect]:
        """One who dialled us has proved itself: welcome it, unless our dials may yet name it."""
        if self._parts.sessions.is_welcome(link):
            return self._welcome(link, now_ms)
        link.is_awaiting_pin = True
        dials = [
            effect
            for address in self._parts.members.unpinned()
            for effect in self._parts.keeping.redial(address)
        ]
        return [*dials, *self.admit(now_ms)]

    def admit(self, now_ms: int) -> list[Effect]:
        """Decide on peers that waited for our own dials to name them."""
        effects: list[Effect] = []
        is_dialling = any(
            self._parts.keeping.is_finding_out(address)
            for address in self._parts.members.unpinned()
        )
        for link in self._parts.sessions.waiting_for_pins():
            if self._parts.sessions.is_welcome(link):
                effects += self._welcome(link, now_ms)
            elif not is_dialling:
                effects += self._turn_away(link, now_ms)
        return effects

    def _turn_away(self, link: Link, now_ms: int) -> list[Effect]:
        return self._endings.expel(link, self._parts.sessions.not_a_neighbour(), now_ms)

    def _vouch(self, link: Link, now_ms: int) -> list[Effect]:
        """A new pin, or an open overlay, changes whom we vouch for."""
        self._parts.members.vouch_openly(link.node)
        return self._rounds.follow(self._parts.gossip.revouch(), now_ms)

    def _welcome(self, link: Link, now_ms: int) -> list[Effect]:
        effects: list[Effect] = []
        if link.is_node:
            effects += self._vouch(link, now_ms)
        self._parts.sessions.welcome(link)
        if link.is_node:
            self._parts.keeping.on_welcoming(link)
        else:
            effects += self._open(link, now_ms)
            parts, due = self._parts, AttachDue(link.id)
            parts.timers.set(due, now_ms + limits.ATTACH_MS)
            effects += self.make_way(parts.sessions.surplus_client(), now_ms)
        return effects

    def make_way(self, link: Link | None, now_ms: int) -> list[Effect]:
        """End a link of a stranger that holds up others, if there is one."""
        error = TooManyLinks("others need the room")
        return self._endings.expel(link, error, now_ms) if link else []

    def _on_welcome(self, link: Link, welcome: Welcome, now_ms: int) -> list[Effect]:
        if link.is_awaiting_pin:
            raise Unexpected("the listener welcomes first")
        if not self._parts.sessions.is_welcome(link):
            raise self._parts.sessions.not_a_neighbour()
        told = self._told_of_us(welcome.record)
        if told is not None:
            return self._endings.begin_anew(link.node, told, now_ms)
        if self._parts.sessions.loser(link, now_ms) is link:
            # Where we dialled it, before our welcome: its other end, which might judge otherwise
            # by then, never has two links to choose from.
            return self._endings.close(link, "duplicate_link", now_ms)
        if link.dialled is not None:
            self._parts.sessions.welcome(link)
        self._parts.sessions.on_welcomed(link, welcome)
        return self._open(link, now_ms)

    def _told_of_us(self, signed: Signed | None) -> Incarnation | None:
        """The incarnation of a record of ours of another run, where that is not below ours."""
        us = self._parts.ourselves
        if signed is None or signed.signer != us.id:
            return None
        record = self._parts.verification.read_record(signed)
        if not is_of(record, NodeRecord):
            raise Unexpected("another record than our own")
        return record.value.incarnation if us.is_of_another_run(record) else None

    def _open(self, link: Link, now_ms: int) -> list[Effect]:
        """The link serves, in place of another one of the same two if there is one."""
        parts = self._parts
        effects: list[Effect] = []
        loser = parts.sessions.loser(link, now_ms)
        if loser is not None:
            effects += self._endings.close(loser, "duplicate_link", now_ms)
        parts.timers.cancel(HandshakeDue(link.id))
        parts.links.open(link)
        parts.keeping.on_opened(link, now_ms)
        if link.is_node:
            parts.keeping.on_established(link, now_ms)
            parts.keeping.on_sign_of_life(link.node)
            parts.extras.on_established(link, now_ms)
            effects += parts.healing.on_established(link)
            parts.anti_entropy.begin(link, now_ms)
            fact = LinkEstablished(
                node=link.node,
                address=link.dialled or link.remote_address,
                is_dialled=link.dialled is not None,
            )
            effects.append(Report(fact))
        return effects

    def explain(self, link: Link, error: RemoteError) -> list[Effect]:
        """What the operator has to know of an error: a changed key, and what to do about it."""
        if link.dialled is None or not isinstance(error, WrongPeer):
            return []
        if self._parts.members.neighbour_at(link.dialled) is None:
            # What a record says of its node's address binds nobody: there is nothing to accept.
            return []
        if isinstance(error, OwnKey):
            mending = "a node is not its own neighbour: take this address out of the file"
            link.trouble = f"{error.code}: {error.detail}; {mending}"
            return []
        command = f"overlay node accept-key DIR {link.dialled}"
        link.trouble = f"{error.code}: {error.detail}; to accept it: {command}"
        fact = NeighbourKeyChanged(address=link.dialled, detail=error.detail, command=command)
        return [Report(fact)]

    # Dials and the file.

    def on_dial_failed(self, address: Address, reason: DialReason, now_ms: int) -> list[Effect]:
        """Nobody there: a node whose link was just reset is dead, then."""
        parts = self._parts
        if reason == "refused":
            parts.healing.on_refused(address, now_ms)
        effects = self._endings.end_dial(address, now_ms, DIAL_TROUBLES[reason])
        if reason == "refused":
            for node in parts.liveness.lingering():
                known = (*parts.topology.addresses_of(node), *parts.members.addresses_of(node))
                if address in known:
                    parts.liveness.let_go(node)
                    parts.timers.cancel(LingerDue(node))
        return [*effects, *self.admit(now_ms)]

    def on_file(self, changed: NeighboursChanged, now_ms: int) -> list[Effect]:
        """The operator's file has changed: vouch anew, close what it no longer admits, dial."""
        parts = self._parts
        parts.shares.use(changed.shares)
        parts.members.neighbours = changed.neighbours
        effects = self._rounds.follow(parts.gossip.revouch(), now_ms)
        for link in parts.links.nodes():
            if not parts.members.is_welcome(link.node):
                effects += self._endings.close(link, "not_a_neighbour", now_ms)
        return [*effects, *parts.keeping.dial_neighbours()]

    def keep_apart(self, ticket: Ticket, asked: KeepApart, now_ms: int) -> list[Effect]:
        """The operator wants no link with a node for a while: end the one there is."""
        parts, node = self._parts, asked.node
        trouble = parts.commands.why_not_apart(node)
        if trouble is not None:
            return [Answer(ticket, Declined(trouble))]
        if asked.for_ms <= 0:
            parts.timers.cancel(ApartDue(node))
            return [*self.let_together(node), Answer(ticket, Carried("links may be again"))]
        if not parts.members.keep_apart(node):
            return [Answer(ticket, Declined(f"{limits.APART_MAX} nodes are kept apart already"))]
        for_ms = min(asked.for_ms, limits.APART_MS_MAX)
        parts.timers.set(ApartDue(node), now_ms + for_ms)
        link = parts.links.to_node(node)
        closing = self._endings.close(link, "not_a_neighbour", now_ms) if link is not None else []
        return [*closing, Answer(ticket, Carried(f"kept apart for {for_ms} ms"))]

    def let_together(self, node: NodeId) -> list[Effect]:
        """Links with a node may be again; one that our file names is dialled."""
        self._parts.members.let_together(node)
        addresses = self._parts.members.addresses_of(node)
        return [effect for at in addresses for effect in self._parts.keeping.redial(at)]

    # An open link.

    def on_link_due(self, link: Link, due: LinkDue, now_ms: int) -> list[Effect]:
        """One of a link's deadlines."""
        match due:
            case HandshakeDue():
                if link.is_awaiting_pin:
                    return self._turn_away(link, now_ms)
                error = HandshakeTimeout(f"not over after {limits.HANDSHAKE_MS} ms")
                self._parts.links.say(link, refusal_of(error))
                return self._endings.close(link, error.code, now_ms)
            case AttachDue():
                missed = NotAttached(f"not attached after {limits.ATTACH_MS} ms")
                return self._endings.expel(link, missed, now_ms)
            case HeartbeatDue():
                serves_node = link.is_node and link.phase is Phase.OPEN
                root = self._parts.holdings.root if serves_node else None
                self._parts.keeping.on_heartbeat_due(link, now_ms, root)
                if serves_node:
                    self._parts.anti_entropy.on_tick(link, now_ms)
                return []
            case SilenceDue():
                if self._parts.keeping.is_silent(link, now_ms):
                    return self._endings.close(link, "silent", now_ms)
                return []
            case AckDue():
                self._parts.keeping.on_ack_due(link)
                return []
            case AnswerDue():
                return self._parts.routing.on_answer_due(link, now_ms)
            case SpareDue():
                self._parts.extras.propose(link, now_ms)
                return []
            case _:
                assert_never(due)

    def on_refusal(self, link: Link, refusal: Refusal, now_ms: int) -> list[Effect]:
        """The peer says no: to a numbered message, or to all of us."""
        if refusal.number is not None:
            item = link.unanswered.answered(refusal.number, now_ms)
            link.is_quiet = False
            return self.relays.on_refused(link, item, refusal.code, now_ms)
        link.trouble = f"{refusal.code}: {refusal.detail}" if refusal.detail else refusal.code
        fact = RefusedByPeer(
            remote_address=link.dialled or link.remote_address,
            code=refusal.code,
            detail=refusal.detail,
        )
        return [Report(fact)]

    def on_ack(self, link: Link, number: int, now_ms: int) -> list[Effect]:
        """The peer holds everything up to a number."""
        return self.relays.on_ack(link, number, now_ms)

    def on_message(self, link: Link, message: NodeMessage, now_ms: int) -> list[Effect]:
        """One message of a node whose link is open."""
        match message:
            case Relay():
                return self.relays.on_relay(link, message, now_ms)
            case Returned():
                return self.relays.on_returned(link, message, now_ms)
            case Spare():
                agrees = self._parts.extras.agrees(link, now_ms)
                return self._endings.close(link, "spare", now_ms) if agrees else []
            case _:
                return self._knowledge.on_message(link, message, now_ms)
