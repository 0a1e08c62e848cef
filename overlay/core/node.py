"""The node: which stage handles what, and in which order. Nothing else knows.

    links ─▶ sessions ─▶ verification ─▶ gossip | routing ─▶ delivery
    whose    who is      is it signed,   what do we know,    a client's link,
    link?    there?      fresh, legal?   where does it go?   or its mailbox?

`starting.py` begins a run; `rounds.py` holds what happens once for all events of a
round, `endings.py` how links end, `sharing.py` who has had their share, `banning.py`
who is kept away; `peers.py` and `clients.py` what each message of
a node, and of a client, sets in motion, `dues.py` what each deadline does.
"""

from collections.abc import Sequence
from random import Random
from typing import assert_never

from overlay.core.assembly import Assembly
from overlay.core.banning import Banning
from overlay.core.clients import ClientMessages
from overlay.core.converged import Beginning, CommonKnowledge, Stance, StandingLink
from overlay.core.dues import Dues
from overlay.core.durable import Durable
from overlay.core.effects import Answer, Effect, Report
from overlay.core.endings import Endings
from overlay.core.events import Command, Event, NeighboursChanged
from overlay.core.facts import NodeStopping, PeerRefused
from overlay.core.own_statements import OwnStatements
from overlay.core.peers import PeerMessages
from overlay.core.requests import (
    AcceptKey,
    BanPeer,
    KeepApart,
    LimitsWanted,
    NodeCensus,
    NodeDirectory,
    NodeGlance,
    NodeStatus,
    StatusWanted,
    UnbanPeer,
)
from overlay.core.rounds import Rounds
from overlay.core.settings import Settings
from overlay.core.sharing import Sharing, limits_status
from overlay.core.starting import Starting
from overlay.core.state.deadlines import HandshakeDue, HeartbeatDue, SilenceDue
from overlay.core.state.links import Link, Phase
from overlay.crypto.keys import SigningKey
from overlay.errors import RemoteError, Unexpected
from overlay.messages.ids import ClientId
from overlay.messages.links import Ack, Goodbye, Heartbeat, Refusal
from overlay.messages.routing import Relay
from overlay.messages.union import Message, NodeMessage, ToNode
from overlay.peering.effects import CloseLink
from overlay.peering.events import (
    DialFailed,
    Drained,
    FrameReceived,
    LinkClosed,
    LinkId,
    LinkOpened,
    Loaded,
    Stopping,
    Stored,
    StoreFailed,
    Wake,
)
from overlay.peering.refusals import refusal_of
from overlay.peering.statements import Reader
from overlay.structures.sizes import Size
from overlay.wire.codec import PLAIN_HEARTBEAT, Decode, decode_frame

_QUIET = (HeartbeatDue, SilenceDue)
"""Deadlines from which nothing follows but words, unless a link is lost."""


class Node:
    """One node of the overlay, without any I/O.

    `durable` is what was read from the disk before the start. `random` yields
    secret bytes too, so it must be a cryptographic one outside simulations.
    Effects are to be performed in order. What an event queues is said at the
    end of the round: the driver calls `handle(Wake(), now)` as soon as
    `next_deadline_ms()` has come, which is at once after any event from which
    something may follow: a heartbeat only says that its sender lives. `reader`
    and `decode` may be shared by nodes of one network in one process: what one
    of them has verified or decoded need not be by the others.
    """

    def __init__(
        self,
        identity: SigningKey,
        settings: Settings,
        durable: Durable,
        random: Random,
        reader: Reader | None = None,
        decode: Decode = decode_frame,
    ) -> None:
        reader = reader or Reader(settings.network)
        self._decode = decode
        self._parts = Assembly(identity, settings, durable, random, reader)
        statements = OwnStatements(self._parts.ourselves)
        self._endings = Endings(self._parts, statements)
        self._rounds = Rounds(self._parts, statements, self._endings)
        self._sharing = sharing = Sharing(self._parts)
        self._banning = banning = Banning(self._parts, self._endings)
        self._starting = Starting(self._parts, durable, self._rounds, banning)
        self._peers = PeerMessages(self._parts, self._rounds, self._endings, sharing, banning)
        self._clients = ClientMessages(
            self._parts, self._rounds, self._endings, statements, sharing, banning
        )
        self._dues = Dues(self._parts, self._rounds, self._starting, self._peers, self._clients)
        self._beginning = Beginning(self._parts)
        self._round_ms: int | None = 0

    def next_deadline_ms(self) -> int | None:
        """When the node wants to be woken; None while nothing is due."""
        if self._round_ms is not None:
            return self._round_ms
        return self._parts.timers.next_ms()

    def snapshot(self) -> NodeStatus:
        """A pure read of what the node is and knows."""
        troubles = {
            entry.address: self._parts.keeping.trouble_at(entry.address)
            for entry in self._parts.members.neighbours
            if entry.address is not None
        }
        return self._parts.commands.status(troubles, len(self._parts.routing))

    def glance(self) -> NodeGlance:
        """The same, without what grows with the overlay, or takes a search of it."""
        return self._parts.commands.glance(self._parts.topology.noticed)

    def holds_back(self, client: ClientId) -> bool:
        """Whether a client gets no acks now, since too many of its copies find no room."""
        return self._parts.delivery.stuck.is_so(client)

    def census(self) -> NodeCensus:
        """Whom the node counts, and how much it holds: a status without ways and bridges."""
        return self._parts.commands.census(len(self._parts.routing))

    def directory(self) -> NodeDirectory:
        """Who is where, as the node tells its clients: of a census who they are that it counts."""
        return self._parts.people.directory()

    def sizes(self) -> list[Size]:
        """How full each table is that has a bound: a pure read."""
        return [*self._parts.sizes(), *self._clients.sizes()]

    def refuses(self, remote_address: str) -> bool:
        """A pure read, for whoever accepts connections: is this address banned?"""
        return self._parts.bans.of_address(remote_address) is not None

    def stand(self, links: Sequence[StandingLink], now_ms: int) -> Stance:
        """Begin in the middle of an overlay in place of from the disk. See `converged.py`.

        Before any event. `adopt` has to follow, with what everybody's records come to.
        """
        return self._beginning.stand(links, now_ms)

    def adopt(self, common: CommonKnowledge, now_ms: int) -> list[Effect]:
        """Know what all nodes of a converged overlay know; returns what there is to report."""
        self._round_ms = None
        self._starting.plan_sweep(now_ms)
        return self._beginning.adopt(common, now_ms)

    def handle(self, event: Event, now_ms: int) -> list[Effect]:
        """Advance by one event.

        Never raises for anything a peer can cause: an exception from here is
        a defect of this node.
        """
        lag_ms = self._parts.lateness.note(now_ms, self.next_deadline_ms)
        if lag_ms > 0:
            return [*self._rounds.stretch(lag_ms, now_ms), *self._handle(event, now_ms)]
        return self._handle(event, now_ms)

    def _handle(self, event: Event, now_ms: int) -> list[Effect]:
        match event:
            case Wake():
                return self._on_wake(now_ms)
            case FrameReceived(link, data):
                return self._on_frame(link, data, now_ms)
            case Drained(link, queued_bytes):
                self._on_drained(link, queued_bytes, now_ms)
                return []
            case _:
                self._owe_round(now_ms)
        match event:
            case LinkOpened():
                return self._on_opened(event, now_ms)
            case LinkClosed(link, reason):
                known = self._parts.links.get(link)
                return self._endings.lose(known, reason, now_ms) if known is not None else []
            case DialFailed(address, reason):
                return self._peers.on_dial_failed(address, reason, now_ms)
            case Stored(ticket):
                return self._starting.on_stored(ticket, now_ms)
            case StoreFailed(ticket, reason):
                return self._starting.on_store_failed(ticket, reason, now_ms)
            case Loaded():
                return []
            case NeighboursChanged():
                return self._peers.on_file(event, now_ms)
            case Command():
                return self._on_command(event, now_ms)
            case Stopping():
                return self._on_stopping(now_ms)
            case _:
                assert_never(event)

    def _owe_round(self, now_ms: int) -> None:
        """Something may be gathered now: we want to be woken for the end of the round."""
        if self._round_ms is None:
            self._round_ms = now_ms

    # Links.

    def _on_opened(self, event: LinkOpened, now_ms: int) -> list[Effect]:
        us = self._parts.ourselves
        if not us.is_started or us.is_stopping:
            return self._turn_away(event, now_ms)
        dialled = event.dialled
        expected = self._parts.keeping.expected_at(dialled) if dialled is not None else None
        link = self._parts.sessions.open(event, now_ms, expected)
        if event.dialled is not None:
            self._parts.keeping.on_dialled(event.dialled)
        self._parts.timers.set(HandshakeDue(link.id), link.handshake_due_ms)
        try:
            self._banning.check_address(link.remote_address, now_ms)
            oldest = self._parts.sessions.make_room(link)
        except RemoteError as error:
            return self._refuse(link, error, None, now_ms)
        return self._peers.make_way(oldest, now_ms)

    def _turn_away(self, event: LinkOpened, now_ms: int) -> list[Effect]:
        """We do not serve yet, or no longer. Our own dial has come to nothing, then."""
        code = "stopping" if self._parts.ourselves.is_stopping else "starting"
        effects: list[Effect] = [CloseLink(event.link, code)]
        if event.dialled is not None:
            effects += self._endings.end_dial(event.dialled, now_ms, None)
        return effects

    def _on_frame(self, link_id: LinkId, data: bytes, now_ms: int) -> list[Effect]:
        link = self._parts.links.get(link_id)
        if link is None:
            return []
        self._parts.keeping.on_heard(link, now_ms)
        # It goes on: what was refused on it before is not what it will have ended with.
        link.trouble = ""
        if data == PLAIN_HEARTBEAT and link.phase is Phase.OPEN:
            # Most of what a quiet overlay hears: nothing follows from it.
            return []
        self._owe_round(now_ms)
        effects: list[Effect] = []
        message: Message | None = None
        try:
            messages = self._decode(data)
            if link.phase is Phase.OPEN and not link.is_node:
                self._sharing.on_frame(link, len(data), len(messages), now_ms)
            for message in messages:
                try:
                    effects += self._on_message(link, message, now_ms)
                except RemoteError as error:
                    effects += self._refuse(link, error, message, now_ms)
                if self._parts.links.get(link.id) is not link:
                    break
        except RemoteError as error:
            effects += self._refuse(link, error, message, now_ms)
        if self._sharing.has_effects:
            effects += self._sharing.take_effects()
        return effects

    def _on_drained(self, link_id: LinkId, queued_bytes: int, now_ms: int) -> None:
        link = self._parts.links.get(link_id)
        if link is None:
            return
        link.queued_bytes = queued_bytes
        if link.is_owed_everything:
            self._owe_round(now_ms)
            self._parts.anti_entropy.go_on(link)
        elif self._parts.people.is_telling(link):
            self._owe_round(now_ms)
            self._parts.people.go_on(link)

    def _on_message(self, link: Link, message: Message, now_ms: int) -> list[Effect]:
        if isinstance(message, Relay) and link.is_node and link.phase is Phase.OPEN:
            # Most of what a busy node hears: it need not be asked first what else it could be.
            return self._peers.relays.on_relay(link, message, now_ms)
        if isinstance(message, Refusal):
            return self._peers.on_refusal(link, message, now_ms)
        if link.phase is not Phase.OPEN:
            return self._peers.on_handshake(link, message, now_ms)
        match message:
            case Heartbeat(wants_echo, root):
                if root is not None and link.is_node:
                    link.exchange.their_root = root
                if wants_echo:
                    self._parts.links.say(link, Heartbeat())
                return []
            case Ack(number):
                return self._peers.on_ack(link, number, now_ms)
            case Goodbye():
                return [
                    *self._endings.lose(link, "goodbye", now_ms),
                    CloseLink(link.id, "stopping"),
                ]
            case _:
                return self._on_role(link, message, now_ms)

    def _on_role(self, link: Link, message: Message, now_ms: int) -> list[Effect]:
        if link.is_node and isinstance(message, NodeMessage):
            return self._peers.on_message(link, message, now_ms)
        if not link.is_node and isinstance(message, ToNode):
            return self._clients.on_message(link, message, now_ms)
        raise Unexpected("this message has no place on this link")

    def _refuse(
        self, link: Link, error: RemoteError, message: Message | None, now_ms: int
    ) -> list[Effect]:
        """Say no; end the link where it is of no further use."""
        refusal = refusal_of(
            error,
            number=getattr(message, "number", None),
            request=getattr(message, "request", None),
        )
        fact = PeerRefused(
            remote_address=link.remote_address,
            peer=link.peer,
            code=error.code,
            detail=error.detail,
        )
        self._parts.links.say(link, refusal)
        effects = [Report(fact), *self._peers.explain(link, error)]
        if error.closes or link.phase is not Phase.OPEN:
            effects += self._endings.close(link, error.code, now_ms)
        return effects

    # Deadlines.

    def _on_wake(self, now_ms: int) -> list[Effect]:
        is_quiet, self._round_ms = self._round_ms is None, None
        effects: list[Effect] = []
        for due in self._parts.timers.due(now_ms):
            effects += self._dues.on_due(due, now_ms)
            is_quiet = is_quiet and isinstance(due, _QUIET)
        if is_quiet and not effects:
            # Most of what a quiet overlay does: nothing was gathered but heartbeats.
            return self._parts.keeping.flush(now_ms)
        return effects + self._rounds.finish(now_ms)

    # The operator.

    def _on_command(self, command: Command, now_ms: int) -> list[Effect]:
        match command.request:
            case StatusWanted():
                return [Answer(command.ticket, self.snapshot())]
            case AcceptKey(address):
                effects = self._parts.commands.accept_key(command.ticket, address)
                return [*effects, *self._parts.keeping.redial(address)]
            case KeepApart():
                return self._peers.keep_apart(command.ticket, command.request, now_ms)
            case BanPeer():
                return self._banning.ban(command.ticket, command.request, now_ms)
            case UnbanPeer(who):
                return self._banning.unban(command.ticket, who)
            case LimitsWanted():
                return [Answer(command.ticket, limits_status(self._parts, now_ms))]
            case _:
                assert_never(command.request)

    def _on_stopping(self, now_ms: int) -> list[Effect]:
        self._parts.ourselves.is_stopping = True
        effects: list[Effect] = [Report(NodeStopping(len(self._parts.links)))]
        for link in self._parts.links:
            if link.phase is Phase.OPEN:
                homes = () if link.is_node else self._parts.sessions.homes_for(link.client)
                self._parts.links.say(link, Goodbye(homes))
            effects += self._parts.keeping.flush_link(link, now_ms)
            effects.append(CloseLink(link.id, "stopping"))
            # What still comes on it was taken by nobody: whoever sent it sends it elsewhere.
            self._parts.links.remove(link)
            self._parts.keeping.forget(link)
        effects += self._parts.gossip.save()
        return effects
